"""Plans to start from: the problem is not convex, so where a search starts decides what it finds."""

from __future__ import annotations

import numpy as np
import torch

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_positive, unit_weights
from udtlib.transport.gromov.energy import check_distances
from udtlib.transport.gromov.polish import vertex
from udtlib.transport.sinkhorn import batched_sinkhorn
from udtlib.types import Float, Tensor

__all__ = ["independent_start", "profile_cost", "profile_starts", "shuffled_starts", "soft_profile_start"]

#: Strength of the entropy that softens a start, in standard deviations of the profile cost, and the steps.
SOFTNESS, SOFT_STEPS = 0.1, 20
#: Smallest noise, as a share of the mean squared distance: symmetric spaces have equal profiles.
FLOOR = 0.01
#: The share of a hard start that stays independent, so that no entry is zero.
SPREAD = 0.1


@checked_inputs()
def independent_start(dx: Float[Tensor, "n n"], dy: Float[Tensor, "m m"]) -> Float[Tensor, "1 n m"]:
    r"""The plan that knows nothing, :math:`P_{ij} = 1 / (n m)`; a saddle point for symmetric spaces."""
    check_distances("dx", dx)
    check_distances("dy", dy)
    n, m = len(dx), len(dy)
    return dx.new_full((1, n, m), 1 / (n * m))


