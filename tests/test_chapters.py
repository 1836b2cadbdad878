"""What a reader of a chapter sees: no keys of exercises, claims that can be read alone, no plumbing."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools.fold_cells import HIDDEN, fold, has_words, parsed
from udtlib.evaluate.exercises.answers import chapters

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Arguments that give an exercise away.
KEY_WORDS = {"expected", "misconceptions"}

every_chapter = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def calls(cell: dict[str, Any]) -> list[ast.Call]:
    return [node for node in ast.walk(parsed(source(cell))) if isinstance(node, ast.Call)]


def answered(path: Path) -> list[str]:
    """The names of the exercises that a chapter checks, cell by cell."""
    return [
        call.args[0].value
        for cell in code_cells(path)
        for call in calls(cell)
        if getattr(call.func, "id", "") == "answer"
    ]


def key_words(cell: dict[str, Any]) -> set[str]:
    """Words of a key that a cell gives as arguments, or as names."""
    named = {word.arg for call in calls(cell) for word in call.keywords if word.arg}
    names = {node.id for node in ast.walk(parsed(source(cell))) if isinstance(node, ast.Name)}
    return (named | names) & KEY_WORDS


@every_chapter
def test_no_key_stands_in_a_chapter(path: Path) -> None:
    """Not even in a folded cell: one click would show it, and a download does at once."""
    for cell in code_cells(path):
        assert not key_words(cell), f"{cell['id']}: move the key to udtlib/evaluate/exercises/keys/"


@every_chapter
def test_a_chapter_answers_its_own_exercises_once_each(path: Path) -> None:
    names = answered(path)
    assert sorted(names) == sorted(chapters()[path.stem.partition("_")[2]])
    text = path.read_text(encoding="utf-8")
    for name in names:
        assert f":label: {name}\\n" in text, f"{name} is no exercise of {path.name}"


def test_every_chapter_of_keys_is_a_notebook() -> None:
    assert set(chapters()) == {path.stem.partition("_")[2] for path in NOTEBOOKS}


@every_chapter
def test_a_claim_can_be_read_alone(path: Path) -> None:
    """Each is printed as a line of its own: its words, the value, the bound."""
    for call in (call for cell in code_cells(path) for call in calls(cell)):
        if getattr(call.func, "id", "") == "check":
            words = ast.unparse(call.args[0]).strip("f'\"")
            leans = re.match(r"(and|of|its|their|that|this|these|those|the same|although|how|what)\b", words)
            assert not leans, f"{words!r} leans on the line before it"
            assert not re.search(r"\d$", words), f"{words!r} ends in a number, and the value follows it"


@every_chapter
def test_plumbing_is_folded(path: Path) -> None:
    """Imports, plotting, descriptions and captions: ``python tools/fold_cells.py notebooks/*.ipynb``."""
    book = json.loads(path.read_text(encoding="utf-8"))
    assert fold(book) == book
    for cell in code_cells(path):
        visible = not set(cell["metadata"].get("tags", ())) & HIDDEN
        assert not (visible and has_words(parsed(source(cell)))), f"{cell['id']} describes a picture visibly"
