r"""How well a map keeps the distances within a domain [benaim2017].

.. math::

    \mathcal{L}_\mathrm{dist}(T) = \mathbb{E}_{x_i, x_j \sim \alpha} \left|
        \frac{d(x_i, x_j) - \mu_X}{\sigma_X} - \frac{d(T(x_i), T(x_j)) - \mu_Y}{\sigma_Y} \right|,
    \qquad d(a, b) = \|a - b\|_1

with the mean :math:`\mu` and the standard deviation :math:`\sigma` of the distances within each domain, estimated
once on its training samples. Distances of :math:`X` are never compared with points of :math:`Y`: the two domains
may have different shapes. The **self-distance** puts the two halves of one image in the place of two images. Half
precision is answered in single precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from torch.nn.functional import pdist

from udtlib.numerics.inputs import alike, check_axes, full_precision, real_tensor
from udtlib.numerics.signatures import check_fields
from udtlib.types import Float, Shaped, Tensor

__all__ = [
    "DistanceStatistics",
    "Distances",
    "Halves",
    "distance_loss",
    "distance_statistics",
    "half_distances",
    "left_right",
    "pairwise_distances",
    "top_bottom",
]

Scalar = Float[Tensor, ""]
Points = Shaped[Tensor, "batch ..."]
Images = Shaped[Tensor, "batch channel height width"]

#: What of a batch is compared with its translation: one number per pair of samples, or per sample.
Distances = Callable[[Tensor], Tensor]
#: Cuts images into two parts of the same shape.
Halves = Callable[[Tensor], tuple[Tensor, Tensor]]


@final
@dataclass(frozen=True, kw_only=True)
class DistanceStatistics:
    r"""The mean :math:`\mu` and the standard deviation :math:`\sigma` of the distances within a domain.

    Raises:
        ValueError: a mean that is not finite, or a deviation that is not positive and finite.
    """

    mean: float | int
    deviation: float | int

    def __post_init__(self) -> None:
        check_fields(self)
        if not math.isfinite(self.mean) or not 0 < self.deviation < math.inf:
            raise ValueError(
                "distances are normalised by a finite mean and a positive finite deviation, got "
                f"mean={self.mean}, deviation={self.deviation}; a domain whose distances are all equal has none "
                "to keep"
            )

    def normalise(self, distances: Float[Tensor, "pairs"]) -> Float[Tensor, "pairs"]:
        r""":math:`(d - \mu) / \sigma`."""
        return (distances - self.mean) / self.deviation


def distance_statistics(distances: Shaped[Tensor, "pairs"]) -> DistanceStatistics:
    r"""The statistics of distances that were measured on a domain's training samples.

    .. math:: \mu = \tfrac1n \sum_k d_k, \qquad \sigma^2 = \tfrac1n \sum_k (d_k - \mu)^2

    Raises:
        ValueError: fewer than two distances, distances that are not finite, or all equal.
    """
    distances = full_precision(distances, name="distances")
    check_axes(distances, name="distances", count=1, words="one number for each pair")
    if len(distances) < 2:
        raise ValueError(
            f"a deviation needs at least two distances, got {len(distances)}; take more samples of the domain"
        )
    exact = distances.detach().double()
    # Rounding would leave equal distances a deviation that is not quite zero.
    deviation = 0.0 if exact.min() == exact.max() else exact.std(correction=0).item()
    return DistanceStatistics(mean=exact.mean().item(), deviation=deviation)


def pairwise_distances(x: Points) -> Float[Tensor, "pairs"]:
    r"""The L1 distances of all pairs of a batch, :math:`n(n - 1)/2` of them.

    .. math:: d_{ij} = \|x_i - x_j\|_1 = \sum_k |x_{ik} - x_{jk}|, \qquad i < j

    A sum over entries; after normalisation a mean would give the same.

    Raises:
        ValueError: fewer than two samples.
    """
    x = full_precision(x, name="x")
    check_axes(x, name="x", words="(samples, *shape)")
    if len(x) < 2:
        raise ValueError(
            f"a distance needs two samples, got a batch of {len(x)}; use batch_size=2 or more, or the "
            "self-distance, which compares the halves of one image"
        )
    return pdist(x.flatten(1), p=1)


def half_distances(x: Images, *, halves: Halves | None = None) -> Float[Tensor, "batch"]:
    r"""The L1 distance between the two halves of each image; left and right unless others are given.

    .. math:: d_i = \|L(x_i) - R(x_i)\|_1

    The halves are laid on top of one another, not mirrored.

    Raises:
        ValueError: the side that is cut is odd.
    """
    x = full_precision(x, name="x")
    first, second = (halves or left_right)(x)
    return (first - second).flatten(1).abs().sum(1)


def left_right(x: Images) -> tuple[Tensor, Tensor]:
    """The left and the right half of images.

    Raises:
        ValueError: the width is odd.
    """
    return cut(x, axis=3, name="width")


def top_bottom(x: Images) -> tuple[Tensor, Tensor]:
    """The upper and the lower half of images.

    Raises:
        ValueError: the height is odd.
    """
    return cut(x, axis=2, name="height")


def cut(x: Tensor, *, axis: int, name: str) -> tuple[Tensor, Tensor]:
    """Two equal parts along an axis."""
    x = real_tensor(x, name="x")
    check_axes(x, name="x", count=4, words="(images, channels, height, width)")
    side = x.shape[axis]
    if side % 2 or side == 0:
        raise ValueError(f"images of {name} {side} have no two equal halves; pad or crop to an even {name}")
    first, second = x.chunk(2, dim=axis)
    return first, second


def distance_loss(
    distances: Shaped[Tensor, "before"],
    translated: Shaped[Tensor, "after"],
    *,
    source: DistanceStatistics,
    target: DistanceStatistics,
) -> Scalar:
    r"""The mean difference between distances before and after a map, each in its own domain's units.

    .. math:: \frac1n \sum_k \left| \frac{d_k - \mu_X}{\sigma_X} - \frac{d'_k - \mu_Y}{\sigma_Y} \right|

    The pairwise loss with :func:`pairwise_distances` of :math:`x` and of :math:`T(x)`, the self-distance loss with
    :func:`half_distances` ["Loss used" in the survey's slides, after benaim2017].

    Args:
        distances: of samples.
        translated: of their translations, in the same order.
        source: of the distances within the domain that is translated.
        target: of the distances within the domain that is translated to.

    Raises:
        ValueError: there are none, or not as many before as after.
    """
    distances, translated = alike(distances=distances, translated=translated)
    check_axes(distances, name="distances", count=1, words="one number for each pair")
    check_axes(translated, name="translated", count=1, words="one number for each pair")
    if len(distances) != len(translated) or not len(distances):
        raise ValueError(
            f"each distance is compared with that of the translations, got {len(distances)} and "
            f"{len(translated)}; translate every sample of the batch, and at least one"
        )
    return (source.normalise(distances) - target.normalise(translated)).abs().mean()
