r"""Newton's method for the entropic problem: what finishes where Sinkhorn's steps become too small.

For a small :math:`\varepsilon` the error of Sinkhorn's algorithm falls like one over the number of steps for a
very long time. Newton's method on the semi-dual, in which the target always answers,

.. math:: F(f) = \langle a, f \rangle + \langle b, g(f) \rangle, \qquad \nabla F = a - P\mathbf{1}, \qquad
          -\nabla^2 F = \operatorname{diag}(P\mathbf{1}) - P \operatorname{diag}(b)^{-1} P^\top,

takes a few dozen steps, each with a linear system of the source's size [brauer2017]. Potentials and costs are in
units of epsilon, and in double precision.
"""

from __future__ import annotations

import torch

from udtlib.transport.scaling import (
    ANNEALING_STEPS,
    Problem,
    Solution,
    annealed,
    dot,
    extended,
    halvings,
    marginal_error,
)
from udtlib.types import Tensor

__all__ = ["finish"]

#: A problem whose smaller side is larger than this is left to Sinkhorn: the linear systems take too long.
LARGEST_SIDE = 2048
#: How strongly a step is held back, in units of the error.
DAMPING = 1e-2
#: Smallest share of the promised ascent that a step must keep, and how often it may be halved for it.
ARMIJO, HALVINGS = 1e-4, 30
#: Steps from a start that was followed down quickly, then for each halving of epsilon, and how exactly there.
DIRECT, PER_LEVEL, LOOSE = 100, 20, 1e-2
#: What rounding does to the dual objective, relative to it.
ROUNDING = 1e-13


def finish(problem: Problem, solution: Solution, *, iterations: int, tolerance: float) -> Solution:
    """Newton's steps for those problems of a batch that are not within the tolerance.

    They start anew, from potentials that were followed down from a large epsilon.
    """
    open_ = solution.error > tolerance
    left = iterations - solution.iterations
    if left < 1 or not bool(open_.any()):
        return solution
    part = problem.take(open_).double()
    if problem.cost.shape[1] > problem.cost.shape[2]:
        g, f, done = newton(part.transposed(), iterations=left, tolerance=tolerance)
    else:
        f, g, done = newton(part, iterations=left, tolerance=tolerance)
    plan = part.plan(f, g)
    error = marginal_error(part, plan, torch.ones_like(f), torch.ones_like(g)).to(solution.error)
    f, g = extended(part, f, g)
    better = error < solution.error[open_]
    chosen = open_.nonzero()[:, 0][better]
    merged = [
        old.index_copy(0, chosen, new[better].to(old))
        for old, new in (
            (solution.f, f),
            (solution.g, g),
            (solution.plan, plan),
            (solution.error, error),
        )
    ]
    return Solution(
        f=merged[0], g=merged[1], plan=merged[2], error=merged[3], iterations=solution.iterations + done
    )


def newton(problem: Problem, *, iterations: int, tolerance: float) -> tuple[Tensor, Tensor, int]:
    """Potentials whose plan meets the marginals, and how many steps it took."""
    f, g = annealed(problem)
    first = ANNEALING_STEPS * halvings(problem)
    if first >= iterations:
        return f, g, iterations
    f, g, done = climbed(problem, f, iterations=min(iterations - first, DIRECT), tolerance=tolerance)
    done += first
    if done == iterations or bool((row_error(problem, f) <= tolerance).all()):
        return f, g, done
    # A start that was followed down in a few of Sinkhorn's steps was too far off: follow it down in Newton's.
    best, f = f, torch.zeros_like(f)
    for level in range(halvings(problem), -1, -1):
        easier = Problem(cost=problem.cost / 2**level, a=problem.a, b=problem.b)
        most = min(iterations - done, PER_LEVEL if level else DIRECT)
        f, g, taken = climbed(
            easier, f, iterations=most, tolerance=max(tolerance, LOOSE) if level else tolerance
        )
        f, done = f * (2 if level else 1), done + taken
        if done == iterations:
            break
    f = torch.where((row_error(problem, f) < row_error(problem, best))[:, None], f, best)
    return f, problem.softmin_target(f), done


def row_error(problem: Problem, f: Tensor) -> Tensor:
    """How far the source's marginal is off when the target has answered."""
    return (problem.a - problem.plan(f, problem.softmin_target(f)).sum(dim=2)).abs().sum(dim=1)


def climbed(problem: Problem, f: Tensor, *, iterations: int, tolerance: float) -> tuple[Tensor, Tensor, int]:
    """Newton's steps from given potentials, until the marginals are met or no step is found any more."""
    g = problem.softmin_target(f)
    for done in range(iterations):
        plan = problem.plan(f, g)
        error = (problem.a - plan.sum(dim=2)).abs().sum(dim=1)
        if not bool((error > tolerance).any()):
            return f, g, done
        new_f, new_g = searched(problem, f, g, plan, error)
        if torch.equal(new_f, f):
            return f, g, done
        f, g = new_f, new_g
    return f, g, iterations


def direction(problem: Problem, plan: Tensor, error: Tensor) -> Tensor:
    """The damped Newton step; a constant, which changes nothing, is left out of it."""
    rows, n = plan.sum(dim=2), plan.shape[1]
    scaled = plan / problem.b.clamp(min=torch.finfo(plan.dtype).tiny)[:, None, :]
    # A sample without mass has an empty row, which a one on the diagonal makes regular.
    diagonal = rows + DAMPING * error[:, None] * problem.a + (problem.a == 0)
    curvature = torch.diag_embed(diagonal) - scaled @ plan.mT + 1 / n**2
    return torch.linalg.solve_ex(curvature, (problem.a - rows)[:, :, None]).result[:, :, 0]


def searched(problem: Problem, f: Tensor, g: Tensor, plan: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """The step along Newton's direction, halved until the dual objective rises."""
    step = direction(problem, plan, error)
    promise = dot(problem.a - plan.sum(dim=2), step)
    before = dot(problem.a, f) + dot(problem.b, g)
    length = torch.ones_like(before)
    for _ in range(HALVINGS):
        new_f = f + length[:, None] * step
        new_g = problem.softmin_target(new_f)
        rise = dot(problem.a, new_f) + dot(problem.b, new_g) - before
        remaining = (problem.a - problem.plan(new_f, new_g).sum(dim=2)).abs().sum(dim=1)
        # Near the optimum rounding hides the rise, but not that the error falls. Away from it a falling error is
        # no progress: steps that only lower it can go round in circles.
        hidden = rise.abs() <= ROUNDING * (1 + before.abs())
        good = (rise >= ARMIJO * length * promise) | (hidden & (remaining < error))
        if bool(good.all()):
            break
        length = torch.where(good, length, length / 2)
    # A problem that found no step, or is solved to rounding, stays where it is.
    return torch.where(good[:, None], new_f, f), torch.where(good[:, None], new_g, g)
