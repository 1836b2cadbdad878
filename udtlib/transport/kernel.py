r"""Sinkhorn's and Newton's steps by matrix products, for as long as exponentials are safe.

With the kernel :math:`K = e^{f^0_i + g^0_j - C_{ij}}` and factors u and v, the plan is
:math:`P = \operatorname{diag}(u) K \operatorname{diag}(v)`, and a step of Sinkhorn's is two products of the kernel
with a vector: :math:`v = b / K^\top u`, :math:`u = a / K v`. How far the rows are off is known from the second
product, so that no step is taken that is not needed.

Where steps gain little, Newton's method takes over on the semi-dual, whose second derivative is never written
down:

.. math:: \bigl(\operatorname{diag}(P\mathbf{1}) - P \operatorname{diag}(b)^{-1} P^\top\bigr) \delta
          = a - P\mathbf{1}, \qquad u \leftarrow u\, e^{\delta},

by conjugate gradients, each of whose steps costs as much as one of Sinkhorn's, or half of that: the direction of a
step need not be exact, so single precision does for it, while the plan and its error are always computed in
the precision that was asked for. They are few where the plan is smooth; what they do not finish soon is left to
the dense systems of :mod:`udtlib.transport.newton`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from udtlib.transport.checks import check_cost
from udtlib.transport.scaling import Solution
from udtlib.types import Tensor

__all__ = ["products"]

#: Costs, in units of epsilon, from which on even the best kernel would lose most of its entries.
LARGEST_COST = 2000.0
#: Entries of the kernels that are worked on at a time, so that they stay in a CPU's cache.
CACHED = 1_000_000
#: Entries of a problem from which on a call for each costs less than a second pass over all of them.
LARGE = 10_000
#: Steps of Sinkhorn's before Newton's are asked, and the fewest that these would have to save.
FIRST_STEPS, WORTHWHILE = 4, 12
#: The most of Newton's steps, and of conjugate gradients within one.
NEWTON_STEPS, GRADIENTS = 30, 60
#: How exactly Newton's system is solved at most and at least, as a share of its right side.
COARSE, FINE = 0.1, 1e-4
#: Entries of a plan in single precision from which on they count.
NOTHING = 1e-18
#: The least positive number of single precision.
TINY = torch.finfo(torch.float32).tiny
#: What keeps the system positive in spite of its rounding, as a share of its diagonal.
POSITIVE = 1e-6
#: Where factors have changed by more than this many units of epsilon, the copy in single precision is made anew.
STALE = 30.0
#: The longest step, in units of epsilon, its smallest share of the promised ascent, and how often it is halved.
LONGEST, ARMIJO, HALVINGS = 20.0, 1e-4, 8


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


def fresh(shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A new array; NumPy asks for large pages, without which to touch one takes longer than to fill it."""
    return torch.from_numpy(np.empty(shape, dtype=np.float32 if dtype == torch.float32 else np.float64))


def paid_by(cost: Tensor, plan: Tensor) -> Tensor:
    """What each plan costs; NumPy's product of two long rows is the faster one."""
    rows, columns = cost.flatten(1)[:, None, :], plan.flatten(1)[:, :, None]
    return torch.from_numpy(np.matmul(rows.numpy(), columns.numpy()))[:, 0, 0]


