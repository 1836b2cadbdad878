"""Wrong answers: what each changes in the solution, all those of an assignment in one file.

``assignments/wrong/01_gans.diff`` holds entries such as ::

    == missing_detach
    The fakes are not detached: the discriminator's loss leaves a gradient in the generator.
    loses: steps_leftovers 2
    says: not detached
    @@ answer_discriminator_step
    -    fake = generator(z).detach()  # detach: the discriminator must not teach the generator
    +    fake = generator(z)

A name, the misconception in a sentence, and the fields of a reference (``classroom/reference.py``). Then hunks,
each for the answer cell that it names: the lines with ``-`` or a space in front must stand in the solution
together, exactly once, and the lines with ``+`` or a space take their place. Where the solution has changed and no
longer says what a hunk takes away, nothing is guessed: the entry is refused, by name.

Text above the first entry is for the reader.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from classroom.reference import Reference, described

ENTRY = re.compile(r"^== (\S+)[ \t]*$", re.MULTILINE)
HUNK = re.compile(r"^@@ (\S+)[ \t]*$", re.MULTILINE)
#: nbgrader's marks in the source, which are no part of an answer.
MARK = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*$")


@dataclass(frozen=True, kw_only=True)
class Hunk:
    """Lines of one answer cell that make way for others."""

    cell: str
    old: tuple[str, ...]
    new: tuple[str, ...]


def wrong_answers(path: Path, *, solution: Mapping[str, str]) -> list[Reference]:
    """The wrong answers of a file, each applied to the answers of the solution; none where there is no file.

    Raises:
        ValueError: an entry does not follow the format, or does not fit the solution; the message names it.
    """
    if not path.is_file():
        return []
    pieces = ENTRY.split(path.read_text(encoding="utf-8"))[1:]
    found: dict[str, Reference] = {}
    for name, text in zip(pieces[::2], pieces[1::2], strict=True):
        if name in found:
            raise ValueError(f"{path.name} has two entries {name!r}; give one of them another name")
        found[name] = wrong_answer(
            text.strip("\n"), name=name, where=f"{path.name}, {name}", solution=solution
        )
    return list(found.values())


def wrong_answer(text: str, *, name: str, where: str, solution: Mapping[str, str]) -> Reference:
    """The entry ``text``: its head, and the answers that its hunks make of the solution."""
    head, *pieces = HUNK.split(text)
    hunks = [
        hunk(lines, cell=cell, where=where) for cell, lines in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    if not hunks:
        raise ValueError(f"{where} changes nothing; put `@@ ID OF AN ANSWER CELL` above the lines to change")
    answers = {}
    for cell in dict.fromkeys(hunk.cell for hunk in hunks):
        if cell not in solution:
            raise ValueError(f"{where} changes {cell!r}; there are the answers: {', '.join(solution)}")
        mine = [hunk for hunk in hunks if hunk.cell == cell]
        answers[cell] = applied(mine, code=bare(solution[cell]), where=where)
    return described(head.strip("\n"), name=name, where=where, answers=answers)


def hunk(text: str, *, cell: str, where: str) -> Hunk:
    """The lines below a ``@@``."""
    old, new = [], []
    for line in text.strip("\n").split("\n"):
        sign, rest = line[:1] or " ", line[1:]  # an empty line is one of the context: editors strip blanks
        if sign not in "-+ ":
            raise ValueError(f"{where} has the line {line!r} in a hunk; expected -, + or a space in front")
        if sign != "+":
            old.append(rest)
        if sign != "-":
            new.append(rest)
    if old == new:
        raise ValueError(f"{where} has a hunk for {cell} that changes nothing")
    if not any(line.strip() for line in old):
        raise ValueError(f"{where} adds lines to {cell} without saying where; give the line before them")
    return Hunk(cell=cell, old=tuple(old), new=tuple(new))


def bare(code: str) -> str:
    """An answer of the source without nbgrader's marks."""
    return "\n".join(line for line in code.split("\n") if not MARK.match(line))


def applied(hunks: list[Hunk], *, code: str, where: str) -> str:
    """The code with every hunk applied; all are found in the solution itself, and not in what others put there."""
    lines = code.split("\n")
    places = sorted((place(hunk, lines=lines, where=where), hunk.old, hunk.new) for hunk in hunks)
    end = len(lines)
    for start, old, new in reversed(places):
        if start + len(old) > end:
            raise ValueError(
                f"{where} has two hunks for {hunks[0].cell} that change the same line; make them one"
            )
        lines[start : start + len(old)] = new
        end = start
    changed = "\n".join(lines)
    try:
        ast.parse(changed)
    except SyntaxError as error:
        raise ValueError(f"{where} makes no Python of {hunks[0].cell}: {error}\n{changed}") from error
    return changed


def place(hunk: Hunk, *, lines: list[str], where: str) -> int:
    """The line of the solution with which what the hunk takes away begins."""
    size = len(hunk.old)
    starts = [
        start for start in range(len(lines) - size + 1) if tuple(lines[start : start + size]) == hunk.old
    ]
    if len(starts) == 1:
        return starts[0]
    remedy = "give more lines around them" if starts else "the solution has changed, so write the hunk anew"
    raise ValueError(
        f"{where}: its lines occur {len(starts)} times in the solution's {hunk.cell}, expected once; {remedy}:\n"
        + "\n".join(hunk.old)
    )
