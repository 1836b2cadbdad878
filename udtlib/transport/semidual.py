r"""Newton's method on the semi-dual of entropic problems, by products of a kernel with vectors.

The second derivative is never written down:

.. math:: \bigl(\operatorname{diag}(P\mathbf{1}) - P \operatorname{diag}(b)^{-1} P^\top\bigr) \delta
          = a - P\mathbf{1}, \qquad u \leftarrow u\, e^{\delta},

by conjugate gradients, each of whose steps costs as much as one of Sinkhorn's, or half of that: the direction of a
step need not be exact, so single precision does for it, while the plan and its error are always computed in
the precision that was asked for.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import nn

from udtlib.transport.factors import Kernel, Point, answered, balanced
from udtlib.types import Tensor

__all__ = ["followed"]

#: The most of Newton's steps, and of conjugate gradients within one.
NEWTON_STEPS, GRADIENTS = 30, 60
#: How exactly Newton's system is solved at most and at least, as a share of its right side.
COARSE, FINE = 0.1, 1e-4
#: The longest step, in units of epsilon, its smallest share of the promised ascent, and how often it is halved.
LONGEST, ARMIJO, HALVINGS = 20.0, 1e-4, 8
#: Entries of a plan in single precision from which on they count.
NOTHING = 1e-18
#: The least positive number of single precision.
TINY = torch.finfo(torch.float32).tiny
#: What keeps the system positive in spite of its rounding, as a share of its diagonal.
POSITIVE = 1e-6
#: Where factors have changed by more than this many units of epsilon, the copy in single precision is made anew.
STALE = 30.0


def followed(
    kernel: Kernel,
    point: Point,
    *,
    room: Tensor,
    done: int,
    iterations: int,
    tolerance: float,
    patient: bool,
) -> tuple[Kernel, Point, int]:
    """Newton's steps, until all problems are within the tolerance or the steps become too dear."""
    copy: Tensor | None = None
    for _ in range(NEWTON_STEPS):
        if done >= iterations or bool((point.error <= tolerance).all()):
            break
        if copy is None or not near(point):
            kernel, point = absorbed(kernel, point)
            copy = light(kernel, room)
        limit = min(GRADIENTS, iterations - done)
        step, taken, solved = conjugate_gradients(kernel, copy, point, tolerance=tolerance, limit=limit)
        done += taken
        if done >= iterations:
            break
        point, tried = searched(kernel, point, step)
        done += tried
        if not (solved or patient):
            break
    return kernel, point, min(done, iterations)


def conjugate_gradients(
    kernel: Kernel, copy: Tensor, point: Point, *, tolerance: float, limit: int
) -> tuple[Tensor, int, bool]:
    """Newton's step for the logarithm of the source's factors, as exactly as it pays."""
    first = point.error.clamp(min=torch.finfo(point.error.dtype).tiny)
    # The smaller the error, the better Newton's model of it, and the more of its system's digits count.
    wanted = torch.maximum(first.clamp(min=FINE, max=COARSE), 0.3 * tolerance / first).float()
    # In units of the error, so that no square of a small one is lost.
    rest = ((kernel.a - point.sums) / first[:, None, None]).float()
    u, answer = point.u.float(), (point.v.square() / kernel.b).float()
    diagonal = point.sums.float().clamp_(min=TINY)
    inverse, shifted = 1 / diagonal, (1 + POSITIVE) * diagonal
    step = torch.zeros_like(rest)
    direction = rest * inverse
    square = (rest * direction).sum(dim=2, keepdim=True)
    solved, taken = False, 0
    while taken < limit and not solved:
        taken += 1
        through = torch.bmm(torch.bmm(u * direction, copy).mul_(answer), copy.mT)
        image = (shifted * direction).addcmul_(u, through, value=-1)
        length = square / (direction * image).sum(dim=2, keepdim=True).clamp_(min=TINY)
        step.addcmul_(length, direction)
        rest.addcmul_(length, image, value=-1)
        solved = bool((rest.abs().sum(dim=(1, 2)) <= wanted).all())
        preconditioned = rest * inverse
        new = (rest * preconditioned).sum(dim=2, keepdim=True)
        direction = preconditioned.addcmul_(new / square.clamp_(min=TINY), direction)
        square = new
    return first[:, None, None] * step, taken, solved


def searched(kernel: Kernel, point: Point, step: Tensor) -> tuple[Point, int]:
    """The step, halved until the dual objective rises; Sinkhorn's own where none does."""
    step = step.nan_to_num(0.0, 0.0, 0.0)
    step = step * (LONGEST / step.abs().amax(dim=2, keepdim=True).clamp(min=LONGEST))
    promise = ((kernel.a - point.sums) * step).sum(dim=(1, 2))
    before, rounding = objective(kernel, point), 64 * torch.finfo(step.dtype).eps
    length, best, open_ = torch.ones_like(promise), point, torch.ones_like(promise, dtype=torch.bool)
    for tried in range(1, HALVINGS + 1):
        new = answered(kernel, point.u * (length[:, None, None] * step).exp())
        rise = objective(kernel, new) - before
        # Near the optimum rounding hides the rise, but not that the error falls.
        hidden = (rise.abs() <= rounding * (1 + before.abs())) & (new.error < point.error)
        good = open_ & ((rise >= ARMIJO * length * promise) | hidden)
        best, open_ = new.where(good, best), open_ & ~good
        if not bool(open_.any()):
            return best, tried
        length = length / 2
    return answered(kernel, balanced(kernel, point)).where(open_, best), HALVINGS + 1


def objective(kernel: Kernel, point: Point) -> Tensor:
    r"""The semi-dual objective but for a constant, :math:`\langle a, \log u\rangle + \langle b, \log v\rangle`."""
    return (kernel.a * point.u.log()).sum(dim=(1, 2)) + (kernel.b * point.v.log()).sum(dim=(1, 2))


def absorbed(kernel: Kernel, point: Point) -> tuple[Kernel, Point]:
    """The same plans with the factors as part of the kernel, in place: all factors become one."""
    kernel.entries.mul_(point.u.mT).mul_(point.v)
    f, g = kernel.f + point.u.log()[:, 0], kernel.g + point.v.log()[:, 0]
    ones = replace(point, u=torch.ones_like(point.u), v=torch.ones_like(point.v))
    return replace(kernel, f=f, g=g), ones


def light(kernel: Kernel, room: Tensor) -> Tensor:
    """The kernel in single precision, whose products take half the time; written into the room."""
    entries = room[: kernel.entries.numel()].view_as(kernel.entries).copy_(kernel.entries)
    # What is lost counts for nothing, but numbers near the end of the range make every product ten times slower.
    return nn.functional.threshold_(entries, NOTHING, 0.0)


def near(point: Point) -> bool:
    """Whether factors are so near to one that single precision holds them, and what they multiply."""
    bound = math.exp(STALE)
    # Not "any > bound": a factor that is NaN is not near.
    return all(bool(((part < bound) & (part > 1 / bound)).all()) for part in (point.u, point.v))
