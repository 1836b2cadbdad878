"""Measured numbers as text: three significant digits, and the spread over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["MISSING", "show_values"]

#: What stands where nothing was measured.
MISSING = "—"


def show_values(values: Sequence[float | int] | None) -> str:
    """A measurement: the value, or mean ± standard deviation over the seeds; a dash where there is none.

    The deviation is the one of a sample, with n − 1. NaN is shown as such: it was measured, and it is bad.
    """
    if values is None:
        return MISSING
    if any(math.isnan(value) for value in values):
        return "NaN"
    mean = sum(values) / len(values)
    if len(values) == 1 or not math.isfinite(mean):
        return show_number(mean, digits=decimals(mean))
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    digits = decimals(max(abs(mean), spread))
    return f"{show_number(mean, digits=digits)} ± {show_number(spread, digits=digits)}"


def decimals(value: float) -> int:
    """How many digits after the point show three significant ones, up to four."""
    if value == 0 or not math.isfinite(value):
        return 2
    return min(max(2 - math.floor(math.log10(abs(value))), 0), 4)


def show_number(value: float, *, digits: int) -> str:
    """A number with thin spaces between thousands and a true minus sign."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value != 0 and abs(value) < 0.5 * 10**-digits:
        return f"{value:.1e}".replace("-", "−")
    return f"{value:,.{digits}f}".replace(",", "\u2009").replace("-", "−")
