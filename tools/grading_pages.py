"""Measurements on the page about assignments: the changes that tests notice, and a class that was graded."""

from __future__ import annotations

import json
from pathlib import Path

from classroom.mutation import explanations
from page_tables import table
from results_pages import duration

#: What `tools/assignments.py mutants` writes, in the folder of results.
MUTANTS = "assignment-mutants.json"
#: What `benchmarks/killed_batch.py --write` writes, in the folder of results.
CLASS = Path("grading") / "class.json"


def mutants_page(path: Path, *, root: Path) -> str:
    """How many small changes of the reference answers the tests notice, and what became of the others."""
    record = json.loads(path.read_text(encoding="utf-8"))["assignments"] if path.is_file() else {}
    rows = []
    for name, cells in record.items():
        made, killed, told = (
            sum(cell[key] for cell in cells.values()) for key in ("made", "killed", "explained")
        )
        weakest = min(cells, key=lambda cell: share(cells[cell]), default="")
        # Where no answer is behind, none is named.
        behind = weakest and share(cells[weakest]) < 1
        least = f"`{weakest}`, {percent(cells[weakest])}" if behind else "–"
        all_ = percent({"made": made, "killed": killed, "explained": told})
        rows.append([f"`{name}`", str(made), str(killed), str(told), all_, least])
    if not rows:
        return "The table is made by `tools/assignments.py mutants`, and has not been made yet.\n"
    heads = ["Assignment", "Made", "Killed", "Explained", "Share", "The answer with the lowest share"]
    lines = [*table(heads, rows), ""]
    for name, cells in record.items():
        lines += cell_by_cell(name, cells, root=root)
    return "\n".join(lines)


def cell_by_cell(name: str, cells: dict[str, dict[str, int]], *, root: Path) -> list[str]:
    """The answers of one assignment, folded: the numbers of each, and why what survived changes nothing.

    The changes themselves quote the solution, and so they stay where the solution is.
    """
    rows = [
        [f"`{cell}`", *(str(found[key]) for key in ("made", "killed", "explained")), percent(found)]
        for cell, found in cells.items()
    ]
    lines = [f"```{{admonition}} {name}, answer by answer", ":class: dropdown", ""]
    lines += [*table(["Answer", "Made", "Killed", "Explained", "Share"], rows), ""]
    reasons = [(cell, why) for (cell, _), why in explanations(name, root=root).items()]
    for cell, why in dict.fromkeys(reasons):
        times = reasons.count((cell, why))
        lines.append(f"- `{cell}`{f' ({times} changes)' if times > 1 else ''}: {literal(why)}")
    return [*lines, "```", ""]


def literal(text: str) -> str:
    """A sentence in which Markdown marks nothing but code."""
    parts = text.split("`")
    for index in range(0, len(parts), 2):
        for mark in "\\*_$<[":
            parts[index] = parts[index].replace(mark, f"\\{mark}")
    return "`".join(parts)


def share(cell: dict[str, int]) -> float:
    """Killed or explained, of those made."""
    return (cell["killed"] + cell["explained"]) / cell["made"] if cell["made"] else 1.0


def percent(cell: dict[str, int]) -> str:
    """The share in whole per cent, rounded down: 100 % is said of nothing less."""
    return f"{int(100 * share(cell) + 1e-9)}%"


def class_page(path: Path) -> str:
    """What grading a class took that was killed half-way and graded on, in a few sentences."""
    if not path.is_file():
        return "It has not been measured yet; `python benchmarks/killed_batch.py --write` does it.\n"
    seen = json.loads(path.read_text(encoding="utf-8"))
    each = seen["processor_seconds"] / seen["students"]
    lost = seen["lost_seconds"] / seen["seconds"]
    wrong = len(seen["complaints"])
    outcome = (
        "Every student had one line, with the points that are right, nobody was graded twice, and no process was "
        "left behind"
        if not wrong
        else f"**{wrong} things were not as they must be**, which the script names"
    )
    return (
        f"Measured on {seen['date']} with {seen['device']}: {seen['students']} hand-ins of "
        f"`{seen['assignment']}`, copies of the references with {seen['hostile']} hostile ones among them, "
        f"{seen['workers']} at a time. The grader was killed when {seen['kept']} results were on disk, and called "
        f"again. {outcome}. Both calls took {duration(seen['seconds'])} in all, and {each:.1f} seconds of a "
        f"processor for each hand-in; {duration(seen['lost_seconds'])} of it, {lost:.0%}, were lost by the kill: "
        f"what was under way was graded anew, and the grader started a second time.\n"
    )
