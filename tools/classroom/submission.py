"""Grading one submission: rebuild it, run it inside its room, and believe nothing that it says of itself."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from classroom import sandbox
from classroom.inside import Inside, MachineError, Said
from classroom.limits import STOPPED, Limits
from classroom.matching import Rebuilt, Release, rebuilt
from classroom.notebook import graded_cells, must_run, parsed, read, role
from classroom.worlds import Failure, Step, as_python

RESULT = "result.json"
LOG = "grading.log"
#: Pieces of code that must fail. One that passes shows that somebody changed what decides.
CONTROLS = (
    "assert False, 'control'",
    "raise AssertionError('control')",
    "assert 1 + 1 == 3, 'control'",
    "assert 'one' == 'two', 'control'",
    "assert abs(1.0 - 2.0) < 1e-4, 'control'",
    "assert not isinstance(1, int), 'control'",
    "assert all([True, False]), 'control'",
    "assert len('ab') == 3, 'control'",
    "import torch\nassert torch.allclose(torch.zeros(3), torch.ones(3)), 'control'",
    "import torch\nassert torch.equal(torch.zeros(3), torch.ones(3)), 'control'",
    "import torch\nassert (torch.zeros(3) == torch.ones(3)).all(), 'control'",
    "import torch\nassert torch.isfinite(torch.tensor(float('nan'))), 'control'",
    "import torch\nassert (torch.zeros(3) - 1).abs().max() < 1e-4, 'control'",
    "import torch\nassert torch.tensor(1.0).item() == 2.0, 'control'",
    "import math\nassert math.isclose(1.0, 2.0), 'control'",
)
#: What the code of a hand-in has no use for unless it is to look at the tests or to get round them.
SUSPICIOUS = {
    "looks at frames": "_getframe currentframe f_back f_locals f_globals f_code tb_frame gi_frame _current_frames",
    "looks at the names of other functions": "__globals__ __closure__ cell_contents __builtins__ __subclasses__",
    "looks at all objects": "get_objects get_referrers get_referents",
    "traces what runs": "settrace setprofile addaudithook",
    "changes how cells are read": "input_transformers_cleanup input_transformers_post ast_transformers run_cell",
    "defines what being equal means": "__eq__ __ne__ __torch_function__ __torch_dispatch__ __instancecheck__",
    "reaches into memory": "ctypes cffi",
    "ends or starts processes": "_exit kill killpg fork Popen subprocess setsid",
    "looks for files of the course": "assignments udtlib",
}
#: Too common to be told where they are only attributes: a matter of ``import``.
IMPORTED = frozenset(["ctypes", "cffi", "subprocess", "udtlib", "assignments"])


@dataclass(frozen=True, kw_only=True)
class Job:
    """One notebook to grade.

    Args:
        name: the student, or the name of a reference answer.
        assignment: the assignment, which is also the notebook's name.
        notebook: the handed-in file.
        folder: an empty folder that grading may fill.
        release: the released notebook, as text, to rebuild the submission on.
        source: the notebook with the solution and the hidden tests, as text.
        limits: what the submission may use.
        room: where it runs, the best that the system has (``classroom/sandbox.py``).
        problem: why there is nothing to grade, where that is known already.
        notes: what was put right on import.
        patient: whether it is graded once more where it waited long for a processor.
    """

    name: str
    assignment: str
    notebook: Path
    folder: Path
    release: str = field(repr=False)
    source: str = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    room: str = "namespaces"
    problem: str = ""
    notes: tuple[str, ...] = ()
    patient: bool = True

    @property
    def graded(self) -> Path:
        """Where the graded notebook goes, with hidden tests: it is the teacher's."""
        return self.folder / f"{self.assignment}.ipynb"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a submission got.

    Args:
        name: as in the job.
        scores: points per graded cell.
        errors: the message per graded cell that lost points.
        stopped: why the grader ended the submission or a cell of it, empty where it did not.
        seconds: wall-clock time.
        look: why the teacher should look at it before the points count.
        notes: what was put right, and costs nothing.
        answers: the message of each cell of the student that failed.
        machine: nobody but the machine is to blame, so it is to be graded again.
        unread: there was nothing that could be graded.
    """

    name: str
    scores: dict[str, float]
    errors: dict[str, str]
    stopped: str = ""
    seconds: float = 0.0
    look: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    machine: bool = False
    unread: bool = False

    @property
    def total(self) -> float:
        return sum(self.scores.values())

    @property
    def status(self) -> str:
        """Whether the points count as they are."""
        return "needs a look" if self.look or self.unread else "graded"

    @property
    def counts(self) -> bool:
        """Whether there is a total to write down: what needs a look is never called nothing."""
        return bool(self.total) or self.status == "graded"


def as_result(record: dict[str, Any]) -> Result:
    """A result that was written down."""
    lists = {key: tuple(record.get(key, ())) for key in ("look", "notes")}
    return Result(**{**record, **lists})


def nothing(job: Job, *, reason: str, seconds: float = 0.0, machine: bool = False) -> Result:
    """The result of a submission that could not be graded: no points, and the reason."""
    names = [cell.name for cell in graded_cells(parsed(job.release))]
    return Result(
        name=job.name,
        scores=dict.fromkeys(names, 0.0),
        errors=dict.fromkeys(names, reason),
        stopped=reason,
        seconds=seconds,
        look=(reason,),
        notes=job.notes,
        machine=machine,
        unread=True,
    )


def grade(job: Job, answer: Any) -> None:
    """Grade ``job`` and send its result through ``answer``; the target of a process."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that the batch can end this process together with whatever it started
    sandbox.die_with_parent()
    sandbox.adopt_orphans()
    job.folder.mkdir(parents=True, exist_ok=True)
    with (job.folder / LOG).open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            warnings.simplefilter("ignore")  # nbformat's, about cells without ids
            result = graded(job)
        except ValueError as error:
            print(error)
            result = nothing(job, reason=f"not graded: {error}")
        except Exception as error:  # any failure of one submission becomes its result, never the batch's
            traceback.print_exc()
            blame = isinstance(error, OSError | MachineError | MemoryError)
            result = nothing(job, reason=f"not graded: {error}", machine=blame)
        answer.send(asdict(result))
        answer.close()


