"""Numbers and tables in Markdown, as the generated pages write them."""

from __future__ import annotations

from collections.abc import Iterable

from udtlib.evaluate.layout import bands
from udtlib.evaluate.numbers import MISSING, show_number, show_spread


def number(value: float | None, spread: float | None = None) -> str:
    """A number to the digits that its spread supports: ``0.983 ± 0.004``; a dash where there is none."""
    if value is None:
        return MISSING
    text = show_number(value) if spread is None else show_spread(value, spread)
    return text.replace(" ", "\u00a0")  # no line breaks within a number


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table; cells may hold Markdown but no line break."""
    head = list(header)
    lines = [table_line(head), "|" + "---|" * len(head)]
    return lines + [table_line(row) for row in rows]


def banded(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The table in as many bands of columns as fit, each with the first column."""
    head, cells = list(header), [list(row) for row in rows]
    columns = [[head[k], *(row[k] for row in cells)] for k in range(len(head))]
    parts = []
    for band in bands(columns[0], columns[1:]):
        picked = [0, *(index + 1 for index in band)]
        parts.append(table([head[k] for k in picked], [[row[k] for k in picked] for row in cells]))
    return [line for index, part in enumerate(parts) for line in (["", *part] if index else part)]


def table_line(cells: Iterable[str]) -> str:
    """One line of a table. A bar within a cell, as in |x|, is no border."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
