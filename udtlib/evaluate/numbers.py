"""Measured numbers as text: as many digits as the spread supports, and no exponent but a power of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["MISSING", "show_against", "show_bound", "show_number", "show_spread", "show_values"]

#: What stands where nothing was measured.
MISSING = "—"
#: Smaller than this is rounding error of single precision, whatever its digits.
LEAST = 1e-6
#: Smaller numbers than this are shown with a power of ten, and so are larger ones than the second.
SMALL, LARGE = 1e-3, 1e9


def show_values(values: Sequence[float | int] | None) -> str:
    """A measurement: the value, or mean ± standard deviation over the seeds; a dash where there is none.

    The deviation is the one of a sample, with n − 1. NaN is shown as such: it was measured, and it is bad.
    """
    if values is None:
        return MISSING
    mean = sum(values) / len(values)
    if len(values) == 1 or not math.isfinite(mean):
        return show_number(mean)
    return show_spread(mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1)))


def show_number(value: float | int) -> str:
    """Three digits: ``0.983``, ``12.3``, ``1 234``, ``4.3·10⁻⁵``, ``< 10⁻⁶``; a whole number with all of them."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if abs(value) < LEAST:
        return "< 10⁻⁶" if value > 0 else "> −10⁻⁶"
    if not SMALL <= abs(value) < LARGE:
        return scientific(value)
    return fixed(value, 0 if value == int(value) else decimals(value))


def show_spread(mean: float | int, spread: float | int) -> str:
    r"""``2.130 ± 0.004``: the spread to one digit, or to two where it begins with less than 3.55, the mean alike.

    This is how the Particle Data Group rounds. A mean never has more than four digits; a spread that four
    digits do not show is ``< 0.0001``.
    """
    if spread < 0:
        raise ValueError(f"a spread is at least 0, got {spread}; give a deviation")
    largest = max(abs(mean), spread)
    # max() drops NaN, depending on the order.
    if not (math.isfinite(mean) and math.isfinite(spread)):
        return f"{show_number(mean)} ± {show_number(spread)}"
    if spread == 0:
        return f"{show_number(mean)} ± 0"
    if largest < LEAST:
        return show_number(mean if mean else spread)
    if not SMALL <= largest < LARGE:
        power = math.floor(math.log10(largest))
        return f"({show_spread(mean / 10**power, spread / 10**power)})·10{raised(power)}"
    # Below that, ten to this power is zero in floating point.
    first = max(math.floor(math.log10(spread)), -300)
    digits = max((1 if spread / 10**first < 3.55 else 0) - first, 0)
    most = max(3 - math.floor(math.log10(largest)), 0)
    if digits > most and spread < 0.5 * 10**-most:
        return f"{fixed(mean, most)} ± < {fixed(10**-most, most)}"
    digits = min(digits, most)
    return f"{fixed(mean, digits)} ± {fixed(spread, digits)}"


def show_against(value: float | int, *, bounds: Sequence[float | int], near: bool = False) -> str:
    """A number to three digits, or to as many more as its bounds have, so that the text keeps them, too.

    Args:
        value: what was measured.
        bounds: what it is compared with.
        near: whether the bounds are an expected value and its tolerance: one digit more, no zeros at the end.
    """
    if not math.isfinite(value) or value == int(value):
        return show_number(value)
    if abs(value) < SMALL:
        return scientific(value)
    text = fixed(value, max([decimals(value), *(written_decimals(bound) + near for bound in bounds)]))
    return text.rstrip("0").rstrip(".") if near else text


def show_bound(bound: float | int) -> str:
    """A bound as it was written: ``0.99``, ``10⁻⁶``, ``5·10⁻⁷``, ``−0.25``."""
    mantissa, _, exponent = f"{bound:g}".partition("e")
    if not exponent:
        return show_number(bound) if math.isinf(bound) else mantissa.replace("-", "−")
    power = f"10{raised(int(exponent))}"
    return {"1": power, "-1": f"−{power}"}.get(mantissa, f"{mantissa.replace('-', '−')}·{power}")


def decimals(value: float | int) -> int:
    """How many digits after the point show three significant ones."""
    return max(2 - math.floor(math.log10(abs(value))), 0)


def written_decimals(bound: float | int) -> int:
    """How many digits after the point a bound is written with."""
    mantissa, _, exponent = f"{bound:g}".partition("e")
    return max(len(mantissa.partition(".")[2]) - int(exponent or 0), 0)


def fixed(value: float | int, digits: int) -> str:
    """A number with narrow spaces, where no line breaks, between thousands and a true minus sign."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace("-", "−")


def scientific(value: float | int) -> str:
    """Two digits and a power of ten."""
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.replace('-', '−')}·10{raised(int(exponent))}"


def raised(exponent: int) -> str:
    """A whole number as an exponent."""
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