def graded(job: Job) -> Result:
    """Rebuild the submission, put the tests back, run it, and read what came out."""
    if job.problem:
        raise ValueError(job.problem)
    release, source = parsed(job.release), parsed(job.source)
    made = rebuilt(read(job.notebook), release, source)
    steps = plan(made.notebook, source=source)
    known = Release(release, source)
    asked = sorted(set(known.owner) | {name for cell in known.names.values() for name in cell})
    scratch = Path(tempfile.mkdtemp(prefix="hand-in-"))
    try:
        inside = Inside(limits=job.limits, room=job.room, asked=asked, scratch=scratch)
        try:
            said = carried_out(steps, inside)
        finally:
            inside.end()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    result = judged(job, steps, said, made=made, inside=inside)
    write_graded(job, made, steps, said)
    return result


def plan(notebook: Any, *, source: Any) -> list[Step]:
    """What runs of a rebuilt notebook, the tests from the teacher's source."""
    secrets = {role(cell)[1]: cell for cell in source.cells if role(cell)[0] == "graded"}
    found = []
    for index, cell in enumerate(notebook.cells):
        kind, name = role(cell)
        if kind == "graded":
            cell = secrets[name]
        if cell.cell_type != "code" or not must_run(cell):
            continue
        points = float(cell.metadata["nbgrader"]["points"]) if kind == "graded" else None
        trusted = kind in ("graded", "locked")
        found.append(
            Step(
                name=name or f"cell {index}",
                kind=kind or "own",
                source=cell.source if trusted else as_python(cell.source),
                points=points,
            )
        )
    return found


def carried_out(steps: Sequence[Step], inside: Inside) -> list[Said]:
    """What became of every step; after each test, and at the end, something runs that must fail."""
    dice = random.SystemRandom()
    said = []
    broken = ""
    tests = [step for step in steps if step.points is not None]
    for step in steps:
        said.append(inside.run(step))
        controls: Sequence[str] = ()
        if step.points is not None:
            controls = CONTROLS if step is tests[-1] else (dice.choice(CONTROLS),)
        for control in controls:
            if inside.reason or broken:
                break
            outcome = inside.run(Step(name=step.name, kind="control", source=control))
            if outcome.failure is None:
                broken = control.rpartition("assert ")[2].partition(",")[0]
    if broken:
        told = ("Tampered", f"a control that must fail has passed: {broken}")
        said = [
            Said(told, each.printed, [*each.flags, told[1]]) if step.points is not None else each
            for step, each in zip(steps, said, strict=True)
        ]
    if inside.reason.startswith("tampering"):
        said = [
            Said((STOPPED, inside.reason), each.printed, [*each.flags, inside.reason])
            if step.points is not None
            else each
            for step, each in zip(steps, said, strict=True)
        ]
    return said


