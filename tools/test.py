"""Run every check of the project, continue past failures, and print one summary.

Usage: python tools/test.py [STEP ...]       (no STEP: all of them; `--list` names them)
       python tools/test.py --daily          (lint, imports, and the tests that are not slow)

Steps run two at a time on one thread each, which two cores finish sooner than one step on two threads: the
chapters' tensors are small. What a step prints begins with its name then; `--jobs 1` runs one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from steps import ROOT, Outcome, Step, run_all

#: Folders whose tests are a step of their own, so that two cores end together; all others' tests are one more.
GROUPS = {
    "tests of methods": ("tests/contracts", "tests/objectives", "tests/train", "tests/translators"),
    "tests of numbers": ("tests/evaluate", "tests/losses", "tests/nets", "tests/numerics", "tests/transport"),
}
#: How many of the slowest tests the summary names.
SLOWEST = 15
#: Characters of one complaint in the summary; the whole of it stands above.
WIDEST = 160


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


def lint_steps() -> list[Step]:
    """What needs seconds."""
    lint_imports = str(Path(sys.executable).with_name("lint-imports"))
    return [
        Step(name="ruff check", command=python("-m", "ruff", "check", ".")),
        Step(name="ruff format", command=python("-m", "ruff", "format", "--check", ".")),
        Step(name="imports", command=(lint_imports,)),
    ]


def test_steps(which: str) -> list[Step]:
    """The tests with these marks, those of no group first: they take longest."""
    grouped = [folder for folders in GROUPS.values() for folder in folders]
    groups = {"other tests": ("tests", *(f"--ignore={folder}" for folder in grouped)), **GROUPS}
    return [
        Step(name=name, command=python("-m", "pytest", *paths, "-m", which)) for name, paths in groups.items()
    ]


def all_steps() -> list[Step]:
    """Everything: what tells of a mistake soonest, then the longest first, so that both cores end together."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return [
        *lint_steps(),
        *test_steps("not site"),
        *[chapter_step(path) for path in sorted(notebooks, key=measured_seconds, reverse=True)],
        Step(name="book", command=python("tools/build_book.py")),
        Step(
            name="site",
            command=python("-m", "pytest", "tests/site", "tests/show", "-m", "site", "-rs"),
            after="book",
        ),
        Step(name="assignments", command=python("tools/assignments.py"), alone=True),
    ]


def daily_steps() -> list[Step]:
    """What to run before every commit."""
    return [*lint_steps(), *test_steps("not slow and not site")]


def measured_seconds(notebook: Path) -> float:
    """How long a chapter took when it was executed last; a new one, which was never measured, comes first."""
    record = ROOT / "book" / "results" / "health" / f"{notebook.stem}.json"
    return json.loads(record.read_text(encoding="utf-8"))["seconds"] if record.exists() else float("inf")


def summary(outcomes: Sequence[Outcome], *, seconds: float) -> str:
    """The slowest tests, the table of steps, the longest first, what failed, and the line that adds up."""
    width = max(len(outcome.name) for outcome in outcomes)
    lines = slowest_tests(outcomes)
    lines += [
        "",
        f"{'step':<{width}}  {'result':<8} {'passed':>6} {'failed':>6} {'skipped':>7} {'seconds':>8} {'share':>6}",
    ]
    busy = sum(o.seconds for o in outcomes) or 1.0
    lines += [
        f"{o.name:<{width}}  {o.word:<8} {o.passed:>6} {o.failed:>6} {o.skipped:>7} {o.seconds:>8.1f} "
        f"{o.seconds / busy:>6.0%}"
        for o in sorted(outcomes, key=lambda o: -o.seconds)
    ]
    lines += ["", f"{seconds:.0f} s in all ({seconds / 60:.1f} min), for {busy:.0f} s of steps", ""]
    # Last of all, so that whoever sees only the end of a long log sees what failed.
    lines += [f"{o.name}: {complaint[:WIDEST]}" for o in outcomes for complaint in o.complaints]
    total = [sum(getattr(o, key) for o in outcomes) for key in ("passed", "failed", "skipped")]
    return "\n".join([*lines, "", f"{total[0]} passed, {total[1]} failed, {total[2]} skipped"])


def slowest_tests(outcomes: Sequence[Outcome]) -> list[str]:
    """The slowest tests; a chapter's cells are not among them, its page on run times tells of those."""
    tests = [test for o in outcomes if not o.name.startswith("chapter ") for test in o.tests]
    slowest = sorted(tests, reverse=True)[:SLOWEST]
    return (
        ["", "the slowest tests:", *(f"{seconds:8.1f} s  {name}" for seconds, name in slowest)]
        if slowest
        else []
    )


def main() -> int:
    """Run the steps that were asked for."""
    parser = argparse.ArgumentParser(description="Run the checks of the project.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help="only these; none means all")
    parser.add_argument("--daily", action="store_true", help="lint, imports, and the tests that are not slow")
    parser.add_argument(
        "--jobs", type=int, default=min(2, os.cpu_count() or 1), help="steps at a time (default 2)"
    )
    parser.add_argument("--list", action="store_true", help="only name the steps")
    chosen = parser.parse_args()
    steps = daily_steps() if chosen.daily else all_steps()
    if chosen.list:
        print("\n".join(step.name for step in steps))
        return 0
    if unknown := [name for name in chosen.steps if not any(step.name == name for step in steps)]:
        print(f"no step {unknown[0]!r}; there are: {', '.join(step.name for step in steps)}", file=sys.stderr)
        return 2
    start = time.perf_counter()
    outcomes = run_all(
        [s for s in steps if not chosen.steps or s.name in chosen.steps], jobs=max(1, chosen.jobs)
    )
    print(summary(outcomes, seconds=time.perf_counter() - start), flush=True)
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
