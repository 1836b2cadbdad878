"""Numbers and tables in Markdown, as the generated pages write them."""

from __future__ import annotations

from collections.abc import Iterable


def number(value: float | None, spread: float | None = None) -> str:
    """A number to the digits that its spread supports: ``0.983 ± 0.004``; a dash where there is none."""
    if value is None:
        return "–"
    if not spread:
        return f"{value:.4g}"
    digits = max(0, min(6, 1 - int(f"{spread:e}".split("e")[1])))
    return f"{value:.{digits}f} ± {spread:.{digits}f}"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table; cells may hold Markdown but no line break."""
    head = list(header)
    lines = [table_line(head), "|" + "---|" * len(head)]
    return lines + [table_line(row) for row in rows]


def table_line(cells: Iterable[str]) -> str:
    """One line of a table. A bar within a cell, as in |x|, is no border."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
