"""Label maps translated to faces: obedience to the map, realism, and how many true answers translations cover."""

from __future__ import annotations

import torch
from torch import Tensor

from udtlib.data.faces.draw import LABELS
from udtlib.data.faces.pairs import FacePair
from udtlib.evaluate.coverage import density_coverage
from udtlib.evaluate.glimpse import glimpse_fooling_rate
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.segmentation import region_statistics, segmentation_scores
from udtlib.evaluate.translations import Reference, drawn, mean_difference, translate
from udtlib.evaluate.two_sample import Logistic, fooling_rate
from udtlib.instruments.faces.reader import (
    CLASSES,
    FaceReader,
    features_seen,
    labels_read,
    load_face_reader,
    perceptual_distance,
    readable,
)
from udtlib.translators.base import Translator
from udtlib.translators.stochastic import StochasticTranslator
from udtlib.types import Float

__all__ = [
    "conditional_coverage",
    "diversity",
    "face_scores",
    "scores_of_faces",
    "scores_of_variants",
    "variety_scores",
]

#: Regions whose colours no label map determines.
FREE = tuple(LABELS.index(name) for name in ("hair", "skin", "clothes", "background"))

Faces = Float[Tensor, "batch 3 height width"]
#: Several translations of each of some maps.
Variants = Float[Tensor, "maps count 3 height width"]


def face_scores(translator: Translator | Reference, pair: FacePair, *, seed: int = 0) -> Scores:
    """:func:`scores_of_faces` of the translations of all test label maps; ``seed`` is the judges'."""
    test = pair.samples.test.to("cpu")
    made = translate(translator, test.x) if isinstance(translator, Translator) else translator(pair, test)
    return scores_of_faces(made, pair, reader=load_face_reader(), seed=seed)


def scores_of_faces(made: Faces, pair: FacePair, *, reader: FaceReader, seed: int) -> Scores:
    """FCN-scores, the fooling rates and the pixel error of translations of the test label maps.

    The judges compare translations of one half of the test maps with true faces of the other half, so that no
    face and its translation are ever on different sides.
    """
    truth, labels, half = pair.samples.test.y.cpu(), pair.labels("test").cpu(), len(made) // 2
    read = labels_read(reader, made)
    stride = labels.shape[-1] // read.shape[-1]
    fcn = segmentation_scores(read, labels[:, ::stride, ::stride], classes=CLASSES)
    glimpse = glimpse_fooling_rate(
        truth[half:], made[:half], side=labels.shape[-1] // 4, generator=torch.Generator().manual_seed(seed)
    )
    whole = fooling_rate(
        features_seen(reader, truth[half:]),
        features_seen(reader, made[:half]),
        generator=torch.Generator().manual_seed(seed),
        classifier=Logistic(quadratic=False),
    )
    return Scores(
        fit={
            "fooling rate, a glimpse": glimpse.accuracy,
            "fooling rate, the whole face": whole.accuracy,
        },
        alignment={
            "per-pixel accuracy": fcn.pixel_accuracy,
            "per-class accuracy": fcn.class_accuracy,
            "class IoU": fcn.class_iou,
            "mean |y − G(x)|": mean_difference(made, truth),
        },
    )


@torch.no_grad()
def diversity(samples: Variants, *, reader: FaceReader) -> float:
    """The mean perceptual distance between two translations of the same map."""
    first, second = readable(samples[:, 0::2].flatten(0, 1)), readable(samples[:, 1::2].flatten(0, 1))
    parts = zip(first.split(100), second.split(100), strict=True)
    return torch.cat([perceptual_distance(reader, a, b) for a, b in parts]).mean().item()


def conditional_coverage(samples: Variants, truth: Variants, labels: Tensor) -> float:
    """The share of true answers that a sample comes near to, in the colours and textures of the free regions.

    For every map by itself: samples for another map do not count. The mean over the maps.
    """
    covered = []
    for made, true, label in zip(samples, truth, labels, strict=True):
        statistics = (region_statistics(images, label, regions=FREE) for images in (made, true))
        covered.append(density_coverage(*statistics, k=3).coverage)
    return sum(covered) / len(covered)


def variety_scores(
    translator: StochasticTranslator, pair: FacePair, *, seed: int, maps: int = 40, count: int = 48
) -> Scores:
    """:func:`scores_of_variants` of ``count`` translations of the first test maps, and one of every test map."""
    x = pair.samples.test.x
    samples = drawn(translator, x[:maps], count=count, seed=seed)
    single = drawn(translator, x, count=1, seed=seed)[:, 0]
    return scores_of_variants(samples, single, pair, reader=load_face_reader(), seed=seed)


def scores_of_variants(
    samples: Variants, single: Faces, pair: FacePair, *, reader: FaceReader, seed: int
) -> Scores:
    """Realism and obedience of one translation of every test map; variety of many translations of a few."""
    one = scores_of_faces(single, pair, reader=reader, seed=seed)
    truth = pair.variants(torch.arange(len(samples)), count=samples.shape[1], seed=seed)
    return Scores(
        fit={"fooling rate, a glimpse": one.fit["fooling rate, a glimpse"]},
        alignment={
            # Map by map: faces that would be right for another map cover nothing.
            "coverage of the true answers": conditional_coverage(
                samples, truth, pair.labels("test")[: len(samples)]
            ),
            "per-pixel accuracy": one.alignment["per-pixel accuracy"],
        },
        other={"diversity": diversity(samples, reader=reader)},
    )
