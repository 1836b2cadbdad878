r"""Who is nearer than whom, exactly, at the price of a matrix product.

Where distances are compared, a tie must be seen as one, which only distances by differences show
(:func:`~udtlib.evaluate.samples.exact_distances`). In many dimensions those are dear. So all pairs are first
measured by

.. math:: \|x_i - y_j\|^2 = \|x_i\|^2 + \|y_j\|^2 - 2 \langle x_i, y_j \rangle

about the common centre, whose rounding has a bound, and only the pairs that lie within the bound of what they are
compared with are measured by differences. The answers are the same to the bit.
"""

from __future__ import annotations

import torch

from udtlib.evaluate.samples import exact_distances
from udtlib.types import Float, Tensor

__all__ = ["kth_distances", "sides_of"]

#: Coordinates from which on the detour is shorter.
MANY = 48
#: Numbers of the gathered samples that are held at once.
CHUNK = 2**24
EPS = torch.finfo(torch.float64).eps


def kth_distances(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], *, k: int, own: bool = False
) -> Float[Tensor, "n"]:
    """The exact distance of each x from its k-th nearest y; where both are one set, itself is not counted.

    Args:
        x: samples in double precision.
        y: those among which the neighbours are sought, at least k.
        k: which neighbour, from 1 on.
        own: whether y is x.
    """
    if x.shape[1] >= MANY:
        squared, doubt = measured(x, y)
        if own:
            squared.fill_diagonal_(torch.inf)
        last = squared.kthvalue(k, dim=1, keepdim=True).values
        # Whoever may be among the k nearest, whatever the rounding of both was.
        most = int((squared <= last + 2 * doubt.amax(dim=1, keepdim=True)).sum(dim=1).max())
        if 4 * most <= len(y):
            nearest = squared.topk(most, dim=1, largest=False).indices
            rows = max(1, CHUNK // (most * x.shape[1]))
            parts = zip(x.split(rows), nearest.split(rows), strict=True)
            exact = [exact_distances(part[:, None], y[picked])[:, 0] for part, picked in parts]
            return torch.cat(exact).kthvalue(k, dim=1).values
    distances = exact_distances(x, y)
    if own:
        distances.fill_diagonal_(torch.inf)
    return distances.kthvalue(k, dim=1).values


def sides_of(
    bound: Float[Tensor, "rows columns"], x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]
) -> Float[Tensor, "n m"]:
    """Whether each pair is nearer than a distance (-1), exactly as far (0) or farther (1).

    Args:
        bound: the distances, ``(n, 1)`` or ``(1, m)``.
        x: samples in double precision.
        y: likewise.
    """
    if x.shape[1] < MANY:
        return (exact_distances(x, y) - bound).sign()
    squared, doubt = measured(x, y)
    gap = squared - bound.square()
    # What rounding may have decided is decided anew.
    i, j = (gap.abs() <= doubt + 4 * EPS * bound.square()).nonzero(as_tuple=True)
    if 4 * len(i) > gap.numel():
        return (exact_distances(x, y) - bound).sign()
    side, bound, pairs = gap.sign(), bound.expand_as(gap), max(1, CHUNK // x.shape[1])
    for one, other in zip(i.split(pairs), j.split(pairs), strict=True):
        exact = exact_distances(x[one][:, None], y[other][:, None])[:, 0, 0]
        side[one, other] = (exact - bound[one, other]).sign()
    return side


def measured(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]
) -> tuple[Float[Tensor, "n m"], Float[Tensor, "n m"]]:
    r"""Squared distances by a matrix product, and how far they may be from those by differences.

    With :math:`u` half of EPS, centring, the sums over d entries and the differences' own rounding each cost at
    most :math:`(d + 4)\,u\,(\|a\| + \|b\|)^2`, and :math:`(\|a\| + \|b\|)^2 \le 2\|a\|^2 + 2\|b\|^2`.
    """
    centre = torch.cat([x, y]).mean(dim=0)
    a, b = x - centre, y - centre
    size = a.square().sum(dim=1)[:, None] + b.square().sum(dim=1)[None, :]
    rounding = 4 * (x.shape[1] + 4) * EPS
    # The smallest normal number stands for what underflows.
    return size - 2 * a @ b.T, rounding * size + torch.finfo(torch.float64).tiny
