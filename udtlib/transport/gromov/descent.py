"""The outer steps of entropic Gromov-Wasserstein problems: linearise, balance, repeat."""

from __future__ import annotations

import torch

from udtlib.transport.gromov.balance import balanced, off, row_scaled
from udtlib.transport.gromov.large import followed_large, large
from udtlib.transport.gromov.state import GromovProblem, State, arrived, inner_tolerance

__all__ = ["solve"]

#: Entries of the plans that are worked on at a time on a CPU.
CACHED = 80_000


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
    follow = followed_large if large(problem) else followed
    parts = [
        follow(problem.take(chosen), state.take(chosen), tolerance=tolerance, **options)
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


def step(
    problem: GromovProblem, state: State, *, epsilon: float, sinkhorn_steps: int, tolerance: float
) -> State:
    """One outer step: linearise, then Sinkhorn from the potentials of the last one."""
    exponent = problem.exponent(state.plan, epsilon)
    resolution = exponent.abs().amax(dim=(1, 2)) * torch.finfo(exponent.dtype).eps
    kernel, g = row_scaled(exponent, state.g, a=problem.a, b=problem.b)
    inner = inner_tolerance(state.change, resolution, tolerance)
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
