"""Checking a reader's answer: praise for a right one, the likely misconception for a wrong one, no exception.

A chapter writes an exercise as three cells: the question, a cell with ``...`` where the answer goes, and
one call of :func:`answer` or :func:`answer_function`. What is printed depends on the answer only, so the
stored output (``○ … not answered yet``) is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import EllipsisType
from typing import Any

import torch
from torch import Tensor

__all__ = ["answer", "answer_function"]

#: A wrong answer that readers often give, or a test for it, and what to tell them.
Misconception = tuple[Any, str]
Misconceptions = Mapping[Any, str] | Sequence[Misconception]


def answer(
    name: str,
    given: Any,
    *,
    expected: Any,
    tolerance: float | int = 1e-6,
    misconceptions: Misconceptions = (),
    praise: str = "",
) -> None:
    """Say whether the reader's answer is right, and if not, which misconception it looks like.

    ``misconceptions`` pairs a wrong answer (a number, a tensor, or a predicate of the answer) with a
    message; the first that matches is told. An answer still left at ``...`` or None is reported as open,
    not as wrong.

    Args:
        name: the exercise, in a few words.
        given: the reader's answer: a number, a truth value, a string, a sequence of numbers or a tensor.
        expected: the right answer.
        tolerance: largest absolute difference, in each element, that counts as right.
        misconceptions: ``{wrong answer: message}`` or ``[(wrong answer or predicate, message), …]``.
        praise: a sentence to add to a right answer.
    """
    if is_open(given):
        print(f"○ {name}: not answered yet")
        return
    if agrees(given, expected, tolerance=tolerance):
        print(f"✓ {name}" + (f": {praise}" if praise else ""))
        return
    print(f"✗ {name}: {diagnose(given, expected, misconceptions, tolerance=tolerance)}")


def answer_function(
    name: str,
    function: Callable[..., Any] | EllipsisType | None,
    *,
    cases: Sequence[tuple[tuple, Any]],
    tolerance: float | int = 1e-5,
    misconceptions: Sequence[tuple[Callable[..., Any], str]] = (),
    praise: str = "",
) -> None:
    """Say whether the reader's function is right on every case, or else which wrong function it looks like.

    A misconception here is a wrong function with a message: it is told when the reader's function agrees
    with it on every case. A function that returns ``...`` or None, or raises NotImplementedError, is
    reported as open.

    Args:
        name: the exercise, in a few words.
        function: what the reader wrote.
        cases: pairs of a tuple of arguments and the right result.
        tolerance: largest absolute difference, in each element, that counts as right.
        misconceptions: pairs of a wrong function and the message for whoever wrote it.
        praise: a sentence to add to a right answer.
    """
    if not cases:
        raise ValueError(f"answer_function({name!r}) needs at least one case to try the function on")
    if is_open(function):
        print(f"○ {name}: not answered yet")
        return
    try:
        results = [function(*arguments) for arguments, _ in cases]
    except NotImplementedError:
        print(f"○ {name}: not answered yet")
        return
    except Exception as error:  # the reader's code may fail in any way, and this is where that is told
        print(f"✗ {name}: your function stopped with {type(error).__name__}: {error}")
        return
    if all(is_open(result) for result in results):
        print(f"○ {name}: not answered yet")
        return
    reason = diagnose_function(results, cases, misconceptions, tolerance=tolerance)
    print(f"✗ {name}: {reason}" if reason else f"✓ {name}" + (f": {praise}" if praise else ""))


def diagnose_function(
    results: Sequence[Any],
    cases: Sequence[tuple[tuple, Any]],
    misconceptions: Sequence[tuple[Callable[..., Any], str]],
    *,
    tolerance: float | int,
) -> str:
    """What is wrong with a function that gave these results; nothing if all are right."""
    wrong = [
        index
        for index, (result, (_, right)) in enumerate(zip(results, cases, strict=True))
        if not agrees(result, right, tolerance=tolerance)
    ]
    if not wrong:
        return ""
    for mistaken, message in misconceptions:
        guesses = [mistaken(*arguments) for arguments, _ in cases]
        if all(agrees(mine, its, tolerance=tolerance) for mine, its in zip(results, guesses, strict=True)):
            return message
    arguments, right = cases[wrong[0]]
    return f"for the arguments {', '.join(map(brief, arguments))}, {difference(results[wrong[0]], right)}"


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
