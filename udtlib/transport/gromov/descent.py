"""The outer steps of entropic Gromov-Wasserstein problems: linearise, balance, repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch

from udtlib.transport.gromov.balance import balanced, off, row_scaled
from udtlib.transport.gromov.energy import gromov_energy
from udtlib.types import Tensor

__all__ = ["RESOLUTION", "GromovProblem", "State", "arrived", "initial_state", "solve"]

#: How exactly a linearised problem is solved, as a share of what the last step moved.
INEXACT = 0.1
#: Above this rounding error in the exponents of a plan, a precision is too low for an epsilon.
RESOLUTION = 1e-3
#: Entries of the plans that are worked on at a time on a CPU.
CACHED = 80_000


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


def solve(
    problem: GromovProblem,
    state: State,
    *,
    epsilon: float,
    iterations: int,
    sinkhorn_steps: int,
    tolerance: float,
) -> tuple[State, int]:
    """Outer steps until every problem is stationary, or there are enough."""
    # On the CPU a few problems at a time, so that they stay in its cache.
    size = max(1, CACHED // state.plan[0].numel()) if state.plan.device.type == "cpu" else len(state.plan)
    options = {"epsilon": epsilon, "iterations": iterations, "sinkhorn_steps": sinkhorn_steps}
    parts = [
        followed(problem.take(chosen), state.take(chosen), tolerance=tolerance, **options)
        for chosen in torch.arange(len(state.plan), device=state.plan.device).split(size)
    ]
    states, steps = zip(*parts, strict=True)
    return State(*(torch.cat(column) for column in zip(*states, strict=True))), max(steps)


def followed(
    problem: GromovProblem,
    state: State,
    *,
    epsilon: float,
    iterations: int,
    sinkhorn_steps: int,
    tolerance: float,
) -> tuple[State, int]:
    """The same for problems that fit the cache; those that are done rest."""
    active = torch.arange(len(state.plan), device=state.plan.device)
    part, moving, done = problem, state, 0
    while done < iterations and len(active):
        moving = step(part, moving, epsilon=epsilon, sinkhorn_steps=sinkhorn_steps, tolerance=tolerance)
        done += 1
        # Not "change > tolerance": what is NaN has not arrived.
        open_ = ~arrived(moving, tolerance)
        if not bool(open_.all()):
            state = state.put(active, moving)
            active = active[open_]
            part, moving = part.take(open_), moving.take(open_)
    return state.put(active, moving), done


def arrived(state: State, tolerance: float) -> Tensor:
    """Whether a plan rests and meets its marginals, as well as its precision can tell."""
    reachable = within_reach(state.resolution, tolerance)
    return (state.change <= reachable) & (state.error <= reachable)


def within_reach(resolution: Tensor, tolerance: float) -> Tensor:
    """The tolerance, or what rounding moves where that is more: no step comes to rest below it.

    Where rounding moves so much that the plan itself is in doubt, the tolerance stays as it is.
    """
    return torch.where(resolution <= RESOLUTION, resolution, 0.0).clamp(min=tolerance)


def step(
    problem: GromovProblem, state: State, *, epsilon: float, sinkhorn_steps: int, tolerance: float
) -> State:
    """One outer step: linearise, then Sinkhorn from the potentials of the last one."""
    exponent = problem.exponent(state.plan, epsilon)
    resolution = exponent.abs().amax(dim=(1, 2)) * torch.finfo(exponent.dtype).eps
    kernel, g = row_scaled(exponent, state.g, a=problem.a, b=problem.b)
    # Marginals need not be better than the plan is stationary.
    inner = torch.maximum(INEXACT * state.change, within_reach(resolution, tolerance) / 4).clamp(max=INEXACT)
    plan, factor = balanced(kernel, a=problem.a, b=problem.b, steps=sinkhorn_steps, tolerance=inner)
    # Exponents beyond the precision's range leave a plan as it was, not NaN.
    sound = plan.isfinite().all(dim=2).all(dim=1) & resolution.isfinite()
    plan = torch.where(sound[:, None, None], plan, state.plan)
    return State(
        plan=plan,
        g=torch.where(sound[:, None], g + factor, state.g),
        error=off(plan, problem.a, problem.b),
        change=torch.where(sound, (plan - state.plan).abs().sum(dim=(1, 2)), torch.inf),
        resolution=torch.where(sound, resolution, torch.inf),
    )
