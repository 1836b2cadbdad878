"""Putting what a student wrote where it belongs, whatever happened to the notebook on the way.

A hand-in is rebuilt on the released notebook: answers and the student's own cells are taken from it, and nothing
else. nbgrader's marks say which cell is which answer. They get lost: a cell is split, copied, retyped, or goes
through an editor that keeps no marks. Then the cell's id decides, then its text, where it is a released one, and
then *what it defines*: a cell that defines ``discriminator_loss`` is the answer that is asked to.

Whatever had to be guessed is noted; where a guess may be wrong, the hand-in needs a look by the teacher.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat

from classroom.notebook import role, with_answers
from classroom.worlds import as_python, bound, bound_by

#: How alike two texts are that are taken for one cell, of which a student changed a number or a word.
ALIKE = 0.85


@dataclass
class Rebuilt:
    """The notebook that is graded.

    Args:
        notebook: the release with the student's answers and own cells.
        notes: what was put right on the way.
        doubts: what may be wrong with it, so that somebody should look.
        untouched: the student changed nothing.
    """

    notebook: Any
    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    untouched: bool = False


@dataclass(eq=False)
class Piece:
    """A code cell of the hand-in: what it is taken for, and the released cell that it follows."""

    source: str
    kind: str
    name: str
    anchor: str
    by: str = "mark"


class Release:
    """What is known of the released notebook."""

    def __init__(self, release: Any, source: Any | None = None) -> None:
        self.notebook = release
        self.kinds = {name: kind for kind, name in map(role, release.cells) if kind}
        self.by_id = {
            cell["id"]: role(cell) if role(cell)[0] else ("text", "")
            for cell in release.cells
            if cell.get("id") and cell.cell_type == "code"
        }
        self.stubs = {role(c)[1]: c.source for c in release.cells if role(c)[0] == "answer"}
        self.names = {name: asked(text) for name, text in self.stubs.items()}
        for cell in source.cells if source is not None else ():
            kind, name = role(cell)
            if kind == "answer" and name in self.names and not self.names[name]:
                self.names[name] = asked(cell.source)
        self.owner = {name: cell for cell, names in self.names.items() for name in names}
        others = [c for c in release.cells if c.cell_type == "code" and role(c)[0] != "answer"]
        self.texts = {normal(cell.source): role(cell) if role(cell)[0] else ("text", "") for cell in others}
        told = [statement for cell in others for statement in statements(cell.source)]
        self.imports = {ast.dump(each) for each in told if isinstance(each, ast.Import | ast.ImportFrom)}
        self.statements = {ast.dump(each) for each in told} - self.imports

    def of(self, cell: Any) -> tuple[str, str, str]:
        """What a cell of a hand-in is: its kind, its name, and by what that was seen."""
        known = cell.metadata.get("nbgrader")
        name = known.get("grade_id", "") if isinstance(known, dict) else ""
        if name in self.kinds:
            return self.kinds[name], name, "mark"
        if cell.cell_type != "code":
            return "", "", ""
        if (cell.get("id") or "") in self.by_id:
            return *self.by_id[cell["id"]], "id"
        text = normal(cell.source)
        if text in self.texts:
            return *self.texts[text], "text"
        if text in {normal(stub) for stub in self.stubs.values()}:
            return "answer", next(name for name, stub in self.stubs.items() if normal(stub) == text), "text"
        if len(text) > 80 and not bound(as_python(cell.source)) & set(self.owner):
            for other, what in self.texts.items():
                if alike(text, other):
                    return *what, "text"
        return "own", "", ""


def asked(source: str) -> set[str]:
    """The functions, classes and values that an answer cell defines."""
    return {name for name in bound(source) if not name.startswith("_")} - {
        alias.asname or alias.name.partition(".")[0]
        for statement in statements(source)
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for alias in statement.names
    }


def normal(source: str) -> str:
    """A text without what editors change."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines() if line.strip())


