"""The best Gromov-Wasserstein plan that many starts find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.transport.checks import check_cost, check_positive
from udtlib.transport.gromov.descent import GromovProblem, State, initial_state, solve
from udtlib.transport.gromov.energy import check_distances, mean_normalised
from udtlib.transport.gromov.polish import frank_wolfe
from udtlib.transport.gromov.result import GromovCoupling
from udtlib.transport.gromov.starts import profile_starts
from udtlib.types import Float, Tensor

__all__ = ["GromovSearch", "gromov_coupling"]

#: Plans that differ by less than this mass are followed as one.
SAME = 1e-3
#: Entropic plans on the way down need not be better than this.
TOLERANCE = 1e-3


@final
@dataclass(frozen=True, kw_only=True)
class GromovSearch:
    r"""How much work a search takes; epsilons are for mean-normalised distances.

    Args:
        restarts: how many starts are followed.
        first_epsilon: the strength of the entropic term at the start of each; with a large one all starts become
            the same plan, and now and then a wrong one.
        last_epsilon: and at the end, before it is dropped.
        levels: how many strengths, in geometric progression.
        steps: the most outer steps at each.
        sinkhorn_steps: the most of Sinkhorn's steps within an outer one.
        noise: how much starts differ, in standard deviations of the profile cost.
        polish: the most steps of the conditional gradient method on each distinct plan.
    """

    restarts: int = 32
    first_epsilon: float = 0.03
    last_epsilon: float = 0.003
    levels: int = 8
    steps: int = 8
    sinkhorn_steps: int = 10
    noise: float = 1.0
    polish: int = 100

    def __post_init__(self) -> None:
        for name in ("restarts", "levels", "steps", "sinkhorn_steps", "polish"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("first_epsilon", "last_epsilon", "noise"):
            check_positive(name, getattr(self, name))
        if self.last_epsilon > self.first_epsilon:
            raise ValueError(
                f"epsilon falls from first_epsilon = {self.first_epsilon:g} to last_epsilon = "
                f"{self.last_epsilon:g}; exchange them"
            )

    def epsilons(self) -> list[float]:
        """The strengths, from the first to the last."""
        if self.levels == 1:
            return [self.last_epsilon]
        ratio = (self.last_epsilon / self.first_epsilon) ** (1 / (self.levels - 1))
        return [self.first_epsilon * ratio**level for level in range(self.levels)]


def gromov_coupling(
    dx: Float[Tensor, "n n"],
    dy: Float[Tensor, "m m"],
    *,
    search: GromovSearch | None = None,
    seed: int = 0,
    linear: Float[Tensor, "n m"] | None = None,
) -> GromovCoupling:
    r"""The plan of the lowest energy that a search finds between two equally weighted spaces.

    .. math:: \min_P \sum_{ijkl} (\bar d_{ik} - \bar d'_{jl})^2 P_{ij} P_{kl} + \langle L, P \rangle

    over mean-normalised distances, :math:`\bar d = d / s`, so that the two spaces may have different units.
    Starts come from the points' profiles of distances with noise; all are followed as one batch while epsilon
    falls, those that have become one plan as one; each that is left is polished without entropy. No search
    proves its plan to be the best: look at the ``energies`` of all restarts.

    Args:
        dx: distances within the source, ``(n, n)``.
        dy: distances within the target, ``(m, m)``.
        search: how much work to take.
        seed: of the starts' noise.
        linear: a cost of its own for each pair, in units of the normalised energy.

    Raises:
        ValueError: what is no matrix of distances, or one whose mean is zero.

    Source: [peyre2016]; the starts are from the third lower bound of [memoli2011].
    """
    search = search or GromovSearch()
    check_distances("dx", dx)
    check_distances("dy", dy)
    # In double precision: small epsilons and many steps.
    x, y = mean_normalised(dx.detach().double()), mean_normalised(dy.detach().double())
    cost = None
    if linear is not None:
        check_cost(linear)
        cost = linear.detach().double()
    generator = torch.Generator().manual_seed(seed)
    starts = profile_starts(
        x.distance, y.distance, restarts=search.restarts, generator=generator, noise=search.noise
    )
    plans, group, done = annealed(x.distance, y.distance, cost, starts, search)
    polished = [
        frank_wolfe(x.distance, y.distance, plan, linear=cost, iterations=search.polish) for plan in plans
    ]
    energies = torch.stack([one.energy for one in polished])
    best = polished[int(energies.argmin())]
    return replace(
        best,
        plan=best.plan.to(dx),
        energy=best.energy.to(dx),
        energies=energies[group].to(dx),
        iterations=done + best.iterations,
        scales=(float(x.scale), float(y.scale)),
    )


def annealed(
    dx: Tensor, dy: Tensor, linear: Tensor | None, starts: Tensor, search: GromovSearch
) -> tuple[Tensor, Tensor, int]:
    """The distinct plans at the smallest epsilon, which of them each start has become, and the steps taken."""
    group, total = torch.arange(len(starts), device=starts.device), 0
    state = initial_state(starts, starts.new_full((len(starts), len(dy)), 1 / len(dy)))
    last = search.epsilons()[0]
    for epsilon in search.epsilons():
        # Potentials are in units of epsilon.
        state = state._replace(g=state.g * (last / epsilon))
        size = len(state.plan)
        state, done = solve(
            repeated(dx, dy, linear, size),
            state,
            epsilon=epsilon,
            iterations=search.steps,
            sinkhorn_steps=search.sinkhorn_steps,
            tolerance=TOLERANCE,
        )
        state, index = distinct(state)
        group, total, last = index[group], total + done, epsilon
    return state.plan, group, total


def repeated(dx: Tensor, dy: Tensor, linear: Tensor | None, count: int) -> GromovProblem:
    """One problem with equal weights, as a batch."""
    n, m = len(dx), len(dy)
    return GromovProblem(
        dx=dx.expand(count, n, n),
        dy=dy.expand(count, m, m),
        a=dx.new_full((count, n), 1 / n),
        b=dx.new_full((count, m), 1 / m),
        linear=None if linear is None else linear.expand(count, n, m),
    )


def distinct(state: State) -> tuple[State, Tensor]:
    """The states whose plans differ, and for each plan the index of the one that stands for it."""
    flat = state.plan.flatten(1)
    near = torch.cdist(flat, flat, p=1) <= SAME
    first = near.int().argmax(dim=1)
    kept, index = first.unique(return_inverse=True)
    return state.take(kept), index
