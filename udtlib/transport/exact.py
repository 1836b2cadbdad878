"""Optimal transport between two finite samples, solved exactly."""

from __future__ import annotations

import math
import warnings
from typing import NamedTuple

import torch

from udtlib.numerics.scale import power_of_two
from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import SLACK, check_cost, unit_weights
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.result import Coupling
from udtlib.transport.scaling import with_gradient
from udtlib.types import Float, Tensor

__all__ = ["optimal_coupling", "squared_wasserstein2", "wasserstein2"]

#: Where costs are cut off first, in units of what has to be paid, and by how much more each time after that.
FIRST_CUT, NEXT_CUT = 1e3, 1e3
#: What a pair may cost at most to be an ordinary one, in units of the middle one of all that are paid.
ORDINARY = 10.0


@checked_inputs(remedy="call it once for each problem, or batched_sinkhorn for many")
def optimal_coupling(
    cost: Float[Tensor, "n m"],
    *,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
    iterations: int = 1_000_000,
) -> Coupling:
    r"""The cheapest way to move one weighted sample onto another, and the prices that prove it.

    .. math:: \min_P \sum_{ij} C_{ij} P_{ij} \;\text{with}\; P \ge 0,\, P\mathbf{1} = a,\, P^\top\mathbf{1} = b
              \quad=\quad \max_{f_i + g_j \le C_{ij}} \langle a, f \rangle + \langle b, g \rangle

    The network simplex method is exact and stops at a vertex; with equal counts and equal weights every
    vertex is a permutation (Birkhoff), which the result then holds. The potentials are feasible even where
    the solver stops early, so ``value`` is never above the optimum. Nothing is differentiated through.

    A pair may be forbidden by a finite cost far above all others. The prices have to prove the plan at the scale
    of what it pays, not of what it avoids; where rounding leaves no such proof, the result says so.

    Args:
        cost: what moving one unit from sample i to sample j costs, ``(n, m)``.
        source_weight: the mass of each source sample, summing to one; equal masses by default.
        target_weight: likewise for the target.
        iterations: the most steps that the network simplex method may take.

    Raises:
        ValueError: an empty or non-finite cost, or weights that are negative or do not sum to one.
        TypeError: costs that are no real numbers.

    Source: [peyre2019], equation 2.11, Section 2.5 and Proposition 2.1.
    """
    check_cost(cost)
    if iterations < 1:
        raise ValueError(f"a solver takes at least one iteration, got {iterations}; leave the default")
    n, m = cost.shape
    a = unit_weights("source_weight", source_weight, shape=(n,)).cpu()
    b = unit_weights("target_weight", target_weight, shape=(m,)).cpu()
    return network_simplex(cost, a, b, iterations=iterations)


