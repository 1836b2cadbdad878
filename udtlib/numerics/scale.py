r"""Units in which squares and products stay within a precision's range."""

from __future__ import annotations

import math

__all__ = ["power_of_two"]

#: Sizes whose squares and products no precision minds: they are left as they are.
ORDINARY = (2.0**-40, 2.0**40)


def power_of_two(size: float, *, even: bool = False) -> float:
    r"""The unit in which a number of extraordinary size is near one; one for ordinary sizes, for zero and for NaN.

    .. math:: 2^k \quad\text{with}\quad 2^k \le s < 2^{k+1}

    Dividing by a power of two changes no digit.

    Args:
        size: what is large or small, at least 0.
        even: an even k, so that the unit has an exact root too.
    """
    if not math.isfinite(size) or size == 0 or ORDINARY[0] <= size <= ORDINARY[1]:
        return 1.0
    power = math.frexp(size)[1] - 1
    return math.ldexp(1.0, power - power % 2 if even else power)
