r"""Kernels of entropic problems, and the factors of their rows and columns.

With the kernel :math:`K = e^{f^0_i + g^0_j - C_{ij}}` and factors u and v, the plan is
:math:`P = \operatorname{diag}(u) K \operatorname{diag}(v)`, and a step of Sinkhorn's is two products of the kernel
with a vector: :math:`v = b / K^\top u`, :math:`u = a / K v`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from udtlib.types import Tensor

__all__ = ["Kernel", "Point", "answered", "balanced", "fresh"]


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """A few problems' kernels, ``(batch, n, m)``, their weights as rows, and the potentials that they contain."""

    entries: Tensor
    a: Tensor
    b: Tensor
    f: Tensor
    g: Tensor

    def columns(self, u: Tensor) -> Tensor:
        """The sums over the source, weighted with rows."""
        return torch.bmm(u, self.entries)

    def rows(self, v: Tensor) -> Tensor:
        """The sums over the target, weighted with rows."""
        return torch.bmm(v, self.entries.mT)


@dataclass(frozen=True, kw_only=True)
class Point:
    """Factors whose columns meet the target's weights, the plan's row sums, and how far these are off."""

    u: Tensor
    v: Tensor
    sums: Tensor
    error: Tensor

    def where(self, chosen: Tensor, other: Point) -> Point:
        """This point for the chosen problems, another one for the rest."""
        mask = chosen[:, None, None]
        return Point(
            u=torch.where(mask, self.u, other.u),
            v=torch.where(mask, self.v, other.v),
            sums=torch.where(mask, self.sums, other.sums),
            error=torch.where(chosen, self.error, other.error),
        )


def balanced(kernel: Kernel, point: Point) -> Tensor:
    """The source's factors with which the rows meet its weights: Sinkhorn's own step."""
    return point.u * (kernel.a / point.sums.clamp(min=torch.finfo(point.sums.dtype).tiny))


def answered(kernel: Kernel, u: Tensor) -> Point:
    """The target's answer to the source's factors, and what it leaves of the rows."""
    v = kernel.b / kernel.columns(u).clamp_(min=torch.finfo(u.dtype).tiny)
    sums = kernel.rows(v).mul_(u)
    return Point(u=u, v=v, sums=sums, error=(sums - kernel.a).abs().sum(dim=(1, 2)))


def fresh(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A new array; NumPy asks for large pages, without which to touch one takes longer than to fill it."""
    return torch.from_numpy(np.empty(shape, dtype=np.float32 if dtype == torch.float32 else np.float64))
