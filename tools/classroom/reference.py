'''Reference submissions: answers whose points are known beforehand, written so that a teacher can read them.

A reference is a Python file. Its docstring says in a few lines what it is and what it costs; below it stands
the code, one part per answer cell that it replaces, each under a line ``# %% ID OF THE ANSWER CELL``; the other
answers are the source's own::

    """A loop that never ends costs its own test, and no other.

    loses: generator_saturating 2
    says: ran longer than
    stopped: time
    """

    # %% answer_saturating
    def saturating_loss(fake_logit):
        ...

``loses`` lists graded cells with the points lost there, or says ``nothing``. ``says`` (optional) is a phrase that
the message of the first cell that loses points must contain. ``stopped`` (optional) is the word with which the
grader must give its reason for stopping: time, memory, output or kernel.

Wrong answers differ from the solution in a few lines, and are written as such (``classroom/patches.py``).
'''

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

PART = re.compile(r"^# %% (\S+)[ \t]*$", re.MULTILINE)
FIELD = re.compile(r"^(\w+):[ \t]*(.+)$", re.MULTILINE)
KEYS = ("loses", "says", "stopped")
STOPS = ("", "time", "memory", "output", "kernel")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A submission whose points are known.

    Args:
        name: its name in the matrix.
        title: what it is, in a sentence.
        answers: code by the id of the answer cell that it replaces.
        loses: points lost, by graded cell.
        says: a phrase that the first failing test must say.
        stopped: why the grader must stop it, or empty.
    """

    name: str
    title: str
    answers: dict[str, str]
    loses: dict[str, float] = field(default_factory=dict)
    says: str = ""
    stopped: str = ""


def references(folder: Path) -> list[Reference]:
    """All references of a folder, by name."""
    return [parse(path) for path in sorted(folder.glob("*.py"))]


def parse(path: Path) -> Reference:
    """Read a reference file.

    Raises:
        ValueError: it does not follow the format; the message names the file and what is missing.
    """
    text = path.read_text(encoding="utf-8")
    try:
        doc = ast.get_docstring(ast.parse(text)) or ""
    except SyntaxError as error:
        raise ValueError(f"{path.name} is no Python: {error}") from error
    pieces = PART.split(text)[1:]
    answers = {name: code.strip() for name, code in zip(pieces[::2], pieces[1::2], strict=True)}
    reference = described(doc, name=path.stem, where=path.name, answers=answers)
    if not answers:
        raise ValueError(f"{path.name} replaces no answer; put `# %% ID OF AN ANSWER CELL` above its code")
    return reference


def described(text: str, *, name: str, where: str, answers: dict[str, str]) -> Reference:
    """The reference with these answers that ``text`` speaks of: its title, then a line for each field.

    Raises:
        ValueError: the text does not follow the format; the message begins with ``where``.
    """
    title, _, rest = text.partition("\n")
    fields = dict(FIELD.findall(rest))
    if unknown := sorted(set(fields) - set(KEYS)):
        raise ValueError(f"{where} has a line {unknown[0]!r} in its head; known are: {', '.join(KEYS)}")
    if not title or "loses" not in fields:
        raise ValueError(
            f"{where} needs a head: a sentence, then `loses: CELL POINTS, …` or `loses: nothing`"
        )
    if fields.get("stopped", "") not in STOPS:
        words = ", ".join(STOPS[1:])
        raise ValueError(f"{where} is stopped by {fields['stopped']!r}; expected one of: {words}")
    return Reference(
        name=name,
        title=title,
        answers=answers,
        loses=losses(fields["loses"], where=where),
        says=fields.get("says", ""),
        stopped=fields.get("stopped", ""),
    )


def losses(text: str, *, where: str) -> dict[str, float]:
    """The points per graded cell in ``steps_leftovers 2, steps_fresh 2``."""
    if text.strip() == "nothing":
        return {}
    found = {}
    for piece in text.split(","):
        name, _, points = piece.strip().partition(" ")
        try:
            found[name] = float(points)
        except ValueError as error:
            remedy = "expected the id of a graded cell and its points"
            raise ValueError(f"{where} loses {piece.strip()!r}; {remedy}") from error
    return found
