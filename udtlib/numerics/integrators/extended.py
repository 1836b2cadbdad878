r"""An explicit splitting for every Hamiltonian, in a phase space with two copies of each point [tao2016].

.. math:: \bar H(q, p, Q, P) = H(q, P) + H(Q, p)
          + \tfrac{\omega}{2} \bigl(\|q - Q\|^2 + \|p - P\|^2\bigr)

Each of the three terms has an explicit flow. The copies start equal, and the last term keeps them together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, final

import torch

from udtlib.numerics.hamiltonian import DynamicalSystem, Hamiltonian
from udtlib.numerics.inputs import kept
from udtlib.numerics.integrators.base import FixedStep
from udtlib.numerics.integrators.reversible import Gradients, Growth, PullsBack, Shear, Stage, State, Turn
from udtlib.numerics.integrators.splitting import Beat, carried, merged, parts_of
from udtlib.numerics.options import number
from udtlib.types import Float, Tensor

__all__ = ["Tao"]


@final
@dataclass(frozen=True, kw_only=True)
class Tao(FixedStep):
    r"""Tao's explicit method of order 2 for a general :math:`H(q, p)`: three gradients for a step.

    .. math:: \Phi_{\Delta t} = A_{\Delta t/2} \circ B_{\Delta t/2} \circ C_{\Delta t} \circ B_{\Delta t/2} \circ
              A_{\Delta t/2}

    with the exact flows of :math:`H(q, P)`, of :math:`H(Q, p)` and of the binding term. In the doubled space the
    method is symplectic and reversible up to rounding, and :meth:`extended` works there. A flow of phase space
    itself, doubling at the start and taking the copies' mean at the end, forgets by how much they differ: it is
    symplectic and reversible only up to the method's error.

    Args:
        steps: how many on [0, 1].
        omega: :math:`\omega > 0`, how strongly the copies are bound; too weak and they part, too strong and the
            error grows. A few times the field's own rates is a start.
        reconstruct: for the gradient, compute the states again on the way back instead of storing them.

    Raises:
        ValueError: no steps, or a binding that is not positive.
        TypeError: when called, a system that has no Hamiltonian.

    Source: [tao2016].
    """

    order: ClassVar[int] = 2
    symplectic: ClassVar[bool] = False
    reversible: ClassVar[bool] = False
    steps: int = 8
    omega: float | int = 5.0
    reconstruct: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not number(self.omega, name="omega") > 0:
            raise ValueError(f"the copies need a binding ω > 0, got omega={self.omega}; try 5")

    def advance(
        self,
        system: DynamicalSystem,
        x: Float[Tensor, "batch dim"],
        *,
        start: float | int,
        step: float | int,
        count: int,
    ) -> Float[Tensor, "batch dim"]:
        q, p = x.chunk(2, dim=1)
        both = torch.cat([q, p, q, p], dim=1)
        first, second = self.extended(system, both, start=start, step=step, count=count).chunk(2, dim=1)
        return (first + second) / 2

    def extended(
        self,
        system: DynamicalSystem,
        z: Float[Tensor, "batch double"],
        *,
        start: float | int,
        step: float | int,
        count: int,
    ) -> Float[Tensor, "batch double"]:
        r"""The same steps from a point :math:`(q, p, Q, P)` of the doubled space, whose copies may differ.

        Raises:
            ValueError: points that are not two of phase space.
        """
        hamiltonian, rate = parts_of(system)
        if z.ndim != 2 or z.shape[1] != 2 * hamiltonian.dimension:
            raise ValueError(
                f"a point of the doubled space has {2 * hamiltonian.dimension} entries (q, p, Q, P), got shape "
                f"{tuple(z.shape)}; put two points of phase space beside each other"
            )
        beats: list[Beat] = []
        for k in range(count):
            t, middle = start + k * step, start + (k + 0.5) * step
            scale = [Beat("scale", step / 2, 0.0)] if rate is not None else []
            beats += [Beat("A", step / 2, t), *scale, Beat("B", step / 2, middle), Beat("C", step, 0.0)]
            beats += [Beat("B", step / 2, middle), *scale, Beat("A", step / 2, t + step)]
        stages = [self.stage_of(beat, hamiltonian, rate) for beat in merged(beats)]
        return torch.cat(
            carried(stages, z.chunk(4, dim=1), system=system, reconstruct=self.reconstruct), dim=1
        )

    def stage_of(self, beat: Beat, hamiltonian: Hamiltonian, rate: Tensor | None) -> Stage:
        """The map of one beat on the state (q, p, Q, P)."""
        if beat.kind == "C":
            angle = 2 * self.omega * beat.duration
            return Turn(math.cos(angle), math.sin(angle))
        if beat.kind == "scale":
            assert rate is not None
            return Growth(rate, beat.duration)
        # A reads q and P and moves p and Q; B reads Q and p and moves P and q.
        read, write = ((0, 3), (1, 2)) if beat.kind == "A" else ((2, 1), (3, 0))
        known = isinstance(hamiltonian, PullsBack) and hamiltonian.written_out()
        pull = partial(pulled_back, hamiltonian, beat) if known else None
        return Shear(read, write, lambda q, p: pushed(hamiltonian, q, p, beat), pull)


def pushed(hamiltonian: Hamiltonian, q: Tensor, p: Tensor, beat: Beat) -> State:
    """By how much the other copy's momentum and position move."""
    x = torch.cat([q, p], dim=1)
    by_q, by_p = kept(hamiltonian.gradient(x, beat.time), x, name="the gradient of H").chunk(2, dim=1)
    return -beat.duration * by_q, beat.duration * by_p


def pulled_back(
    hamiltonian: PullsBack, beat: Beat, read: State, slopes: State, gradients: Gradients
) -> tuple[State, State]:
    """The same moves, and the slopes of the point read from theirs."""
    slope = torch.cat([-beat.duration * slopes[0], beat.duration * slopes[1]], dim=1)
    gradient, pulled = hamiltonian.gradient_pull_back(torch.cat(read, dim=1), beat.time, slope, gradients)
    by_q, by_p = gradient.chunk(2, dim=1)
    return (-beat.duration * by_q, beat.duration * by_p), pulled.chunk(2, dim=1)
