"""All metrics in one place: distances between distributions, coverage, and the two-sample test.

Each answers the question of *fit* only: it looks at two sets of samples and knows nothing of which sample
was sent where. Alignment needs the map, and a truth to compare it with.
"""

from __future__ import annotations

from udtlib.evaluate.coverage import (
    DensityCoverage,
    ModeCoverage,
    PrecisionRecall,
    density_coverage,
    mode_coverage,
    precision_recall,
)
from udtlib.evaluate.distances import (
    energy_distance_biased,
    frechet_distance,
    mean_distance_to_nearest,
    sliced_wasserstein,
    squared_mmd,
    wasserstein2,
)
from udtlib.evaluate.segmentation import (
    SegmentationScores,
    confusion_matrix,
    region_statistics,
    segmentation_scores,
)
from udtlib.evaluate.two_sample import (
    Logistic,
    NearestNeighbours,
    TwoSampleTest,
    classifier_two_sample_test,
    fooling_rate,
)

__all__ = [
    "DensityCoverage",
    "Logistic",
    "ModeCoverage",
    "NearestNeighbours",
    "PrecisionRecall",
    "SegmentationScores",
    "TwoSampleTest",
    "classifier_two_sample_test",
    "confusion_matrix",
    "density_coverage",
    "energy_distance_biased",
    "fooling_rate",
    "frechet_distance",
    "mean_distance_to_nearest",
    "mode_coverage",
    "precision_recall",
    "region_statistics",
    "segmentation_scores",
    "sliced_wasserstein",
    "squared_mmd",
    "wasserstein2",
]
