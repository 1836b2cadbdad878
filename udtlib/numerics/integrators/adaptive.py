r"""An adaptive method with steps of its own choice, and the two gradients that go with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import nn
from torchdiffeq import odeint, odeint_adjoint

from udtlib.numerics.hamiltonian import DynamicalSystem
from udtlib.numerics.inputs import in_full_precision
from udtlib.numerics.integrators.base import BlowUpError, Integrator, velocity
from udtlib.numerics.integrators.reversible import learned_tensors
from udtlib.numerics.options import number, whole
from udtlib.types import Float, Tensor

__all__ = ["Adaptive"]


@final
@dataclass(frozen=True, kw_only=True)
class Adaptive(Integrator):
    r"""Dormand and Prince's method of order 5, which chooses its steps for the whole batch.

    A sample's way depends a little on its batch, and the way back takes other steps than the way there, both
    within the tolerances. There are two gradients. Backpropagation through the steps gives that of the map that
    was computed. Optimise-then-discretise solves a second equation for the adjoint backward in time,

    .. math:: \dot a = -\partial f(x)^\top a,

    with memory that does not grow; it approximates the gradient of the exact flow, which is that of neither map.

    Args:
        relative: tolerance of an error, as a share of the position.
        absolute: tolerance of an error, in the samples' unit.
        adjoint: optimise-then-discretise, as in the paper, rather than backpropagation.
        most_steps: a way that needs more is given up.

    Raises:
        ValueError: a tolerance that is not positive, or no steps.
        BlowUpError: when called, steps that became too short or too many.

    Source: [chen2018], section 2 and algorithm 1; [menier2022], section 3.1.
    """

    order: ClassVar[int] = 5
    symplectic: ClassVar[bool] = False
    reversible: ClassVar[bool] = False
    relative: float | int = 1e-5
    absolute: float | int = 1e-5
    adjoint: bool = False
    most_steps: int = 10_000

    def __post_init__(self) -> None:
        for name in ("relative", "absolute"):
            number(getattr(self, name), name=name)
        whole(self.most_steps, name="most_steps", at_least=None)
        if not (self.relative > 0 and self.absolute > 0) or self.most_steps < 1:
            raise ValueError(
                f"needs positive tolerances and at least one step, got relative={self.relative}, "
                f"absolute={self.absolute}, most_steps={self.most_steps}"
            )

    def between(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], *, start: float | int, end: float | int
    ) -> Float[Tensor, "batch dim"]:
        return self.along(system, x, moments=[end], start=start)[0]

    def along(
        self,
        system: DynamicalSystem,
        x: Float[Tensor, "batch dim"],
        *,
        moments: list[float],
        start: float | int,
    ) -> Float[Tensor, "time batch dim"]:
        # The solver keeps times in the states' type, in which two of them may be one.
        start, *moments = torch.tensor([start, *moments], dtype=x.dtype).tolist()
        places = {start: x}
        for sign in (1, -1):
            there = sorted({t for t in moments if sign * (t - start) > 0}, key=lambda t: sign * t)
            if there:
                solved = self.solve(system, x, [start, *there])[1:]
                places.update(zip(there, solved, strict=True))
        return torch.stack([places[t] for t in moments])

    def solve(self, system: DynamicalSystem, x: Tensor, moments: list[float | int]) -> Tensor:
        """The positions at strictly monotone times, the first of which is where ``x`` is."""
        times = torch.tensor(moments, dtype=x.dtype, device=x.device)
        if len(x) == 0:  # nothing to integrate, which the solver refuses
            return x.expand(len(moments), *x.shape)
        field = Watched(system)
        rule = {
            "method": "dopri5",
            "rtol": self.relative,
            "atol": self.absolute,
            "options": {"max_num_steps": self.most_steps},
        }
        try:
            if self.adjoint:
                return odeint_adjoint(field, x, times, adjoint_params=tuple(learned_tensors(system)), **rule)
            return odeint(field, x, times, **rule)
        # torchdiffeq reports steps that are too short or too many, and values that are not finite, by assertions.
        except AssertionError as reason:
            raise BlowUpError(
                f"the adaptive integration stopped at time {field.time:.3g} ({reason}): a sample grows without "
                "bound there, or the tolerances are below rounding; integrate for less long, use a Hamiltonian "
                "that grows in all directions, or allow larger errors",
                time=field.time,
            ) from reason


class Watched(nn.Module):
    """A field that remembers when it was last asked."""

    def __init__(self, system: DynamicalSystem) -> None:
        super().__init__()
        self.system = system
        self.time = 0.0

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        self.time = float(t.detach())
        # The adjoint equation is solved in the way back, under whatever torch.autocast is up to by then.
        with in_full_precision(x):
            return velocity(self.system, x, t)
