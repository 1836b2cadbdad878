"""Grading the wrong answers without a whole run for each: a walk through the solution, which each leaves.

The source's cells run one after the other in a process that has PyTorch already. Before the first cell that a
wrong answer changes, a process is forked that takes this answer in the solution's place and runs what is left,
within limits. What came before is the same for both, and so are its points.

=====================  =====================================================
limit                  enforced by
=====================  =====================================================
seconds per cell       an alarm, which ends the process
seconds in all         the walk, which ends the process
output, size of files  ``RLIMIT_FSIZE``, which ends the process
memory                 ``RLIMIT_DATA``: the cell fails, and the next one runs
=====================  =====================================================

A process that is ended loses the points of the cell that it was in, and of all that follow. This is enough for
answers that stand in the repository. Those that are there to be stopped, and those of students, run in a room of
their own (``classroom/submission.py``).
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

from classroom.limits import STOPPED, Limits, end, environment, restrict_this_process
from classroom.matching import Release
from classroom.notebook import read
from classroom.submission import RESULT, Job, Result, plan, short, stopped_by_memory
from classroom.worlds import Failure, Step, World

OUTPUT = "output.txt"
CELLS = "cells.jsonl"


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Submissions that differ from the solution in a few cells.

    Args:
        source: the notebook with the solution and all tests.
        folder: where the walk may leave what it prints; not there yet.
        jobs: the submissions, at least one.
        brief: whether a submission ends with the first test that it fails; then only that it failed one is right.
    """

    source: Path
    folder: Path
    jobs: Sequence[Job]
    brief: bool = False

    @property
    def seconds(self) -> float:
        """The longest that it may take: every submission until its limit, and as long for the solution."""
        return sum(job.limits.total_seconds for job in self.jobs) + self.jobs[0].limits.total_seconds


def cells(notebook: Path) -> list[Step]:
    """What the grader runs of a notebook that holds all tests, in order."""
    whole = read(notebook)
    return plan(whole, source=whole)


def first_difference(one: Sequence[Step], other: Sequence[Step]) -> int:
    """The index of the first cell that is not the same in both."""
    pairs = enumerate(zip_longest(one, other))
    return next((index for index, (a, b) in pairs if a != b), len(one))


def walk(given: Walk) -> None:
    """Grade the submissions and write a result into the folder of each; the target of a process."""
    os.setsid()
    settle(given.folder)
    variables = environment(home=given.folder / "home")
    os.environ.clear()
    os.environ.update(variables)
    warnings.resetwarnings()
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(1)
    solution = cells(given.source)
    own = [(job, cells(job.notebook)) for job in given.jobs]
    asked = Release(read(given.source)).owner
    world, past = World(asked=frozenset(asked)), dict[str, Failure]()
    for index in range(len(solution) + 1):
        for job, path in own:
            if first_difference(solution, path) == index:
                leave(job, path, at=index, world=world, past=past, brief=given.brief)
        if index < len(solution):
            past[solution[index].name] = within(given.jobs[0].limits, solution[index], world=world)


def settle(folder: Path) -> None:
    """Make ``folder``, and let this process work and print there."""
    folder.mkdir(parents=True)
    os.chdir(folder)
    with (folder / OUTPUT).open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def within(limits: Limits, cell: Step, *, world: World) -> Failure:
    """Run a cell in this process, which ends if it takes too long."""
    signal.alarm(limits.cell_seconds)
    failure = world.run(cell)
    world.guard.flags.clear()
    signal.alarm(0)
    return failure


def leave(
    job: Job,
    path: Sequence[Step],
    *,
    at: int,
    world: World,
    past: dict[str, Failure],
    brief: bool = False,
) -> None:
    """Grade one submission, whose cells are the solution's before ``at``, in a process that is forked here."""
    start = time.perf_counter()
    process = multiprocessing.get_context("fork").Process(
        target=go_astray, args=(job, path[at:], world, brief)
    )
    process.start()
    process.join(job.limits.total_seconds)
    late = process.is_alive()
    end(process)
    reason = why_ended(process.exitcode, late=late, limits=job.limits)
    lines = (job.folder / CELLS).read_text(encoding="utf-8").splitlines()
    result = graded(job, path, failures=past | dict(map(json.loads, lines)), reason=reason)
    record = {**asdict(result), "seconds": round(time.perf_counter() - start, 2)}
    (job.folder / RESULT).write_text(json.dumps(record), encoding="utf-8")


def go_astray(job: Job, path: Sequence[Step], world: World, brief: bool) -> None:
    """Run cells and write down how each ends; the target of a forked process."""
    os.setsid()
    settle(job.folder)
    with (job.folder / CELLS).open("w", encoding="utf-8", buffering=1) as file:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        restrict_this_process(
            memory_mib=job.limits.memory_mib,
            cpu_seconds=job.limits.total_seconds + 60,
            file_mib=job.limits.output_mib,
        )
        for cell in path:
            failure = within(job.limits, cell, world=world)
            print(json.dumps([cell.name, failure]), file=file)
            if brief and failure and cell.points is not None:
                return


def why_ended(exitcode: int | None, *, late: bool, limits: Limits) -> str:
    """The reason for which a process ended before its last cell."""
    if late:
        return f"time: the whole notebook ran longer than {limits.total_seconds} s"
    if exitcode == -signal.SIGALRM:
        return f"time: this cell ran longer than {limits.cell_seconds} s"
    if exitcode == -signal.SIGXFSZ:
        return f"output: more than {limits.output_mib} MiB was printed, or written to a file"
    return "kernel: the code ended its own process"


def graded(job: Job, path: Sequence[Step], *, failures: dict[str, Failure], reason: str) -> Result:
    """Points, messages and the reason for stopping, from how each cell failed; what is missing did not run."""
    scores: dict[str, float] = {}
    errors: dict[str, str] = {}
    stopped: list[str] = []
    missing = False
    for cell in path:
        if cell.name in failures:
            failure = failures[cell.name]
        else:
            told = f"not run, because the process was ended before ({reason})" if missing else reason
            failure, missing = (STOPPED, told), True
            stopped.append(reason)
        if failure and stopped_by_memory(*failure):
            stopped.append(f"memory: {short(*failure)}")
        if cell.points is not None:
            scores[cell.name] = 0.0 if failure else cell.points
            if failure:
                errors[cell.name] = f"{failure[0]}: {failure[1]}"
    return Result(name=job.name, scores=scores, errors=errors, stopped=stopped[0] if stopped else "")
