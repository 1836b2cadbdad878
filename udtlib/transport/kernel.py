r"""Sinkhorn's and Newton's steps by matrix products, for as long as exponentials are safe.

With the kernel :math:`K = e^{f^0_i + g^0_j - C_{ij}}` and factors u and v, the plan is
:math:`P = \operatorname{diag}(u) K \operatorname{diag}(v)`, and a step of Sinkhorn's is two products of the kernel
with a vector: :math:`v = b / K^\top u`, :math:`u = a / K v`. How far the rows are off is known from the second
product, so that no step is taken that is not needed.

Where steps gain little, Newton's method takes over (:mod:`udtlib.transport.semidual`). Its steps are few where the
plan is smooth; what they do not finish soon is left to the dense systems of :mod:`udtlib.transport.newton`.
"""

from __future__ import annotations

import math

import numpy as np
import torch

from udtlib.transport.checks import check_cost
from udtlib.transport.factors import Kernel, Point, answered, balanced, fresh
from udtlib.transport.scaling import Solution
from udtlib.transport.semidual import followed
from udtlib.types import Tensor

__all__ = ["approached", "products"]

#: Powers of e as powers of two: :math:`e^t = 2^{t / \log 2}`.
BITS = 1 / math.log(2)
#: Costs, in units of epsilon, from which on even the best kernel would lose most of its entries.
LARGEST_COST = 2000.0
#: Entries of the kernels that are worked on at a time, so that they stay in a CPU's cache.
CACHED = 1_000_000
#: Entries of a problem from which on a call for each costs less than a second pass over all of them.
LARGE = 10_000
#: Steps of Sinkhorn's before Newton's are asked, and the fewest that these would have to save.
FIRST_STEPS, WORTHWHILE = 4, 12


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
        factor = (-BITS / strength[part])[:, None, None]
        exponent = torch.mul(cost[part], factor, out=plan[part])
        kernel = scaled(exponent, low[within], reach[within], a=a[part], b=b[part])
        kernel, point, steps = approached(
            kernel, start=kernel.a.clone(), room=room, iterations=iterations, tolerance=tolerance
        )
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
    """The kernels of a few problems, in place of the costs as exponents of two.

    Powers of two take a third of the time of powers of e; the potentials are those of e.
    """
    f, g = torch.zeros_like(a), torch.zeros_like(b)
    if float(reach.max()) > safe(exponent.dtype):
        # Every row and every column has an entry of one, so that none is empty.
        f = -exponent.amax(dim=2)
        exponent.add_(f[:, :, None])
        g = -exponent.amax(dim=1)
        exponent.add_(g[:, None, :])
    elif bool((low.abs() > 1).any()):
        f = (BITS * low)[:, None].expand_as(a)
        exponent.add_(f[:, :, None])
    return Kernel(entries=exponent.exp2_(), a=a[:, None, :], b=b[:, None, :], f=f / BITS, g=g / BITS)


def safe(dtype: torch.dtype) -> float:
    """A quarter of the exponents there are: no product of a kernel's entry and two factors leaves their range."""
    return -math.log(torch.finfo(dtype).tiny) / 4


def approached(
    kernel: Kernel,
    *,
    start: Tensor,
    room: Tensor,
    iterations: int,
    tolerance: float,
    patient: bool = False,
) -> tuple[Kernel, Point, int]:
    """Sinkhorn's steps from the source's factors while they are quick, then Newton's.

    These end where a system is not solved in time and others could do better, unless the caller is patient.
    """
    point, done, before = answered(kernel, start), 1, [math.inf] * len(kernel.a)
    while done < iterations:
        # As numbers: on a few of them Python is faster than tensors.
        errors = point.error.tolist()
        if all(error <= tolerance for error in errors):
            break
        if done >= FIRST_STEPS and slow(errors, before, tolerance):
            return followed(
                kernel,
                point,
                room=room,
                done=done,
                iterations=iterations,
                tolerance=tolerance,
                patient=patient,
            )
        point, done, before = answered(kernel, balanced(kernel, point)), done + 1, errors
    return kernel, point, done


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
