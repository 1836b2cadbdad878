"""A step of the checks: one command, run beside others, with what it counted and what it complained of."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: How a checker begins a line that says what is wrong.
COMPLAINT = re.compile(r"(WRONG|FAILED|ERROR|error:)\b|\S+:\d+:\d+: ")
#: Of one step; the rest stands in its own output.
MOST_COMPLAINTS = 12
COUNTS = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command. A pytest command's tests are counted; any other command counts as one test, unless it
    ends a line with ``N passed, N failed`` itself."""

    name: str
    command: tuple[str, ...]
    #: the step that must have ended before
    after: str = ""
    #: whether it keeps every core busy by itself
    alone: bool = False

    @property
    def is_pytest(self) -> bool:
        return "pytest" in self.command


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a step did: its tests and its seconds."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    #: what a failed step says in particular
    complaints: tuple[str, ...] = ()
    #: seconds and name of every test of a pytest step
    tests: tuple[tuple[float, str], ...] = ()

    @property
    def word(self) -> str:
        if self.failed:
            return "FAILED"
        return "skipped" if self.skipped and not self.passed else "passed"


def environment(*, jobs: int) -> dict[str, str]:
    """The quick profile, and no more threads than the two cores a chapter is measured on, shared by the jobs."""
    threads = str(max(1, min(2, os.cpu_count() or 1) // jobs))
    chosen = {"UDT_PROFILE": "quick", "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    return {**chosen, **os.environ, "UDT_PROFILE": "quick", "MPLBACKEND": "agg", "PYTHONUNBUFFERED": "1"}


def run(step: Step, *, jobs: int) -> Outcome:
    """Run one step, showing its output as it comes."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        extra = (f"--junitxml={report}",) if step.is_pytest else ()
        status, lines = follow(step, extra, jobs=jobs)
        if step.is_pytest:
            counts = count_pytest(report, status)
        elif found := COUNTS.findall("".join(lines)):
            passed, failed, skipped = (int(count or 0) for count in found[-1])
            counts = (passed, failed or int(status != 0), skipped)
        else:
            counts = (int(status == 0), int(status != 0), 0)
        tests = timed_tests(report)
    passed, failed, skipped = counts
    return Outcome(
        name=step.name,
        passed=passed,
        failed=failed,
        skipped=skipped,
        seconds=time.perf_counter() - start,
        complaints=complaints(lines) if failed else (),
        tests=tests,
    )


def follow(step: Step, extra: Sequence[str], *, jobs: int) -> tuple[int, list[str]]:
    """Run a step's command and print its lines, named where another step prints too; its status and lines."""
    print(f"\n=== {step.name}", flush=True)
    name = f"{step.name} | " if jobs > 1 else ""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    command = [*step.command, *extra]
    lines = []
    with subprocess.Popen(command, cwd=ROOT, env=environment(jobs=jobs), text=True, **pipes) as process:
        assert process.stdout is not None
        for line in process.stdout:
            # one write, so that the lines of two steps do not run into each other
            print(f"{name}{line}", end="", flush=True)
            lines.append(line)
    return process.returncode, lines


def run_all(steps: Sequence[Step], *, jobs: int) -> list[Outcome]:
    """Run the steps, ``jobs`` of them at a time unless they want to be alone; outcomes in the steps' order."""
    outcomes = []
    for alone, group in itertools.groupby(steps, key=lambda step: step.alone):
        workers = 1 if alone else jobs
        with ThreadPoolExecutor(workers) as pool:
            began: dict[str, Future[Outcome]] = {}
            for step in group:
                # What it waits for stands before it in the queue, so it has begun already.
                began[step.name] = pool.submit(run_after, began.get(step.after), step, jobs=workers)
            outcomes += [future.result() for future in began.values()]
    return outcomes


def run_after(before: Future[Outcome] | None, step: Step, *, jobs: int) -> Outcome:
    """Run a step when the other one has ended."""
    if before is not None:
        before.result()
    return run(step, jobs=jobs)


def count_pytest(report: Path, status: int) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a JUnit report; a run that broke off is one failure."""
    if not report.exists():
        return (0, 1, 0)
    suites = ElementTree.parse(report).getroot().iter("testsuite")
    totals = [0, 0, 0, 0]
    for suite in suites:
        for index, key in enumerate(("tests", "failures", "errors", "skipped")):
            totals[index] += int(suite.get(key, "0"))
    tests, failures, errors, skipped = totals
    failed = failures + errors
    # pytest's own trouble, such as a bad option, leaves no failed test behind; status 5 is: no test found
    if status not in (0, 5) and not failed:
        failed = 1
    return (max(0, tests - failures - errors - skipped), failed, skipped)


def timed_tests(report: Path) -> tuple[tuple[float, str], ...]:
    """Seconds and name of every test of a JUnit report."""
    if not report.exists():
        return ()
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return tuple(
        (float(case.get("time", "0")), f"{case.get('classname')}::{case.get('name')}") for case in cases
    )


def complaints(lines: list[str]) -> tuple[str, ...]:
    """The lines that say what is wrong; the last one where none is recognised."""
    found = [line.rstrip() for line in lines if COMPLAINT.match(line)]
    return tuple(found[:MOST_COMPLAINTS] or [line.rstrip() for line in lines[-1:]])
