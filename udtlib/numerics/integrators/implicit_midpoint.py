"""The implicit midpoint rule: symplectic and reversible for every Hamiltonian, for an equation a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, final

import torch

from udtlib.numerics.hamiltonian import DynamicalSystem
from udtlib.numerics.implicit import ROUNDINGS, Fallback, FixedPoint, Newton, Solver
from udtlib.numerics.integrators.base import FixedStep, StepError, velocity
from udtlib.numerics.integrators.reversible import Gradients, Stage, State, learned_tensors, reconstructed
from udtlib.types import Float, Tensor

__all__ = ["ImplicitMidpoint"]

#: Plain iteration where the step is short enough for it, Newton's method for the samples that are left.
SHORT_STEPS = Fallback((FixedPoint(), Newton()))
#: Evaluations of the linear iteration for the gradient before the matrices are written out.
LINEAR_ITERATIONS = 60


@final
@dataclass(frozen=True, kw_only=True)
class ImplicitMidpoint(FixedStep):
    r"""A step along the velocity at its own middle.

    .. math:: z = x_k + \tfrac{\Delta t}{2} f\bigl(z,\ t_k + \tfrac{\Delta t}{2}\bigr), \qquad
              x_{k+1} = 2 z - x_k

    The step back solves the same equation, so that both ways agree as well as the equation is solved; short steps
    have exactly one solution. Gradients are those of the solution (the implicit function theorem), not of the
    iterations that found it.

    Args:
        steps: how many on [0, 1].
        solver: finds :math:`z` for every sample.
        reconstruct: for the gradient, find the states again on the way back instead of storing one a step.

    Raises:
        ValueError: no steps.
        StepError: when called, an equation that the solver did not solve.

    Source: [hairer2006], sections I.1 and VI.3.
    """

    order: ClassVar[int] = 2
    symplectic: ClassVar[bool] = True
    reversible: ClassVar[bool] = True
    steps: int = 8
    solver: Solver = SHORT_STEPS
    reconstruct: bool = False

    def advance(
        self,
        system: DynamicalSystem,
        x: Float[Tensor, "batch dim"],
        *,
        start: float | int,
        step: float | int,
        count: int,
    ) -> Float[Tensor, "batch dim"]:
        stages = [MidpointStep(system, start + k * step, step, self.solver) for k in range(count)]
        learned = learned_tensors(system)
        # Steps that pull their gradients back one by one keep their own ends; all at once keep the last.
        for group in [stages] if self.reconstruct else [[stage] for stage in stages]:
            (x,) = reconstructed(group, (x,), learned=learned)
        return x


@final
@dataclass(frozen=True)
class MidpointStep(Stage):
    """One step, on a state with one part."""

    system: DynamicalSystem
    start: float | int
    step: float | int
    solver: Solver

    def __call__(self, state: State) -> State:
        (x,) = state
        return (2 * self.middle(x, step=self.step) - x,)

    @torch.no_grad()
    def middle(self, x: Tensor, *, step: float | int) -> Tensor:
        """The z of a step of this length from x; from the other end the length is negative, and z the same."""
        t = self.start + self.step / 2
        answer = self.solver(lambda z: -step / 2 * velocity(self.system, z, t), x, start=x)
        if not bool(answer.converged.all()):
            left = ~answer.converged
            raise StepError(
                f"an implicit midpoint step of length {abs(step):.3g} at time {self.start:.3g} was not solved "
                f"for {int(left.sum())} of {len(x)} samples (worst relative residual "
                f"{float(answer.residual.max()):.2g}): the field is too steep there, or the samples have blown "
                "up; take more steps, a solver with more iterations, or a Hamiltonian that grows in all "
                "directions",
                time=self.start,
            )
        return self.polished(x, answer.x, step=step)

    def polished(self, x: Tensor, z: Tensor, *, step: float | int) -> Tensor:
        """Two plain iterations more, for the samples whose error they shrink: a way back doubles it."""
        t = self.start + self.step / 2
        once = x + step / 2 * velocity(self.system, z, t)
        twice = x + step / 2 * velocity(self.system, once, t)
        shrinks = (twice - once).norm(dim=1) <= (once - z).norm(dim=1)
        return torch.where(shrinks[:, None], twice, z)

    def pull_back(self, state: State, adjoint: State, gradients: Gradients) -> tuple[State, State]:
        r"""The step's implicit derivative, transposed.

        .. math:: (I - \tfrac{\Delta t}{2} A)\,\mathrm{d}x_{k+1} = (I + \tfrac{\Delta t}{2} A)\,\mathrm{d}x_k,
                  \qquad A = \partial f(z)

        With :math:`(I - \tfrac{\Delta t}{2} A^\top) \lambda = a_{k+1}` the slope before the step is
        :math:`a_k = 2 \lambda - a_{k+1}`, and :math:`\Delta t\, \lambda` is what the field received.
        """
        (x,), (a,) = state, adjoint
        z = self.middle(x, step=-self.step).requires_grad_()
        with torch.enable_grad():
            moved = velocity(self.system, z, self.start + self.step / 2)

        def transposed(lam: Tensor) -> Tensor:
            return torch.autograd.grad(moved, z, lam, retain_graph=True, materialize_grads=True)[0]

        lam = solve_transposed(transposed, a, share=self.step / 2)
        if gradients.learned:
            slopes = torch.autograd.grad(moved, gradients.learned, self.step * lam, allow_unused=True)
            gradients.add(slopes)
        return (2 * z.detach() - x,), (2 * lam - a,)


def solve_transposed(transposed: Callable[[Tensor], Tensor], a: Tensor, *, share: float | int) -> Tensor:
    r"""The solution of :math:`\lambda - s A^\top \lambda = a`: by iteration, or else with the matrices themselves.

    Errors are measured against :math:`\lambda`, which a mean over a batch makes small.
    """
    lam, tolerance = a, ROUNDINGS * torch.finfo(a.dtype).eps
    for _ in range(LINEAR_ITERATIONS):
        new = a + share * transposed(lam)
        arrived = bool(((new - lam).norm(dim=1) <= tolerance * new.norm(dim=1)).all())
        lam = new
        if arrived:
            return lam
    dim = a.shape[1]
    rows = torch.stack(
        [transposed(unit.expand_as(a)) for unit in torch.eye(dim).to(a)]
    )  # (i, batch, j): A_ij
    matrix = torch.eye(dim).to(a) - share * rows.permute(1, 2, 0)
    return torch.linalg.solve(matrix, a)
