r"""What an integrator is: a numerical flow :math:`\Phi_{s \to t}`, and the grid on which its equal steps lie.

The points of the grid are :math:`k / K` for all whole :math:`k`. A time between two of them is reached from the
point before by one shorter step, and the way goes on from the point, not from there: where a sample is at a time
does not depend on which other times one asks for, and the way from :math:`t` back to :math:`s` takes the steps of
the way from :math:`s` to :math:`t` in the opposite order.

States are carried in single or double precision, also under ``torch.autocast``: the rounding of half precision
would add up from step to step. States in half precision end in single precision.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple

import torch

from udtlib.numerics.hamiltonian import DynamicalSystem, Hamiltonian, Scaled, Time
from udtlib.numerics.inputs import (
    check_axes,
    floating,
    full_precision,
    in_full_precision,
    kept,
)
from udtlib.numerics.mismatch import type_mismatch
from udtlib.numerics.options import number, whole
from udtlib.types import Float, Shaped, Tensor

__all__ = [
    "BlowUpError",
    "FixedStep",
    "IntegrationError",
    "Integrator",
    "StepError",
    "legs",
    "moments_of",
    "states_of",
    "velocity",
]

#: A time this close to a point of the grid, in steps, is that point: single precision cannot tell them apart.
SNAP = 1e-5


class IntegrationError(RuntimeError):
    """An equation that could not be solved up to the end.

    Args:
        message: what happened and what helps.
        time: how far the solution came.
    """

    def __init__(self, message: str, *, time: float | int) -> None:
        super().__init__(message)
        self.time = time


class BlowUpError(IntegrationError):
    """Samples that left every reasonable bound."""


class StepError(IntegrationError):
    """An implicit step whose equation could not be solved."""


class Integrator(ABC):
    r"""A way to solve :math:`\dot x = f(x, t)` numerically."""

    #: p, where the error at a fixed time falls like the p-th power of the step
    order: ClassVar[int]
    #: whether the numerical flow of a Hamiltonian system preserves the form Ω, and with it volume, up to rounding
    symplectic: ClassVar[bool]
    #: whether integrating backward undoes integrating forward up to rounding
    reversible: ClassVar[bool]

    def __call__(
        self,
        system: DynamicalSystem,
        x: Shaped[Tensor, "batch dim"],
        *,
        start: Time = 0,
        end: Time = 1,
    ) -> Float[Tensor, "batch dim"]:
        """Where the samples are at the time ``end`` that are at ``x`` at the time ``start``.

        Raises:
            ValueError: states that the system does not know, times that are not finite, or a field with values of
                another shape or type.
            IntegrationError: an equation that could not be solved up to the end.
        """
        x, start, end = states_of(system, x), number(start, name="start"), number(end, name="end")
        with named_failures(system, x), in_full_precision(x):
            return self.between(system, x, start=start, end=end)

    def path(
        self,
        system: DynamicalSystem,
        x: Shaped[Tensor, "batch dim"],
        *,
        times: Shaped[Tensor, "time"],
        start: Time = 0,
    ) -> Float[Tensor, "time batch dim"]:
        """Where the samples are at all these times, in any order, before ``start`` or after it.

        Raises:
            ValueError, IntegrationError: as for one end.
        """
        x, moments, start = states_of(system, x), moments_of(times), number(start, name="start")
        if not moments:
            return x.new_empty(0, *x.shape)
        with named_failures(system, x), in_full_precision(x):
            return self.along(system, x, moments=moments, start=start)

    @abstractmethod
    def between(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], *, start: float, end: float
    ) -> Float[Tensor, "batch dim"]:
        """The end of the way, for states and times that have passed the gate."""

    @abstractmethod
    def along(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], *, moments: list[float], start: float
    ) -> Float[Tensor, "time batch dim"]:
        """Places on the way, one or more, likewise."""


class FixedStep(Integrator, ABC):
    """An integrator with steps of equal length, ``steps`` of them on [0, 1].

    Raises:
        ValueError: no steps.
    """

    steps: int

    def __post_init__(self) -> None:
        if whole(self.steps, name="steps", at_least=None) < 1:
            raise ValueError(f"an integrator takes at least one step, got steps={self.steps}")

    @abstractmethod
    def advance(
        self,
        system: DynamicalSystem,
        x: Float[Tensor, "batch dim"],
        *,
        start: float | int,
        step: float | int,
        count: int,
    ) -> Float[Tensor, "batch dim"]:
        """``count`` steps of the length ``step``, which is negative for a way back in time."""

    def between(
        self, system: DynamicalSystem, x: Float[Tensor, "batch dim"], *, start: float | int, end: float | int
    ) -> Float[Tensor, "batch dim"]:
        for leg in legs(start, end, steps=self.steps):
            x = self.advance(system, x, start=leg.start, step=leg.step, count=leg.count)
        return x

    def along(
        self,
        system: DynamicalSystem,
        x: Float[Tensor, "batch dim"],
        *,
        moments: list[float],
        start: float | int,
    ) -> Float[Tensor, "time batch dim"]:
        places: dict[int, Tensor] = {}
        for sign in (1, -1):
            there = [k for k, t in enumerate(moments) if sign * (t - start) >= 0]
            here, at = x, start
            for k in sorted(there, key=lambda k: sign * moments[k]):
                point = grid_point_before(moments[k], sign=sign, steps=self.steps)
                if sign * (point - at) > 0:
                    here, at = self.between(system, here, start=at, end=point), point
                places[k] = self.between(system, here, start=at, end=moments[k])
        return torch.stack([places[k] for k in range(len(moments))])


class Leg(NamedTuple):
    """Equal steps in a row."""

    start: float | int
    step: float | int
    count: int


def legs(start: float | int, end: float | int, *, steps: int) -> list[Leg]:
    """The way between two times: whole steps from point to point of the grid, and shorter ones at its ends."""
    sign = 1 if end >= start else -1
    # In steps, and always upwards; a way down is the mirror image of a way up.
    a, b = snapped(sign * start * steps), snapped(sign * end * steps)
    first, last = math.ceil(a), math.floor(b)
    if a == b:
        return []
    if first > last:
        pieces = [(a, b - a, 1)]
    else:
        pieces = [(a, first - a, 1), (first, 1.0, last - first), (last, b - last, 1)]
    return [Leg(sign * at / steps, sign * step / steps, n) for at, step, n in pieces if step > 0 and n > 0]


def snapped(position: float | int) -> float:
    """The position on the grid, in steps, free of the rounding of times like 0.1."""
    return float(round(position)) if abs(position - round(position)) <= SNAP else position


def grid_point_before(time: float | int, *, sign: int, steps: int) -> float:
    """The last point of the grid on the way to this time."""
    return sign * math.floor(snapped(sign * time * steps)) / steps


def states_of(system: DynamicalSystem, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
    """States in single or double precision; refuses those that are no points of the system's phase space."""
    x = full_precision(x, name="x")
    check_axes(x, name="x", count=2, words="(samples, coordinates)")
    hamiltonian = system.hamiltonian if isinstance(system, Scaled) else system
    if isinstance(hamiltonian, Hamiltonian) and x.shape[1] != hamiltonian.dimension:
        raise ValueError(
            f"x has {x.shape[1]} coordinates, but the phase space of {type(hamiltonian).__name__} has "
            f"{hamiltonian.dimension}, positions first and then as many momenta; give points (q, p), or a "
            "Hamiltonian of another dimension"
        )
    return x


def moments_of(times: Shaped[Tensor, "time"]) -> list[float]:
    """Times as plain numbers; refuses what is no row of finite ones."""
    times = floating(times, name="times")
    check_axes(times, name="times", count=1, words="one axis of times")
    if times.requires_grad:
        raise ValueError(
            "times require a gradient, but they are plain numbers here, to which none flows; give times.detach()"
        )
    return [number(t, name="every one of the times") for t in times.tolist()]


def velocity(system: DynamicalSystem, x: Tensor, t: Time) -> Tensor:
    """The field at the states; refuses one that broadcasting would stretch, or that changes their type."""
    return kept(system.field(x, t), x, name="the field")


@contextmanager
def named_failures(system: DynamicalSystem, x: Tensor) -> Iterator[None]:
    """Say what was wrong with the states where that is why the integration failed."""
    try:
        yield
    except IntegrationError as error:
        if bool(x.isfinite().all()):
            raise
        raise ValueError(
            "x holds NaN or infinity before the first step; find the cause of that first"
        ) from error
    except RuntimeError as error:
        if (clear := type_mismatch(error, system, x=x)) is None:
            raise
        raise clear from error
