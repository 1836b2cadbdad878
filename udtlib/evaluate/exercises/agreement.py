"""When two answers agree, and what to say about one that is wrong without giving the right one away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

__all__ = ["Misconceptions", "agrees", "brief", "diagnose", "difference", "is_open"]

#: A wrong answer that readers often give, or a test for it, and what to tell them.
Misconception = tuple[Any, str]
Misconceptions = Mapping[Any, str] | Sequence[Misconception]


def is_open(given: Any) -> bool:
    """Whether the reader has left the placeholder in place."""
    return given is ... or given is None


def agrees(given: Any, expected: Any, *, tolerance: float | int) -> bool:
    """Whether two answers are the same: equal strings and shapes, and elements within the tolerance."""
    if isinstance(expected, str) or isinstance(given, str):
        same_kind = isinstance(expected, str) and isinstance(given, str)
        return same_kind and given.strip().casefold() == expected.strip().casefold()
    mine, right = as_tensor(given), as_tensor(expected)
    if mine is None or right is None:
        return mine is right and given == expected
    if mine.shape != right.shape:
        return False
    # NaN agrees with nothing; equal infinities agree although their difference is NaN.
    return bool(((mine == right) | ((mine - right).abs() <= tolerance)).all())


def diagnose(given: Any, expected: Any, misconceptions: Misconceptions, *, tolerance: float | int) -> str:
    """The message of the first misconception that the answer looks like, or else what is wrong with it."""
    pairs = misconceptions.items() if isinstance(misconceptions, Mapping) else misconceptions
    for wrong, message in pairs:
        if looks_like(given, wrong, tolerance=tolerance):
            return message
    return difference(given, expected)


def looks_like(given: Any, wrong: Any, *, tolerance: float | int) -> bool:
    """Whether an answer is a known wrong one, or passes the test for it."""
    if not callable(wrong):
        return agrees(given, wrong, tolerance=tolerance)
    try:
        return bool(wrong(given))
    except (TypeError, ValueError, RuntimeError, AttributeError, IndexError):
        return False  # a test written for numbers cannot judge a word or another shape


def difference(given: Any, expected: Any) -> str:
    """What is wrong with an answer, without giving the right one away."""
    mine, right = as_tensor(given), as_tensor(expected)
    if isinstance(expected, str) or right is None:
        return f"{brief(given)} is not it; read the question once more"
    if mine is None:
        kind = "a number" if right.dim() == 0 else f"numbers of shape {tuple(right.shape)}"
        return f"expected {kind}, got {brief(given)}"
    if mine.shape != right.shape:
        return f"expected shape {tuple(right.shape)}, got {tuple(mine.shape)}"
    if not bool(mine.isfinite().all()):
        return "your answer holds NaN or infinity; look for a division by zero or a log of zero"
    if mine.dim() == 0:
        return f"{brief(given)} is too {'large' if mine > right else 'small'}"
    share = float((~torch.isclose(mine, right, atol=1e-5)).double().mean())
    return f"the shape is right, but {share:.0%} of the elements differ"


def as_tensor(value: Any) -> Tensor | None:
    """Numbers as a double-precision tensor, or None where the value is not made of numbers."""
    if isinstance(value, Tensor):
        return value.detach().cpu().double()
    try:
        return torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return None


def brief(value: Any) -> str:
    """A value in at most a few words."""
    if isinstance(value, Tensor):
        return f"{value.item():g}" if value.numel() == 1 else f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = repr(value)
        return text if len(text) <= 60 else text[:57] + "…"
    return f"{value:g}"
