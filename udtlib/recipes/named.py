"""Scores as the rows of results name them until they carry their question: in one dictionary."""

from __future__ import annotations

from udtlib.evaluate.scores import Scores


def plain(scores: Scores) -> dict[str, float]:
    """Every number by its name."""
    return {name: value for _, name, value in scores}


def prefixed(scores: Scores) -> dict[str, float]:
    """Every number by its name behind the question that it answers, if it answers one."""
    return {name if group == "other" else f"{group}: {name}": value for group, name, value in scores}
