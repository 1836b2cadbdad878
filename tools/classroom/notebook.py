"""Reading assignment notebooks: which cells are graded, which are answers, and rebuilding a submission."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

#: Cells with this tag are for the reader's eyes; the grader does not run them.
FIGURE_TAG = "figure"


@dataclass(frozen=True, kw_only=True)
class Graded:
    """One graded cell: its nbgrader id, and the points that it is worth."""

    name: str
    points: float

    @property
    def task(self) -> str:
        """The task it belongs to: what stands before the first underscore of its id."""
        return self.name.partition("_")[0]


def read(path: Path) -> Any:
    """The notebook at ``path``.

    Raises:
        ValueError: it is missing or no notebook of format 4.
    """
    if not path.is_file():
        raise ValueError(f"{path.name} is missing; hand the notebook in under exactly this name")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for one thing: this is no notebook
        raise ValueError(
            f"{path.name} cannot be read as a notebook ({type(error).__name__}: {error})"
        ) from error
    return notebook


def role(cell: Any) -> tuple[str, str]:
    """What nbgrader knows of a cell: ``("graded" | "answer" | "locked" | "", id)``."""
    known = cell.metadata.get("nbgrader") or {}
    name = known.get("grade_id", "")
    for key, word in (("grade", "graded"), ("solution", "answer"), ("locked", "locked")):
        if name and known.get(key):
            return word, name
    return "", ""


def graded_cells(notebook: Any) -> list[Graded]:
    """All graded cells, in order."""
    return [
        Graded(name=role(cell)[1], points=float(cell.metadata["nbgrader"]["points"]))
        for cell in notebook.cells
        if role(cell)[0] == "graded"
    ]


def answer_cells(notebook: Any) -> dict[str, str]:
    """The source of every answer cell, by its nbgrader id."""
    return {role(cell)[1]: cell.source for cell in notebook.cells if role(cell)[0] == "answer"}


def with_answers(notebook: Any, answers: Mapping[str, str]) -> Any:
    """A copy of ``notebook`` whose answer cells named in ``answers`` hold that code instead.

    Raises:
        ValueError: an id is not that of an answer cell.
    """
    known = answer_cells(notebook)
    if unknown := sorted(set(answers) - set(known)):
        raise ValueError(f"there is no answer cell {unknown[0]!r}; there are: {', '.join(known)}")
    copy = deepcopy(notebook)
    for cell in copy.cells:
        kind, name = role(cell)
        if kind == "answer" and name in answers:
            cell.source = answers[name]
    return copy


def rebuilt(submission: Any, release: Any) -> Any:
    """The released notebook with the student's answers and own cells put into it.

    Whatever a student did to a test (deleted, doubled, moved, emptied, turned it into text, told Jupyter to
    skip it) is undone, because no cell but the answers and the student's own comes from the submission. Own
    cells stay behind the released cell that they followed, and lose their tags.
    """
    answers: dict[str, str] = {}
    own: dict[str, list[Any]] = {}
    anchor = ""
    for cell in submission.cells:
        kind, name = role(cell)
        if kind == "answer":
            answers.setdefault(name, cell.source)
        if kind:
            anchor = name
        elif cell.cell_type == "code" and not is_released_text(cell, release):
            own.setdefault(anchor, []).append(nbformat.v4.new_code_cell(cell.source))
    known = answer_cells(release)
    whole = with_answers(release, {name: text for name, text in answers.items() if name in known})
    cells = list(own.pop("", []))
    for cell in whole.cells:
        cells.append(cell)
        cells.extend(own.pop(role(cell)[1], []) if role(cell)[1] else [])
    cells.extend(cell for rest in own.values() for cell in rest)
    whole.cells = cells
    return whole


def is_released_text(cell: Any, release: Any) -> bool:
    """Whether the release has this very cell, outside nbgrader's care."""
    return any(not role(other)[0] and other.source == cell.source for other in release.cells)


def must_run(cell: Any) -> bool:
    """Whether the grader must run this cell."""
    return role(cell)[0] == "graded" or FIGURE_TAG not in cell.metadata.get("tags", [])