def products(
    cost: Tensor, strength: Tensor, *, a: Tensor, b: Tensor, iterations: int, tolerance: float
) -> Solution:
    """Every problem's solution as far as products get; what they cannot do has an infinite error.

    Costs are in their own unit and strengths are their epsilons; all weights are positive.

    Raises:
        ValueError: costs that are not finite, which is seen where they are read.
    """
    n, m = cost.shape[1:]
    size = max(1, CACHED // (n * m))
    plan, room = fresh(cost.shape, cost.dtype), fresh((min(size, len(cost)) * n * m,), torch.float32)
    f, g, error = torch.zeros_like(a), torch.zeros_like(b), torch.full_like(strength, math.inf)
    paid, mass, done = torch.zeros_like(strength), torch.ones_like(strength), 0
    for group in torch.arange(len(cost)).split(size):
        low, reach = extent(cost[group[0] : group[-1] + 1], strength[group])
        within = reach <= LARGEST_COST
        if not bool(within.any()):
            continue
        # A slice where it can be: its parts are no copies.
        part = slice(int(group[0]), int(group[-1]) + 1) if bool(within.all()) else group[within]
        exponent = torch.mul(cost[part], (-1 / strength[part])[:, None, None], out=plan[part])
        kernel = scaled(exponent, low[within], reach[within], a=a[part], b=b[part])
        kernel, point, steps = approached(kernel, room=room, iterations=iterations, tolerance=tolerance)
        plan[part] = kernel.entries.mul_(point.u.mT).mul_(point.v)
        f[part] = kernel.f + (point.u / kernel.a).log()[:, 0]
        g[part] = kernel.g + (point.v / kernel.b).log()[:, 0]
        # Summed while they are in the cache.
        paid[part], mass[part] = paid_by(cost[part], kernel.entries), point.sums.sum(dim=(1, 2))
        # A factor that is zero or infinite belongs to no plan.
        sound = f[part].isfinite().all(dim=1) & g[part].isfinite().all(dim=1)
        error[part] = torch.where(sound, point.error, math.inf)
        done = max(done, steps)
    return Solution(f=f, g=g, plan=plan, error=error, iterations=done, paid=paid, mass=mass)


def extent(cost: Tensor, strength: Tensor) -> tuple[Tensor, Tensor]:
    """Each problem's least cost and how far its costs reach above that, in units of epsilon."""
    if cost[0].numel() < LARGE:
        low, high = cost.amin(dim=(1, 2)), cost.amax(dim=(1, 2))
    else:  # one by one in a single pass
        low, high = (torch.stack(ends) for ends in zip(*(one.aminmax() for one in cost), strict=True))
    if not bool((low.isfinite() & high.isfinite()).all()):
        check_cost(cost)
    return low / strength, (high - low) / strength


def scaled(exponent: Tensor, low: Tensor, reach: Tensor, *, a: Tensor, b: Tensor) -> Kernel:
    """The kernels of a few problems, in place of the costs as exponents."""
    f, g = low[:, None].expand_as(a), torch.zeros_like(b)
    if float(reach.max()) > safe(exponent.dtype):
        # Every row and every column has an entry of one, so that none is empty.
        f = -exponent.amax(dim=2)
        exponent.add_(f[:, :, None])
        g = -exponent.amax(dim=1)
        exponent.add_(g[:, None, :])
    elif bool((low.abs() > 1).any()):
        exponent.add_(f[:, :, None])
    else:
        f = torch.zeros_like(a)
    return Kernel(entries=exponent.exp_(), a=a[:, None, :], b=b[:, None, :], f=f, g=g)


def safe(dtype: torch.dtype) -> float:
    """A quarter of the exponents there are: no product of a kernel's entry and two factors leaves their range."""
    return -math.log(torch.finfo(dtype).tiny) / 4


def approached(
    kernel: Kernel, *, room: Tensor, iterations: int, tolerance: float
) -> tuple[Kernel, Point, int]:
    """Sinkhorn's steps while they are quick, then Newton's."""
    point, done, before = answered(kernel, kernel.a.clone()), 1, [math.inf] * len(kernel.a)
    while done < iterations:
        # As numbers: on a few of them Python is faster than tensors.
        errors = point.error.tolist()
        if all(error <= tolerance for error in errors):
            break
        if done >= FIRST_STEPS and slow(errors, before, tolerance):
            return followed(
                kernel, point, room=room, done=done, iterations=iterations, tolerance=tolerance
            )
        point, done, before = answered(kernel, balanced(kernel, point)), done + 1, errors
    return kernel, point, done


def balanced(kernel: Kernel, point: Point) -> Tensor:
    """The source's factors with which the rows meet its weights: Sinkhorn's own step."""
    return point.u * (kernel.a / point.sums.clamp(min=torch.finfo(point.sums.dtype).tiny))


def answered(kernel: Kernel, u: Tensor) -> Point:
    """The target's answer to the source's factors, and what it leaves of the rows."""
    v = kernel.b / kernel.columns(u).clamp_(min=torch.finfo(u.dtype).tiny)
    sums = kernel.rows(v).mul_(u)
    return Point(u=u, v=v, sums=sums, error=(sums - kernel.a).abs().sum(dim=(1, 2)))


def slow(errors: list[float], before: list[float], tolerance: float) -> bool:
    """Whether Sinkhorn's steps, going on as the last one did, would take many more for some problem."""
    for error, last in zip(errors, before, strict=True):
        if error <= tolerance:
            continue
        # Not "error >= last": what is NaN does not fall either.
        falls = error < last < math.inf
        if not falls or math.log(tolerance / error) < WORTHWHILE * math.log(error / last):
            return True
    return False


def followed(
    kernel: Kernel, point: Point, *, room: Tensor, done: int, iterations: int, tolerance: float
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
        if not solved:
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
