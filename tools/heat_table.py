"""The measured table of the method map: methods against tasks, tinted by how good a value is.

A value stands in its cell as before; its tint, in five steps, only repeats it, so that a pattern can be seen
from afar. Blue is fit and orange alignment, two hues that nearly all eyes tell apart, and the steps differ in
lightness.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

#: Tints, from none to the deepest.
STEPS = 5

LEGEND = (
    '<p class="udt-heat-legend">'
    '<span><i class="fit heat-1"></i><i class="fit heat-2"></i><i class="fit heat-3"></i>'
    '<i class="fit heat-4"></i> <b>fit</b>, the share in the target, in per cent</span> '
    '<span><i class="alignment heat-1"></i><i class="alignment heat-2"></i><i class="alignment heat-3"></i>'
    '<i class="alignment heat-4"></i> <b>alignment</b>, the task’s own score</span> '
    "<span>The stronger the tint, the better: five equal steps, none below 20\u00a0% or 0.2, the strongest "
    "from 80\u00a0% or 0.8.</span></p>"
)


class Cell(NamedTuple):
    """One measured value: its text, where it lies between nothing (0) and perfect (1), and a remark."""

    text: str
    share: float | None
    remark: str = ""


class Line(NamedTuple):
    """A method and, for every task, its fit and its alignment."""

    method: str
    tasks: list[tuple[Cell, Cell]]


def step(share: float) -> int:
    """Which of the tints a share has."""
    return min(max(int(share * STEPS + 1e-9), 0), STEPS - 1)


def cell_html(cell: Cell, question: str) -> str:
    """A cell of the table; a missing value has no tint."""
    tint = "" if cell.share is None else f" heat-{step(cell.share)}"
    remark = f"<small>{escape(cell.remark)}</small>" if cell.remark else ""
    return f'<td class="{question}{tint}">{escape(cell.text)}{remark}</td>'


def heat_table(tasks: list[str], lines: list[Line], caption: str) -> str:
    """The table as Markdown that holds HTML."""
    heads = "".join(f'<th scope="colgroup" colspan="2">{escape(task)}</th>' for task in tasks)
    kinds = '<th scope="col">fit</th><th scope="col">alignment</th>' * len(tasks)
    rows = [
        f'<tr><th scope="row">{escape(line.method)}</th>'
        + "".join(cell_html(fit, "fit") + cell_html(right, "alignment") for fit, right in line.tasks)
        + "</tr>"
        for line in lines
    ]
    return "\n".join(
        [
            "```{raw} html",
            LEGEND,
            '<div class="udt-heat"><table>',
            f"<caption>{escape(caption)}</caption>",
            f"<colgroup></colgroup>{'<colgroup span=2></colgroup>' * len(tasks)}",
            f"<thead><tr><td></td>{heads}</tr><tr><td></td>{kinds}</tr></thead>",
            "<tbody>",
            *rows,
            "</tbody></table></div>",
            "```",
            "",
        ]
    )
