"""What a solver of a Gromov-Wasserstein problem returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Bool

from udtlib.numerics.signatures import checked_inputs
from udtlib.transport.checks import SLACK
from udtlib.transport.exact import optimal_coupling
from udtlib.transport.gromov.state import RESOLUTION
from udtlib.transport.result import NotConvergedError, mean_partners
from udtlib.types import Float, Int, Tensor

__all__ = ["BatchedGromov", "GromovCoupling"]


@final
@dataclass(frozen=True, kw_only=True)
class GromovCoupling:
    r"""A plan between two metric spaces, how much it distorts, and what other restarts found.

    .. math:: P \ge 0, \qquad P \mathbf{1} = a, \qquad P^\top\mathbf{1} = b

    The problem is not convex: a solver returns a stationary point. Compare ``energy`` with the other
    ``energies``, and with the energy of the true pairing where one is known.

    Args:
        plan: how much mass goes from point i to point j, ``(n, m)``.
        energy: :math:`E(P)`, with the linear term where there is one, without the entropic one; in the
            units of the distances that the solver was given, or of mean-normalised ones where ``scales`` is not 1.
        marginal_error: :math:`\|P\mathbf{1} - a\|_1 + \|P^\top\mathbf{1} - b\|_1`.
        converged: whether the plan is stationary up to the solver's tolerance.
        reason: why the solver stopped, in words.
        epsilon: the strength of the entropic term, 0 for a plan without one.
        permutation: ``permutation[i]`` is the partner of point i where the plan is a one-to-one pairing,
            or None.
        energies: the final energy of every restart.
        iterations: how many steps the solver took.
        scales: the mean distances by which both sides were divided.
    """

    plan: Float[Tensor, "n m"]
    energy: Float[Tensor, ""]
    marginal_error: float
    converged: bool
    reason: str
    epsilon: float
    permutation: Int[Tensor, "n"] | None
    energies: Float[Tensor, "restarts"]
    iterations: int
    scales: tuple[float, float] = (1.0, 1.0)

    def or_raise(self) -> GromovCoupling:
        """The coupling itself, if the solver converged.

        Raises:
            NotConvergedError: it did not.
        """
        if self.converged:
            return self
        remedy = "allow more iterations or a larger epsilon" if self.epsilon else "allow more iterations"
        raise NotConvergedError(reason=self.reason, marginal_error=self.marginal_error, remedy=remedy)

    @property
    def divided(self) -> int:
        """How many source points' mass goes to more than one target; 0 where the plan is a map."""
        share = self.plan / self.plan.sum(dim=1, keepdim=True).clamp(min=torch.finfo(self.plan.dtype).tiny)
        return int(((share > SLACK).sum(dim=1) > 1).sum())

    def greedy(self) -> Int[Tensor, "n"]:
        r"""The partner to which most of a source point's mass goes; two points may share one.

        .. math:: \mathrm{Trans}(x_i) = \arg\max_j P_{ij}

        Raises:
            NotConvergedError: the solver did not converge.

        Source: [chevalley2020], equation 3.2.
        """
        return self.or_raise().plan.argmax(dim=1)

    def greedy_back(self) -> Int[Tensor, "m"]:
        r"""The same from target to source; in general not the inverse of :meth:`greedy`."""
        return self.or_raise().plan.argmax(dim=0)

    def assignment(self) -> Int[Tensor, "n"]:
        r"""The pairing that keeps most of the plan's mass: one-to-one, unlike :meth:`greedy`.

        .. math:: \arg\max_\pi \sum_i P_{i\pi(i)}

        Raises:
            NotConvergedError: the solver did not converge.
            ValueError: the sides have different sizes.
        """
        plan = self.or_raise().plan
        n, m = plan.shape
        if n != m:
            raise ValueError(
                f"only sides of one size have a pairing, got {n} and {m} points; use greedy() or barycentric(y)"
            )
        pairing = optimal_coupling(-plan.double()).or_raise().permutation
        assert pairing is not None  # a vertex of the equally weighted problem is a permutation
        return pairing

    @checked_inputs()
    def barycentric(self, y: Float[Tensor, "m *shape"]) -> Float[Tensor, "n *shape"]:
        r"""The mean partner of each source point.

        .. math:: T(x_i) = \frac{1}{p_i} \sum_j P_{ij} \, y_j, \qquad p_i = \sum_j P_{ij}

        Raises:
            NotConvergedError: the solver did not converge.
            ValueError: another number of targets, or a source point without mass, which goes nowhere.

        Source: [peyre2019], Section 4.2.
        """
        return mean_partners(self.or_raise().plan, y)

    def __repr__(self) -> str:
        n, m = self.plan.shape
        return f"<Gromov coupling: {n} × {m}, energy {float(self.energy):.4g}, {self.reason}>"


