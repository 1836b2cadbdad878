"""From a soft plan to a sharp one: the conditional gradient method for the energy without entropy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import check_cost, check_finite, check_options, unit_weights
from udtlib.transport.exact import optimal_coupling, pairing
from udtlib.transport.gromov.energy import check_distances, gromov_energy
from udtlib.transport.gromov.result import GromovCoupling
from udtlib.types import Float, Tensor

__all__ = ["frank_wolfe", "vertex"]

#: Weights that differ from equal ones by less than this share are taken to be equal.
EQUAL = 1e-2


@checked_inputs(strict=True)
def frank_wolfe(
    dx: Float[Tensor, "n n"],
    dy: Float[Tensor, "m m"],
    start: Float[Tensor, "n m"],
    *,
    source_weight: Float[Tensor, "n"] | None = None,
    target_weight: Float[Tensor, "m"] | None = None,
    linear: Float[Tensor, "n m"] | None = None,
    iterations: int = 100,
    tolerance: float = 1e-9,
) -> GromovCoupling:
    r"""A stationary plan of the Gromov-Wasserstein problem, downhill from a given one.

    .. math:: S \in \arg\min_{S} \langle \nabla E(P) + L, S \rangle, \qquad
              P \leftarrow (1 - t) P + t S \quad\text{with the best } t \in [0, 1]

    The linearised problem is solved exactly, by assignment or by the network simplex method, and t is where
    the energy along the segment, a parabola, is least. Between Euclidean distances that parabola opens
    downwards: t = 1, and the plan is a vertex of the polytope of plans from the first step on: a permutation with
    equal sizes and weights, else a plan of at most n + m - 1 entries, so that some points are divided among
    several partners.

    The start is first moved onto the weights.

    Args:
        dx: distances within the source, ``(n, n)``.
        dy: distances within the target, ``(m, m)``.
        start: the plan to start from.
        source_weight: masses that sum to one; by default the start's marginal, which is taken to be equal where it
            is so within a hundredth.
        target_weight: likewise for the target.
        linear: a cost of its own for each pair, for fused problems.
        iterations: the most steps.
        tolerance: how much a step may still promise, as a share of :math:`\langle d_X P d_Y, P \rangle`.

    Raises:
        ValueError: what is no matrix of distances, a start that is no plan, or bad options.

    Source: [vayer2019], Algorithm 1.
    """
    check_options(epsilon=1.0, iterations=iterations, tolerance=tolerance)
    check_distances("dx", dx)
    check_distances("dy", dy)
    start = start.detach()
    check_finite("start", start, remedy="give a coupling's plan")
    if linear is not None:
        check_cost(linear)
    if not bool((start >= 0).all()) or not float(start.sum()) > 0:
        raise ValueError(
            f"a start must be a plan, got a smallest entry of {float(start.min()):g} and a mass of "
            f"{float(start.sum()):g}; give non-negative entries that sum to 1"
        )
    left, right, plan = (part.detach().cpu().double().numpy() for part in (dx, dy, start))
    cost = 0.0 if linear is None else linear.detach().cpu().double().numpy()
    own = plan / plan.sum()
    a = marginal("source_weight", source_weight, own.sum(1))
    b = marginal("target_weight", target_weight, own.sum(0))
    problem = Fused(dx=left, dy=right, linear=cost, a=a, b=b)
    plan, done, met = problem.descended(rounded(plan, a, b), iterations=iterations, tolerance=tolerance)
    error = float(np.abs(plan.sum(1) - a).sum() + np.abs(plan.sum(0) - b).sum())
    final = torch.as_tensor(plan)
    energy = (
        gromov_energy(dx.detach().cpu().double(), dy.detach().cpu().double(), final) + (cost * plan).sum()
    )
    partner = pairing(final)
    return GromovCoupling(
        plan=final.to(dx),
        energy=energy.to(dx),
        marginal_error=error,
        converged=met,
        reason=f"{'stationary plan' if met else 'stopped early'} after {done} iterations",
        epsilon=0.0,
        permutation=None if partner is None else partner.to(dx.device),
        energies=energy.to(dx)[None],
        iterations=done,
    )


@dataclass(frozen=True, kw_only=True)
class Fused:
    """One problem as NumPy arrays: distances, a linear cost and weights."""

    dx: np.ndarray
    dy: np.ndarray
    linear: np.ndarray | float
    a: np.ndarray
    b: np.ndarray

    def descended(
        self, plan: np.ndarray, *, iterations: int, tolerance: float
    ) -> tuple[np.ndarray, int, bool]:
        """The plan, the number of steps, and whether no more is to be gained."""
        cross = self.dx @ plan @ self.dy
        for done in range(1, iterations + 1):
            corner = vertex(self.linear - 4 * cross, self.a, self.b)
            corner_cross = self.cross(corner)
            direction, turn = corner - plan, corner_cross - cross
            slope = float(((self.linear - 4 * cross) * direction).sum())
            if slope >= -tolerance * max(1e-300, 4 * float((cross * plan).sum())):
                return plan, done, True
            bend = -2 * float((turn * direction).sum())
            # A parabola that opens downwards is least at an end, and this one falls at the start.
            length = 1.0 if bend <= 0 else min(1.0, -slope / (2 * bend))
            plan = corner if length == 1 else plan + length * direction
            cross = corner_cross if length == 1 else cross + length * turn
        return plan, iterations, False

    def cross(self, corner: np.ndarray) -> np.ndarray:
        """The product of the distances with a plan of few entries."""
        i, j = corner.nonzero()
        return (self.dx[:, i] * corner[i, j]) @ self.dy[j]


def vertex(cost: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A cheapest plan, which has few entries: a permutation where sizes and weights are equal."""
    n, m = cost.shape
    if n == m and bool((a == a[0]).all()) and bool((b == a[0]).all()):
        plan = np.zeros_like(cost)
        plan[linear_sum_assignment(cost)] = 1 / n
        return plan
    solution = optimal_coupling(
        torch.as_tensor(cost), source_weight=torch.as_tensor(a), target_weight=torch.as_tensor(b)
    )
    return solution.or_raise().plan.numpy()


def marginal(name: str, weight: Tensor | None, own: np.ndarray) -> np.ndarray:
    """The given weights, or a plan's own, made equal where they nearly are."""
    if weight is not None:
        return unit_weights(name, weight, shape=own.shape).cpu().numpy()
    return np.full_like(own, 1 / len(own)) if np.abs(own * len(own) - 1).max() <= EQUAL else own


def rounded(plan: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """A plan with the weights as its marginals, exactly: what is too much is taken off, what lacks spread.

    Source: [altschuler2017], Algorithm 2.
    """
    plan = plan * np.minimum(1, a / np.maximum(plan.sum(1), 1e-300))[:, None]
    plan = plan * np.minimum(1, b / np.maximum(plan.sum(0), 1e-300))
    rows, columns = a - plan.sum(1), b - plan.sum(0)
    lacking = rows.sum()
    return plan + np.outer(rows, columns) / lacking if lacking > 0 else plan
