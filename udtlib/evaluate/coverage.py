"""Quality and diversity apart: is every sample plausible, and is every part of the target reached?"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from udtlib.evaluate.neighbours import kth_distances, sides_of
from udtlib.evaluate.samples import as_features, exact_distances, same_features
from udtlib.numerics.options import number, whole
from udtlib.types import Shaped, Tensor

__all__ = [
    "DensityCoverage",
    "ModeCoverage",
    "PrecisionRecall",
    "density_coverage",
    "mode_coverage",
    "precision_recall",
]


@dataclass(frozen=True, kw_only=True)
class ModeCoverage:
    """How many modes of a mixture the samples reach, and how many of the samples lie at a mode.

    Args:
        covered: the number of modes that enough samples lie at.
        modes: the number of modes there are.
        quality: the share of samples that lie at some mode.
        shares: the share of samples that lie at each mode.
    """

    covered: int
    modes: int
    quality: float
    shares: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class PrecisionRecall:
    """Precision: the share of samples that are plausible. Recall: the share of the target that is reached."""

    precision: float
    recall: float


@dataclass(frozen=True, kw_only=True)
class DensityCoverage:
    """Density: target neighbourhoods that hold a sample, over k. Coverage: their share with at least one."""

    density: float
    coverage: float


def mode_coverage(
    samples: Shaped[Tensor, "n *shape"],
    modes: Shaped[Tensor, "m *other"],
    *,
    radius: float | int,
    at_least_share: float | int = 0.01,
) -> ModeCoverage:
    r"""Count the modes of a mixture at which at least ``at_least_share`` of the samples lie.

    .. math:: s_k = \frac1n \sum_i \mathbf{1}\big[k = \arg\min_l \|x_i - m_l\|,\ \|x_i - m_k\| \le r\big]

    A usual radius is three times the deviation of a mode. One stray sample is no coverage: of n samples
    spread evenly, each of the m modes gets 1/m.

    Raises:
        ValueError: no samples or modes, unequal shapes, a radius that is not positive, or a share outside
            (0, 1].

    Source: [srivastava2017], Section 4.1, with a share in place of a count.
    """
    radius, at_least_share = number(radius, name="radius"), number(at_least_share, name="at_least_share")
    if not 0 < radius < float("inf"):
        raise ValueError(f"the radius of a mode must be positive and finite, got {radius:g}")
    if not 0 < at_least_share <= 1:
        raise ValueError(
            f"at_least_share is a share of the samples, above 0 and at most 1; got {at_least_share:g}"
        )
    rows, centres = same_features(samples, modes)
    nearest = exact_distances(rows, centres).min(dim=1)
    near = nearest.values <= radius
    counts = torch.bincount(nearest.indices[near], minlength=len(centres))
    shares = (counts.double() / len(rows)).tolist()
    return ModeCoverage(
        covered=sum(share >= at_least_share for share in shares),
        modes=len(centres),
        quality=float(near.double().mean()),
        shares=tuple(shares),
    )


def precision_recall(
    samples: Shaped[Tensor, "n *shape"], target: Shaped[Tensor, "m *other"], *, k: int = 5
) -> PrecisionRecall:
    r"""Improved precision and recall: whether a point lies in the other set's union of k-th neighbour balls.

    .. math:: \text{precision} = \frac1n \sum_i \mathbf{1}\Big[x_i \in \bigcup_j B(y_j, r_k(y_j))\Big], \qquad
              \text{recall} = \frac1m \sum_j \mathbf{1}\Big[y_j \in \bigcup_i B(x_i, r_k(x_i))\Big]

    :math:`r_k(y)` is the distance from y to its k-th neighbour in its own set, itself not counted; where k other
    samples equal y it is 0, and only what equals y lies in the ball. One
    outlier has a huge ball, which inflates both; density and coverage repair that.

    Raises:
        ValueError: no more than k samples on a side, unequal shapes, or values that are not finite.

    Source: [kynkaanniemi2019], equations 1 and 2.
    """
    x, y = same_features(samples, target, at_least=neighbours(k) + 1)
    in_target = sides_of(kth_distances(y, y, k=k, own=True)[None, :], x, y) <= 0
    in_samples = sides_of(kth_distances(x, x, k=k, own=True)[:, None], x, y) <= 0
    return PrecisionRecall(
        precision=float(in_target.any(dim=1).double().mean()),
        recall=float(in_samples.any(dim=0).double().mean()),
    )


def density_coverage(
    samples: Shaped[Tensor, "n *shape"], target: Shaped[Tensor, "m *other"], *, k: int = 5
) -> DensityCoverage:
    r"""Density and coverage: both use the target's neighbourhoods only, so an outlying sample changes little.

    .. math:: \text{density} = \frac{1}{kn} \sum_{ij} \mathbf{1}[x_i \in B(y_j, r_k(y_j))], \qquad
              \text{coverage} = \frac1m \sum_j \mathbf{1}\big[\exists i: x_i \in B(y_j, r_k(y_j))\big]

    For equal distributions the mean density is 1, and it can exceed 1; the mean coverage is then close to
    :math:`1 - 2^{-k}` for equal counts.

    Raises:
        ValueError: no samples, no more than k target samples, unequal shapes, or values that are not finite.

    Source: [naeem2020], Section 3.
    """
    as_features(target, name="target", at_least=neighbours(k) + 1)
    x, y = same_features(samples, target)
    inside = sides_of(kth_distances(y, y, k=k, own=True)[None, :], x, y) <= 0
    return DensityCoverage(
        density=float(inside.double().sum() / (k * len(x))),
        coverage=float(inside.any(dim=0).double().mean()),
    )


def neighbours(k: int) -> int:
    """k, once it is known to be a count."""
    if whole(k, name="k", at_least=None) < 1:
        raise ValueError(f"k counts neighbours and is at least 1, got {k}")
    return k
