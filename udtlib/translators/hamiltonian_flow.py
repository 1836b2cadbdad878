r"""Translation as the flow of a Hamiltonian [menier2022]: forward to translate, backward to come back.

.. math:: \dot q = \frac{\partial H}{\partial p} + \gamma q, \qquad
          \dot p = -\frac{\partial H}{\partial q} + \gamma p, \qquad
          x_0 = (q_0, p_0) = x, \quad T(x) = x_1, \quad T^{-1} = \Phi_{1 \to 0}

The first half of a sample is its position :math:`q`, the second its momentum :math:`p`. The flow is invertible
because solutions are unique, not because :math:`H` is conserved. It preserves volume, so that
:math:`T_\#\alpha = \beta` needs equal differential entropies, and where :math:`H` does not depend on the time also
:math:`H_\#\alpha = H_\#\beta`. Two options lift this: coordinates that are added, and a scaling :math:`\gamma`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import nn

from udtlib.numerics.hamiltonian import DynamicalSystem, Hamiltonian, Scaled, SeparableHamiltonian
from udtlib.numerics.inputs import check_axes, full_precision
from udtlib.numerics.integrators import RK4, BlowUpError, FixedStep, Integrator, Leapfrog
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.translators.base import FlowTranslator
from udtlib.types import Float, Tensor

__all__ = ["Augmentation", "HamiltonianFlow"]

#: Adam moves every parameter by its step size; γ is to go from 0 to about 1 while weights go a tenth of that.
RATE_UNIT = 10.0
#: Pieces of a way on which a blow-up is looked for where the integrator has no grid of its own.
PIECES = 64


@final
@dataclass(frozen=True, kw_only=True)
class Augmentation:
    r"""Coordinates that are added to a sample before the flow and taken off behind it.

    A sample becomes the point :math:`(x, a)` of phase space. With as many coordinates as the sample has, the
    sample is the position and :math:`a` the momentum; then the flow of :math:`H = p^\top v(q)` from :math:`a = 0`
    moves positions along any velocity :math:`v` whatever, and leaves :math:`p = 0`.

    Args:
        extra: how many coordinates; one makes an odd dimension even.
        learned: whether :math:`a` is learned, from zero on, rather than zero.

    Raises:
        ValueError: no coordinates.
    """

    extra: int
    learned: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        if self.extra < 1:
            raise ValueError(f"an augmentation adds at least one coordinate, got {self.extra}; leave it out")


@final
class HamiltonianFlow(FlowTranslator):
    r"""The flow of a Hamiltonian system over one unit of time.

    Args:
        hamiltonian: :math:`H`, on phase space; its dimension is that of the samples and of what is added to them.
        integrator: solves the equation both ways; None for ``Leapfrog(steps=8)`` where H is separable and for
            ``RK4(steps=8)`` where it is not.
        augmentation: coordinates to add.
        scaling: learn a rate :math:`\gamma`, from 0 on.
        growth_limit: a sample that grows by more than this factor, from :math:`1 + \|x\|`, counts as blown up.

    Raises:
        ValueError: an augmentation that leaves no coordinates for the samples, or a limit that is none.
    """

    @checked_options()
    def __init__(
        self,
        hamiltonian: Hamiltonian,
        *,
        integrator: Integrator | None = None,
        augmentation: Augmentation | None = None,
        scaling: bool = False,
        growth_limit: float | int = 1e6,
    ) -> None:
        super().__init__()
        extra = augmentation.extra if augmentation else 0
        if extra >= hamiltonian.dimension or not growth_limit > 1:
            raise ValueError(
                f"needs fewer added coordinates than phase space has dimensions, and a growth limit above 1; got "
                f"extra={extra}, dimension={hamiltonian.dimension}, growth_limit={growth_limit}"
            )
        self.hamiltonian, self.growth_limit = hamiltonian, growth_limit
        separable = isinstance(hamiltonian, SeparableHamiltonian)
        self.integrator = integrator or (Leapfrog(steps=8) if separable else RK4(steps=8))
        self.dimension = hamiltonian.dimension - extra
        learned = augmentation is not None and augmentation.learned
        self.register_parameter("learned_extra", nn.Parameter(torch.zeros(extra)) if learned else None)
        self.register_parameter("slow_rate", nn.Parameter(torch.zeros(())) if scaling else None)

    @property
    def gamma(self) -> Float[Tensor, ""] | None:
        r"""The rate :math:`\gamma`, or None where there is no scaling."""
        return None if self.slow_rate is None else RATE_UNIT * self.slow_rate

    @property
    def exact(self) -> bool:
        r"""True where the integrator is reversible and nothing is taken off a point behind the flow.

        Reversible steps backward undo the steps forward up to rounding, and for the implicit midpoint rule up to
        its solver's tolerance, a few roundings. With other integrators the way back solves the same equation
        backward and misses the start by an error of their order. With an augmentation the added coordinates' last
        values are not known on the way back, and their first ones stand in for them.
        """
        return self.integrator.reversible and self.dimension == self.hamiltonian.dimension

    @property
    def system(self) -> DynamicalSystem:
        """The equation: Hamilton's, with the scaling."""
        return self.hamiltonian if self.gamma is None else Scaled(self.hamiltonian, self.gamma)

    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        return self.lowered(self.evolve(self.lifted(x)))

    def inverse(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        r"""The same flow from :math:`t = 1` back to 0; nothing is trained for it. See :attr:`exact`."""
        return self.lowered(self.evolve(self.lifted(y), start=1, end=0))

    def trajectory(
        self, x: Float[Tensor, "batch dim"], *, times: Float[Tensor, "time"]
    ) -> Float[Tensor, "time batch dim"]:
        r"""Where the samples are at the given times, which may lie beyond 1 and before 0, in any order.

        Raises:
            ValueError: no times.
            IntegrationError: samples that blow up on the way.
        """
        return self.phase_path(x, times=times)[..., : self.dimension]

    def energy(self, x: Float[Tensor, "batch dim"], *, time: float | int = 0) -> Float[Tensor, "batch"]:
        r""":math:`H` at the samples, with what is added to them."""
        return self.hamiltonian(self.lifted(x), float(time))

    def phase_path(
        self, x: Float[Tensor, "batch dim"], *, times: Float[Tensor, "time"]
    ) -> Float[Tensor, "time batch phase"]:
        """The trajectory in phase space, with the added coordinates."""
        if not len(times):
            raise ValueError("a trajectory needs at least one time, got none")
        z = self.lifted(x)
        path = self.integrator.path(self.system, z, times=times)
        if not self.within_bounds(z, path):
            left = [float(t) for t, at in zip(times, path, strict=True) if not self.within_bounds(z, at)]
            raise self.blow_up(z, start=0.0, end=min(left, key=abs))
        return path

    def evolve(
        self, z: Float[Tensor, "batch phase"], *, start: float | int = 0, end: float | int = 1
    ) -> Float[Tensor, "batch phase"]:
        r"""The flow :math:`\Phi` of phase space itself, between any two times.

        Raises:
            IntegrationError: samples that blow up on the way, with the time.
        """
        reached = self.integrator(self.system, z, start=start, end=end)
        if not self.within_bounds(z, reached):
            raise self.blow_up(z, start=float(start), end=float(end))
        return reached

    def lifted(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch phase"]:
        """The samples as points of phase space: with what is added to them."""
        extra = self.hamiltonian.dimension - self.dimension
        x = full_precision(x, name="x")
        check_axes(x, name="x", count=2, words="(samples, coordinates)")
        if x.shape[1] != self.dimension:
            raise ValueError(
                f"samples have {x.shape[1]} entries, but the flow takes {self.dimension}: a phase space of "
                f"{self.hamiltonian.dimension} dimensions, of which {extra} are added; choose another H, or "
                "Augmentation(extra=…) with the difference"
            )
        if not extra:
            return x
        added = x.new_zeros(extra) if self.learned_extra is None else self.learned_extra.to(x)
        return torch.cat([x, added.expand(len(x), extra)], dim=1)

    def lowered(self, z: Float[Tensor, "batch phase"]) -> Float[Tensor, "batch dim"]:
        """The samples in points of phase space: without what was added."""
        return z[:, : self.dimension]

    def within_bounds(self, z: Tensor, reached: Float[Tensor, "... batch phase"]) -> bool:
        """Whether all are finite and near enough, at one time or at several."""
        # NaN compares as false.
        return bool((reached.norm(dim=-1) <= self.growth_limit * (1 + z.norm(dim=1))).all())

    @torch.no_grad()
    def blow_up(self, z: Tensor, *, start: float, end: float) -> Exception:
        """What to raise where an end is out of bounds; the time is looked for only now, by going the way again."""
        if not bool(z.isfinite().all()):
            return ValueError("samples must be finite, got NaN or infinity before the flow began")
        pieces = PIECES
        if isinstance(self.integrator, FixedStep):
            pieces = max(1, math.ceil(abs(end - start) * self.integrator.steps))
        times = torch.linspace(start, end, pieces + 1, dtype=torch.float64)
        path = self.integrator.path(self.system, z, times=times, start=start)
        time = next(float(t) for t, at in zip(times, path, strict=True) if not self.within_bounds(z, at))
        return BlowUpError(
            f"samples blew up: at time {time:.3g} of the way from {start:g} to {end:g} some were not finite or "
            f"had grown more than {self.growth_limit:g} times. Along such directions H does not grow, and "
            "conserving it holds nothing back; integrate for less long, take a coercive H (confinement > 0), a "
            "smaller gain, or more steps",
            time=time,
        )
