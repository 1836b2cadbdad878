"""Reading assignment notebooks: which cells are graded, and which are answers."""

from __future__ import annotations

import codecs
import json
import re
import warnings
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

#: Cells with this tag are for the reader's eyes; the grader does not run them.
FIGURE_TAG = "figure"
SETUP_TAG = "setup"
#: What separates cells in a script: as Jupyter exports one, and as Jupytext and editors write it.
SCRIPT_CELL = re.compile(r"^# (?:%%.*|In\[[^\]]*\]:?)[ \t]*$", re.MULTILINE)
MARKDOWN_CELL = re.compile(r"\[markdown\]")


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
    """The notebook at ``path``, or the one that a Python script was exported from.

    Raises:
        ValueError: it is missing or no notebook of format 4.
    """
    if not path.is_file():
        raise ValueError(f"{path.name} is missing; hand the notebook in under exactly this name")
    try:
        text = decoded(path.read_bytes())
        return script(text) if path.suffix == ".py" else parsed(text)
    except Exception as error:  # nbformat raises many kinds for one thing: this is no notebook
        raise ValueError(
            f"{path.name} cannot be read as a notebook ({type(error).__name__}: {str(error)[:300]})"
        ) from error


def decoded(data: bytes) -> str:
    """Text, whichever mark an editor put in front of it."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding)
    return data.decode("utf-8")


def parsed(text: str) -> Any:
    """The notebook that a text is, in format 4; cells whose source or metadata is missing are taken as empty."""
    raw = json.loads(text)
    if not isinstance(raw, dict) or not isinstance(raw.get("cells", raw.get("worksheets")), list):
        raise ValueError("it has no list of cells")
    for cell in raw.get("cells", []):
        cell.setdefault("metadata", {})
        cell.setdefault("source", "")
        if not isinstance(cell["metadata"], dict):
            cell["metadata"] = {}
    raw.setdefault("metadata", {})
    raw.setdefault("nbformat", 4)
    raw.setdefault("nbformat_minor", 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cells without ids, ids twice: editors leave them so
        return nbformat.reads(json.dumps(raw), as_version=4)


def script(text: str) -> Any:
    """The notebook of a Python script: a cell below each ``# %%`` or ``# In[…]:``, or one cell of all."""
    cells = []
    for piece in SCRIPT_CELL.split(text):
        if MARKDOWN_CELL.match(piece.lstrip()) or not piece.strip():
            continue
        cells.append(nbformat.v4.new_code_cell(piece.strip("\n")))
    return nbformat.v4.new_notebook(cells=cells)


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


def must_run(cell: Any) -> bool:
    """Whether the grader must run this cell."""
    tags = cell.metadata.get("tags", [])
    return role(cell)[0] == "graded" or not (FIGURE_TAG in tags or SETUP_TAG in tags)
