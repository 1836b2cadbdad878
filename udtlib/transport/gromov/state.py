"""One batch of entropic Gromov-Wasserstein problems, where it stands, and when it has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch

from udtlib.transport.gromov.energy import gromov_energy
from udtlib.types import Tensor

__all__ = [
    "INEXACT",
    "RESOLUTION",
    "GromovProblem",
    "State",
    "arrived",
    "initial_state",
    "inner_tolerance",
    "within_reach",
]

#: How exactly a linearised problem is solved, as a share of what the last step moved.
INEXACT = 0.1
#: Above this rounding error in the exponents of a plan, a precision is too low for an epsilon.
RESOLUTION = 1e-3


@dataclass(frozen=True, kw_only=True)
class GromovProblem:
    """A batch of problems: distances, weights and a linear cost or None."""

    dx: Tensor
    dy: Tensor
    a: Tensor
    b: Tensor
    linear: Tensor | None

    def take(self, chosen: Tensor) -> GromovProblem:
        """Some problems of the batch."""
        linear = None if self.linear is None else self.linear[chosen]
        return GromovProblem(
            dx=self.dx[chosen], dy=self.dy[chosen], a=self.a[chosen], b=self.b[chosen], linear=linear
        )

    def exponent(self, plan: Tensor, epsilon: float) -> Tensor:
        """The linearised cost at a plan, as an exponent: its negative in units of epsilon."""
        exponent = torch.bmm(torch.bmm(self.dx * (4 / epsilon), plan), self.dy)
        return exponent if self.linear is None else exponent - self.linear / epsilon

    def energy(self, plan: Tensor) -> Tensor:
        """The energy of a plan, with its linear cost."""
        energy = gromov_energy(self.dx, self.dy, plan)
        return energy if self.linear is None else energy + (self.linear * plan).sum(dim=(1, 2))


class State(NamedTuple):
    """Where a batch of problems stands; the target's potentials are in units of epsilon."""

    plan: Tensor
    g: Tensor
    error: Tensor
    change: Tensor
    resolution: Tensor

    def take(self, chosen: Tensor) -> State:
        """Some problems of the batch."""
        return State(*(part[chosen] for part in self))

    def put(self, chosen: Tensor, part: State) -> State:
        """This state with some problems' replaced."""
        return State(*(old.index_copy(0, chosen, new) for old, new in zip(self, part, strict=True)))


def initial_state(plan: Tensor, b: Tensor) -> State:
    """A state that knows nothing but a plan, and which targets get no mass."""
    unknown = torch.full_like(plan[:, 0, 0], torch.inf)
    g = torch.zeros_like(b).masked_fill(b == 0, -torch.inf)
    return State(plan=plan, g=g, error=unknown, change=unknown, resolution=unknown)


def arrived(state: State, tolerance: float) -> Tensor:
    """Whether a plan rests and meets its marginals, as well as its precision can tell."""
    reachable = within_reach(state.resolution, tolerance)
    return (state.change <= reachable) & (state.error <= reachable)


def within_reach(resolution: Tensor, tolerance: float) -> Tensor:
    """The tolerance, or what rounding moves where that is more: no step comes to rest below it.

    Where rounding moves so much that the plan itself is in doubt, the tolerance stays as it is.
    """
    return torch.where(resolution <= RESOLUTION, resolution, 0.0).clamp(min=tolerance)


def inner_tolerance(change: Tensor, resolution: Tensor, tolerance: float) -> Tensor:
    """How exactly a step solves its problem: marginals need not be better than the plan is stationary."""
    return torch.maximum(INEXACT * change, within_reach(resolution, tolerance) / 4).clamp(max=INEXACT)
