r"""A translator that follows a velocity: the flow of an ordinary differential equation [chen2018].

.. math:: \dot x_t = v_t(x_t), \qquad x_0 = x, \quad T(x) = x_1
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import torch
from torch import nn
from torchdiffeq import odeint

from udtlib.translators.base import FlowTranslator
from udtlib.types import Float, Points, Tensor

__all__ = ["Adaptive", "Euler", "Integrator", "RungeKutta4", "VelocityFlow"]

Field = Callable[[Tensor, Tensor], Tensor]


class Integrator(ABC):
    r"""A way to solve :math:`\dot x = v(t, x)` numerically."""

    @abstractmethod
    def __call__(
        self, field: Field, x: Points, times: Float[Tensor, "time"]
    ) -> Float[Tensor, "time batch ..."]:
        """The positions at the times, the first of which is where ``x`` is; times may run backwards."""


@final
@dataclass(frozen=True, kw_only=True)
class Euler(Integrator):
    """Euler's method with steps of equal length: one evaluation of the velocity for each.

    Args:
        steps: how many on [0, 1].
    """

    steps: int = 100

    def __post_init__(self) -> None:
        check_steps(self.steps)

    def __call__(
        self, field: Field, x: Points, times: Float[Tensor, "time"]
    ) -> Float[Tensor, "time batch ..."]:
        return odeint(field, x, times, method="euler", options={"step_size": 1 / self.steps})


@final
@dataclass(frozen=True, kw_only=True)
class RungeKutta4(Integrator):
    """The Runge-Kutta method of order 4 (the 3/8 rule): four evaluations of the velocity for each step.

    Args:
        steps: how many on [0, 1].
    """

    steps: int = 16

    def __post_init__(self) -> None:
        check_steps(self.steps)

    def __call__(
        self, field: Field, x: Points, times: Float[Tensor, "time"]
    ) -> Float[Tensor, "time batch ..."]:
        return odeint(field, x, times, method="rk4", options={"step_size": 1 / self.steps})


@final
@dataclass(frozen=True, kw_only=True)
class Adaptive(Integrator):
    """Dormand and Prince's method of order 5, which chooses its steps for the whole batch.

    A sample's way then depends a little on the batch that it is in, within the tolerances.

    Args:
        relative: tolerance of an error, as a share of the position.
        absolute: tolerance of an error, in the samples' unit.
    """

    relative: float = 1e-5
    absolute: float = 1e-5

    def __post_init__(self) -> None:
        if not min(self.relative, self.absolute) > 0:
            raise ValueError(f"tolerances must be positive, got {self.relative} and {self.absolute}")

    def __call__(
        self, field: Field, x: Points, times: Float[Tensor, "time"]
    ) -> Float[Tensor, "time batch ..."]:
        return odeint(field, x, times, method="dopri5", rtol=self.relative, atol=self.absolute)


@final
class VelocityFlow(FlowTranslator):
    r"""The flow of a velocity that a net gives: forward in time, and backward as the inverse.

    Args:
        net: :math:`v`, called with positions ``(batch, *shape)`` and one time for each, ``(batch,)``.
        integrator: solves the equation, in both directions.
    """

    def __init__(self, net: nn.Module, *, integrator: Integrator | None = None) -> None:
        super().__init__()
        self.net = net
        self.integrator = integrator or RungeKutta4()

    @property
    def exact(self) -> bool:
        """False: the backward integration undoes the flow, not the error that the forward one made."""
        return False

    def velocity(self, x: Points, t: Float[Tensor, "batch"]) -> Points:
        r""":math:`v_t(x)`, at a time of its own for each sample."""
        return self.net(x, t)

    def forward(self, x: Points) -> Points:
        return self.solve(x, torch.tensor([0.0, 1.0]))[-1]

    def inverse(self, y: Points) -> Points:
        r"""The start of the way that ends at y: the same equation, from :math:`t = 1` back to 0."""
        return self.solve(y, torch.tensor([1.0, 0.0]))[-1]

    def trajectory(self, x: Points, *, times: Float[Tensor, "time"]) -> Float[Tensor, "time batch ..."]:
        r"""Where the samples are at the given times.

        Raises:
            ValueError: times that do not increase strictly, or leave [0, 1].
        """
        if (
            not len(times)
            or not bool(((times >= 0) & (times <= 1)).all())
            or not bool((times.diff() > 0).all())
        ):
            raise ValueError(f"times increase strictly within [0, 1], got {times.tolist()}")
        # The way begins at time 0, which need not be asked for.
        if float(times[0]) > 0:
            return self.solve(x, torch.cat([times.new_zeros(1), times]))[1:]
        return self.solve(x, times)

    def solve(self, x: Points, times: Float[Tensor, "time"]) -> Float[Tensor, "time batch ..."]:
        """Positions at the times, from ``x`` at the first of them."""
        times = times.to(x)
        if len(x) == 0 or len(times) == 1:  # nothing to integrate, which solvers refuse
            return x.expand(len(times), *x.shape)
        return self.integrator(lambda t, at: self.velocity(at, t.expand(len(at))), x, times)


def check_steps(steps: int) -> None:
    """Refuse an integrator that never steps."""
    if steps < 1:
        raise ValueError(f"an integrator takes at least one step, got {steps}")