@checked_inputs()
def squared_wasserstein2(x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *shape"]) -> Float[Tensor, ""]:
    r"""The squared 2-Wasserstein distance between two samples of equal weights.

    .. math:: W_2^2 = \min_P \sum_{ij} P_{ij} \|x_i - y_j\|^2

    Between samples of two equal distributions it is not zero: its mean falls like :math:`n^{-2/d}` for d >
    4. So compare it with its value between two samples of the target.

    Its gradient is that of the costs under the plan (the envelope theorem); where several plans are optimal, it is
    one of many.

    Raises:
        ValueError: no samples on a side, different shapes, or values that are not finite.
        NotConvergedError: the solver stopped before the optimum.

    Source: [peyre2019], Proposition 2.2.
    """
    cost = squared_euclidean(x, y)
    coupling = optimal_coupling(cost).or_raise()
    return with_gradient(coupling.cost[None], cost[None], coupling.plan)[0]


@checked_inputs()
def wasserstein2(x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *shape"]) -> Float[Tensor, ""]:
    r"""The 2-Wasserstein distance between two samples, in the samples' own unit: the root of its square.

    Its gradient is that of :func:`squared_wasserstein2` over twice the distance, and zero between equal samples.
    """
    # In a unit in which squares stay within the precision's range.
    unit = power_of_two(spread(x, y))
    squared = squared_wasserstein2(x / unit, y / unit) if unit != 1 else squared_wasserstein2(x, y)
    # A root has no slope at zero, where the gradient would be NaN.
    distance = torch.where(squared > 0, squared, torch.ones_like(squared)).sqrt()
    return torch.where(squared > 0, distance, squared) * unit


def spread(x: Tensor, y: Tensor) -> float:
    """How far coordinates are from each other at most; NaN or infinity where one is."""
    values = [sample.detach().double() for sample in (x, y) if sample.numel()]
    return float(max(v.max() for v in values) - min(v.min() for v in values)) if values else 0.0


def pairing(plan: Tensor) -> Tensor | None:
    """The partner of each source sample where the plan is a permutation, else None."""
    n, m = plan.shape
    partner = plan.argmax(dim=1)
    one_to_one = n == m and len(partner.unique()) == n and int((plan > SLACK / n).sum()) == n
    return partner if one_to_one else None


def network_simplex(cost: Tensor, a: Tensor, b: Tensor, *, iterations: int) -> Coupling:
    """The optimal plan between weighted samples, by POT."""
    costs = cost.detach().cpu().double().contiguous()
    # The solver takes a problem whose costs are all negative for an infeasible one; a toll changes no plan.
    toll = costs.min()
    vertex = proven(costs - toll, a, b, iterations=iterations)
    plan = vertex.plan
    f, g = feasible_potentials(costs, vertex.f + toll, a, b)
    paid = (plan * costs).sum()
    reason = verdict(vertex)
    return Coupling(
        plan=plan.to(cost),
        cost=paid.to(cost),
        marginal_error=vertex.error,
        converged=reason == "optimal plan",
        permutation=None if (partner := pairing(plan)) is None else partner.to(cost.device),
        reason=reason,
        f=f.to(cost),
        g=g.to(cost),
        value=(a @ f + b @ g).to(cost),
    )


class Vertex(NamedTuple):
    """What the network simplex method found for costs of at least zero.

    Args:
        plan: the plan.
        f: the source's prices.
        error: how far the marginals are off.
        gap: how much the plan pays above what the prices prove to be needed.
        scale: what the plan pays for an ordinary pair.
        warning: the solver's own, or None.
    """

    plan: Tensor
    f: Tensor
    error: float
    gap: float
    scale: float
    warning: str | None

    def optimal(self) -> bool:
        """Whether the prices prove the plan, in digits that count for what it pays."""
        return self.warning is None and self.error < SLACK and self.gap <= SLACK * self.scale

    def times(self, unit: float) -> Vertex:
        """The same for costs that are so many times larger."""
        return self._replace(f=self.f * unit, gap=self.gap * unit, scale=self.scale * unit)


def proven(costs: Tensor, a: Tensor, b: Tensor, *, iterations: int) -> Vertex:
    """The vertex that is optimal beyond doubt, or the cheapest one that was found.

    The method's prices are sums and differences of costs along a tree. Where a few costs are many orders of
    magnitude above those that are paid, as forbidden pairs are, the prices lose the digits that matter. Costs are
    then cut off, lower ones first: a plan that is optimal for lower costs, and pays none that was cut, is optimal.
    """
    found = simplex(costs, costs, a, b, iterations=iterations)
    if found.optimal() or found.warning is not None:
        return found
    busy = costs[a > 0][:, b > 0]
    # Every sample pays at least its cheapest pair.
    needed = float(torch.maximum(busy.amin(dim=0).max(), busy.amin(dim=1).max())) or found.scale
    # The solver takes prices below a fixed bound for rounding. A power of two changes no digit.
    unit = 2.0 ** math.floor(math.log2(needed))
    level = FIRST_CUT * needed
    while True:
        tried = simplex(costs / unit, costs.clamp(max=level) / unit, a, b, iterations=iterations).times(unit)
        if tried.optimal():
            return tried
        if (tried.plan * costs).sum() < (found.plan * costs).sum() and tried.error < SLACK:
            found = tried
        if level >= float(costs.max()):
            return found
        level *= NEXT_CUT


def simplex(costs: Tensor, cut: Tensor, a: Tensor, b: Tensor, *, iterations: int) -> Vertex:
    """POT's plan for the costs as they were cut, judged by the true ones."""
    # Imported here: POT looks for every array library that it knows, which takes a second.
    from ot.lp import emd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the result says it instead
        plan, log = emd(a.numpy(), b.numpy(), cut.numpy(), numItermax=iterations, log=True)
    plan, prices = torch.as_tensor(plan), torch.as_tensor(log["u"])
    f, g = feasible_potentials(cut, prices, a, b)
    used = plan > 0
    paid, mass = costs[used], plan[used]
    # The sum over what is paid, each term near zero, keeps the digits that a difference of two large sums loses.
    # And as no cost is below zero, nothing is more than all that is paid above the optimum.
    gap = float((mass * (paid - (f[:, None] + g)[used])).sum().clamp(max=(mass * paid).sum()))
    middle = float(paid.median()) if len(paid) else 0.0
    return Vertex(
        plan=plan,
        f=prices,
        error=float((plan.sum(dim=1) - a).abs().sum() + (plan.sum(dim=0) - b).abs().sum()),
        gap=gap,
        # A few dear pairs that cannot be avoided do not excuse the others.
        scale=float((mass * paid.clamp(max=ORDINARY * middle)).sum())
        if middle
        else float((mass * paid).sum()),
        warning=log["warning"],
    )


def feasible_potentials(cost: Tensor, f: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    r"""The best prices for given source prices, so that no price is above the cost.

    .. math:: g_j = \min_i C_{ij} - f_i

    A source sample without mass takes no part in the solver's optimum; it gets the highest price that the
    others leave it.
    """
    served, busy = b > 0, a > 0
    g = (cost[busy] - f[busy, None]).amin(dim=0)
    f = torch.where(busy, f, (cost[:, served] - g[served]).amin(dim=1))
    g = (cost - f[:, None]).amin(dim=0)
    constant = (b @ g - a @ f) / 2
    return f + constant, g - constant


def verdict(vertex: Vertex) -> str:
    """Whether the plan is optimal, in words: by the solver, by its marginals, and by its dual prices."""
    if vertex.warning is not None:
        return f"stopped early: {vertex.warning}"
    if not vertex.error < SLACK:
        return "stopped early: marginals not met"
    if not vertex.optimal():
        return (
            f"stopped early: {vertex.gap:.3g} above the dual bound, where the plan pays {vertex.scale:.3g} for an "
            "ordinary pair: the largest costs leave the others too few digits"
        )
    return "optimal plan"
