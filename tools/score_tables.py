"""A table of one experiment's scores for a page of its own: chosen measures under plainer headings."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bias_pages import Result, cell_of, systems_of
from page_tables import number, table

from udtlib.evaluate.numbers import MISSING

#: A heading, the question, and the measure's name.
Column = tuple[str, str, str]


def score_table(result: Result, columns: Sequence[Column], *, by_start: Collection[str] = ()) -> list[str]:
    """A line for every system; measures of ``by_start`` are told start by start, others as mean and spread."""
    lines = [
        [system, *(shown(cell_of(result, system, *column[1:]), by_start) for column in columns)]
        for system in systems_of(result)
    ]
    return table(["", *(heading for heading, *_ in columns)], lines)


def shown(cell: Result | None, by_start: Collection[str]) -> str:
    """A measurement: its mean and spread, or the value of each start where they differ."""
    if cell is None:
        return MISSING
    values = [number(value) for value in cell["values"]]
    if len(set(values)) == 1:
        return values[0]
    return ", ".join(values) if cell["metric"] in by_start else number(cell["mean"], cell["std"])
