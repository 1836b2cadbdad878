"""Optimal transport between two finite samples, solved exactly."""

from __future__ import annotations

import warnings

import torch

from udtlib.transport.checks import SLACK, check_cost, unit_weights
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.result import Coupling
from udtlib.types import Float, Tensor

__all__ = ["optimal_coupling", "squared_wasserstein2", "wasserstein2"]


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

    Args:
        cost: what moving one unit from sample i to sample j costs, ``(n, m)``.
        source_weight: the mass of each source sample, summing to one; equal masses by default.
        target_weight: likewise for the target.
        iterations: the most steps that the network simplex method may take.

    Raises:
        ValueError: an empty or non-finite cost, or weights that are negative or do not sum to one.

    Source: [peyre2019], equation 2.11, Section 2.5 and Proposition 2.1.
    """
    check_cost(cost)
    n, m = cost.shape
    a = unit_weights("source_weight", source_weight, shape=(n,)).cpu()
    b = unit_weights("target_weight", target_weight, shape=(m,)).cpu()
    return network_simplex(cost, a, b, iterations=iterations)


def squared_wasserstein2(x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *shape"]) -> Float[Tensor, ""]:
    r"""The squared 2-Wasserstein distance between two samples of equal weights.

    .. math:: W_2^2 = \min_P \sum_{ij} P_{ij} \|x_i - y_j\|^2

    Between samples of two equal distributions it is not zero: its mean falls like :math:`n^{-2/d}` for d >
    4. So compare it with its value between two samples of the target.

    Raises:
        ValueError: no samples on a side, different shapes, or values that are not finite.
        NotConvergedError: the solver stopped before the optimum.

    Source: [peyre2019], Proposition 2.2.
    """
    return optimal_coupling(squared_euclidean(x, y)).or_raise().cost


def wasserstein2(x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *shape"]) -> Float[Tensor, ""]:
    r"""The 2-Wasserstein distance between two samples, in the samples' own unit: the root of its square."""
    return squared_wasserstein2(x, y).sqrt()


def pairing(plan: Tensor) -> Tensor | None:
    """The partner of each source sample where the plan is a permutation, else None."""
    n, m = plan.shape
    partner = plan.argmax(dim=1)
    one_to_one = n == m and len(partner.unique()) == n and int((plan > SLACK / n).sum()) == n
    return partner if one_to_one else None


def network_simplex(cost: Tensor, a: Tensor, b: Tensor, *, iterations: int) -> Coupling:
    """The optimal plan between weighted samples, by POT."""
    # Imported here: POT looks for every array library that it knows, which takes a second.
    from ot.lp import emd

    costs = cost.detach().cpu().double().contiguous()
    # The solver takes a problem whose costs are all negative for an infeasible one; a toll changes no plan.
    toll = costs.min()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the result says it instead
        plan, log = emd(a.numpy(), b.numpy(), (costs - toll).numpy(), numItermax=iterations, log=True)
    plan = torch.as_tensor(plan)
    f, g = feasible_potentials(costs, torch.as_tensor(log["u"]) + toll, a, b)
    value, paid = a @ f + b @ g, (plan * costs).sum()
    error = float((plan.sum(dim=1) - a).abs().sum() + (plan.sum(dim=0) - b).abs().sum())
    reason = verdict(log["warning"], error, float(paid - value), scale=float(costs.abs().max()))
    return Coupling(
        plan=plan.to(cost),
        cost=paid.to(cost),
        marginal_error=error,
        converged=reason == "optimal plan",
        permutation=None if (partner := pairing(plan)) is None else partner.to(cost.device),
        reason=reason,
        f=f.to(cost),
        g=g.to(cost),
        value=value.to(cost),
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


def verdict(warning: str | None, error: float, gap: float, *, scale: float) -> str:
    """Whether the plan is optimal, in words: by the solver, by its marginals, and by its dual prices."""
    if warning is not None:
        return f"stopped early: {warning}"
    if not error < SLACK:
        return "stopped early: marginals not met"
    if not gap <= SLACK * scale:
        return f"stopped early: {gap:.3g} above the dual bound"
    return "optimal plan"
