r"""Sinkhorn's algorithm: the loop behind the entropic solvers.

Inside, potentials and costs are divided by :math:`\varepsilon`, so that

.. math:: P_{ij} = a_i b_j \, e^{f_i + g_j - C_{ij}}

A step in the logarithmic domain is safe for every :math:`\varepsilon` but costs a pass of exponentials.
Rescaling the rows and columns of a plan that is already there costs two matrix-vector products, an order of
magnitude less, and is the same step. So the loop rescales, and goes back to logarithms where the factors have
drifted so far that entries which once underflowed could matter [schmitzer2019].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from udtlib.types import Float, Tensor

__all__ = [
    "ANNEALING_STEPS",
    "Problem",
    "Solution",
    "alternating",
    "annealed",
    "averaged",
    "dual_value",
    "solve",
    "unroll",
]

#: Steps between two looks at the marginals.
BLOCK = 10
#: Steps at each epsilon on the way down to the one asked for.
ANNEALING_STEPS = 2


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A batch of entropic problems; the cost is in units of epsilon.

    Args:
        cost: ``(batch, n, m)``.
        a: the source's weights, ``(batch, n)``.
        b: the target's weights, ``(batch, m)``.
    """

    cost: Float[Tensor, "batch n m"]
    a: Float[Tensor, "batch n"]
    b: Float[Tensor, "batch m"]

    def take(self, chosen: Tensor) -> Problem:
        """Some problems of the batch."""
        return Problem(cost=self.cost[chosen], a=self.a[chosen], b=self.b[chosen])

    def double(self) -> Problem:
        """The same problems in double precision."""
        return Problem(cost=self.cost.double(), a=self.a.double(), b=self.b.double())

    def transposed(self) -> Problem:
        """The same problems, with source and target exchanged."""
        return Problem(cost=self.cost.mT, a=self.b, b=self.a)

    def softmin_source(self, g: Tensor) -> Tensor:
        r"""The source's best answer to g: :math:`f_i = -\log \sum_j b_j e^{g_j - C_{ij}}`."""
        return -torch.logsumexp((g + self.b.log())[:, None, :] - self.cost, dim=2)

    def softmin_target(self, f: Tensor) -> Tensor:
        r"""The target's best answer to f: :math:`g_j = -\log \sum_i a_i e^{f_i - C_{ij}}`."""
        return -torch.logsumexp((f + self.a.log())[:, :, None] - self.cost, dim=1)

    def plan(self, f: Tensor, g: Tensor) -> Tensor:
        """The plan that belongs to potentials; without mass where a weight is zero."""
        return torch.exp((f + self.a.log())[:, :, None] + (g + self.b.log())[:, None, :] - self.cost)


