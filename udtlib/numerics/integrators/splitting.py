r"""Splitting: kicks and drifts in turn, each solved exactly, where :math:`H = T(p) + V(q)`.

.. math:: \text{kick}_\tau:\ p \leftarrow p - \tau\, \nabla V(q), \qquad
          \text{drift}_\tau:\ q \leftarrow q + \tau\, \nabla T(p)

Each is the exact flow of one term of :math:`H`, so that their composition is symplectic; a palindrome of them is
undone by its own steps with the time turned round. A scaling :math:`\dot x = \gamma x` is a third exact flow.
Where :math:`H` depends on the time, a kick or a drift holds it still.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, final

import torch

from udtlib.numerics.hamiltonian import DynamicalSystem, Hamiltonian, Scaled, SeparableHamiltonian
from udtlib.numerics.inputs import kept
from udtlib.numerics.integrators.base import FixedStep
from udtlib.numerics.integrators.reversible import (
    Gradients,
    Growth,
    PullsBackParts,
    Shear,
    Stage,
    State,
    learned_tensors,
    reconstructed,
)
from udtlib.types import Float, Tensor

__all__ = ["Leapfrog", "Yoshida4"]

#: Lengths of the three leapfrog steps that make one of order 4; the middle one goes back.
OUTER = 1 / (2 - 2 ** (1 / 3))
TRIPLE = (OUTER, 1 - 2 * OUTER, OUTER)


@final
@dataclass(frozen=True, kw_only=True)
class Leapfrog(FixedStep):
    r"""Half a kick, a drift, half a kick (Störmer and Verlet): one evaluation of each gradient for a step.

    .. math:: \Phi_{\Delta t} = \text{kick}_{\Delta t/2} \circ \text{drift}_{\Delta t} \circ
              \text{kick}_{\Delta t/2}

    Args:
        steps: how many on [0, 1].
        reconstruct: for the gradient, compute the states again on the way back instead of storing them: memory
            does not grow with the steps.

    Raises:
        ValueError: no steps.
        TypeError: when called, a Hamiltonian that is not separable.

    Source: [hairer2006], section I.1.4.
    """

    order: ClassVar[int] = 2
    symplectic: ClassVar[bool] = True
    reversible: ClassVar[bool] = True
    steps: int = 8
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
        pieces = [(start + k * step, step) for k in range(count)]
        return split_flow(system, x, pieces, reconstruct=self.reconstruct, name="Leapfrog")


@final
@dataclass(frozen=True, kw_only=True)
class Yoshida4(FixedStep):
    r"""Three leapfrog steps, the middle one backward, that cancel each other's error of order 2.

    .. math:: \Phi_{w_1 \Delta t} \circ \Phi_{w_0 \Delta t} \circ \Phi_{w_1 \Delta t}, \qquad
              w_1 = \frac{1}{2 - 2^{1/3}}, \quad w_0 = 1 - 2 w_1

    Args:
        steps: how many on [0, 1].
        reconstruct: as in :class:`Leapfrog`.

    Raises:
        ValueError: no steps.
        TypeError: when called, a Hamiltonian that is not separable.

    Source: [yoshida1990]; [hairer2006], section II.4.
    """

    order: ClassVar[int] = 4
    symplectic: ClassVar[bool] = True
    reversible: ClassVar[bool] = True
    steps: int = 4
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
        offsets = (0.0, TRIPLE[0], TRIPLE[0] + TRIPLE[1])
        pieces = [
            (start + (k + offset) * step, share * step)
            for k in range(count)
            for offset, share in zip(offsets, TRIPLE, strict=True)
        ]
        return split_flow(system, x, pieces, reconstruct=self.reconstruct, name="Yoshida4")


class Beat(NamedTuple):
    """One exact flow in a composition: which, for how long, and with H held at which time."""

    kind: str
    duration: float | int
    time: float | int


def split_flow(
    system: DynamicalSystem,
    x: Tensor,
    pieces: Sequence[tuple[float | int, float | int]],
    *,
    reconstruct: bool,
    name: str,
) -> Tensor:
    """Leapfrog steps with these beginnings and lengths, one after the other."""
    hamiltonian, rate = parts_of(system)
    if not isinstance(hamiltonian, SeparableHamiltonian):
        raise TypeError(
            f"{name} needs H(q, p) = T(p) + V(q), a SeparableHamiltonian, got {type(hamiltonian).__name__}; "
            "for a general H use ImplicitMidpoint(steps=…) or Tao(steps=…, omega=…)"
        )
    beats: list[Beat] = []
    for start, step in pieces:
        middle, scale = start + step / 2, [Beat("scale", step / 2, 0.0)] if rate is not None else []
        half = [Beat("kick", step / 2, start), *scale]
        beats += [*half, Beat("drift", step, middle), *scale, Beat("kick", step / 2, start + step)]
    stages = [stage_of(beat, hamiltonian, rate) for beat in merged(beats)]
    state = x.chunk(2, dim=1)
    return torch.cat(carried(stages, state, system=system, reconstruct=reconstruct), dim=1)


def carried(stages: Sequence[Stage], state: State, *, system: DynamicalSystem, reconstruct: bool) -> State:
    """The state after the stages."""
    if reconstruct:
        return reconstructed(stages, state, learned=learned_tensors(system))
    for stage in stages:
        state = stage(state)
    return state


def stage_of(beat: Beat, hamiltonian: SeparableHamiltonian, rate: Tensor | None) -> Stage:
    """The map of one beat on the state (q, p)."""
    _, tau, t = beat
    parts = hamiltonian if isinstance(hamiltonian, PullsBackParts) and hamiltonian.written_out() else None
    if beat.kind == "kick":
        return Shear(
            (0,),
            (1,),
            lambda q: (-tau * kept(hamiltonian.potential_gradient(q, t), q, name="∇V"),),
            None if parts is None else pulled(parts.potential_pull_back, -tau, t),
        )
    if beat.kind == "drift":
        return Shear(
            (1,),
            (0,),
            lambda p: (tau * kept(hamiltonian.kinetic_gradient(p, t), p, name="∇T"),),
            None if parts is None else pulled(parts.kinetic_pull_back, tau, t),
        )
    assert rate is not None
    return Growth(rate, tau)


def pulled(
    pull_back: Callable[[Tensor, float | int, Tensor, Gradients], tuple[Tensor, Tensor]],
    factor: float | int,
    t: float | int,
) -> Callable[[State, State, Gradients], tuple[State, State]]:
    """The push that is a multiple of a gradient, and the slopes of what it read."""

    def pull(read: State, slopes: State, gradients: Gradients) -> tuple[State, State]:
        gradient, slope = pull_back(read[0], t, factor * slopes[0], gradients)
        return (factor * gradient,), (slope,)

    return pull


def merged(beats: Sequence[Beat]) -> list[Beat]:
    """Equal flows in a row made one: two half kicks at the seam of two steps read the same gradient."""
    result: list[Beat] = []
    for beat in beats:
        if result and result[-1].kind == beat.kind:
            result[-1] = beat._replace(duration=result[-1].duration + beat.duration)
        else:
            result.append(beat)
    return result


def parts_of(system: DynamicalSystem) -> tuple[Hamiltonian, Tensor | None]:
    """The Hamiltonian of a system, and the rate at which it scales, if it does."""
    if isinstance(system, Scaled):
        return system.hamiltonian, system.rate
    if isinstance(system, Hamiltonian):
        return system, None
    raise TypeError(
        f"a splitting needs a Hamiltonian, or a Scaled one, got {type(system).__name__}; for another equation "
        "use RK4(steps=…) or ImplicitMidpoint(steps=…)"
    )
