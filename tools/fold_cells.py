"""Folds code that a chapter's reader need not see: imports, plotting, descriptions of pictures.

``python tools/fold_cells.py notebooks/*.ipynb`` gives such cells the tag ``hide-input``, and splits a cell that
teaches and draws into a visible and a folded one. It executes nothing: a cell's stored outputs go with the part
that printed them. Applied twice it changes nothing, and a test asks for that.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import groupby, takewhile
from pathlib import Path
from typing import Any

#: What folds a cell's code, or takes it off the page.
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
#: The words of a picture; no visible cell has them.
WORDS = {"alt", "caption"}
#: Imports that take more lines than this are folded when they stand above other code.
LINES = 3

Cell = dict[str, Any]


def parsed(source: str) -> ast.Module:
    """The code of a cell; a line that begins with % is for IPython, not for Python."""
    lines = source.splitlines()
    return ast.parse("\n".join("" if line.startswith("%") else line for line in lines))


def drawing_names(cells: list[Cell]) -> set[str]:
    """The functions that a chapter imports to draw with."""
    found = set()
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        for node in ast.walk(parsed("".join(cell["source"]))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                ("udtlib.show", "matplotlib")
            ):
                found |= {alias.asname or alias.name for alias in node.names}
    return found


def has_words(node: ast.AST) -> bool:
    """Whether a call in the code describes a picture."""
    return any(isinstance(part, ast.keyword) and part.arg in WORDS for part in ast.walk(node))


def kind(statement: ast.stmt, drawing: set[str]) -> str:
    """``import``, ``picture`` or ``code``."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return "import"
    called = {
        part.func.id
        for part in ast.walk(statement)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    return "picture" if has_words(statement) or called & drawing else "code"


def parts_of(source: str, drawing: set[str]) -> list[tuple[str, bool]]:
    """A cell's code in at most three parts, imports, what teaches, a picture, and whether each is to be folded."""
    body = parsed(source).body
    kinds = [kind(statement, drawing) for statement in body]
    if body and "code" not in kinds:
        return [(source, True)]
    folds = [False] * len(body)
    leading = len(list(takewhile(lambda name: name == "import", kinds)))
    if leading and body[leading - 1].end_lineno - body[0].lineno + 1 > LINES:
        folds[:leading] = [True] * leading
    ending = len(list(takewhile(lambda name: name == "picture", reversed(kinds))))
    if ending and any(map(has_words, body[-ending:])):
        folds[-ending:] = [True] * ending
    lines, parts, start = source.splitlines(), [], 0
    for folded, run in groupby(range(len(body)), key=lambda index: folds[index]):
        *_, last = run
        # a comment belongs to the code below it
        end = len(lines) if last == len(body) - 1 else body[last].end_lineno
        parts.append(("\n".join(lines[start:end]).strip("\n"), folded))
        start = end
    return parts


def split_cell(cell: Cell, drawing: set[str]) -> Iterator[Cell]:
    """The cells that stand in place of one."""
    tags = set(cell["metadata"].get("tags", ()))
    if cell["cell_type"] != "code" or tags & HIDDEN or not "".join(cell["source"]).strip():
        yield cell
        return
    parts = parts_of("".join(cell["source"]), drawing)
    results = [output for output in cell["outputs"] if output["output_type"] == "execute_result"]
    printed = [output for output in cell["outputs"] if output["output_type"] != "execute_result"]
    speaker = max(index for index, (_, folded) in enumerate(parts) if not folded or len(parts) == 1)
    for index, (source, folded) in enumerate(parts):
        part = deepcopy(cell)
        if folded:
            part["metadata"]["tags"] = [*cell["metadata"].get("tags", ()), "hide-input"]
        if len(parts) > 1:
            part["source"] = source.splitlines(keepends=True)
            part["outputs"] = [
                *(printed if index == speaker else ()),
                *(results if index == len(parts) - 1 else ()),
            ]
        # the part that teaches keeps the name
        if len(parts) > 1 and index != speaker:
            part["id"] = f"{cell['id']}-{'imports' if index < speaker else 'picture'}"
        yield part


def fold(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with its plumbing folded; its cells count from one again."""
    drawing = drawing_names(notebook["cells"])
    cells = [part for cell in notebook["cells"] for part in split_cell(deepcopy(cell), drawing)]
    code = (cell for cell in cells if cell["cell_type"] == "code" and cell["execution_count"] is not None)
    for count, cell in enumerate(code, start=1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = count
    return {**notebook, "cells": cells}


def main() -> None:
    """Fold the notebooks that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    for path in parser.parse_args().notebooks:
        text = path.read_text(encoding="utf-8")
        folded = json.dumps(fold(json.loads(text)), indent=1, ensure_ascii=False) + "\n"
        if folded != text:
            path.write_text(folded, encoding="utf-8")
            print(f"folded {path}")


if __name__ == "__main__":
    main()
