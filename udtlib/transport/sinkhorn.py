r"""Entropic optimal transport: one problem by POT, or many at once, differentiably, on any device.

Both solve the same regularised problem,

.. math:: \mathrm{OT}_\varepsilon(a, b) = \min_P \langle C, P \rangle
          + \varepsilon\, \mathrm{KL}(P \,\Vert\, a b^\top)
          \quad\text{with}\quad P\mathbf{1} = a,\; P^\top\mathbf{1} = b,

whose only plan is denser and smoother than an exact one, and the more so the larger :math:`\varepsilon` is.
It is in the cost's unit: choose it as a multiple of the mean cost.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import torch

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport import scaling
from udtlib.transport.checks import check_cost, check_options, check_precision, unit_weights
from udtlib.transport.kernel import products
from udtlib.transport.newton import LARGEST_SIDE, finish
from udtlib.transport.result import BatchedCoupling, Coupling
from udtlib.transport.scaling import Problem, Solution, with_gradient
from udtlib.types import Float, Tensor

__all__ = ["batched_sinkhorn", "entropic_coupling", "solved"]

#: Steps of Sinkhorn's algorithm before Newton's method is asked.
FIRST_STEPS = 200


@checked_inputs(remedy="for a batch of problems call batched_sinkhorn")
def entropic_coupling(
    cost: Float[Tensor, "n m"],
    *,
    epsilon: float | int,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
    iterations: int = 10_000,
    tolerance: float = 1e-6,
) -> Coupling:
    r"""The plan that entropy makes smooth, by POT's Sinkhorn algorithm in the logarithmic domain.

    .. math:: \min_P \langle C, P \rangle + \varepsilon\, \mathrm{KL}(P \,\Vert\, a b^\top),
              \qquad P_{ij} = a_i b_j \exp\bigl((f_i + g_j - C_{ij}) / \varepsilon\bigr)

    Computed in double precision on the CPU; nothing is differentiated through. The number of steps grows
    quickly as epsilon falls: below a hundredth of the mean cost, :func:`batched_sinkhorn` gets there sooner.

    Args:
        cost: what moving one unit from sample i to sample j costs, ``(n, m)``.
        epsilon: the strength of the entropic term, in the cost's unit.
        source_weight: the mass of each source sample, summing to one; equal masses by default.
        target_weight: likewise for the target.
        iterations: the most steps; the smaller epsilon is, the more it takes.
        tolerance: how far the marginals may be off, in :math:`\ell_1`.

    Raises:
        ValueError: an empty or non-finite cost, bad weights, or an epsilon that is not positive.

    Source: [cuturi2013], Algorithm 1; [peyre2019], Section 4.4; the implementation is [flamary2021].
    """
    check_cost(cost)
    check_options(epsilon=epsilon, iterations=iterations, tolerance=tolerance)
    n, m = cost.shape
    costs = cost.detach().cpu().double()
    a = unit_weights("source_weight", source_weight, shape=(n,)).cpu()
    b = unit_weights("target_weight", target_weight, shape=(m,)).cpu()
    problem = Problem(cost=costs[None] / epsilon, a=a[None], b=b[None])
    f, g = scaling.extended(problem, *pot_potentials(problem, iterations=iterations, tolerance=tolerance))
    plan = problem.plan(f, g)
    error = scaling.marginal_error(problem, plan, torch.ones_like(f), torch.ones_like(g))
    solution = Solution(f=f, g=g, plan=plan, error=error, iterations=iterations)
    met = float(error) <= tolerance
    return Coupling(
        plan=plan[0].to(cost),
        cost=(plan[0] * costs).sum().to(cost),
        marginal_error=float(error),
        converged=met,
        reason="marginals met" if met else f"stopped early: marginals not met after {iterations} iterations",
        f=(epsilon * f[0]).to(cost),
        g=(epsilon * g[0]).to(cost),
        value=(epsilon * scaling.dual_value(solution, a=problem.a, b=problem.b)[0]).to(cost),
        epsilon=float(epsilon),
    )


@checked_inputs(strict=True, remedy="for one problem give cost[None], or call entropic_coupling")
def batched_sinkhorn(
    cost: Float[Tensor, "batch n m"],
    *,
    epsilon: float | int | Float[Tensor, "batch"],
    source_weight: Float[Tensor, "batch n"] | None = None,
    target_weight: Float[Tensor, "batch m"] | None = None,
    iterations: int = 10_000,
    tolerance: float = 1e-5,
    newton: bool = True,
    unrolled: bool = False,
) -> BatchedCoupling:
    r"""Entropic plans of many problems at once.

    .. math:: \mathrm{OT}_\varepsilon = \min_P \langle C, P \rangle
              + \varepsilon\, \mathrm{KL}(P \,\Vert\, a b^\top), \qquad
              \frac{\partial \mathrm{OT}_\varepsilon}{\partial C} = P

    By default only ``value`` has a gradient with respect to the cost: the plan, as the potentials are
    optimal and so contribute nothing (the envelope theorem). It costs nothing, and is as good as the plan's
    marginals. With ``unrolled``, plan, cost and potentials have gradients too, by backpropagation through
    every step, in time and memory. Weights have none.

    Sinkhorn's algorithm takes the first steps. Where these gain little, Newton's method follows, which needs a few
    dozen steps where the algorithm would need many thousands. On a CPU both work by matrix products on a kernel
    for as long as exponentials are safe, a few problems at a time so that they stay in its cache.

    Args:
        cost: what moving one unit from sample i to sample j costs, ``(batch, n, m)``, in single or double
            precision.
        epsilon: the strength of the entropic term, one for all problems or one for each.
        source_weight: masses that sum to one per problem; equal ones by default. A mass may be zero.
        target_weight: likewise for the target.
        iterations: the most steps.
        tolerance: how far the marginals may be off, in :math:`\ell_1`.
        newton: finish what Sinkhorn's first steps leave by Newton's method; without it, by more of them.
        unrolled: record every step for backpropagation.

    Raises:
        ValueError: an empty, non-finite or half-precision cost, bad weights, or an epsilon that is not positive.

    Source: [cuturi2013], Algorithm 1; [peyre2019], Section 4.4; [schmitzer2019]; [brauer2017].
    """
    check_precision(cost)
    if cost.numel() == 0:
        check_cost(cost)
    strength = per_problem(epsilon, cost)
    check_options(epsilon=float(strength.min()), iterations=iterations, tolerance=tolerance)
    batch, n, m = cost.shape
    a = unit_weights("source_weight", source_weight, shape=(batch, n)).to(cost)
    b = unit_weights("target_weight", target_weight, shape=(batch, m)).to(cost)
    positive = bool((a > 0).all()) and bool((b > 0).all())
    by_products = positive and newton and not unrolled and cost.device.type == "cpu"
    if not by_products:  # which sees for itself, where it reads the costs
        check_cost(cost)
    limits = {"iterations": iterations, "tolerance": tolerance}
    if unrolled:
        solution = scaling.unroll(Problem(cost=cost / strength[:, None, None], a=a, b=b), **limits)
    elif by_products:
        solution = solved_by_products(cost.detach(), strength, a=a, b=b, **limits)
    else:
        problem = Problem(cost=cost.detach() / strength[:, None, None], a=a, b=b)
        solution = solved(problem, newton=newton, **limits)
    value, paid = strength * scaling.dual_value(solution, a=a, b=b), solution.paid
    if paid is None:
        paid = scaling.inner(cost if unrolled else cost.detach(), solution.plan)
    return BatchedCoupling(
        plan=solution.plan,
        cost=paid,
        value=value if unrolled else with_gradient(value, cost, solution.plan),
        f=strength[:, None] * solution.f,
        g=strength[:, None] * solution.g,
        epsilon=strength,
        marginal_error=solution.error,
        converged=solution.error <= tolerance,
        iterations=solution.iterations,
    )


def solved_by_products(
    cost: Tensor, strength: Tensor, *, a: Tensor, b: Tensor, iterations: int, tolerance: float
) -> Solution:
    """Products on a kernel where exponentials are safe; the problems that these leave by Newton's dense steps."""
    solution = products(cost, strength, a=a, b=b, iterations=iterations, tolerance=tolerance)
    open_ = (~(solution.error <= tolerance)).nonzero()[:, 0]
    if len(open_) and solution.iterations < iterations:
        part = Problem(cost=cost[open_] / strength[open_][:, None, None], a=a[open_], b=b[open_])
        rest = solution.take(open_)
        if min(cost.shape[1:]) <= LARGEST_SIDE:
            rest = finish(part, rest, iterations=iterations, tolerance=tolerance)
        else:
            rest = scaling.solve(part, steps=scaling.alternating, iterations=iterations, tolerance=tolerance)
        rest = replace(rest, paid=scaling.inner(cost[open_], rest.plan), mass=rest.plan.sum(dim=(1, 2)))
        solution = solution.put(open_, rest)
    f, g = scaling.centred(solution.f, solution.g, a=a, b=b)
    return replace(solution, f=f, g=g)