@final
@dataclass(frozen=True, kw_only=True)
class BatchedGromov:
    r"""Entropic plans of a batch of problems; ``batched[k]`` is the coupling of problem k.

    Args:
        plan: how much mass goes from point i to point j, ``(batch, n, m)``.
        energy: :math:`E(P)`, with the linear term where there is one, without the entropic one.
        marginal_error: :math:`\|P\mathbf{1} - a\|_1 + \|P^\top\mathbf{1} - b\|_1` per problem.
        plan_change: how much mass the last outer step moved, :math:`\|P_{t} - P_{t-1}\|_1`, per problem.
        converged: whether both are within the tolerance, or within the resolution where that is larger and still
            small, per problem.
        resolution: how much rounding changes the exponents of a plan, per problem; well below 1, or
            epsilon is too small for the precision.
        epsilon: the strength of the entropic term.
        iterations: the most outer steps that any of the problems took.
    """

    plan: Float[Tensor, "batch n m"]
    energy: Float[Tensor, "batch"]
    marginal_error: Float[Tensor, "batch"]
    plan_change: Float[Tensor, "batch"]
    converged: Bool[Tensor, "batch"]
    resolution: Float[Tensor, "batch"]
    epsilon: float
    iterations: int

    def or_raise(self) -> BatchedGromov:
        """The couplings themselves, if all of them converged.

        Raises:
            NotConvergedError: one did not.
        """
        if bool(self.converged.all()):
            return self
        short = (~self.converged).nonzero()[:, 0]
        worst = int(short[self.marginal_error[short].argmax()])
        raise NotConvergedError(
            reason=f"{len(short)} of {len(self)} problems did not converge; the worst {self.verdict(worst)}",
            marginal_error=float(self.marginal_error[worst]),
            remedy="allow more iterations or a larger epsilon, or use double precision",
        )

    def verdict(self, k: int) -> str:
        """Why the solver stopped at problem k, in words."""
        if bool(self.converged[k]):
            return f"stationary plan within {self.iterations} iterations"
        if not float(self.resolution[k]) <= RESOLUTION:
            return (
                f"stopped early: epsilon = {self.epsilon:g} is too small for {self.plan.dtype}, in which "
                f"rounding changes exponents by {float(self.resolution[k]):.2g}"
            )
        return (
            f"stopped early after {self.iterations} iterations: the last one moved "
            f"{float(self.plan_change[k]):.2g} of the mass and left marginals off by "
            f"{float(self.marginal_error[k]):.2g}"
        )

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, k: int) -> GromovCoupling:
        return GromovCoupling(
            plan=self.plan[k],
            energy=self.energy[k],
            marginal_error=float(self.marginal_error[k]),
            converged=bool(self.converged[k]),
            reason=self.verdict(k),
            epsilon=self.epsilon,
            permutation=None,
            energies=self.energy[k : k + 1],
            iterations=self.iterations,
        )

    def __repr__(self) -> str:
        batch, n, m = self.plan.shape
        done = int(self.converged.sum())
        return f"<Gromov couplings: {batch} × {n} × {m}, {done} of {batch} converged>"
