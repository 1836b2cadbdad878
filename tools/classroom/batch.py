"""Grading many submissions at once, each in its own process, none able to stop the others."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

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
    jobs: Sequence[Job], *, workers: int = 2, report: Callable[[Result], None] = lambda result: None
) -> list[Result]:
    """The results of all jobs, in their order; ``report`` hears of each as it comes."""
    environment_ready()
    context = processes()

    def one(job: Job) -> Result:
        result = grade_apart(job, context=context)
        report(result)
        return result

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(one, jobs))


def grade_apart(job: Job, *, context: Any) -> Result:
    """Grade one job in a process, which is ended if it takes too long."""
    start = time.perf_counter()
    limit = job.limits.total_seconds + job.limits.cell_seconds + GRACE
    process = context.Process(target=grade, args=(job,), daemon=False)
    process.start()
    process.join(limit)
    late = process.is_alive()
    end(process)
    seconds = round(time.perf_counter() - start, 1)
    written = job.folder / RESULT
    if late or not written.exists():
        why = f"took longer than {limit} s" if late else f"ended with status {process.exitcode}"
        return nothing(job, reason=f"not graded: its process {why}", seconds=seconds)
    return Result(**{**json.loads(written.read_text(encoding="utf-8")), "seconds": seconds})


def end(process: BaseProcess) -> None:
    """End a process and its group, if it still runs."""
    if process.is_alive() and process.pid is not None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.join()
