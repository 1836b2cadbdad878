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
from typing import Any

from classroom.astray import Walk, walk
from classroom.inside import works
from classroom.limits import end
from classroom.sandbox import ROOMS, private_python, rooms
from classroom.submission import RESULT, Job, Result, as_result, grade, nothing

#: Seconds a process may take beside the cells of its notebook: to start, and to write.
GRACE = 180
#: How often a hand-in is graded for which only the machine is to blame.
TRIES = 3
#: What hand-ins import: there from the start where another account could not read it.
COMMON = (
    "abc", "array", "bisect", "calendar", "cmath", "collections", "contextlib", "copy", "csv",
    "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "gc", "glob", "hashlib",
    "heapq", "html", "inspect", "io", "itertools", "json", "logging", "math", "numbers", "numpy",
    "operator", "pathlib", "pickle", "pprint", "queue", "random", "re", "statistics", "string",
    "struct", "tempfile", "textwrap", "time", "timeit", "traceback", "types", "typing", "unittest",
    "uuid", "warnings", "matplotlib.pyplot", "numpy.random", "torch.func", "torch.nn.utils",
    "torch.utils.data",
)  # fmt: skip


def processes() -> Any:
    """Fresh processes that need not import PyTorch each time.

    A fork server imports it once and forks a clean process per submission; Windows has none.
    """
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    common = COMMON if private_python() else ()
    context.set_forkserver_preload(
        ["nbformat", "IPython.core.inputtransformer2", "torch", "torch._dynamo", *common]
    )
    return context


def environment_ready() -> None:
    """nbgrader calls the command `alembic`: put this interpreter's commands on the path."""
    commands = os.path.dirname(sys.executable)
    if commands not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([commands, os.environ.get("PATH", "")])


def best_room() -> str:
    """The best room for hand-ins that this system has."""
    environment_ready()
    context = processes()
    for room in rooms():
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=probe, args=(room, sender))
        process.start()
        sender.close()
        try:
            why = receiver.recv() if receiver.poll(GRACE) else "no answer"
        except EOFError:
            why = "its process ended"
        end(process)
        if not why:
            return room
    return ROOMS[-1]


def probe(room: str, sender: Any) -> None:
    """Say whether a room can be had; the target of a process."""
    os.setsid()
    try:
        why = works(room)
    except BaseException as error:
        why = f"{type(error).__name__}: {error}"
    sender.send(why)


def grade_all(
    jobs: Sequence[Job],
    *,
    walks: Sequence[Walk] = (),
    workers: int = 2,
    report: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """The results of all jobs, in their order, then those of the walks; ``report`` hears of each as it comes.

    Where nobody but the machine is to blame for a result, the job is done again, alone and with more time.
    """
    environment_ready()
    context = processes()

    def heard(results: list[Result]) -> list[Result]:
        for result in results:
            if not result.machine:
                report(result)
        return results

    with ThreadPoolExecutor(max_workers=workers) as pool:
        # The walks first, since they take longest: nobody should wait for one of them at the end.
        walked = [
            pool.submit(lambda given: heard(walk_apart(given, context=context)), each) for each in walks
        ]
        graded = [pool.submit(lambda job: heard([grade_apart(job, context=context)]), job) for job in jobs]
        try:
            first = [future.result()[0] for future in graded]
            results = [
                patiently(job, result, context, report) for job, result in zip(jobs, first, strict=True)
            ]
            return [*results, *(result for future in walked for result in future.result())]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def patiently(job: Job, result: Result, context: Any, report: Callable[[Result], None]) -> Result:
    """The result, or a later one where only the machine is to blame for it."""
    for attempt in range(1, TRIES):
        if not result.machine:
            return result
        more = replace(
            job.limits, cell_seconds=3 * job.limits.cell_seconds, total_seconds=3 * job.limits.total_seconds
        )
        again = replace(job, limits=more, folder=job.folder.with_name(f"{job.folder.name}_again{attempt}"))
        print(
            f"{job.name}: once more, the machine is to blame ({result.stopped or 'it was busy'})", flush=True
        )
        result = grade_apart(again, context=context)
        if again.graded.exists():
            job.folder.mkdir(parents=True, exist_ok=True)
            os.replace(again.graded, job.graded)
        if not result.machine or attempt == TRIES - 1:
            report(replace(result, machine=False))
    return replace(result, machine=False)


def grade_apart(job: Job, *, context: Any) -> Result:
    """Grade one job in a process, which is ended if it takes too long."""
    start = time.perf_counter()
    limit = job.limits.total_seconds + job.limits.cell_seconds + GRACE
    try:
        record, why = answered(job, limit=limit, context=context)
    except OSError as error:  # no process, no file: not the hand-in's fault
        record, why = None, f"could not be started ({error})"
    seconds = round(time.perf_counter() - start, 1)
    if record is None:
        return nothing(job, reason=f"not graded: its process {why}", seconds=seconds, machine=True)
    result = as_result(record)
    return replace(result, seconds=seconds, machine=result.machine and (job.patient or result.unread))


def answered(job: Job, *, limit: float, context: Any) -> tuple[dict[str, Any] | None, str]:
    """What a job's process sends, or nothing, and why."""
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=grade, args=(job, sender), daemon=False)
    process.start()
    sender.close()
    record, why = None, f"took longer than {limit:g} s"
    try:
        if receiver.poll(limit):
            record = receiver.recv()
    except (EOFError, OSError):
        process.join(5)
        why = f"ended with status {process.exitcode}"
    finally:
        receiver.close()
        if record is not None:
            process.join(30)
        end(process)
    return record, why


def walk_apart(given: Walk, *, context: Any) -> list[Result]:
    """Grade the jobs of a walk in one process, which is ended if it takes too long."""
    process = context.Process(target=walk, args=(given,), daemon=False)
    limit = given.seconds + GRACE
    process.start()
    process.join(limit)
    late = process.is_alive()
    end(process)
    why = f"took longer than {limit:g} s" if late else f"ended with status {process.exitcode}"
    return [collected(job, why=why) for job in given.jobs]


def collected(job: Job, *, why: str) -> Result:
    """The result that a walk wrote, or none with the reason."""
    written = job.folder / RESULT
    if not written.exists():
        return nothing(job, reason=f"not graded: its process {why}")
    return as_result(json.loads(written.read_text(encoding="utf-8")))