def judged(job: Job, steps: Sequence[Step], said: Sequence[Said], *, made: Rebuilt, inside: Inside) -> Result:
    """Points, messages, and all that the teacher should know."""
    scores: dict[str, float] = {}
    errors: dict[str, str] = {}
    answers: dict[str, str] = {}
    look = list(made.doubts)
    where: dict[str, str] = {}
    for step in steps:
        if step.kind in ("own", "answer"):
            for name in re.findall(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=", step.source, re.MULTILINE):
                where.setdefault(name[0] or name[1], step.name)
    broken = {step.name: each.failure for step, each in zip(steps, said, strict=True) if each.failure}
    for step, each in zip(steps, said, strict=True):
        look += [f"{flag} (in {step.name})" for flag in each.flags]
        if step.points is None:
            if (
                each.failure
                and step.kind in ("own", "answer")
                and "NotImplementedError" not in each.failure[0]
            ):
                answers[step.name] = ": ".join(each.failure)
            continue
        scores[step.name] = 0.0 if each.failure else step.points
        if each.failure:
            errors[step.name] = ": ".join(each.failure)
            missing = re.search(r"name '(\w+)' is not defined", each.failure[1])
            if missing and missing[1] in where:
                cell = where[missing[1]]
                if cell in broken:
                    errors[step.name] += f" (its cell failed: {': '.join(broken[cell] or ())})"
                else:
                    look.append(f"{missing[1]} is defined, but in a cell that runs later")
    for step in steps:
        if step.kind in ("own", "answer"):
            look += [f"{what} (in {step.name})" for what in suspicions(step.source)]
    reasons = [each.failure[1] for each in said if stopped(each.failure)]
    reasons += [
        f"memory: {short(*each.failure)}"
        for each in said
        if each.failure and stopped_by_memory(*each.failure)
    ]
    if not sum(scores.values()) and not made.untouched:
        look.append("it got no points, although something was handed in")
    return Result(
        name=job.name,
        scores=scores,
        errors=errors,
        stopped=reasons[0] if reasons else "",
        look=tuple(dict.fromkeys(look)),
        notes=(*job.notes, *dict.fromkeys(made.notes)),
        answers=answers,
        machine=inside.busy_machine,
    )


def stopped(failure: Failure) -> bool:
    """Whether the grader ended a cell itself."""
    return failure is not None and failure[0] == STOPPED and "not run" not in failure[1]


def suspicions(source: str) -> list[str]:
    """What in a student's code a teacher should look at."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    used: set[str] = set()
    imported: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.FunctionDef):
            used.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
            used.add(node.value)
        elif isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
            used |= {alias.name for alias in node.names}
    found = []
    if "udtlib" in imported | {word.partition(".")[0] for word in used}:
        found.append("takes something from udtlib, where the task is to write it")
    seen = (used - IMPORTED) | imported
    found += [
        f"{what}: {', '.join(sorted(seen & set(words.split())))}"
        for what, words in SUSPICIOUS.items()
        if seen & (set(words.split()) - {"udtlib"})
    ]
    return found


def write_graded(job: Job, made: Rebuilt, steps: Sequence[Step], said: Sequence[Said]) -> None:
    """The graded notebook: what ran, what it printed and how it failed, as text and nothing else."""
    cells: list[Any] = [nbformat.v4.new_markdown_cell("The graded notebook. It contains the hidden tests.")]
    for step, each in zip(steps, said, strict=True):
        cell = nbformat.v4.new_code_cell(f"# {step.kind}: {step.name}\n{step.source}")
        if each.printed:
            cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=visible(each.printed)))
        if each.failure:
            name, text = each.failure
            cell.outputs.append(
                nbformat.v4.new_output(
                    "error", ename=visible(name), evalue=visible(text), traceback=[visible(f"{name}: {text}")]
                )
            )
        cells.append(cell)
    for cell in cells:
        cell.pop("id", None)
    job.folder.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={})
    notebook.nbformat_minor = 4
    job.graded.write_text(json.dumps(notebook, indent=1, ensure_ascii=True), encoding="utf-8")


def visible(text: str) -> str:
    """A text without control characters, which terminals obey."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "�" for letter in text)


def short(name: str, text: str) -> str:
    """An error in one line of a table."""
    return text[:120] or name


def stopped_by_memory(name: str, text: str) -> bool:
    """Whether an error says that memory was refused: Python's own, PyTorch's allocator's, or the system's."""
    return name == "MemoryError" or "can't allocate memory" in text or "Cannot allocate memory" in text