@checked_inputs(strict=True)
def profile_cost(
    dx: Float[Tensor, "n n"],
    dy: Float[Tensor, "m m"],
    *,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
) -> Float[Tensor, "n m"]:
    r"""How unlike two points' distances to all others of their own space are: the third lower bound's cost.

    .. math:: C_{ij} = W_2^2\bigl(\{d_{ik}\}_k, \{d'_{jl}\}_l\bigr)
              = \int_0^1 \bigl(F_i^{-1}(t) - G_j^{-1}(t)\bigr)^2 \, dt

    Profiles are distances on a line, weighted as their points, and are matched in order. The cheapest plan for
    this cost is a lower bound of the Gromov-Wasserstein energy. It is zero between points that a symmetry
    exchanges.

    Source: [memoli2011], Section 6.
    """
    check_distances("dx", dx)
    check_distances("dy", dy)
    n, m = len(dx), len(dy)
    if source_weight is not None or target_weight is not None:
        a = unit_weights("source_weight", source_weight, shape=(n,)).to(dx.device)
        b = unit_weights("target_weight", target_weight, shape=(m,)).to(dy.device)
        return weighted_profile_cost(dx.detach().double(), dy.detach().double(), a, b).to(dx.dtype)
    # The quantile functions jump at the multiples of 1/n and of 1/m; in units of 1/(nm) those are whole.
    jumps = torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]).unique()
    widths = torch.diff(jumps, prepend=jumps.new_zeros(1)).double() / (n * m)
    levels = jumps - 1
    x = dx.detach().double().sort(dim=1).values[:, (levels // m).to(dx.device)]
    y = dy.detach().double().sort(dim=1).values[:, (levels // n).to(dy.device)]
    root = widths.sqrt().to(dx.device)
    return torch.cdist(x * root, y * root, compute_mode="donot_use_mm_for_euclid_dist").square().to(dx.dtype)


def weighted_profile_cost(dx: Tensor, dy: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """The same for weighted profiles, whose quantile functions jump elsewhere for every pair of points."""
    (x, order), (y, order_y) = dx.sort(dim=1), dy.sort(dim=1)
    tops, tops_y = a[order].cumsum(dim=1), b[order_y].cumsum(dim=1)
    rows = []
    for profile, top in zip(x, tops, strict=True):
        jumps = torch.cat([top.expand(len(y), -1), tops_y], dim=1).clamp(max=1).sort(dim=1).values
        widths = jumps.diff(dim=1, prepend=jumps.new_zeros(len(y), 1))
        # A piece ends at its jump, so that rounding cannot push its middle over an end.
        middles = jumps - widths / 2
        i = torch.searchsorted(top, middles).clamp(max=len(top) - 1)
        j = torch.searchsorted(tops_y, middles).clamp(max=tops_y.shape[1] - 1)
        rows.append((widths * (profile[i] - y.gather(1, j)).square()).sum(dim=1))
    return torch.stack(rows)


@checked_inputs(strict=True)
def soft_profile_start(dx: Float[Tensor, "n n"], dy: Float[Tensor, "m m"]) -> Float[Tensor, "1 n m"]:
    """The entropic plan between points with like profiles, without noise."""
    cost = profile_cost(dx, dy)
    return softened(cost[None], SOFTNESS * spread(cost, dx, dy))


@checked_inputs(strict=True)
def profile_starts(
    dx: Float[Tensor, "n n"],
    dy: Float[Tensor, "m m"],
    *,
    restarts: int,
    generator: torch.Generator,
    noise: float = 1.0,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
) -> Float[Tensor, "restarts n m"]:
    r"""Plans between points with like profiles, each for a cost with other noise.

    .. math:: C_{ij} + \sigma_k \, s \, \xi_{ij}, \qquad \xi_{ij} \sim N(0, 1),\;
              \sigma_k \sim U[\tfrac{1}{10}\sigma, \sigma], \; s^2 = \operatorname{Var}(C)

    Every other one is an entropic plan, the rest are exact ones mixed with a tenth of the independent plan.
    The first of each kind is without noise.

    Args:
        noise: the largest noise :math:`\sigma`, in standard deviations of the cost.
        generator: on the CPU, so that every device gets the same starts.
        source_weight: masses that sum to one; equal ones by default.
        target_weight: likewise for the target.

    Raises:
        ValueError: what is no matrix of distances, no restarts, noise that is not positive, or bad weights.
    """
    if restarts < 1:
        raise ValueError(f"a search takes at least one start, got {restarts}")
    check_positive("noise", noise)
    weights = {"source_weight": source_weight, "target_weight": target_weight}
    cost = profile_cost(dx, dy, **weights)
    scale = spread(cost, dx, dy)
    strength = noise * (0.1 + 0.9 * torch.rand(restarts, generator=generator, dtype=torch.float64))
    strength[:2] = 0
    xi = torch.randn(restarts, *cost.shape, generator=generator, dtype=torch.float64)
    noisy = cost + (scale * strength[:, None, None] * xi).to(cost)
    starts = torch.empty_like(noisy)
    starts[0::2] = softened(noisy[0::2], SOFTNESS * scale, **weights)
    if restarts > 1:
        starts[1::2] = torch.stack([hard(one, **weights) for one in noisy[1::2]])
    return starts


@checked_inputs()
def shuffled_starts(
    dx: Float[Tensor, "n n"], dy: Float[Tensor, "m m"], *, restarts: int, generator: torch.Generator
) -> Float[Tensor, "restarts n m"]:
    """Random exact plans mixed with a tenth of the independent plan: starts that know nothing."""
    if restarts < 1:
        raise ValueError(f"a search takes at least one start, got {restarts}")
    check_distances("dx", dx)
    check_distances("dy", dy)
    cost = torch.rand(restarts, len(dx), len(dy), generator=generator, dtype=torch.float64)
    return torch.stack([hard(one) for one in cost]).to(dx)


def spread(cost: Tensor, dx: Tensor, dy: Tensor) -> float:
    """The standard deviation of a profile cost, or a little where it is (nearly) zero."""
    unit = float(dx.detach().square().mean() + dy.detach().square().mean()) / 2
    return max(float(cost.double().std(correction=0)), FLOOR * unit, 1e-300)


def softened(
    cost: Tensor, epsilon: float, *, source_weight: Tensor | None = None, target_weight: Tensor | None = None
) -> Tensor:
    """Entropic plans after few steps; a start need not meet the marginals."""
    a, b = (
        None if weight is None else weight.expand(len(cost), -1) for weight in (source_weight, target_weight)
    )
    # In double precision: noise makes costs many times epsilon.
    plan = batched_sinkhorn(
        cost.double(),
        epsilon=epsilon,
        source_weight=a,
        target_weight=b,
        iterations=SOFT_STEPS,
        newton=False,
    ).plan
    return plan.to(cost)


def hard(cost: Tensor, *, source_weight: Tensor | None = None, target_weight: Tensor | None = None) -> Tensor:
    """The exact plan, mixed with the independent one."""
    n, m = cost.shape
    a = unit_weights("source_weight", source_weight, shape=(n,)).cpu().numpy()
    b = unit_weights("target_weight", target_weight, shape=(m,)).cpu().numpy()
    exact = torch.as_tensor(vertex(cost.cpu().double().numpy(), a, b)).to(cost)
    return (1 - SPREAD) * exact + SPREAD * torch.as_tensor(np.outer(a, b)).to(cost)
