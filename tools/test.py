"""Run every check of the project, continue past failures, and print one summary.

Usage: python tools/test.py [STEP ...]       (no STEP: all of them; `--list` names them)
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
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

    @property
    def word(self) -> str:
        if self.failed:
            return "FAILED"
        return "skipped" if self.skipped and not self.passed else "passed"


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def chapter_step(notebook: Path) -> Step:
    """Execute a chapter again and compare every output with the stored one."""
    options = (
        "--nbval",
        "--nbval-current-env",
        "--nbval-cell-timeout=900",
        "-p",
        "no:randomly",
        "--nbval-sanitize-with",
        "tests/nbval_sanitize.cfg",
    )
    return Step(
        name=f"chapter {notebook.stem}",
        command=python("-m", "pytest", *options, f"notebooks/{notebook.name}"),
    )


def all_steps() -> list[Step]:
    """Everything, in the order that tells of a mistake soonest."""
    lint_imports = str(Path(sys.executable).with_name("lint-imports"))
    return [
        Step(name="ruff check", command=python("-m", "ruff", "check", ".")),
        Step(name="ruff format", command=python("-m", "ruff", "format", "--check", ".")),
        Step(name="imports", command=(lint_imports,)),
        Step(name="tests", command=python("-m", "pytest", "tests", "-m", "not site")),
        *[chapter_step(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))],
        Step(name="assignments", command=python("tools/assignments.py")),
        Step(name="book", command=python("tools/build_book.py")),
        Step(name="site", command=python("-m", "pytest", "tests/site", "tests/show", "-m", "site", "-rs")),
    ]


def environment() -> dict[str, str]:
    """The quick profile, and no more threads than the two cores a chapter is measured on."""
    threads = str(min(2, os.cpu_count() or 1))
    chosen = {"UDT_PROFILE": "quick", "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    return {**chosen, **os.environ, "UDT_PROFILE": "quick", "MPLBACKEND": "agg", "PYTHONUNBUFFERED": "1"}


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


def run(step: Step) -> Outcome:
    """Run one step, showing its output as it comes."""
    print(f"\n=== {step.name}", flush=True)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        extra = (f"--junitxml={report}",) if step.is_pytest else ()
        process = subprocess.Popen(
            [*step.command, *extra],
            cwd=ROOT,
            env=environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
        status = process.wait()
        if step.is_pytest:
            counts = count_pytest(report, status)
        elif found := COUNTS.findall("".join(lines)):
            passed, failed, skipped = (int(count or 0) for count in found[-1])
            counts = (passed, failed or int(status != 0), skipped)
        else:
            counts = (int(status == 0), int(status != 0), 0)
    passed, failed, skipped = counts
    return Outcome(
        name=step.name,
        passed=passed,
        failed=failed,
        skipped=skipped,
        seconds=time.perf_counter() - start,
        complaints=complaints(lines) if failed else (),
    )


def complaints(lines: list[str]) -> tuple[str, ...]:
    """The lines that say what is wrong; the last one where none is recognised."""
    found = [line.rstrip() for line in lines if COMPLAINT.match(line)]
    return tuple(found[:MOST_COMPLAINTS] or [line.rstrip() for line in lines[-1:]])


def summary(outcomes: list[Outcome]) -> str:
    """The table of steps, and the line that adds them up alone at the end."""
    width = max(len(outcome.name) for outcome in outcomes)
    # Last of all, so that whoever sees only the end of a long log sees what failed.
    lines = [f"{o.name}: {complaint}" for o in outcomes for complaint in o.complaints]
    lines += [
        "",
        f"{'step':<{width}}  {'result':<8} {'passed':>6} {'failed':>6} {'skipped':>7} {'seconds':>8}",
    ]
    lines += [
        f"{o.name:<{width}}  {o.word:<8} {o.passed:>6} {o.failed:>6} {o.skipped:>7} {o.seconds:>8.1f}"
        for o in outcomes
    ]
    lines.append(
        f"{'all':<{width}}  {'':<8} {'':>6} {'':>6} {'':>7} {sum(o.seconds for o in outcomes):>8.1f}"
    )
    total = [sum(getattr(o, key) for o in outcomes) for key in ("passed", "failed", "skipped")]
    return "\n".join([*lines, "", f"{total[0]} passed, {total[1]} failed, {total[2]} skipped"])


def main() -> int:
    """Run the steps that were asked for."""
    steps, wanted = all_steps(), sys.argv[1:]
    if wanted == ["--list"]:
        print("\n".join(step.name for step in steps))
        return 0
    if unknown := [name for name in wanted if not any(step.name == name for step in steps)]:
        print(f"no step {unknown[0]!r}; there are: {', '.join(step.name for step in steps)}", file=sys.stderr)
        return 2
    outcomes = [run(step) for step in steps if not wanted or step.name in wanted]
    print(summary(outcomes), flush=True)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
