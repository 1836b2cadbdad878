"""What a solver of a transport problem returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from udtlib.types import Float, Int, Tensor

__all__ = ["Coupling"]


@final
@dataclass(frozen=True, kw_only=True)
class Coupling:
    r"""A transport plan P between two weighted samples, and how well the solver did.

    .. math:: P \ge 0, \qquad P \mathbf{1} = a, \qquad P^\top \mathbf{1} = b

    Args:
        plan: how much mass goes from sample i to sample j, ``(n, m)``.
        cost: :math:`\langle C, P \rangle`, in the cost's unit.
        marginal_error: :math:`\|P\mathbf{1} - a\|_1 + \|P^\top\mathbf{1} - b\|_1`.
        converged: whether the plan is optimal up to rounding.
        reason: why the solver stopped, in words.
        permutation: ``permutation[i]`` is the partner of sample i where the plan is a one-to-one pairing,
            or None.
    """

    plan: Float[Tensor, "n m"]
    cost: Float[Tensor, ""]
    marginal_error: float
    converged: bool
    reason: str
    permutation: Int[Tensor, "n"] | None = None

    def __repr__(self) -> str:
        n, m = self.plan.shape
        return f"<coupling: {n} × {m}, {self.reason}>"
