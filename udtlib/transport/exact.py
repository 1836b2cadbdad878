"""Optimal transport between two finite samples, solved exactly."""

from __future__ import annotations

import warnings

import torch

from udtlib.transport.costs import squared_euclidean
from udtlib.transport.result import Coupling
from udtlib.types import Float, Tensor

__all__ = ["optimal_coupling", "squared_wasserstein2", "wasserstein2"]

#: Weights may sum to one up to this much.
SLACK = 1e-6


def optimal_coupling(
    cost: Float[Tensor, "n m"],
    *,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
    iterations: int = 1_000_000,
) -> Coupling:
    r"""The cheapest way to move one weighted sample onto another.

    .. math:: \min_P \sum_{ij} C_{ij} P_{ij} \quad\text{with}\quad P \ge 0,\;
              P\mathbf{1} = a,\; P^\top\mathbf{1} = b

    The network simplex method is exact and stops at a vertex; with equal counts and equal weights every
    vertex is a permutation (Birkhoff), which the result then holds. Nothing is differentiated through.

    Args:
        cost: what moving one unit from sample i to sample j costs, ``(n, m)``.
        source_weight: the mass of each source sample, summing to one; equal masses by default.
        target_weight: likewise for the target.
        iterations: the most steps that the network simplex method may take.

    Raises:
        ValueError: an empty or non-finite cost, or weights that are negative or do not sum to one.

    Source: [peyre2019], equation 2.11 and Proposition 2.1.
    """
    if cost.numel() == 0 or not bool(cost.isfinite().all()):
        raise ValueError(
            f"a transport problem needs finite costs and samples on both sides, got {brief(cost)}"
        )
    n, m = cost.shape
    a = weights("source_weight", source_weight, count=n)
    b = weights("target_weight", target_weight, count=m)
    return network_simplex(cost, a, b, iterations=iterations)


def squared_wasserstein2(x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *shape"]) -> Float[Tensor, ""]:
    r"""The squared 2-Wasserstein distance between two samples of equal weights.

    .. math:: W_2^2 = \min_P \sum_{ij} P_{ij} \|x_i - y_j\|^2

    Between samples of two equal distributions it is not zero: its mean falls like :math:`n^{-2/d}` for d >
    4. So compare it with its value between two samples of the target.

    Raises:
        ValueError: no samples on a side, different shapes, or values that are not finite.
        RuntimeError: the solver stopped before the optimum.

    Source: [peyre2019], Proposition 2.2.
    """
    coupling = optimal_coupling(squared_euclidean(x, y))
    if not coupling.converged:
        raise RuntimeError(f"the transport problem was not solved: {coupling.reason}; use fewer samples")
    return coupling.cost


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

    costs = cost.detach().cpu().double().contiguous().numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the result says it instead
        plan, log = emd(a.numpy(), b.numpy(), costs, numItermax=iterations, log=True)
    plan = torch.as_tensor(plan)
    error = float((plan.sum(dim=1) - a).abs().sum() + (plan.sum(dim=0) - b).abs().sum())
    solved = log["warning"] is None and error < SLACK
    return Coupling(
        plan=plan.to(cost),
        cost=(plan * torch.as_tensor(costs)).sum().to(cost),
        marginal_error=error,
        converged=solved,
        permutation=None if (partner := pairing(plan)) is None else partner.to(cost.device),
        reason="optimal plan" if solved else f"stopped early: {log['warning'] or 'marginals not met'}",
    )


def weights(name: str, weight: Tensor | None, *, count: int) -> Tensor:
    """Weights in double precision that sum to one exactly."""
    if weight is None:
        return torch.full((count,), 1 / count, dtype=torch.float64)
    weight = weight.detach().cpu().double()
    if not bool((weight >= 0).all()) or abs(float(weight.sum()) - 1) > SLACK:
        raise ValueError(
            f"{name} must be at least 0 and sum to 1, got a sum of {float(weight.sum()):g}; divide by the sum"
        )
    return weight / weight.sum()


def brief(cost: Tensor) -> str:
    """A cost matrix in a few words, for a message."""
    bad = int((~cost.isfinite()).sum())
    return f"shape {tuple(cost.shape)}" + (f" with {bad} entries that are not finite" if bad else "")
