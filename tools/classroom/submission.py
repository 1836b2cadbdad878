"""Grading one submission with nbgrader, in a process of its own."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import traceback
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from classroom.limits import STOPPED, Limits, environment
from classroom.notebook import graded_cells, read, rebuilt, role

RESULT = "result.json"
LOG = "nbgrader.log"


@dataclass(frozen=True, kw_only=True)
class Job:
    """One notebook to grade.

    Args:
        name: the student, or the name of a reference answer.
        assignment: the assignment, which is also the notebook's name.
        notebook: the handed-in file.
        folder: an empty folder that grading may fill.
        release: the released notebook, to rebuild the submission on.
        gradebook: nbgrader's database with the tests of this assignment.
        limits: what the submission may use.
    """

    name: str
    assignment: str
    notebook: Path
    folder: Path
    release: Path
    gradebook: Path
    limits: Limits = field(default_factory=Limits)

    @property
    def graded(self) -> Path:
        """Where nbgrader puts the graded notebook."""
        return self.folder / "autograded" / "student" / self.assignment / f"{self.assignment}.ipynb"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a submission got.

    Args:
        name: as in the job.
        scores: points per graded cell.
        errors: the message per graded cell that lost points.
        stopped: why the grader ended the submission or a cell of it, empty where it did not.
        seconds: wall-clock time.
    """

    name: str
    scores: dict[str, float]
    errors: dict[str, str]
    stopped: str = ""
    seconds: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.scores.values())


def nothing(job: Job, *, reason: str, seconds: float = 0.0) -> Result:
    """The result of a submission that could not be graded: no points, and the reason."""
    names = [cell.name for cell in graded_cells(nbformat.read(job.release, as_version=4))]
    return Result(
        name=job.name,
        scores=dict.fromkeys(names, 0.0),
        errors=dict.fromkeys(names, reason),
        stopped=reason,
        seconds=seconds,
    )


def grade(job: Job) -> None:
    """Grade ``job`` and write its result into its folder; the target of a process."""
    if hasattr(os, "setsid"):
        os.setsid()  # so that the batch can end this process together with whatever it started
    job.folder.mkdir(parents=True, exist_ok=True)
    with (job.folder / LOG).open("w", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        try:
            result = graded(job, warm=sys.platform == "linux")
        except Exception as error:  # any failure of one submission becomes its result, never the batch's
            traceback.print_exc()
            result = nothing(job, reason=f"not graded: {error}")
        (job.folder / RESULT).write_text(json.dumps(asdict(result)), encoding="utf-8")


def graded(job: Job, *, warm: bool) -> Result:
    """Rebuild the submission, let nbgrader restore the tests and run it, and read what came out.

    ``warm`` forks the kernel from this process instead of starting a program; it must then be the first thing that
    this process does, and PyTorch must not have computed anything here.
    """
    provisioner = ""
    if warm:
        from classroom.warm import ForkedKernel, offer

        provisioner = offer(ForkedKernel())
    whole = rebuilt(read(job.notebook), read(job.release))
    place = job.folder / "submitted" / "student" / job.assignment
    place.mkdir(parents=True)
    nbformat.write(whole, place / f"{job.assignment}.ipynb")
    shutil.copy(job.gradebook, job.folder / "gradebook.db")
    isolate(job, provisioner=provisioner)
    autograde(job)
    if not job.graded.exists():
        raise RuntimeError(f"nbgrader left no graded notebook, {LOG} says why")
    return read_result(job, read(job.graded))


def isolate(job: Job, *, provisioner: str) -> None:
    """Give this process the environment of a submission, and Jupyter a kernel that limits itself."""
    home = job.folder / "home"
    kept = environment(home=home)
    spec = home / "jupyter" / "kernels" / "classroom"
    spec.mkdir(parents=True)
    limits = {
        "CLASSROOM_MEMORY_MIB": str(job.limits.memory_mib),
        "CLASSROOM_CPU_SECONDS": str(job.limits.total_seconds + 60),
        "CLASSROOM_FILE_MIB": str(job.limits.file_mib),
    }
    launcher = Path(__file__).with_name("kernel.py")
    kernel = {
        "display_name": "Classroom",
        "language": "python",
        "env": limits,
        "argv": [sys.executable, str(launcher), "-f", "{connection_file}"],
    }
    if provisioner:
        kernel["metadata"] = {"kernel_provisioner": {"provisioner_name": provisioner}}
    (spec / "kernel.json").write_text(json.dumps(kernel), encoding="utf-8")
    os.environ.clear()
    os.environ.update(kept)


def autograde(job: Job) -> None:
    """Run nbgrader's own converter in this process."""
    from nbgrader.converters import Autograde
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import Execute
    from traitlets.config import Config

    from classroom.execute import BoundedExecute

    logging.basicConfig(level=logging.WARNING)
    warnings.simplefilter(
        "ignore"
    )  # nbgrader's libraries warn about nbgrader; the kernel has its own filters
    config = Config()
    config.CourseDirectory.root = str(job.folder)
    config.CourseDirectory.course_id = ""
    config.CourseDirectory.assignment_id = job.assignment
    config.CourseDirectory.student_id = "student"
    config.BoundedExecute.kernel_name = "classroom"
    config.BoundedExecute.timeout = job.limits.cell_seconds
    config.BoundedExecute.total_seconds = float(job.limits.total_seconds)
    config.BoundedExecute.output_mib = job.limits.output_mib
    config.BoundedExecute.startup_timeout = 120
    config.BoundedExecute.shutdown_kernel = "immediate"
    # A kernel that ignores an interrupt is the budget's business, and no exception.
    config.BoundedExecute.raise_on_iopub_timeout = False
    # A warning on the error stream is no failed test; nbgrader would count it as one.
    config.IgnorePattern.enabled = True
    config.IgnorePattern.pattern = "(?s).*"
    swapped = [
        BoundedExecute if step is Execute else step for step in Autograde.autograde_preprocessors.default()
    ]
    config.Autograde.autograde_preprocessors = swapped
    try:
        Autograde(coursedir=CourseDirectory(config=config), config=config).start()
    except NbGraderException as error:
        raise RuntimeError(f"nbgrader gave up, {LOG} says why ({error})") from error


def read_result(job: Job, notebook: Any) -> Result:
    """Points, messages and reasons of an autograded notebook, by nbgrader's own rule for points."""
    from nbgrader.utils import determine_grade

    scores: dict[str, float] = {}
    errors: dict[str, str] = {}
    reasons: list[str] = []
    for cell in notebook.cells:
        failures = [output for output in cell.get("outputs", []) if output.output_type == "error"]
        reasons += [
            failure.evalue
            for failure in failures
            if failure.ename == STOPPED and "not run" not in failure.evalue
        ]
        told = [(failure.ename, failure.evalue) for failure in failures]
        reasons += [f"memory: {short(*each)}" for each in told if stopped_by_memory(*each)]
        kind, name = role(cell)
        if kind == "graded":
            scores[name] = float(determine_grade(cell)[0] or 0.0)
            if failures:
                errors[name] = ": ".join(next((each for each in told if each[0] == STOPPED), told[0]))
    return Result(name=job.name, scores=scores, errors=errors, stopped=reasons[0] if reasons else "")


def short(name: str, text: str) -> str:
    """An error in one line of a table."""
    return text[:120] or name


def stopped_by_memory(name: str, text: str) -> bool:
    """Whether an error says that memory was refused: Python's own, or PyTorch's allocator's."""
    return name == "MemoryError" or "can't allocate memory" in text
