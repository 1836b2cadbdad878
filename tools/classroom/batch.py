"""Grading many submissions at once, each in its own process, none able to stop the others."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from classroom.astray import Walk, walk
from classroom.limits import end
from classroom.submission import RESULT, Job, Result, grade, nothing

#: Seconds a process may take beside the cells of its notebook: to start a kernel, and to write.
GRACE = 180


def processes() -> Any:
    """Fresh processes that need not import nbgrader each time.

    A fork server imports it, and PyTorch, once and forks a clean process per submission; Windows has none.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["nbgrader.converters", "ipykernel.ipkernel", "torch", "torch._dynamo"])
    return context


def environment_ready() -> None:
    """nbgrader calls the command `alembic`: put this interpreter's commands on the path."""
    commands = str(Path(sys.executable).parent)
    if commands not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", "")])


def grade_all(
    jobs: Sequence[Job],
    *,
    walks: Sequence[Walk] = (),
    workers: int = 2,
    report: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """The results of all jobs, in their order, then those of the walks; ``report`` hears of each as it comes."""
    environment_ready()
    context = processes()

    def heard(results: list[Result]) -> list[Result]:
        for result in results:
            report(result)
        return results

    with ThreadPoolExecutor(max_workers=workers) as pool:
        # The walks first, since they take longest: nobody should wait for one of them at the end.
        walked = [
            pool.submit(lambda given: heard(walk_apart(given, context=context)), each) for each in walks
        ]
        graded = [pool.submit(lambda job: heard([grade_apart(job, context=context)]), job) for job in jobs]
        return [result for future in [*graded, *walked] for result in future.result()]


def grade_apart(job: Job, *, context: Any) -> Result:
    """Grade one job in a process, which is ended if it takes too long."""
    start = time.perf_counter()
    limit = job.limits.total_seconds + job.limits.cell_seconds + GRACE
    why = apart(grade, job, limit=limit, context=context)
    seconds = round(time.perf_counter() - start, 1)
    return replace(collected(job, why=why), seconds=seconds)


def walk_apart(given: Walk, *, context: Any) -> list[Result]:
    """Grade the jobs of a walk in one process, which is ended if it takes too long."""
    why = apart(walk, given, limit=given.seconds + GRACE, context=context)
    return [collected(job, why=why) for job in given.jobs]


def apart(target: Callable[[Any], None], given: Any, *, limit: float, context: Any) -> str:
    """Call ``target`` in a process of its own; why that left no result, where it did not."""
    process = context.Process(target=target, args=(given,), daemon=False)
    process.start()
    process.join(limit)
    late = process.is_alive()
    end(process)
    return f"took longer than {limit:g} s" if late else f"ended with status {process.exitcode}"


def collected(job: Job, *, why: str) -> Result:
    """The result that a job's process wrote, or none with the reason."""
    written = job.folder / RESULT
    if not written.exists():
        return nothing(job, reason=f"not graded: its process {why}")
    return Result(**json.loads(written.read_text(encoding="utf-8")))
