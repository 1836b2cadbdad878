"""The kinds of exercises that can be checked: a value, a set of letters, a function."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

from torch import Tensor

from udtlib.evaluate.exercises.agreement import (
    Misconceptions,
    agrees,
    brief,
    diagnose,
    difference,
    is_open,
)

__all__ = ["Exercise", "Function", "Letters", "Value", "unchanged"]

#: What is known about an answer: what is wrong with it, nothing, or that there is none yet.
OPEN = None


def unchanged(given: Any) -> Any:
    """The answer as it is."""
    return given


@dataclass(frozen=True)
class Exercise(ABC):
    """The key of one exercise.

    Args:
        title: what was asked for, in a few words; stands in the line that a reader gets.
        praise: a sentence to add to a right answer.
    """

    title: str
    _: KW_ONLY
    praise: str = ""

    @abstractmethod
    def fault(self, given: Any) -> str | None:
        """What is wrong with an answer, without the right one; empty if it is right, None while open."""

    def verdict(self, given: Any) -> str:
        """The line that the reader gets: ``✓ title: praise``, ``✗ title: what is wrong`` or ``○ title…``."""
        fault = self.fault(given)
        if fault is OPEN:
            return f"○ {self.title}: not answered yet"
        if fault:
            return f"✗ {self.title}: {fault}"
        return f"✓ {self.title}" + (f": {self.praise}" if self.praise else "")


@dataclass(frozen=True)
class Value(Exercise):
    """An exercise whose answer is a number, a truth value, a word, numbers or a tensor.

    Args:
        expected: the right answer.
        tolerance: largest absolute difference, in each element, that counts as right.
        misconceptions: ``{wrong answer: message}`` or ``[(wrong answer or predicate, message), …]``; the
            first that matches is told.
    """

    _: KW_ONLY
    expected: Any
    tolerance: float = 1e-6
    misconceptions: Misconceptions = ()

    def fault(self, given: Any) -> str | None:
        if is_open(given):
            return OPEN
        if agrees(given, self.expected, tolerance=self.tolerance):
            return ""
        return diagnose(given, self.expected, self.misconceptions, tolerance=self.tolerance)


@dataclass(frozen=True)
class Letters(Exercise):
    """An exercise that asks which of (a), (b), … hold; order, spaces, commas and capitals do not matter.

    Args:
        expected: the right letters, in their order.
        misconceptions: ``[(predicate of the sorted letters, message), …]``; the first that holds is told.
    """

    _: KW_ONLY
    expected: str
    misconceptions: Misconceptions = ()

    def fault(self, given: Any) -> str | None:
        if is_open(given):
            return OPEN
        chosen = sorted_letters(given)
        if agrees(chosen, self.expected, tolerance=0):
            return ""
        return diagnose(chosen, self.expected, self.misconceptions, tolerance=0)


@dataclass(frozen=True)
class Function(Exercise):
    """An exercise whose answer is a function, tried on a few cases.

    A misconception here is a wrong function with a message: it is told when the reader's function agrees
    with it on every case. A function that returns ``...`` or None, or raises NotImplementedError, is open.

    Args:
        cases: pairs of a tuple of arguments and the right result.
        tolerance: largest absolute difference, in each element, that counts as right.
        misconceptions: pairs of a wrong function and the message for whoever wrote it.
        through: makes the function that is tried of what the reader wrote, for instance one that also looks
            at a gradient; the misconceptions are what it makes, too.

    Raises:
        ValueError: there is no case.
    """

    _: KW_ONLY
    cases: Sequence[tuple[tuple, Any]]
    tolerance: float = 1e-5
    misconceptions: Sequence[tuple[Callable[..., Any], str]] = ()
    through: Callable[[Any], Callable[..., Any]] = unchanged

    def __post_init__(self) -> None:
        if not self.cases:
            raise ValueError(f"the exercise {self.title!r} needs at least one case to try the function on")

    def fault(self, given: Any) -> str | None:
        if is_open(given):
            return OPEN
        function = self.through(given)
        try:
            results = [function(*map(copied, arguments)) for arguments, _ in self.cases]
        except NotImplementedError:
            return OPEN
        except Exception as error:  # the reader's code may fail in any way, and this is where that is told
            return f"your function stopped with {type(error).__name__}: {error}"
        return OPEN if all(map(is_open, results)) else self.diagnosis(results)

    def diagnosis(self, results: Sequence[Any]) -> str:
        """What is wrong with a function that gave these results; nothing if all are right."""
        rights = [right for _, right in self.cases]
        wrong = [
            index
            for index, (result, right) in enumerate(zip(results, rights, strict=True))
            if not agrees(result, right, tolerance=self.tolerance)
        ]
        if not wrong:
            return ""
        for mistaken, message in self.misconceptions:
            guesses = [mistaken(*arguments) for arguments, _ in self.cases]
            pairs = zip(results, guesses, strict=True)
            if all(agrees(mine, its, tolerance=self.tolerance) for mine, its in pairs):
                return message
        arguments, right = self.cases[wrong[0]]
        return f"for the arguments {', '.join(map(brief, arguments))}, {difference(results[wrong[0]], right)}"


def copied(argument: Any) -> Any:
    """An argument of its own for the reader's function, which may write into it."""
    return argument.clone() if isinstance(argument, Tensor) else argument


def sorted_letters(given: Any) -> Any:
    """``"B, a"``, ``["b", "a"]`` and ``"a and b"`` as ``"ab"``; whatever is not made of words as it is."""
    try:
        words = given if isinstance(given, str) else " ".join(given)
    except TypeError:
        return given
    return "".join(sorted(filter(str.isalpha, set(re.sub(r"\band\b", "", words.lower())))))
