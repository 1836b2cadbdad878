"""What a solver of a transport problem returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from jaxtyping import Bool

from udtlib.numerics.signatures import checked_inputs
from udtlib.types import Float, Int, Tensor

__all__ = ["BatchedCoupling", "Coupling", "NotConvergedError"]


class NotConvergedError(RuntimeError):
    r"""A solver stopped before its plan met the marginals, or before the plan was optimal.

    Args:
        reason: why the solver stopped.
        marginal_error: how far the plan's marginals are from the weights, in :math:`\ell_1`.
        remedy: what to change.
    """

    def __init__(self, *, reason: str, marginal_error: float, remedy: str) -> None:
        super().__init__(
            f"the transport problem was not solved: {reason}; the marginals are off by {marginal_error:.3g}; "
            f"{remedy}"
        )
        self.reason, self.marginal_error, self.remedy = reason, marginal_error, remedy


@final
@dataclass(frozen=True, kw_only=True)
class Coupling:
    r"""A transport plan P between two weighted samples, what it costs, and how well the solver did.

    .. math:: P \ge 0, \qquad P \mathbf{1} = a, \qquad P^\top \mathbf{1} = b

    The potentials are the prices of the dual problem. Of the exact problem, with :math:`\varepsilon = 0`,

    .. math:: f_i + g_j \le C_{ij} \text{, with equality where } P_{ij} > 0,

    and of the entropic one :math:`P_{ij} = a_i b_j \exp\bigl((f_i + g_j - C_{ij}) / \varepsilon\bigr)`. A
    constant may move from f to g; it is fixed by :math:`\langle a, f\rangle = \langle b, g\rangle`.

    Args:
        plan: how much mass goes from sample i to sample j, ``(n, m)``.
        cost: :math:`\langle C, P \rangle`, in the cost's unit.
        marginal_error: :math:`\|P\mathbf{1} - a\|_1 + \|P^\top\mathbf{1} - b\|_1`.
        converged: whether the plan is optimal up to the solver's tolerance.
        reason: why the solver stopped, in words.
        permutation: ``permutation[i]`` is the partner of sample i where the plan is a one-to-one pairing,
            or None.
        f: the source's potentials, ``(n,)``, or None where the solver has none.
        g: the target's potentials, ``(m,)``, or None.
        value: the dual objective at f and g: the optimum of the problem that was solved, from below.
        epsilon: the strength of the entropic term, 0 for an exact plan.
    """

    plan: Float[Tensor, "n m"]
    cost: Float[Tensor, ""]
    marginal_error: float
    converged: bool
    reason: str
    permutation: Int[Tensor, "n"] | None = None
    f: Float[Tensor, "n"] | None = None
    g: Float[Tensor, "m"] | None = None
    value: Float[Tensor, ""] | None = None
    epsilon: float = 0.0

    def or_raise(self) -> Coupling:
        """The coupling itself, if the solver converged.

        Raises:
            NotConvergedError: it did not.
        """
        if self.converged:
            return self
        remedy = (
            "allow more iterations or a larger epsilon"
            if self.epsilon
            else "allow more iterations, or bring costs of very different orders of magnitude closer together"
        )
        raise NotConvergedError(reason=self.reason, marginal_error=self.marginal_error, remedy=remedy)

    @checked_inputs()
    def barycentric(self, y: Float[Tensor, "m *shape"]) -> Float[Tensor, "n *shape"]:
        r"""The mean partner of each source sample: the map that a plan suggests.

        .. math:: T(x_i) = \frac{1}{a_i} \sum_j P_{ij} \, y_j, \qquad a_i = \sum_j P_{ij}

        Means have less spread than what they average, so :math:`T_\#\alpha` is narrower than
        :math:`\beta` unless the plan is a pairing.

        Raises:
            NotConvergedError: the solver did not converge.
            ValueError: another number of targets, or a source sample without mass, which goes nowhere.

        Source: [peyre2019], Section 4.2.
        """
        return mean_partners(self.or_raise().plan, y)

    def __repr__(self) -> str:
        n, m = self.plan.shape
        return f"<coupling: {n} × {m}, {self.reason}>"


def mean_partners(
    plan: Float[Tensor, "n m"], y: Float[Tensor, "targets *shape"]
) -> Float[Tensor, "n *shape"]:
    """For each row of a plan the mean of y, weighted by the row.

    Raises:
        ValueError: another number of targets, or a source sample without mass, which goes nowhere.
    """
    if len(y) != plan.shape[1]:
        raise ValueError(
            f"the plan has {plan.shape[1]} targets, got {len(y)} samples; give those that it was made for"
        )
    mass = plan.sum(dim=1, keepdim=True)
    if not bool((mass > 0).all()):
        idle = int((mass == 0).sum())
        raise ValueError(f"{idle} source samples have no mass and so no partner; leave them out")
    flat = y.flatten(1) if y.ndim > 1 else y[:, None]
    return ((plan / mass).to(y) @ flat).view(len(plan), *y.shape[1:])


@final
@dataclass(frozen=True, kw_only=True)
class BatchedCoupling:
    r"""Entropic plans of a batch of problems; ``batched[k]`` is the coupling of problem k.

    .. math:: P_{ij} = a_i b_j \exp\bigl((f_i + g_j - C_{ij}) / \varepsilon\bigr)

    Args:
        plan: how much mass goes from sample i to sample j, ``(batch, n, m)``.
        cost: :math:`\langle C, P \rangle` per problem, without the entropic term.
        value: the optimum of the regularised problem, as its dual objective at f and g; the one to train with.
        f: the source's potentials, ``(batch, n)``; the constant is fixed by
            :math:`\langle a, f\rangle = \langle b, g\rangle`.
        g: the target's potentials, ``(batch, m)``.
        epsilon: the strength of the entropic term per problem.
        marginal_error: :math:`\|P\mathbf{1} - a\|_1 + \|P^\top\mathbf{1} - b\|_1` per problem.
        converged: whether that is within the tolerance, per problem.
        iterations: how many steps were taken; the batch stops together.
    """

    plan: Float[Tensor, "batch n m"]
    cost: Float[Tensor, "batch"]
    value: Float[Tensor, "batch"]
    f: Float[Tensor, "batch n"]
    g: Float[Tensor, "batch m"]
    epsilon: Float[Tensor, "batch"]
    marginal_error: Float[Tensor, "batch"]
    converged: Bool[Tensor, "batch"]
    iterations: int

    def or_raise(self) -> BatchedCoupling:
        """The couplings themselves, if all of them converged.

        Raises:
            NotConvergedError: one did not.
        """
        if bool(self.converged.all()):
            return self
        short = int((~self.converged).sum())
        raise NotConvergedError(
            reason=f"{short} of {len(self)} problems not within the tolerance after {self.iterations} iterations",
            marginal_error=float(self.marginal_error.max()),
            remedy="allow more iterations or a larger epsilon, or use double precision",
        )

    def __len__(self) -> int:
        return len(self.plan)

    def __getitem__(self, k: int) -> Coupling:
        done = bool(self.converged[k])
        stopped = "marginals met" if done else "stopped early: marginals not met"
        return Coupling(
            plan=self.plan[k],
            cost=self.cost[k],
            marginal_error=float(self.marginal_error[k]),
            converged=done,
            reason=f"{stopped} after {self.iterations} iterations",
            f=self.f[k],
            g=self.g[k],
            value=self.value[k],
            epsilon=float(self.epsilon[k]),
        )

    def __repr__(self) -> str:
        batch, n, m = self.plan.shape
        return f"<couplings: {batch} × {n} × {m}, {int(self.converged.sum())} of {batch} converged>"
