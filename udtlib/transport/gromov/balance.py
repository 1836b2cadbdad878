"""Sinkhorn's and Newton's steps for one linearised Gromov-Wasserstein problem, started where the last one ended.

A kernel is a plan in the making: non-negative, with the exponentials of a cost and potentials as its entries.
Its rows and columns are rescaled until their sums are the weights a and b.
"""

from __future__ import annotations

import torch

from udtlib.types import Tensor

__all__ = ["balanced", "emptied", "off", "row_scaled", "softmax_rows"]

#: Sinkhorn's steps between two looks at the marginals.
BLOCK = 5
#: How strongly Newton's step is held back, in units of the error.
DAMPING = 1e-2
#: The longest step of Newton's, in units of epsilon, and by how much that changes with its success.
LONGEST, GROW, SHRINK = 20.0, 2.0, 3.0


def row_scaled(exponent: Tensor, g: Tensor, *, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The kernel at the target's potentials, with its rows met in the logarithmic domain: no row is empty.

    Where a column has so little that its factor could leave the range of exponents, columns are met there too.
    """
    kernel = softmax_rows(exponent + g[:, None, :], a)
    lost = emptied(kernel, b)
    if not bool(lost.any()):
        return kernel, g
    shifted, a, b = exponent[lost], a[lost], b[lost]
    f = a.log() - torch.logsumexp(shifted + g[lost][:, None, :], dim=2)
    new = b.log() - torch.logsumexp(shifted + f[:, :, None], dim=1)
    g, kernel = g.clone(), kernel.clone()
    g[lost], kernel[lost] = new, softmax_rows(shifted + new[:, None, :], a)
    return kernel, g


def emptied(kernel: Tensor, b: Tensor) -> Tensor:
    """The problems with a column of so little that its factor could leave the range of exponents."""
    return (kernel.sum(dim=1) < torch.finfo(kernel.dtype).tiny ** 0.25 * b).any(dim=1)


def softmax_rows(exponent: Tensor, a: Tensor) -> Tensor:
    """Rows in proportion to the exponentials, with the sums a, in place of the exponents."""
    kernel = exponent.sub_(exponent.amax(dim=2, keepdim=True)).exp_()
    return kernel.mul_((a / kernel.sum(dim=2))[:, :, None])


def balanced(kernel: Tensor, *, a: Tensor, b: Tensor, steps: int, tolerance: Tensor) -> tuple[Tensor, Tensor]:
    """A kernel rescaled towards the weights, columns exactly, and the logarithms of its columns' factors.

    Sinkhorn's steps take turns with Newton's, which are kept where they lower the error: for a small epsilon
    a few of these do what takes thousands of those.
    """
    plan, factor, done = kernel, torch.zeros_like(b), 0
    longest = torch.full_like(a[:, 0], LONGEST)
    open_ = torch.ones_like(longest, dtype=torch.bool)
    while True:
        count = min(BLOCK, steps - done)
        # A problem that is done rests, so that it ends as it would alone.
        plan, factor = kept(open_, plan, factor, *sinkhorn(plan, a=a, b=b, steps=count))
        error, done = off(plan, a, b), done + count
        open_ = error > tolerance
        if done == steps or not bool(open_.any()):
            return plan, factor
        tried, v = newton(plan, error, a=a, b=b, longest=longest)
        better = open_ & (off(tried, a, b) < error)
        plan, factor = kept(better, plan, factor, tried, v)
        longest = torch.where(better, (GROW * longest).clamp(max=LONGEST), longest / SHRINK)


def kept(chosen: Tensor, plan: Tensor, factor: Tensor, tried: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """The chosen problems' new plans and factors, and the others' old ones."""
    if bool(chosen.all()):
        return tried, factor + v.log()
    return (
        torch.where(chosen[:, None, None], tried, plan),
        torch.where(chosen[:, None], factor + v.log(), factor),
    )


def off(plan: Tensor, a: Tensor, b: Tensor) -> Tensor:
    r"""How far a plan's marginals are off, in :math:`\ell_1`."""
    return (plan.sum(dim=2) - a).abs().sum(dim=1) + (plan.sum(dim=1) - b).abs().sum(dim=1)


def sinkhorn(kernel: Tensor, *, a: Tensor, b: Tensor, steps: int) -> tuple[Tensor, Tensor]:
    """Rows and columns rescaled in turn; a row or column without weight stays empty."""
    tiny = torch.finfo(kernel.dtype).tiny
    # Factors are rows, not columns: a batch of row-vector products is several times faster.
    a, b, transposed = a[:, None, :], b[:, None, :], kernel.mT
    v = torch.ones_like(b)
    for _ in range(steps):
        u = a / torch.bmm(v, transposed).clamp_(min=tiny)
        v = b / torch.bmm(u, kernel).clamp_(min=tiny)
    # In this order no product overflows: rows are at most a after u, columns at most b after v.
    return kernel * u.mT * v, v[:, 0]


def newton(plan: Tensor, error: Tensor, *, a: Tensor, b: Tensor, longest: Tensor) -> tuple[Tensor, Tensor]:
    r"""One step of Newton's method for the source's potentials, to which the target then answers.

    .. math:: \bigl(\operatorname{diag}(P\mathbf{1}) - P \operatorname{diag}(b)^{-1} P^\top\bigr) \delta
              = a - P\mathbf{1}
    """
    tiny, rows = torch.finfo(plan.dtype).tiny, plan.sum(dim=2)
    scaled = plan / b.clamp(min=tiny)[:, None, :]
    diagonal = rows + DAMPING * error[:, None] * a + (a == 0)
    curvature = torch.baddbmm(torch.diag_embed(diagonal), scaled, plan.mT, alpha=-1)
    # A constant, which changes nothing, is fixed.
    curvature += a[:, :, None] * a[:, None, :]
    root = torch.linalg.cholesky_ex(curvature).L
    step = torch.cholesky_solve((a - rows)[:, :, None], root)
    step = step * (longest[:, None, None] / step.abs().amax(dim=1, keepdim=True).clamp(min=tiny)).clamp(max=1)
    tried = plan * step.exp()
    v = b / tried.sum(dim=1).clamp(min=tiny)
    return tried * v[:, None, :], v
