r"""Optimal transport with a formula: on the line, for translations, between Gaussians.

The optimal map between Gaussians is :func:`udtlib.translators.affine.gaussian_monge_map`.
"""

from __future__ import annotations

import math

import torch

from udtlib.numerics.gaussian import bures_squared
from udtlib.numerics.scale import power_of_two
from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_finite, unit_weights
from udtlib.transport.exact import pairing
from udtlib.transport.result import Coupling
from udtlib.types import Float, Tensor

__all__ = [
    "gaussian_squared_wasserstein2",
    "quantile_coupling",
    "translation_wasserstein",
    "wasserstein_on_the_line",
]

#: What to do with samples that are not on a line.
LINE = "give one number per sample, as in x[:, 0], or take optimal_coupling for other samples"


@checked_inputs(remedy=LINE)
def quantile_coupling(
    x: Float[Tensor, "n"],
    y: Float[Tensor, "m"],
    *,
    power: float | int = 2,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
) -> Coupling:
    r"""The optimal plan on the line: equal quantiles are paired, whatever the convex cost.

    .. math:: \pi = (F_\alpha^{-1}, F_\beta^{-1})_\# U[0, 1], \qquad C_{ij} = |x_i - y_j|^p, \quad p \ge 1

    It takes two sorts, where the general problem takes a linear program. The cost has gradients in x and y.

    Raises:
        ValueError: no samples, values that are not finite, bad weights, a power below 1, for which the cost is
            concave and quantiles need not be paired, or costs beyond the range of the samples' precision.

    Source: [peyre2019], Remark 2.30.
    """
    mass, i, j = quantile_pieces(x, y, power=power, source_weight=source_weight, target_weight=target_weight)
    plan = mass.new_zeros(len(x), len(y)).index_put((i, j), mass, accumulate=True)
    a = unit_weights("source_weight", source_weight, shape=(len(x),)).to(plan)
    b = unit_weights("target_weight", target_weight, shape=(len(y),)).to(plan)
    return Coupling(
        plan=plan.to(x),
        cost=paid(mass, x[i], y[j], power=power),
        marginal_error=float((plan.sum(dim=1) - a).abs().sum() + (plan.sum(dim=0) - b).abs().sum()),
        converged=True,
        reason="optimal plan",
        permutation=pairing(plan),
    )


@checked_inputs(remedy=LINE)
def wasserstein_on_the_line(
    x: Float[Tensor, "n"],
    y: Float[Tensor, "m"],
    *,
    power: float | int = 2,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
) -> Float[Tensor, ""]:
    r"""The Wasserstein distance between samples on the line, to the power p.

    .. math:: W_p^p(\alpha, \beta) = \int_0^1 |F_\alpha^{-1}(q) - F_\beta^{-1}(q)|^p \, \mathrm{d}q

    Raises:
        ValueError: as for :func:`quantile_coupling`.

    Source: [peyre2019], Remark 2.30.
    """
    mass, i, j = quantile_pieces(x, y, power=power, source_weight=source_weight, target_weight=target_weight)
    return paid(mass, x[i], y[j], power=power)


@checked_inputs()
def translation_wasserstein(shift: Float[Tensor, "*shape"]) -> Float[Tensor, ""]:
    r"""The Wasserstein distance between a distribution and its translation, for every power :math:`p \ge 1`.

    .. math:: W_p(\alpha, \, (\cdot + s)_\# \alpha) = \|s\|

    No plan does better: by Jensen's inequality the mean displacement, which is s for all of them, bounds the
    cost from below.

    Raises:
        ValueError: a shift that is not finite.
    """
    size = float(shift.detach().abs().max()) if shift.numel() else 0.0
    if not math.isfinite(size):
        raise ValueError(f"a shift has finite entries, got one of {size}; find its cause first")
    unit = power_of_two(size)
    return torch.linalg.vector_norm(shift / unit if unit != 1 else shift) * unit


@checked_inputs()
def gaussian_squared_wasserstein2(
    source_mean: Float[Tensor, "dim"],
    source_covariance: Float[Tensor, "dim dim"],
    target_mean: Float[Tensor, "dim"],
    target_covariance: Float[Tensor, "dim dim"],
) -> Float[Tensor, ""]:
    r"""The squared 2-Wasserstein distance between Gaussians.

    .. math:: W_2^2 = \|m_\alpha - m_\beta\|^2 + \operatorname{tr}\bigl(\Sigma_\alpha + \Sigma_\beta
              - 2 (\Sigma_\alpha^{1/2} \Sigma_\beta \Sigma_\alpha^{1/2})^{1/2}\bigr)

    Raises:
        ValueError: a covariance that is not symmetric, or has a negative eigenvalue, or values that are not
            finite.

    Source: [peyre2019], Remark 2.31.
    """
    moments = {
        "source_mean": source_mean,
        "source_covariance": source_covariance,
        "target_mean": target_mean,
        "target_covariance": target_covariance,
    }
    for name, moment in moments.items():
        check_finite(name, moment, remedy="estimate it from at least two finite samples")
    shift = (source_mean - target_mean).square().sum()
    return shift + bures_squared(source_covariance, target_covariance)


def paid(mass: Tensor, x: Tensor, y: Tensor, *, power: float | int) -> Tensor:
    """What pieces pay, once it is known that the samples' precision holds it."""
    way = (x - y).abs()
    cost = (mass.to(x) * way**power).sum()
    value, longest = float(cost.detach()), float(way.detach().max())
    if not math.isfinite(value) or (value == 0 and longest > 0):
        raise ValueError(
            f"ways of up to {longest:.3g} to the power {power:g} leave the range of {x.dtype}; give samples in "
            "double precision, or divide all of them by one number"
        )
    return cost


def quantile_pieces(
    x: Tensor, y: Tensor, *, power: float | int, source_weight: Tensor | None, target_weight: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """The pieces of [0, 1] on which both quantile functions are constant: their lengths, and the samples."""
    if not (math.isfinite(power) and power >= 1):
        raise ValueError(f"quantiles are optimal for convex costs, so for a power of at least 1, got {power}")
    for name, sample in (("x", x), ("y", y)):
        if len(sample) == 0 or not bool(sample.isfinite().all()):
            raise ValueError(f"{name} needs finite samples, got {len(sample)}; drop what is NaN or infinite")
    a = unit_weights("source_weight", source_weight, shape=(len(x),)).to(x.device)
    b = unit_weights("target_weight", target_weight, shape=(len(y),)).to(x.device)
    by_x, by_y = x.detach().argsort(), y.detach().argsort()
    if len(x) == len(y) and bool((a == a[0]).all()) and bool((b == a[0]).all()):
        # No cumulated sums, in which rounding would split a pair.
        return a, by_x, by_y
    edge_a, edge_b = a[by_x].cumsum(0), b[by_y].cumsum(0)
    edges = torch.cat([edge_a, edge_b]).sort().values
    starts = torch.cat([edges.new_zeros(1), edges[:-1]])
    # Looked up at the middle of a piece, where no rounding of an edge can put it on the wrong side.
    middle = (starts + edges) / 2
    i = torch.searchsorted(edge_a, middle).clamp(max=len(x) - 1)
    j = torch.searchsorted(edge_b, middle).clamp(max=len(y) - 1)
    return edges - starts, by_x[i], by_y[j]
