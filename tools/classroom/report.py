"""The matrix of an assignment, and the tables of points."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from classroom.check import Verdict
from classroom.notebook import Graded
from classroom.submission import Result, visible
from udtlib.data.places import whole_file


def tasks(graded: Iterable[Graded]) -> dict[str, list[str]]:
    """The graded cells of every task, in order."""
    found: dict[str, list[str]] = {}
    for cell in graded:
        found.setdefault(cell.task, []).append(cell.name)
    return found


def matrix(verdicts: Sequence[Verdict], *, graded: Sequence[Graded]) -> str:
    """Rows: submissions; columns: tasks; entries: points expected / points got, or one number where they agree."""
    columns = tasks(graded)
    full = sum(cell.points for cell in graded)
    worth = [points(graded, names) for names in columns.values()]
    rows = [["submission", *columns, "total", "stopped", ""], ["", *worth, f"{full:g}", "", ""]]
    for verdict in verdicts:
        want, got = verdict.case.expected, verdict.result.scores
        pairs = [
            (sum(want[n] for n in names), sum(got.get(n, 0.0) for n in names)) for names in columns.values()
        ]
        pairs.append((sum(want.values()), verdict.result.total))
        name = f"{verdict.case.group}/{verdict.case.name}"
        stopped = verdict.result.stopped.partition(":")[0]
        rows.append([name, *[f"{a:g}/{b:g}" for a, b in pairs], stopped, "ok" if verdict.passed else "WRONG"])
    lines = aligned(rows, numbers=range(1, len(columns) + 2))
    return "\n".join([*lines[:2], "-" * len(lines[0]), *lines[2:]])


def aligned(rows: Sequence[Sequence[str]], *, numbers: range) -> list[str]:
    """The rows as lines, columns of numbers to the right and the others to the left."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    cells = [
        [
            text.rjust(width) if column in numbers else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return ["  ".join(row).rstrip() for row in cells]


def points(graded: Sequence[Graded], names: Sequence[str]) -> str:
    """The points of a task."""
    return f"{sum(cell.points for cell in graded if cell.name in names):g}"


def matrix_record(
    assignment: str, verdicts: Sequence[Verdict], *, graded: Sequence[Graded]
) -> dict[str, Any]:
    """The matrix for programs."""
    return {
        "assignment": assignment,
        "points": {cell.name: cell.points for cell in graded},
        "tasks": tasks(graded),
        "submissions": [
            {
                "group": verdict.case.group,
                "name": verdict.case.name,
                "title": verdict.case.title,
                "expected": verdict.case.expected,
                "got": verdict.result.scores,
                "stopped": verdict.result.stopped,
                "passed": verdict.passed,
                "complaints": list(verdict.complaints),
                "seconds": verdict.result.seconds,
            }
            for verdict in verdicts
        ],
    }


def write_json(record: Any, path: Path) -> None:
    """Write ``record`` for people and programs, whole or not at all."""
    with whole_file(path) as scratch:
        scratch.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_csv(results: Sequence[Result], path: Path, *, assignment: str, graded: Sequence[Graded]) -> Path:
    """One line per submission: the total, the points of every graded cell, and why points were lost, task by task.

    Where there is nothing to count the total stays empty: what needs a look is never called nothing.

    The file is written whole or not at all. Where its place has become unfit since grading began, which takes
    hours, the table goes to a folder for temporary files instead.

    Returns:
        Where it was written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as scratch:
            write_table(results, scratch, assignment=assignment, graded=graded)
    except OSError as error:
        kept = Path(tempfile.mkdtemp(prefix="grades-")) / path.name
        write_table(results, kept, assignment=assignment, graded=graded)
        print(f"{path} cannot be written ({error}); the points are in {kept}: copy them", file=sys.stderr)
        return kept
    return path


def write_table(results: Sequence[Result], path: Path, *, assignment: str, graded: Sequence[Graded]) -> None:
    """The table itself."""
    full = sum(cell.points for cell in graded)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        names = [cell.name for cell in graded]
        columns = tasks(graded)
        heads = [f"why {task}" for task in columns]
        table.writerow(
            [
                "assignment",
                "student_id",
                "score",
                "max_score",
                *names,
                "status",
                "look",
                "notes",
                *heads,
                "cells that failed",
                "stopped",
            ]
        )
        for result in results:
            cells = [f"{result.scores.get(cell.name, 0.0):g}" if result.counts else "" for cell in graded]
            why = [
                "; ".join(f"{n}: {result.errors[n][:300]}" for n in columns[t] if n in result.errors)
                for t in columns
            ]
            score = f"{result.total:g}" if result.counts else ""
            failed = "; ".join(f"{name}: {text[:300]}" for name, text in result.answers.items())
            about = [
                result.status,
                "; ".join(result.look),
                "; ".join(result.notes),
                *why,
                failed,
                result.stopped,
            ]
            table.writerow(
                [assignment, harmless(result.name), score, f"{full:g}", *cells, *map(harmless, about)]
            )


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, and that stays on its line."""
    line = " ".join(visible(text).split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
