"""Checking a reader's answer: praise for a right one, the likely misconception for a wrong one, no exception.

A chapter writes an exercise as two cells: the question, and a cell with ``...`` where the answer goes that
ends in one call of :func:`answer`. The right answer and the misconceptions stand in :mod:`.keys`, so that no
page shows them. What is printed depends on the answer only, so the stored output (``○ … not answered yet``)
is the same everywhere.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from udtlib.evaluate.exercises import keys
from udtlib.evaluate.exercises.kinds import Exercise

__all__ = ["answer", "chapters", "key"]


def answer(name: str, *given: Any) -> None:
    """Say whether the reader's answer is right, and if not, which misconception it looks like.

    An answer still left at ``...`` or None is reported as open, not as wrong.

    Args:
        name: the exercise, by its label in the chapter.
        given: the reader's answers, one for each part of the exercise: a number, a truth value, a string, a
            sequence of numbers, a tensor or a function.

    Raises:
        ValueError: there is no such exercise, or it asks for another number of answers.
    """
    parts = key(name)
    if len(parts) != len(given):
        asked = ", ".join(part.title for part in parts)
        raise ValueError(f"{name} asks for {len(parts)} answers ({asked}), got {len(given)}")
    for part, mine in zip(parts, given, strict=True):
        print(part.verdict(mine))


def key(name: str) -> tuple[Exercise, ...]:
    """The key of an exercise, part by part; an unknown name is told which there are in its chapter."""
    found = {label: parts for exercises in chapters().values() for label, parts in exercises.items()}
    if name in found:
        parts = found[name]
        return parts if isinstance(parts, tuple) else (parts,)
    kin = [label for label in found if label.rpartition("-")[0] == name.rpartition("-")[0]]
    which = f"this chapter has {', '.join(kin)}" if kin else f"there are {', '.join(sorted(found))}"
    raise ValueError(f"no exercise is called {name!r}; {which}")


@cache
def chapters() -> dict[str, Mapping[str, Exercise | tuple[Exercise, ...]]]:
    """The keys of all exercises by chapter: the modules of :mod:`.keys`, each with a table ``KEYS``."""
    names = [module.name for module in pkgutil.iter_modules(keys.__path__)]
    return {name: importlib.import_module(f"{keys.__name__}.{name}").KEYS for name in names}
