r"""Scores of label maps, from one confusion matrix: what the FCN-score of pix2pix reports [isola2017, section 4].

All of them count **pixels**, class by class: the intersection and the union are those of two masks of a class, not
of boxes around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from udtlib.types import Int, Tensor

__all__ = ["SegmentationScores", "confusion_matrix", "segmentation_scores"]


@dataclass(frozen=True, kw_only=True)
class SegmentationScores:
    r"""How well predicted label maps agree with the true ones, each a share in [0, 1].

    With :math:`n_{ij}` the pixels of class :math:`i` that were labelled :math:`j`, and the sums over the classes
    that occur in the truth:

    Args:
        pixel_accuracy: :math:`\sum_i n_{ii} / \sum_{ij} n_{ij}`.
        class_accuracy: the mean over classes of :math:`n_{ii} / \sum_j n_{ij}`.
        class_iou: the mean over classes of :math:`n_{ii} / (\sum_j n_{ij} + \sum_j n_{ji} - n_{ii})`.
    """

    pixel_accuracy: float
    class_accuracy: float
    class_iou: float


def confusion_matrix(
    predicted: Int[Tensor, "..."], truth: Int[Tensor, "..."], *, classes: int
) -> Int[Tensor, "classes classes"]:
    r"""How many pixels of class :math:`i` (rows) were labelled :math:`j` (columns).

    Raises:
        ValueError: the shapes differ, there are no pixels, or a label is not below ``classes``.
    """
    if predicted.shape != truth.shape or truth.numel() == 0:
        raise ValueError(
            f"label maps are compared pixel by pixel, got shapes {tuple(predicted.shape)} and "
            f"{tuple(truth.shape)}; give one predicted label for each true one, at least one"
        )
    for name, labels in (("predicted", predicted), ("true", truth)):
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= classes:
            raise ValueError(
                f"{name} labels run from {low} to {high}; expected 0 to {classes - 1} for {classes} classes"
            )
    pairs = truth.flatten().long() * classes + predicted.flatten().long()
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def segmentation_scores(
    predicted: Int[Tensor, "..."], truth: Int[Tensor, "..."], *, classes: int
) -> SegmentationScores:
    """Per-pixel accuracy, per-class accuracy and class IoU, all from the same confusion matrix.

    Raises:
        ValueError: as :func:`confusion_matrix`.
    """
    counts = confusion_matrix(predicted, truth, classes=classes).double()
    right, true, said = counts.diagonal(), counts.sum(dim=1), counts.sum(dim=0)
    # A class that no true map contains has neither an accuracy nor a meaningful intersection.
    there = true > 0
    return SegmentationScores(
        pixel_accuracy=float(right.sum() / counts.sum()),
        class_accuracy=float((right[there] / true[there]).mean()),
        class_iou=float((right[there] / (true + said - right)[there]).mean()),
    )
