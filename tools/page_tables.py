"""Numbers and tables in Markdown, as the generated pages write them."""

from __future__ import annotations

from collections.abc import Iterable

from udtlib.evaluate.numbers import MISSING, show_number, show_spread


def number(value: float | None, spread: float | None = None) -> str:
    """A number to the digits that its spread supports: ``0.983 ± 0.004``; a dash where there is none."""
    if value is None:
        return MISSING
    return show_number(value) if spread is None else show_spread(value, spread)


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table; cells may hold Markdown but no line break."""
    head = list(header)
    lines = [table_line(head), "|" + "---|" * len(head)]
    return lines + [table_line(row) for row in rows]


def table_line(cells: Iterable[str]) -> str:
    """One line of a table. A bar within a cell, as in |x|, is no border."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