def solved(problem: Problem, *, iterations: int, tolerance: float, newton: bool) -> Solution:
    """Sinkhorn's steps, and Newton's where these do not get there soon."""
    newton = newton and min(problem.cost.shape[1:]) <= LARGEST_SIDE
    first = min(iterations, FIRST_STEPS) if newton else iterations
    solution = scaling.solve(problem, steps=scaling.alternating, iterations=first, tolerance=tolerance)
    return finish(problem, solution, iterations=iterations, tolerance=tolerance) if newton else solution


def pot_potentials(problem: Problem, *, iterations: int, tolerance: float) -> tuple[Tensor, Tensor]:
    """Potentials in units of epsilon, by POT, for the samples that have mass; zero for the others."""
    # Imported here: POT looks for every array library that it knows, which takes a second.
    from ot import sinkhorn

    busy, served = problem.a[0] > 0, problem.b[0] > 0
    a, b, cost = problem.a[0][busy], problem.b[0][served], problem.cost[0][busy][:, served]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the result says it instead
        _, log = sinkhorn(
            a.numpy(),
            b.numpy(),
            cost.numpy(),
            1.0,
            method="sinkhorn_log",
            numItermax=iterations,
            stopThr=tolerance / len(b) ** 0.5,  # POT measures in the Euclidean norm, which is smaller
            log=True,
        )
    f, g = torch.zeros_like(problem.a), torch.zeros_like(problem.b)
    f[0, busy] = torch.as_tensor(log["log_u"]) - a.log()
    g[0, served] = torch.as_tensor(log["log_v"]) - b.log()
    return f, g


def per_problem(epsilon: float | Tensor, cost: Tensor) -> Tensor:
    """One epsilon for each problem."""
    strength = torch.as_tensor(epsilon, dtype=cost.dtype, device=cost.device).detach()
    if strength.ndim > 0 and strength.shape != cost.shape[:1]:
        raise ValueError(f"epsilon is one number or {len(cost)} of them, got shape {tuple(strength.shape)}")
    if not bool((strength > 0).all() & strength.isfinite().all()):
        raise ValueError(f"epsilon must be positive and finite, got {strength.flatten().tolist()[:3]}")
    return strength.expand(len(cost))
