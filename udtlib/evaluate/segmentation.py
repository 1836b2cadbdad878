r"""Scores of label maps, from one confusion matrix: what the FCN-score of pix2pix reports [isola2017, section 4].

All of them count **pixels**, class by class: the intersection and the union are those of two masks of a class, not
of boxes around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from udtlib.numerics.inputs import check_axes, check_filled, full_precision, real_tensor
from udtlib.numerics.options import whole
from udtlib.types import Float, Int, Shaped, Tensor

__all__ = ["SegmentationScores", "confusion_matrix", "region_statistics", "segmentation_scores"]


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
    predicted: Shaped[Tensor, "..."], truth: Shaped[Tensor, "..."], *, classes: int
) -> Int[Tensor, "classes classes"]:
    r"""How many pixels of class :math:`i` (rows) were labelled :math:`j` (columns).

    Raises:
        ValueError: the shapes differ, there are no pixels, or a label is not below ``classes``.
        TypeError: labels that are no whole numbers.
    """
    whole(classes, name="classes")
    predicted, truth = whole_labels(predicted, name="predicted"), whole_labels(truth, name="true")
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
    pairs = truth.flatten() * classes + predicted.flatten()
    return torch.bincount(pairs, minlength=classes**2).view(classes, classes)


def segmentation_scores(
    predicted: Shaped[Tensor, "..."], truth: Shaped[Tensor, "..."], *, classes: int
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


def region_statistics(
    images: Shaped[Tensor, "batch channels height width"],
    label: Shaped[Tensor, "rows columns"],
    *,
    regions: Sequence[int],
) -> Float[Tensor, "batch statistics"]:
    r"""What images that share a label map look like region by region: mean colour, and how much it varies.

    For every region :math:`r` that the map contains: :math:`\frac{1}{|r|} \sum_{i \in r} y_i` for each channel,
    and the standard deviation over the region of the mean over the channels. Regions that the map lacks are left
    out.

    Raises:
        ValueError: the images have another size than the map, or the map has none of the regions.
    """
    images, label = full_precision(images, name="images"), real_tensor(label, name="label")
    check_axes(images, name="images", count=4, words="(images, channels, height, width)")
    check_filled(images, name="images")
    if images.shape[-2:] != label.shape:
        raise ValueError(
            f"images of {tuple(images.shape[-2:])} pixels and a label map of {tuple(label.shape)}; make them equal"
        )
    if isinstance(regions, int):
        raise TypeError(f"regions are several labels, got {regions}; give ({regions},) for one")
    masks = [label == region for region in regions]
    parts = []
    for mask in (mask for mask in masks if mask.any()):
        inside = images[:, :, mask]
        parts += [inside.mean(2), inside.mean(1).std(1, keepdim=True, correction=0)]
    if not parts:
        raise ValueError(
            f"the label map has none of the regions {list(regions)}; it has {label.unique().tolist()}"
        )
    return torch.cat(parts, dim=1)


def whole_labels(labels: Tensor, *, name: str) -> Int[Tensor, "..."]:
    """Labels as they count pixels; refuses scores and probabilities, which would be cut off."""
    labels = real_tensor(labels, name=f"{name} labels")
    if labels.is_floating_point():
        raise TypeError(
            f"{name} labels must be whole numbers, got {labels.dtype}; take .argmax over the classes' "
            "scores, or .long() of labels"
        )
    return labels.long()
