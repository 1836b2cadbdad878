"""Grouped columns as an accessible HTML table that fits its page and takes the page's colours, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from udtlib.evaluate.layout import bands, stands_turned

__all__ = ["ColumnGroup", "table_html"]

#: Colours come from the page (currentColor), so that the table is legible in every theme.
LINE = "1px solid color-mix(in srgb, currentColor 35%, transparent)"
EDGE = f"border-left:{LINE};"
CELL = "padding:.35em .6em;border:0;background:none;"
#: Names break between words, numbers do not.
NAME = f"{CELL}white-space:normal;"
NUMBER = f"{CELL}white-space:nowrap;text-align:right;"
TABLE = "border-collapse:collapse;width:auto;border:0;margin:0 0 .8em;font-variant-numeric:tabular-nums"
CAPTION = "caption-side:top;text-align:left;font-weight:600;padding:.3em 0;color:inherit"
SMALL = "font-size:.8em;opacity:.75;margin:.4em 0"


@dataclass(frozen=True, kw_only=True)
class ColumnGroup:
    """Columns under one heading, with the question that they answer, if any."""

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

    Each system has a row, or a column where that makes a narrower table; a table that is too wide both ways stands
    in bands, one below the other.

    Args:
        title: the caption.
        groups: the column groups; those without columns are left out.
        rows: the text of every cell, by row and by column name.
        footnote: small print below.
    """
    groups = [group for group in groups if group.names]
    names = [name for group in groups for name in group.names]
    texts = [[unbroken(cells[name]) for name in names] for cells in rows.values()]
    if stands_turned(list(rows), names, texts):
        tables = turned_tables(groups, rows)
    else:
        tables = upright_tables(groups, rows)
    caption = f'<caption style="{CAPTION}">{escape(title)}</caption>'
    shown = "".join(
        f'<table style="{TABLE}">{"" if index else caption}{inside}</table>'
        for index, inside in enumerate(tables)
    )
    note = f'<p class="udt-provenance" style="{SMALL}">{escape(footnote)}</p>' if footnote else ""
    # On a phone the table scrolls inside its own region, which the keyboard can reach, and never widens the page.
    return (
        '<!--measured--><div class="udt-report" role="region" tabindex="0" '
        f'aria-label="{escape(title)}" style="overflow-x:auto;margin:1em 0">{shown}{note}</div><!--/measured-->'
    )


def upright_tables(groups: Sequence[ColumnGroup], rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """One row for each system, in as many bands of columns as the page asks for."""
    names = [name for group in groups for name in group.names]
    columns = [[name, *(unbroken(cells[name]) for cells in rows.values())] for name in names]
    found = []
    for band in bands(list(rows), columns):
        chosen = {names[index] for index in band}
        part = [
            ColumnGroup(
                heading=group.heading,
                question=group.question,
                names=tuple(name for name in group.names if name in chosen),
            )
            for group in groups
        ]
        part = [group for group in part if group.names]
        found.append(head(part) + body(part, rows))
    return found


def head(groups: Sequence[ColumnGroup]) -> str:
    """Two rows of headings: the questions, and the names under each."""
    spans = "".join(f'<colgroup span="{len(group.names)}"></colgroup>' for group in groups)
    questions = "".join(
        f'<th scope="colgroup" colspan="{len(group.names)}" style="{NAME}{EDGE}text-align:left">'
        f"{question(group)}</th>"
        for group in groups
    )
    style = f"{NAME}text-align:right;vertical-align:bottom;font-weight:400;border-bottom:{LINE};"
    names = "".join(
        f'<th scope="col" style="{style}{EDGE if name == group.names[0] else ""}">{escape(name)}</th>'
        for group in groups
        for name in group.names
    )
    corner = f"{NAME}text-align:left;vertical-align:bottom;border-bottom:{LINE}"
    return (
        f'<colgroup></colgroup>{spans}<thead><tr><th scope="col" rowspan="2" style="{corner}">system</th>'
        f"{questions}</tr><tr>{names}</tr></thead>"
    )


def body(groups: Sequence[ColumnGroup], rows: Mapping[str, Mapping[str, str]]) -> str:
    """One row of cells for each system."""
    lines = []
    for system, cells in rows.items():
        columns = "".join(
            f'<td style="{NUMBER}{EDGE if name == group.names[0] else ""}">{escape(cells[name])}</td>'
            for group in groups
            for name in group.names
        )
        lines.append(f"<tr>{row_heading(system)}{columns}</tr>")
    return f'<tbody style="border-bottom:{LINE}">{"".join(lines)}</tbody>'


def turned_tables(groups: Sequence[ColumnGroup], rows: Mapping[str, Mapping[str, str]]) -> list[str]:
    """One column for each system, and a row for each measure below its question."""
    systems = list(rows)
    names = [name for group in groups for name in group.names]
    columns = [[system, *(unbroken(rows[system][name]) for name in names)] for system in systems]
    found = []
    for band in bands(names, columns):
        chosen = [systems[index] for index in band]
        style = f"{NAME}text-align:right;vertical-align:bottom;font-weight:500;border-bottom:{LINE};"
        heads = "".join(f'<th scope="col" style="{style}">{escape(system)}</th>' for system in chosen)
        corner = f'<th scope="col" style="{NAME}text-align:left;border-bottom:{LINE}">measure</th>'
        bodies = "".join(turned_body(group, {system: rows[system] for system in chosen}) for group in groups)
        found.append(f"<thead><tr>{corner}{heads}</tr></thead>{bodies}")
    return found


def turned_body(group: ColumnGroup, rows: Mapping[str, Mapping[str, str]]) -> str:
    """The measures that answer one question, one below the other."""
    heading = (
        f'<tr><th scope="rowgroup" colspan="{1 + len(rows)}" style="{NAME}text-align:left">'
        f"{question(group)}</th></tr>"
    )
    lines = [
        f"<tr>{row_heading(name)}"
        + "".join(f'<td style="{NUMBER}">{escape(cells[name])}</td>' for cells in rows.values())
        + "</tr>"
        for name in group.names
    ]
    return f'<tbody style="border-bottom:{LINE}">{heading}{"".join(lines)}</tbody>'


def unbroken(text: str) -> str:
    """A number as the layout must count it: its style keeps ``0.983 ± 0.004`` on one line."""
    return text.replace(" ", "\u00a0")


def question(group: ColumnGroup) -> str:
    """A group's heading with its question."""
    asked = f'<span style="font-weight:400;opacity:.75"> · {escape(group.question)}</span>'
    return escape(group.heading) + (asked if group.question else "")


def row_heading(name: str) -> str:
    """The first cell of a row."""
    return f'<th scope="row" style="{NAME}text-align:left;font-weight:500">{escape(name)}</th>'
