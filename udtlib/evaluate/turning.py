"""How far two turns are apart, when neither their beginnings nor their directions are known."""

from __future__ import annotations

from typing import NamedTuple

import torch

from udtlib.numerics.inputs import check_axes, check_filled, check_finite
from udtlib.types import Shaped, Tensor

__all__ = ["Turning", "turning"]


class Turning(NamedTuple):
    """What is left between two turns after the best beginning and direction, in degrees."""

    #: mean size of the angles that are left; 90 where all of y are one and the same angle
    left: float
    #: 1 for the same direction, -1 for the opposite one
    direction: int
    #: the angle of y where that of x is zero, from 0 to 360
    offset: float


def turning(x: Shaped[Tensor, "..."], y: Shaped[Tensor, "..."], *, period: float | int = 1.0) -> Turning:
    r"""The angles that no choice of beginning and direction takes away.

    .. math:: \min_{\sigma = \pm 1,\, o} \; \frac1n \sum_i \bigl| y_i - \sigma x_i - o \bigr|_\circ ,

    where :math:`|\cdot|_\circ` is the distance to the nearest multiple of the period. The least over :math:`o` is
    attained where one of the angles left is zero, so that n beginnings are enough. Angles by chance come to less
    than a quarter of a turn, since the best beginning is chosen for them, too: to about 78 degrees for n = 55.

    Args:
        x: shares of a turn.
        y: shares of a turn, in the same order.
        period: 1 for whole turns; 1/2 forgives half a turn, as for a fruit whose two ends look alike.

    Raises:
        ValueError: different numbers of angles, none, one that is not finite, or a period that is not positive.
    """
    for name, angles in (("x", x), ("y", y)):
        check_axes(angles, name=name, words="(angles,)", count=1, remedy="give one angle for each picture")
        check_filled(angles, name=name)
        check_finite(angles, name=name)
    if len(x) != len(y):
        raise ValueError(f"an angle of y for each of x, got {len(x)} of x and {len(y)} of y")
    if not period > 0:
        raise ValueError(f"a period is a positive share of a turn, got {period}")
    x, y = x.double(), y.double()
    found = []
    for direction in (1, -1):
        left = (y - direction * x).remainder(period)
        gaps = (left[:, None] - left[None]).remainder(period)
        means = torch.minimum(gaps, period - gaps).mean(0)
        best = int(means.argmin())
        found.append(Turning(360 * means[best].item(), direction, 360 * left[best].item()))
    return min(found)
