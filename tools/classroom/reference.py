'''Reference submissions: answers whose points are known beforehand, written so that a teacher can read them.

A reference is a Python file. Its docstring says in a few lines what is wrong and what that costs; below it stands
the code, one part per answer cell that it replaces, each under a line ``# %% ID OF THE ANSWER CELL``; the other
answers are the source's own::

    """The generator is taught by the discriminator's loss: the fakes are not detached.

    loses: steps_leftovers 2
    says: not detached
    """

    # %% answer_discriminator_step
    def discriminator_step(...):
        ...

``loses`` lists graded cells with the points lost there, or says ``nothing``. ``says`` (optional) is a phrase that
the message of the first cell that loses points must contain. ``stopped`` (optional) is the word with which the
grader must give its reason for stopping: time, memory, output or kernel.
'''

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

PART = re.compile(r"^# %% (\S+)[ \t]*$", re.MULTILINE)
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
    title, _, rest = doc.partition("\n")
    fields = dict(re.findall(r"^(\w+):[ \t]*(.+)$", rest, re.MULTILINE))
    if unknown := sorted(set(fields) - set(KEYS)):
        raise ValueError(
            f"{path.name} has a line {unknown[0]!r} in its docstring; known are: {', '.join(KEYS)}"
        )
    if not title or "loses" not in fields:
        raise ValueError(
            f"{path.name} needs a docstring: a sentence, then `loses: CELL POINTS, …` or `loses: nothing`"
        )
    if fields.get("stopped", "") not in STOPS:
        words = ", ".join(STOPS[1:])
        raise ValueError(f"{path.name} is stopped by {fields['stopped']!r}; expected one of: {words}")
    pieces = PART.split(text)[1:]
    answers = {name: code.strip() for name, code in zip(pieces[::2], pieces[1::2], strict=True)}
    if not answers:
        raise ValueError(f"{path.name} replaces no answer; put `# %% ID OF AN ANSWER CELL` above its code")
    return Reference(
        name=path.stem,
        title=title,
        answers=answers,
        loses=losses(fields["loses"], path=path),
        says=fields.get("says", ""),
        stopped=fields.get("stopped", ""),
    )


def losses(text: str, *, path: Path) -> dict[str, float]:
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
            raise ValueError(f"{path.name} loses {piece.strip()!r}; {remedy}") from error
    return found


def references(folder: Path) -> list[Reference]:
    """All references of a folder, by name."""
    return [parse(path) for path in sorted(folder.glob("*.py"))]