def alike(one: str, other: str) -> bool:
    """Whether two texts are nearly the same."""
    if not 0.6 < (len(one) + 1) / (len(other) + 1) < 1.6:
        return False
    matcher = difflib.SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def statements(source: str) -> list[ast.stmt]:
    """The statements of some code; none where it is no Python."""
    try:
        return ast.parse(as_python(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def is_python(source: str) -> bool:
    """Whether some code can be parsed."""
    try:
        ast.parse(as_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def is_stub(node: ast.stmt) -> bool:
    """Whether a definition is one that nobody filled in."""
    if isinstance(node, ast.ClassDef):
        methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
        return bool(methods) and any(map(is_stub, methods))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        first = next((each for each in node.body if not is_docstring(each)), None)
        return first is None or (isinstance(first, ast.Raise) and "NotImplementedError" in ast.dump(first))
    return False


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def written(source: str) -> set[str]:
    """The names for which some code has more than a stub."""
    return bound_by([each for each in statements(source) if not is_stub(each)])


def rebuilt(submission: Any, release: Any, source: Any | None = None) -> Rebuilt:
    """The released notebook with the student's answers and own cells put into it.

    Whatever a student did to a test (deleted, doubled, moved, emptied, turned it into text, told Jupyter to
    skip it) is undone, because no cell but the answers and the student's own comes from the submission. Own
    cells stay behind the released cell that they followed, and lose their tags.
    """
    known = Release(release, source)
    made = Rebuilt(notebook=None)
    pieces = joined(list(found(submission, known, made)), known, made)
    answers = {name: [each for each in pieces if each.name == name] for name in known.stubs}
    own = [each for each in pieces if each.kind == "own"]
    for name in known.stubs:
        adopt(name, answers[name], own, known=known, made=made)
    texts = {}
    defined: set[str] = set()
    for name, parts in answers.items():
        mine = set().union(*(written(part.source) for part in parts)) if parts else set()
        if known.names[name] and known.names[name] <= defined and not known.names[name] & mine:
            texts[name] = (
                ""  # a cell of an earlier answer holds this one too: its stub must not come after it
            )
            continue
        defined |= mine
        parts = [part for part in parts if normal(part.source) != normal(known.stubs[name])] or parts
        if len([part for part in parts if written(part.source) & known.names[name]]) > 1:
            twice = set.intersection(*(written(part.source) & known.names[name] for part in parts[:2]))
            if twice and len({normal(part.source) for part in parts}) > 1:
                made.doubts.append(f"{name} is answered more than once; the last counts")
            elif twice:
                parts = parts[-1:]
        if parts:
            text = "\n\n".join(part.source for part in parts)
            texts[name] = without_stubs(text) if len(parts) > 1 or text != known.stubs[name] else text
    whole = with_answers(release, texts)
    after: dict[str, list[Any]] = {}
    for piece in own:
        if piece.source.strip():
            after.setdefault(piece.anchor, []).append(nbformat.v4.new_code_cell(piece.source))
    cells = list(after.pop("", []))
    for cell in whole.cells:
        cells.append(cell)
        cells.extend(after.pop(role(cell)[1], []) if role(cell)[1] else [])
    cells.extend(cell for rest in after.values() for cell in rest)
    whole.cells = cells
    made.notebook = whole
    made.untouched = not own and all(
        normal(text) == normal(known.stubs[name]) for name, text in texts.items()
    )
    lost = [
        name
        for name in known.names
        if known.names[name] and not written(texts.get(name, known.stubs[name])) & known.names[name]
    ]
    if len(lost) == len(known.names) and own and not made.untouched:
        made.doubts.append("no answer was found among its cells")
    return made


def found(submission: Any, known: Release, made: Rebuilt) -> list[Piece]:
    """The code cells that come from the student, each with the released cell that it follows."""
    pieces: list[Piece] = []
    anchor = ""
    marks = any(known.of(cell)[2] == "mark" for cell in submission.cells)
    if not marks:
        made.notes.append(
            "nbgrader's marks are gone from all cells; they were matched by what they say and define"
        )
    for cell in submission.cells:
        kind, name, by = known.of(cell)
        if kind == "answer":
            pieces.append(Piece(source=cell.source, kind=kind, name=name, anchor=anchor, by=by))
            anchor = name
        elif kind in ("graded", "locked"):
            mine = answers_in(cell.source, known) if cell.cell_type == "code" else ""
            if mine:
                made.notes.append(f"an answer stood in the cell of the test {name}")
                pieces.append(Piece(source=mine, kind="own", name="", anchor=anchor))
            anchor = name
        elif kind == "own" and cell.cell_type == "code":
            text = without_released(cell.source, known)
            pieces.append(Piece(source=text, kind="own", name="", anchor=anchor))
    used = {name for piece in pieces for name in read_by(piece.source)}
    for piece in pieces:
        if piece.kind == "own":
            piece.source = without_imports(piece.source, known, used=used)
    return pieces


def answers_in(source: str, known: Release) -> str:
    """The statements of a test's cell that answer something, and are no part of the test."""
    lines = source.splitlines()
    kept = [
        lines[start(each) - 1 : each.end_lineno]
        for each in statements(source)
        if isinstance(each, ast.FunctionDef | ast.ClassDef)
        and each.name in known.owner
        and not is_stub(each)
        and ast.dump(each) not in known.statements
    ]
    return "\n\n".join("\n".join(part) for part in kept)


def without_released(source: str, known: Release) -> str:
    """Some code without the statements of released tests and figures: cells are merged, scripts are one cell."""
    body = statements(source)
    if as_python(source) != source or not body:
        return source
    drop = [each for each in body if ast.dump(each) in known.statements]
    return source if not drop else without_lines(source, drop)


def read_by(source: str) -> set[str]:
    """The names that some code reads."""
    nodes = [node for statement in statements(source) for node in ast.walk(statement)]
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def without_imports(source: str, known: Release, *, used: set[str]) -> str:
    """Some code without what released cells import and nothing of the student's needs: a figure's library."""
    body = statements(source)
    if as_python(source) != source:
        return source
    drop = [each for each in body if ast.dump(each) in known.imports and not bound_by([each]) & used]
    return without_lines(source, drop) if drop else source


def without_stubs(source: str) -> str:
    """An answer without the stubs of what it defines elsewhere."""
    if as_python(source) != source:
        return source
    body = statements(source)
    done = bound_by([each for each in body if not is_stub(each)])
    drop = [each for each in body if is_stub(each) and getattr(each, "name", "") in done]
    return without_lines(source, drop) if drop else source


def without_lines(source: str, drop: Sequence[ast.stmt]) -> str:
    """Some code without these of its statements; those that share a line with another stay."""
    lines = source.splitlines()
    gone = {line for each in drop for line in range(start(each), (each.end_lineno or each.lineno) + 1)}
    left = "\n".join(line for number, line in enumerate(lines, start=1) if number not in gone)
    return left if is_python(left) else source


def start(node: ast.stmt) -> int:
    """The first line of a statement, decorators included."""
    return min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])


def joined(pieces: list[Piece], known: Release, made: Rebuilt) -> list[Piece]:
    """The pieces, with cells that were split in the middle of a statement put together again."""
    result: list[Piece] = []
    for piece in pieces:
        before = result[-1] if result else None
        if (
            before is not None
            and before.kind == "answer"
            and (piece.kind == "own" or piece.name == before.name)
            and piece.anchor in (before.name, before.anchor)
            and piece.source.strip()
            and not (is_python(piece.source) and is_python(before.source))
            and is_python(f"{before.source}\n{piece.source}")
        ):
            before.source = f"{before.source}\n{piece.source}"
            made.notes.append(f"{before.name} was split into several cells")
            continue
        result.append(piece)
    # Three parts or more: none makes sense with its neighbour alone.
    index = 0
    while index < len(result):
        piece = result[index]
        if piece.kind == "answer" and not is_python(piece.source):
            for last in range(index + 2, min(index + 6, len(result)) + 1):
                parts = result[index:last]
                if any(part.kind == "answer" and part.name != piece.name for part in parts):
                    break
                text = "\n".join(part.source for part in parts)
                if is_python(text):
                    piece.source = text
                    del result[index + 1 : last]
                    made.notes.append(f"{piece.name} was split into several cells")
                    break
        index += 1
    return result


def adopt(name: str, parts: list[Piece], own: list[Piece], *, known: Release, made: Rebuilt) -> None:
    """Find the answer that has lost its mark among the student's own cells, with what it needs of them."""
    there = set().union(*(written(part.source) for part in parts)) if parts else set()
    missing = known.names[name] - there
    takers = [each for each in own if written(each.source) & missing]
    if not takers:
        again = [each for each in own if written(each.source) & known.names[name]]
        if again and any(each.anchor in later(name, known) for each in again):
            made.notes.append(f"{name} is defined again in a cell of its own")
        return
    before = set(later(name, known, strictly=False))
    needed = [each for each in needs(takers, own) if each.anchor in before or each in takers]
    for each in needed:
        own.remove(each)
        parts.append(Piece(source=each.source, kind="answer", name=name, anchor=each.anchor, by="names"))
    made.notes.append(f"{name} was found by what it defines, in a cell without its mark")


def later(name: str, known: Release, *, strictly: bool = True) -> list[str]:
    """The released cells from the answer ``name`` on."""
    names = list(known.kinds)
    return names[names.index(name) + (1 if strictly else 0) :]


def needs(takers: list[Piece], own: list[Piece]) -> list[Piece]:
    """These cells and the own cells whose names they use, in the order in which they were handed in."""
    chosen = list(takers)
    waiting = list(takers)
    while waiting:
        used = read_by(waiting.pop().source)
        for each in own:
            if each not in chosen and bound(as_python(each.source)) & used:
                chosen.append(each)
                waiting.append(each)
    return [each for each in own if each in chosen]
