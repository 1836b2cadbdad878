r"""Explicit Runge–Kutta methods: for every equation, and faithful to none of a Hamiltonian flow's laws.

They are neither symplectic nor reversible: energy drifts, volume changes, and the way back misses the start, each
by an error of the method's order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

from udtlib.numerics.hamiltonian import DynamicalSystem
from udtlib.numerics.integrators.base import FixedStep, velocity
from udtlib.types import Float, Tensor

__all__ = ["RK3", "RK4", "Euler", "Midpoint"]


class RungeKutta(FixedStep, ABC):
    """A method whose step needs nothing but the field at a few places."""

    symplectic: ClassVar[bool] = False
    reversible: ClassVar[bool] = False

    @abstractmethod
    def one_step(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], t: float | int, step: float | int
    ) -> Float[Tensor, "batch dim"]:
        """From the samples at the time t to those a step later."""

    def advance(
        self,
        system: DynamicalSystem,
        x: Float[Tensor, "batch dim"],
        *,
        start: float | int,
        step: float | int,
        count: int,
    ) -> Float[Tensor, "batch dim"]:
        for k in range(count):
            x = self.one_step(system, x, start + k * step, step)
        return x


@final
@dataclass(frozen=True, kw_only=True)
class Euler(RungeKutta):
    r"""Euler's method: one evaluation of the field for a step.

    .. math:: x_{k+1} = x_k + \Delta t\, f(x_k, t_k)

    Args:
        steps: how many on [0, 1].

    Raises:
        ValueError: no steps.

    Source: [hairer2006], section I.1.
    """

    order: ClassVar[int] = 1
    steps: int = 32

    def one_step(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], t: float | int, step: float | int
    ) -> Float[Tensor, "batch dim"]:
        return x + step * velocity(system, x, t)


@final
@dataclass(frozen=True, kw_only=True)
class Midpoint(RungeKutta):
    r"""The explicit midpoint rule: two evaluations of the field for a step.

    .. math:: x_{k+1} = x_k + \Delta t\,
              f\bigl(x_k + \tfrac{\Delta t}{2} f(x_k, t_k),\ t_k + \tfrac{\Delta t}{2}\bigr)

    Args:
        steps: how many on [0, 1].

    Raises:
        ValueError: no steps.

    Source: [hairer2006], section II.1.
    """

    order: ClassVar[int] = 2
    steps: int = 16

    def one_step(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], t: float | int, step: float | int
    ) -> Float[Tensor, "batch dim"]:
        middle = x + step / 2 * velocity(system, x, t)
        return x + step * velocity(system, middle, t + step / 2)


@final
@dataclass(frozen=True, kw_only=True)
class RK3(RungeKutta):
    r"""Ralston's method of order 3: three evaluations of the field for a step, for coarse steps in training.

    .. math:: k_1 = f(x_k), \quad k_2 = f\bigl(x_k + \tfrac{\Delta t}{2} k_1\bigr), \quad
              k_3 = f\bigl(x_k + \tfrac{3 \Delta t}{4} k_2\bigr), \qquad
              x_{k+1} = x_k + \tfrac{\Delta t}{9} (2 k_1 + 3 k_2 + 4 k_3)

    Of all methods with three evaluations and this order it has the smallest bound of the error of a step.

    Args:
        steps: how many on [0, 1].

    Raises:
        ValueError: no steps.

    Source: [hairer2006], section II.1, for methods of this kind.
    """

    order: ClassVar[int] = 3
    steps: int = 10

    def one_step(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], t: float | int, step: float | int
    ) -> Float[Tensor, "batch dim"]:
        k1 = velocity(system, x, t)
        k2 = velocity(system, x + step / 2 * k1, t + step / 2)
        k3 = velocity(system, x + 3 * step / 4 * k2, t + 3 * step / 4)
        return x + step / 9 * (2 * k1 + 3 * k2 + 4 * k3)


@final
@dataclass(frozen=True, kw_only=True)
class RK4(RungeKutta):
    r"""The classical Runge–Kutta method of order 4: four evaluations of the field for a step.

    .. math:: x_{k+1} = x_k + \tfrac{\Delta t}{6} (k_1 + 2 k_2 + 2 k_3 + k_4)

    Args:
        steps: how many on [0, 1].

    Raises:
        ValueError: no steps.

    Source: [hairer2006], section II.1.
    """

    order: ClassVar[int] = 4
    steps: int = 8

    def one_step(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], t: float | int, step: float | int
    ) -> Float[Tensor, "batch dim"]:
        k1 = velocity(system, x, t)
        k2 = velocity(system, x + step / 2 * k1, t + step / 2)
        k3 = velocity(system, x + step / 2 * k2, t + step / 2)
        k4 = velocity(system, x + step * k3, t + step)
        return x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