#: A step that rescales a plan: from (problem, plan, u, v) to the next (u, v).
Rescale = Callable[[Problem, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
#: The same step for potentials: from (problem, f, g) to the next (f, g).
LogStep = Callable[[Problem, Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Steps:
    """One kind of step, in both of its forms."""

    logarithmic: LogStep
    rescale: Rescale


def alternating_log(problem: Problem, f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """First the source answers, then the target."""
    f = problem.softmin_source(g)
    return f, problem.softmin_target(f)


def alternating_rescale(problem: Problem, plan: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """First the rows meet a, then the columns meet b; rows and columns without mass stay as they are."""
    u = torch.where(problem.a > 0, problem.a / (plan @ v[:, :, None])[:, :, 0], 1.0)
    return u, torch.where(problem.b > 0, problem.b / (u[:, None, :] @ plan)[:, 0], 1.0)


def averaged_log(problem: Problem, f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """Half-way to the answer, for a problem between a sample and itself, where f = g."""
    f = (f + problem.softmin_source(g)) / 2
    return f, f


def averaged_rescale(problem: Problem, plan: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """The geometric mean of the old factors and the answer to them."""
    u = torch.where(problem.a > 0, (u * problem.a / (plan @ v[:, :, None])[:, :, 0]).sqrt(), 1.0)
    return u, u


#: Sinkhorn's own order [cuturi2013, Algorithm 1].
alternating = Steps(alternating_log, alternating_rescale)
#: For symmetric problems, which it solves in a few steps [feydy2019].
averaged = Steps(averaged_log, averaged_rescale)


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Potentials in units of epsilon, the plan, how far its marginals are off, and how many steps it took.

    ``paid`` is the plan's cost in the cost's own unit, and ``mass`` its sum, where the solver knows them already.
    """

    f: Tensor
    g: Tensor
    plan: Tensor
    error: Tensor
    iterations: int
    paid: Tensor | None = None
    mass: Tensor | None = None

    def take(self, chosen: Tensor) -> Solution:
        """Some problems' part of it."""
        return Solution(
            f=self.f[chosen],
            g=self.g[chosen],
            plan=self.plan[chosen],
            error=self.error[chosen],
            iterations=self.iterations,
        )

    def put(self, chosen: Tensor, part: Solution) -> Solution:
        """This solution with some problems' replaced, in place."""
        for name in ("f", "g", "plan", "error", "paid", "mass"):
            mine = getattr(self, name)
            mine[chosen] = getattr(part, name).to(mine)
        return replace(self, iterations=max(self.iterations, part.iterations))


def solve(problem: Problem, *, steps: Steps, iterations: int, tolerance: float) -> Solution:
    """Steps until every problem's marginals are met up to the tolerance, or until there are enough."""
    f, g = torch.zeros_like(problem.a), torch.zeros_like(problem.b)
    u, v = torch.ones_like(f), torch.ones_like(g)
    plan, done = problem.plan(f, g), 0
    while True:
        count = min(BLOCK, iterations - done)
        next_u, next_v = u, v
        for _ in range(count):
            next_u, next_v = steps.rescale(problem, plan, next_u, next_v)
        lost = ~(small(next_u) & small(next_v))
        if bool(lost.any()):
            part = problem.take(lost)
            new = log_steps(part, f[lost] + u[lost].log(), g[lost] + v[lost].log(), steps=steps, count=count)
            f[lost], g[lost] = new
            plan[lost] = part.plan(*new)
            next_u[lost], next_v[lost] = 1.0, 1.0
        u, v, done = next_u, next_v, done + count
        error = marginal_error(problem, plan, u, v)
        if done == iterations or not bool((error > tolerance).any()):
            break
    f, g = extended(problem, f + u.log(), g + v.log())
    return Solution(f=f, g=g, plan=u[:, :, None] * plan * v[:, None, :], error=error, iterations=done)


def unroll(problem: Problem, *, iterations: int, tolerance: float) -> Solution:
    """The same steps, all of them logarithmic and all of them recorded for backpropagation."""
    f, g, done = torch.zeros_like(problem.a), torch.zeros_like(problem.b), 0
    while True:
        count = min(BLOCK, iterations - done)
        f, g = log_steps(problem, f, g, steps=alternating, count=count)
        plan, done = problem.plan(f, g), done + count
        error = marginal_error(problem, plan.detach(), torch.ones_like(problem.a), torch.ones_like(problem.b))
        if done == iterations or not bool((error > tolerance).any()):
            break
    f, g = extended(problem, f, g)
    return Solution(f=f, g=g, plan=plan, error=error, iterations=done)


def annealed(problem: Problem) -> tuple[Tensor, Tensor]:
    """Where to start for a small epsilon: the potentials of larger ones, halved from the largest cost on.

    Each halving of epsilon doubles a problem's costs and potentials, as both are in units of epsilon.
    """
    f, g = torch.zeros_like(problem.a), torch.zeros_like(problem.b)
    for level in range(halvings(problem), 0, -1):
        easier = Problem(cost=problem.cost / 2**level, a=problem.a, b=problem.b)
        f, g = log_steps(easier, f, g, steps=alternating, count=ANNEALING_STEPS)
        f, g = 2 * f, 2 * g
    return f, g


def halvings(problem: Problem) -> int:
    """How often epsilon is halved on the way from the largest cost."""
    return max(0, math.ceil(math.log2(max(1.0, float(problem.cost.amax())))))


def log_steps(problem: Problem, f: Tensor, g: Tensor, *, steps: Steps, count: int) -> tuple[Tensor, Tensor]:
    """A number of steps in the logarithmic domain."""
    for _ in range(count):
        f, g = steps.logarithmic(problem, f, g)
    return f, g


def small(factor: Tensor) -> Tensor:
    """Whether no factor of a problem has drifted by more than a quarter of the exponents there are."""
    bound = -math.log(torch.finfo(factor.dtype).tiny) / 4
    # Not "any > bound": a factor that is NaN is not small.
    return (factor.log().abs() <= bound).all(dim=1)


def marginal_error(problem: Problem, plan: Tensor, u: Tensor, v: Tensor) -> Tensor:
    r"""How far :math:`\operatorname{diag}(u) P \operatorname{diag}(v)` is off the marginals, in :math:`\ell_1`."""
    rows = u * (plan @ v[:, :, None])[:, :, 0] - problem.a
    columns = v * (u[:, None, :] @ plan)[:, 0] - problem.b
    return rows.abs().sum(dim=1) + columns.abs().sum(dim=1)


def extended(problem: Problem, f: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """Potentials of samples without mass, by the formula that the others obey, and the constant shared."""
    if not bool((problem.a > 0).all()):
        f = torch.where(problem.a > 0, f, problem.softmin_source(g))
    if not bool((problem.b > 0).all()):
        g = torch.where(problem.b > 0, g, problem.softmin_target(f))
    return centred(f, g, a=problem.a, b=problem.b)


def centred(f: Tensor, g: Tensor, *, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The same potentials with the constant shared between them."""
    constant = (dot(b, g) - dot(a, f)) / 2
    return f + constant[:, None], g - constant[:, None]


def dual_value(solution: Solution, *, a: Tensor, b: Tensor) -> Tensor:
    r"""The dual objective :math:`\langle a, f\rangle + \langle b, g\rangle - \sum_{ij} P_{ij} + 1`."""
    mass = solution.plan.sum(dim=(1, 2)) if solution.mass is None else solution.mass
    return dot(a, solution.f) + dot(b, solution.g) - mass + 1


def inner(cost: Tensor, plan: Tensor) -> Tensor:
    """What each plan costs."""
    return torch.bmm(cost.flatten(1)[:, None, :], plan.flatten(1)[:, :, None])[:, 0, 0]


def dot(weight: Tensor, potential: Tensor) -> Tensor:
    """The mean of a potential, per problem."""
    return (weight * potential).sum(dim=-1)


def with_gradient(value: Tensor, cost: Tensor, plan: Tensor) -> Tensor:
    """The value, with the plan as its gradient with respect to the cost."""
    if not cost.requires_grad:
        return value
    return value + (plan * (cost - cost.detach())).sum(dim=(1, 2))
