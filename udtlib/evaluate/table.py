"""Grouped columns as an accessible HTML table that inherits the page's colours, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["ColumnGroup", "table_html"]

#: Colours come from the page (currentColor), so that the table is legible in every theme.
LINE = "1px solid color-mix(in srgb, currentColor 35%, transparent)"
EDGE = f"border-left:{LINE};"
CELL = "padding:.35em .8em;border:0;background:none;white-space:nowrap;"
TABLE = "border-collapse:collapse;width:auto;border:0;font-variant-numeric:tabular-nums"
CAPTION = "caption-side:top;text-align:left;font-weight:600;padding:.3em 0;color:inherit"
SMALL = "font-size:.8em;opacity:.75;margin:.4em 0"


@dataclass(frozen=True, kw_only=True)
class ColumnGroup:
    """Columns under one heading, with the question that they answer."""

    heading: str
    question: str
    names: tuple[str, ...]


def table_html(
    title: str,
    *,
    groups: Sequence[ColumnGroup],
    rows: Mapping[str, Mapping[str, str]],
    footnote: str = "",
) -> str:
    """The table, between the marks that keep measured numbers out of the comparison of stored outputs.

    Args:
        title: the caption.
        groups: the column groups; those without columns are left out.
        rows: the text of every cell, by row and by column name.
        footnote: small print below.
    """
    groups = [group for group in groups if group.names]
    note = f'<p class="udt-provenance" style="{SMALL}">{escape(footnote)}</p>' if footnote else ""
    # A wide table scrolls inside its own region, which the keyboard can reach, and never widens the page.
    return (
        '<!--measured--><div class="udt-report" role="region" tabindex="0" '
        f'aria-label="{escape(title)}" style="overflow-x:auto;margin:1em 0"><table style="{TABLE}">'
        f'<caption style="{CAPTION}">{escape(title)}</caption>'
        f"{head(groups)}{body(groups, rows)}</table>{note}</div><!--/measured-->"
    )


def head(groups: Sequence[ColumnGroup]) -> str:
    """Two rows of headings: the questions, and the names under each."""
    spans = "".join(f'<colgroup span="{len(group.names)}"></colgroup>' for group in groups)
    questions = "".join(
        f'<th scope="colgroup" colspan="{len(group.names)}" style="{CELL}{EDGE}text-align:left">'
        f"{escape(group.heading)}"
        f'<span style="font-weight:400;opacity:.75"> · {escape(group.question)}</span></th>'
        for group in groups
    )
    style = f"{CELL}text-align:right;font-weight:400;border-bottom:{LINE};"
    names = "".join(
        f'<th scope="col" style="{style}{EDGE if name == group.names[0] else ""}">{escape(name)}</th>'
        for group in groups
        for name in group.names
    )
    corner = f"{CELL}text-align:left;vertical-align:bottom;border-bottom:{LINE}"
    return (
        f'<colgroup></colgroup>{spans}<thead><tr><th scope="col" rowspan="2" style="{corner}">system</th>'
        f"{questions}</tr><tr>{names}</tr></thead>"
    )


def body(groups: Sequence[ColumnGroup], rows: Mapping[str, Mapping[str, str]]) -> str:
    """One row of cells for each system."""
    lines = []
    for system, cells in rows.items():
        columns = "".join(
            f'<td style="{CELL}text-align:right;{EDGE if name == group.names[0] else ""}">'
            f"{escape(cells[name])}</td>"
            for group in groups
            for name in group.names
        )
        name = f'<th scope="row" style="{CELL}text-align:left;font-weight:500">{escape(system)}</th>'
        lines.append(f"<tr>{name}{columns}</tr>")
    return f'<tbody style="border-bottom:{LINE}">{"".join(lines)}</tbody>'
