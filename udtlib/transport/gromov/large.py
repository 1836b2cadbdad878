r"""The outer steps of one large Gromov-Wasserstein problem on a CPU, where products of matrices are what costs.

The linearised cost is linear in the plan, so that a step has to compute no more than its change,

.. math:: C(P_{k+1}) = C(P_k) - 4 \, d_X (P_{k+1} - P_k) \, d_Y.

As the plan comes to rest so does the rounding of that product: single precision does for it, at half the price,
while the sum is kept in the precision that was asked for. The linearised problem is solved by the products of
:mod:`udtlib.transport.kernel`, from the last step's potentials, and not by dense systems of equations, whose price
is the third power of the number of points.

From the independent plan, which says nothing, epsilon falls to the one asked for in the first steps; at once,
they would spend most of their time on problems that the next step throws away.

Arrays are written into again and again: to ask for a new one of this size takes longer than to fill it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from udtlib.transport.factors import Kernel, fresh
from udtlib.transport.gromov.balance import emptied, row_scaled, softmax_rows
from udtlib.transport.gromov.state import GromovProblem, State, arrived, inner_tolerance
from udtlib.transport.kernel import approached
from udtlib.types import Tensor

__all__ = ["followed_large", "large"]

#: Points of the smaller side from which on products are quicker than dense systems.
LARGE = 256
#: Conjugate gradients that count as one of Sinkhorn's steps.
PER_STEP = 10
#: Where a step has moved less than this for the first time, rounding of the larger ones before is done away with.
SETTLED = 1e-2
#: How far a linearised cost reaches, in units of epsilon, where its plan is found in a few steps.
MILD = 30.0
#: By which factor epsilon falls from step to step, down to the one asked for.
FALL = 0.7


def large(problem: GromovProblem) -> bool:
    """Whether products are the quicker way: on a CPU, for many points that all have mass."""
    return (
        problem.a.device.type == "cpu"
        and min(problem.a.shape[1], problem.b.shape[1]) >= LARGE
        and bool((problem.a > 0).all())
        and bool((problem.b > 0).all())
    )


@dataclass(kw_only=True)
class Workshop:
    r"""One problem's arrays: the product :math:`d_X P \, d_Y`, the plan it belongs to, and room for the next."""

    cross: Tensor
    plan: Tensor
    next: Tensor
    room: Tensor
    dx: Tensor
    dy: Tensor

    @classmethod
    def of(cls, problem: GromovProblem, plan: Tensor) -> Workshop:
        """The arrays at the start."""
        shape, dtype = plan.shape, plan.dtype
        return cls(
            cross=torch.bmm(torch.bmm(problem.dx, plan), problem.dy),
            plan=fresh(shape, dtype).copy_(plan),
            next=fresh(shape, dtype),
            room=fresh((2, plan.numel()), torch.float32),
            dx=problem.dx.float(),
            dy=problem.dy.float(),
        )

    def exponent(self, problem: GromovProblem, epsilon: float) -> Tensor:
        """The linearised cost as an exponent, in the room for the next plan."""
        exponent = torch.mul(self.cross, 4 / epsilon, out=self.next)
        return exponent if problem.linear is None else exponent.sub_(problem.linear, alpha=1 / epsilon)

    def move(self) -> Tensor:
        """Make the next plan the plan, and the product its own; says how much mass has moved."""
        step = torch.sub(self.next, self.plan, out=self.plan)
        self.plan, self.next = self.next, step
        change = torch.linalg.vector_norm(step, ord=1, dim=(1, 2))
        first, second = (part.view(step.shape) for part in self.room)
        torch.bmm(self.dx, first.copy_(step), out=second)
        self.cross += torch.bmm(second, self.dy, out=first)
        return change

    def refresh(self, problem: GromovProblem) -> None:
        """The product computed anew."""
        torch.bmm(torch.bmm(problem.dx, self.plan, out=self.next), problem.dy, out=self.cross)


def followed_large(
    problem: GromovProblem,
    state: State,
    *,
    epsilon: float,
    iterations: int,
    sinkhorn_steps: int,
    tolerance: float,
) -> tuple[State, int]:
    """Outer steps of one problem until it is stationary, or there are enough."""
    shop, settled, there, done = Workshop.of(problem, state.plan), False, False, 0
    level = first_level(shop.cross, epsilon) if independent(problem, state.plan) else 1.0
    while done < iterations:
        state = step(problem, shop, state, epsilon=level * epsilon, steps=sinkhorn_steps, tolerance=tolerance)
        done += 1
        if level > 1:
            lower = max(1.0, FALL * level)
            # Potentials are in units of epsilon.
            state, level = state._replace(g=state.g * (level / lower)), lower
            continue
        there = True
        if not bool(state.resolution.isfinite()) or (settled and bool(arrived(state, tolerance))):
            break
        if not settled and float(state.change) <= max(SETTLED, tolerance):
            settled = True
            shop.refresh(problem)
    # At rest for another epsilon is not at rest.
    return (state if there else state._replace(change=torch.full_like(state.change, torch.inf))), done


def independent(problem: GromovProblem, plan: Tensor) -> bool:
    """Whether a plan is the product of the weights, which says nothing about who belongs to whom."""
    return bool(torch.equal(plan, problem.a[:, :, None] * problem.b[:, None, :]))


def first_level(cross: Tensor, epsilon: float) -> float:
    """The multiple of epsilon at which the first linearised cost is mild."""
    least, most = cross.aminmax()
    return max(1.0, 4 / epsilon * float(most - least) / MILD)


def step(
    problem: GromovProblem, shop: Workshop, state: State, *, epsilon: float, steps: int, tolerance: float
) -> State:
    """One outer step: linearise, then balance from the potentials of the last one."""
    exponent = shop.exponent(problem, epsilon)
    least, most = exponent.aminmax()
    resolution = torch.maximum(-least, most).reshape(1) * torch.finfo(exponent.dtype).eps
    entries, g = softmax_rows(exponent.add_(state.g[:, None, :]), problem.a), state.g
    if bool(emptied(entries, problem.b)):
        new, g = row_scaled(shop.exponent(problem, epsilon), g, a=problem.a, b=problem.b)
        entries.copy_(new)
    none = torch.zeros_like(problem.a), torch.zeros_like(problem.b)
    kernel = Kernel(entries=entries, a=problem.a[:, None], b=problem.b[:, None], f=none[0], g=none[1])
    inner = float(inner_tolerance(state.change, resolution, tolerance))
    kernel, point, _ = approached(
        kernel,
        start=torch.ones_like(kernel.a),
        room=shop.room[0],
        iterations=PER_STEP * steps,
        tolerance=inner,
        patient=True,
    )
    kernel.entries.mul_(point.u.mT).mul_(point.v)
    # Exponents beyond the precision's range leave a plan as it was, not NaN.
    if not (bool(resolution.isfinite()) and bool(kernel.entries.sum().isfinite())):
        unknown = torch.full_like(resolution, torch.inf)
        return state._replace(change=unknown, resolution=unknown)
    change = shop.move()
    return State(
        plan=shop.plan,
        g=g + kernel.g + point.v.log()[:, 0],
        error=point.error,
        change=change,
        resolution=resolution,
    )
