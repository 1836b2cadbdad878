"""The best Gromov-Wasserstein plan that many starts find."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.numerics.options import whole
from udtlib.numerics.signatures import check_fields, checked_inputs
from udtlib.transport.checks import check_cost, check_positive, unit_weights
from udtlib.transport.gromov.descent import solve
from udtlib.transport.gromov.energy import check_distances, mean_normalised
from udtlib.transport.gromov.polish import frank_wolfe
from udtlib.transport.gromov.result import GromovCoupling
from udtlib.transport.gromov.starts import profile_starts
from udtlib.transport.gromov.state import GromovProblem, State, initial_state
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
        check_fields(self)
        for name in ("restarts", "levels", "steps", "sinkhorn_steps", "polish"):
            whole(getattr(self, name), name=name)
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


@checked_inputs(strict=True, remedy="call it once for each pair of spaces")
def gromov_coupling(
    dx: Float[Tensor, "n n"],
    dy: Float[Tensor, "m m"],
    *,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
    search: GromovSearch | None = None,
    seed: int = 0,
    linear: Float[Tensor, "n m"] | None = None,
) -> GromovCoupling:
    r"""The plan of the lowest energy that a search finds between two weighted spaces.

    .. math:: \min_P \sum_{ijkl} (\bar d_{ik} - \bar d'_{jl})^2 P_{ij} P_{kl} + \langle L, P \rangle,
              \qquad \bar d = \frac{d}{s}, \quad s = \sum_{ik} a_i a_k\, d_{ik}

    **The energy is in mean-normalised units**, each side's distances divided by their own mean, so that the two
    spaces may have different units and an energy of 1 is large; the means are in ``scales``.

    **The plan has no entropy in it.** Between equally many points of equal weights it ends in a permutation where
    both sides' distances are Euclidean (``permutation`` holds it). With other weights or sizes no permutation
    exists: it ends in a vertex of the polytope of plans, at most n + m - 1 entries, in which
    some points' mass is ``divided`` among several partners; ``barycentric`` averages them. Where distances are
    not Euclidean it may also end between vertices.

    Starts come from the points' profiles of distances with noise; all are followed as one batch while epsilon
    falls, those that have become one plan as one; each that is left is polished without entropy. No search
    proves its plan to be the best: look at the ``energies`` of all restarts.

    Args:
        dx: distances within the source, ``(n, n)``.
        dy: distances within the target, ``(m, m)``.
        source_weight: masses that sum to one; equal ones by default. A mass may be zero.
        target_weight: likewise for the target.
        search: how much work to take.
        seed: of the starts' noise.
        linear: a cost of its own for each pair, in units of the normalised energy.

    Raises:
        ValueError: what is no matrix of distances, one whose mean is zero, or bad weights.

    Source: [peyre2016]; the starts are from the third lower bound of [memoli2011].
    """
    search = search or GromovSearch()
    check_distances("dx", dx)
    check_distances("dy", dy)
    a, b = (
        None if weight is None else unit_weights(name, weight, shape=(len(d),)).to(d.device)
        for name, weight, d in (("source_weight", source_weight, dx), ("target_weight", target_weight, dy))
    )
    # In double precision: small epsilons and many steps.
    x = mean_normalised(dx.detach().double(), weight=a)
    y = mean_normalised(dy.detach().double(), weight=b)
    cost = None
    if linear is not None:
        check_cost(linear)
        cost = linear.detach().double()
    generator = torch.Generator().manual_seed(seed)
    weights = {"source_weight": a, "target_weight": b}
    starts = profile_starts(
        x.distance, y.distance, restarts=search.restarts, generator=generator, noise=search.noise, **weights
    )
    problem = one_problem(x.distance, y.distance, a, b, cost)
    plans, group, done = annealed(problem, starts, search)
    polished = [
        frank_wolfe(x.distance, y.distance, plan, linear=cost, iterations=search.polish, **weights)
        for plan in plans
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


def one_problem(
    dx: Tensor, dy: Tensor, a: Tensor | None, b: Tensor | None, linear: Tensor | None
) -> GromovProblem:
    """A batch of one problem."""
    n, m = len(dx), len(dy)
    return GromovProblem(
        dx=dx[None],
        dy=dy[None],
        a=dx.new_full((1, n), 1 / n) if a is None else a[None],
        b=dx.new_full((1, m), 1 / m) if b is None else b[None],
        linear=None if linear is None else linear[None],
    )


def annealed(problem: GromovProblem, starts: Tensor, search: GromovSearch) -> tuple[Tensor, Tensor, int]:
    """The distinct plans at the smallest epsilon, which of them each start has become, and the steps taken."""
    group, total = torch.arange(len(starts), device=starts.device), 0
    state = initial_state(starts, problem.b.expand(len(starts), -1))
    last = search.epsilons()[0]
    for epsilon in search.epsilons():
        # Potentials are in units of epsilon.
        state = state._replace(g=state.g * (last / epsilon))
        size = len(state.plan)
        state, done = solve(
            repeated(problem, size),
            state,
            epsilon=epsilon,
            iterations=search.steps,
            sinkhorn_steps=search.sinkhorn_steps,
            tolerance=TOLERANCE,
        )
        state, index = distinct(state)
        group, total, last = index[group], total + done, epsilon
    return state.plan, group, total


def repeated(problem: GromovProblem, count: int) -> GromovProblem:
    """One problem as a batch, without copies."""
    linear = problem.linear
    return GromovProblem(
        dx=problem.dx.expand(count, -1, -1),
        dy=problem.dy.expand(count, -1, -1),
        a=problem.a.expand(count, -1),
        b=problem.b.expand(count, -1),
        linear=None if linear is None else linear.expand(count, -1, -1),
    )


def distinct(state: State) -> tuple[State, Tensor]:
    """The states whose plans differ, and for each plan the index of the one that stands for it."""
    flat = state.plan.flatten(1)
    near = torch.cdist(flat, flat, p=1) <= SAME
    first = near.int().argmax(dim=1)
    kept, index = first.unique(return_inverse=True)
    return state.take(kept), index
