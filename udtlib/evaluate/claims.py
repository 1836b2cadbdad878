"""Claims of a chapter as cells: a line with the measured value and its bound, or an error where it fails."""

from __future__ import annotations

import math
from typing import SupportsFloat

import numpy as np
from torch import Tensor

from udtlib.evaluate.numbers import show_against, show_bound
from udtlib.numerics.options import check_text, is_truth

__all__ = ["ClaimError", "check"]


class ClaimError(AssertionError):
    """A claim that the measured value does not bear out."""


def check(
    name: str,
    value: SupportsFloat,
    *,
    at_least: float | int | None = None,
    at_most: float | int | None = None,
    equals: float | int | None = None,
    tolerance: float | int = 0.0,
) -> None:
    r"""Print ``✓ coherence 0.994 ≥ 0.99`` when the value keeps every bound, and raise with the value if not.

    .. math:: \text{at\_least} \le v \le \text{at\_most}, \qquad |v - \text{equals}| \le \text{tolerance}

    Other lines are ``✓ share 0.4 ≤ 0.52 ≤ 0.6``, ``✓ pi 3.142 ≈ 3.14 ± 0.01``, ``✓ modes covered = 8``, and
    ``✓ the maps differ`` for ``equals=True``. The measured value is the last number before the last of
    ``≤``, ``≥`` and ``≈``, so that stored outputs can be compared without it (``tests/nbval_sanitize.cfg``).

    Args:
        name: what was measured, in words that can be read alone.
        value: a number, a truth value or a tensor with one element.
        at_least: the smallest value that bears out the claim.
        at_most: the largest value that bears out the claim.
        equals: the value that the claim states.
        tolerance: how far from ``equals`` the value may be.

    Raises:
        ClaimError: the value breaks a bound; a value that is not a number always does.
        ValueError: no bound was given, or the bounds contradict each other.
        TypeError: the value is not one number.
    """
    check_text(name, name="a claim's name")
    for word, bound in (("at_least", at_least), ("at_most", at_most), ("tolerance", tolerance)):
        if is_truth(bound) or (word == "tolerance" and bound and is_truth(equals)):
            raise ValueError(f"check({name!r}): {word}={bound} bounds no truth value; use equals alone")
    at_least, at_most, equals, tolerance = (
        bound
        if bound is None or isinstance(bound, bool | int | float)
        else as_number(f"{name}'s bound", bound)
        for bound in (at_least, at_most, equals, tolerance)
    )
    bounds = {"at_least": at_least, "at_most": at_most, "equals": equals, "tolerance": tolerance}
    claim = claim_text(name, **bounds)
    measured = as_number(name, value)
    # NaN keeps no bound: every comparison with it is false.
    holds = at_least is None or measured >= at_least
    holds = holds and (at_most is None or measured <= at_most)
    # Equality first: the difference of two infinities is not a number.
    holds = holds and (equals is None or measured == equals or abs(measured - equals) <= tolerance)
    if not holds:
        raise ClaimError(f"{name}: measured {measured:.6g}, but the claim is {claim}")
    if equals is not None and not tolerance:
        print(f"✓ {claim}")  # the value is the one that is claimed
        return
    limits = [bound for bound in (equals, tolerance, at_least, at_most) if bound is not None]
    shown = show_against(measured, bounds=limits, near=equals is not None)
    print(f"✓ {name} {claim_text(shown, **bounds)}")


def claim_text(
    name: str,
    *,
    at_least: float | int | None = None,
    at_most: float | int | None = None,
    equals: float | int | None = None,
    tolerance: float | int = 0.0,
) -> str:
    """The claim in symbols: a name, or a number in its place, between bounds; refuses what states nothing."""
    bounds = {"at_least": at_least, "at_most": at_most, "equals": equals, "tolerance": tolerance}
    if at_least is None and at_most is None and equals is None:
        raise ValueError(f"check({name!r}) states nothing; give at_least, at_most or equals")
    if any(bound is not None and math.isnan(bound) for bound in bounds.values()) or tolerance < 0:
        raise ValueError(f"check({name!r}) needs bounds that are numbers and a tolerance ≥ 0, got {bounds}")
    if equals is not None and (at_least is not None or at_most is not None):
        raise ValueError(f"check({name!r}) takes either equals or a range, not both; write two checks")
    if isinstance(equals, bool):
        return name if equals else f"not: {name}"
    if equals is not None and tolerance:
        return f"{name} ≈ {show_bound(equals)} ± {show_bound(tolerance)}"
    if equals is not None:
        return f"{name} = {show_bound(equals)}"
    if tolerance:
        raise ValueError(f"check({name!r}): tolerance belongs to equals; widen at_least or at_most instead")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise ValueError(f"check({name!r}): no value is at least {at_least:g} and at most {at_most:g}")
    low = "" if at_least is None else show_bound(at_least)
    if at_most is None:
        return f"{name} ≥ {low}"
    return f"{low}{' ≤ ' if low else ''}{name} ≤ {show_bound(at_most)}"


def as_number(name: str, value: SupportsFloat) -> float:
    """The value as a Python float; refuses whatever is not exactly one number."""
    # detach: a claim may be about a loss, and torch warns where a number leaves its graph unasked.
    plain = value.detach().cpu() if isinstance(value, Tensor) else value
    if isinstance(value, Tensor) and value.numel() != 1:
        raise TypeError(
            f"{name}: a claim is about one number, got a tensor of shape {tuple(value.shape)}; "
            "reduce it first, by .mean() or .max()"
        )
    if isinstance(value, str | bytes) or np.iscomplexobj(plain):
        raise TypeError(
            f"{name}: a claim is about one real number, got {type(value).__name__} {value!r}; give a float"
        )
    try:
        return float(plain.item() if isinstance(plain, Tensor | np.ndarray) else plain)
    except (TypeError, ValueError, OverflowError) as error:
        shown = f" {value!r}" if not isinstance(value, int) else " of more than 308 digits"
        raise TypeError(
            f"{name}: a claim is about one number, got {type(value).__name__}{shown}; give a float"
        ) from error
