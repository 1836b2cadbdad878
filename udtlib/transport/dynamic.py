r"""Optimal transport as a flow: paths, and the energy that they spend."""

from __future__ import annotations

import math

from udtlib.numerics.signatures import checked_inputs
from udtlib.types import Float, Tensor

__all__ = ["displacement_interpolation", "path_energy_gap", "transport_energy"]


@checked_inputs()
def transport_energy(
    path: Float[Tensor, "time batch *shape"],
    *,
    power: float | int = 2,
    weight: Float[Tensor, "*shape"] | None = None,
) -> Float[Tensor, ""]:
    r"""Mean action of a path sampled at equal times on [0, 1].

    .. math:: \sum_{k=0}^{K-1} \Delta t\; \mathbb{E} \sum_i w_i
              \left|\frac{x_{k+1,i} - x_{k,i}}{\Delta t}\right|^p
              = \Delta t^{1-p} \sum_{k=0}^{K-1} \mathbb{E} \sum_i w_i \, |x_{k+1,i} - x_{k,i}|^p,
              \qquad \Delta t = \tfrac1K, \quad K = \text{time} - 1

    The discretised Benamou-Brenier action; for p = 2 it is :math:`K \sum_k \mathbb{E}\|x_{k+1} - x_k\|^2`,
    and for the optimal flow :math:`W_2^2`. A straight path at constant speed spends
    :math:`\mathbb{E} \sum_i w_i |x_{K,i} - x_{0,i}|^p` for every K, and no other path between the same ends
    spends less. Without the factor :math:`\Delta t^{1-p}` a weight tuned for K steps is wrong for 2K.

    Args:
        path: where each sample is at the times 0, 1/K, …, 1.
        power: p, at least 1; only above 1 is the cost strictly convex.
        weight: what a coordinate's displacement counts, of a sample's shape; 1 by default.

    Raises:
        ValueError: fewer than two times, no samples, a power below 1, or a negative weight.

    Source: [benamou2000]; [debezenac2019], equation 6, where the factor is missing.
    """
    if len(path) < 2 or path.shape[1] == 0:
        raise ValueError(f"a path needs samples at two times or more, got shape {tuple(path.shape)}")
    if not (math.isfinite(power) and power >= 1):
        raise ValueError(f"a transport cost is convex for a power of at least 1, got {power}")
    if weight is not None and not bool((weight >= 0).all()):
        raise ValueError(f"coordinate weights must be at least 0, got {weight.flatten().tolist()}")
    steps = len(path) - 1
    moved = (path[1:] - path[:-1]).abs() ** power
    if weight is not None:
        moved = moved * weight
    return steps ** (power - 1) * moved.flatten(1).sum() / path.shape[1]


@checked_inputs()
def displacement_interpolation(
    x: Float[Tensor, "batch *shape"], y: Float[Tensor, "batch *shape"], times: Float[Tensor, "time"]
) -> Float[Tensor, "time batch *shape"]:
    r"""Where paired samples are on their straight way.

    .. math:: x_t = (1 - t)\, x + t\, y

    With an optimally paired y these are samples of the geodesic between the two distributions; pair them
    first, as ``y[coupling.permutation]``. With any other pairing it is a path that spends more.

    Raises:
        ValueError: a time outside [0, 1].

    Source: [mccann1997], Section 1; [peyre2019], Section 7.1.
    """
    if not bool(((times >= 0) & (times <= 1)).all()):
        raise ValueError(f"times of a way from x to y lie in [0, 1], got {times.tolist()}")
    t = times.to(x).view(-1, *[1] * x.ndim)
    return (1 - t) * x + t * y


@checked_inputs()
def path_energy_gap(
    path: Float[Tensor, "time batch *shape"], squared_wasserstein2: Float[Tensor, ""] | float
) -> Float[Tensor, ""]:
    r"""How far a flow is from optimal: its energy against the least there is, relative to that.

    .. math:: \frac{\bigl|\int_0^1 \mathbb{E}\|v_t(x_t)\|^2 \mathrm{d}t - W_2^2(\alpha, \beta)\bigr|}
              {W_2^2(\alpha, \beta)}

    The normalised path energy. The integral is :func:`transport_energy`, so a path with few times has less
    than the flow that it was taken from. It is zero for the optimal flow, but not only there: a flow that
    misses the target can spend the same. Report it beside how well the path's end fits.

    Raises:
        ValueError: a squared distance that is not positive: without a way to go there is no ratio.

    Source: [tong2024].
    """
    least = float(squared_wasserstein2)
    if not (math.isfinite(least) and least > 0):
        raise ValueError(
            f"a relative gap needs a positive squared distance, got squared_wasserstein2={least:g}; where nothing "
            "has to move, look at the energy itself"
        )
    return (transport_energy(path) - least).abs() / least
