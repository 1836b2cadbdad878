"""A class whose points are known is graded, killed half-way, and graded on by the same command.

Its students hand in copies of the reference answers (``classroom/check.py``), the hostile ones among them, and so
what each of them must get is known beforehand. Nothing may be lost, counted twice, or left behind by a grader
that a power cut, an administrator or a teacher ended at any moment.
"""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import nbformat

from classroom.check import Case
from classroom.sandbox import descendants

#: A variable that all processes of a grader inherit, so that they can be told from others.
MARK = "CLASSROOM_REHEARSAL"
#: Seconds that the system may take to end what was killed.
PATIENCE = 60.0
#: What a line of the grader says of a student.
TOLD = re.compile(r"^(student-\d+): (?:\d|no points yet)", re.MULTILINE)
BEGUN = "hand-ins run"


@dataclass(kw_only=True)
class Rehearsal:
    """What was seen.

    Args:
        rows: the students in the table when the grader was killed, in the table's order.
        kept: those whose result was on disk then, and the seconds that each took.
        again: those whom the second call graded.
        after: the lines of the table at the end, by student, each with all lines that it has.
        left: processes of the killed grader that did not end, as the system describes them.
        seconds: wall-clock time of both calls.
        lost: the part of it that the kill cost: work without a result, and the second start.
        processor_seconds: what all processes of both calls computed, as far as it was seen.
    """

    rows: list[str]
    kept: dict[str, float]
    again: list[str]
    after: dict[str, list[dict[str, str]]]
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    lost: float = 0.0
    processor_seconds: float = 0.0


def class_of(cases: Sequence[Case], *, students: int, hostile: int) -> dict[str, Case]:
    """A class of so many students, the hostile ones evenly among copies of all others."""
    bad = [case for case in cases if case.group == "hostile"]
    good = [case for case in cases if case.group != "hostile"]
    if not 0 <= hostile <= students or (hostile and not bad):
        raise ValueError(
            f"hostile is {hostile}; expected at most {students}, and an assignment with hostile references"
        )
    places = {int((k + 0.5) * students / hostile) for k in range(hostile)}
    bad_ones = islice(cycle(bad), hostile) if bad else iter(())
    good_ones = cycle(good)
    return {
        f"student-{number:03}": next(bad_ones) if number in places else next(good_ones)
        for number in range(students)
    }


def hand_in(members: dict[str, Case], *, assignment: str, folder: Path) -> None:
    """Write what each student hands in."""
    for student, case in members.items():
        (folder / student).mkdir(parents=True)
        nbformat.write(case.notebook, folder / student / f"{assignment}.ipynb")


def rehearse(command: Sequence[str], *, table: Path, kill_after: int, workers: int, cwd: Path) -> Rehearsal:
    """Start ``command``, kill it and its group when so many results are on disk, and call it again.

    Raises:
        RuntimeError: the grader ended before it could be killed, or the second call failed.
    """
    ledger = table.with_name(f"{table.stem}_unfinished.jsonl")
    logs = [table.with_name(f"{table.stem}_call{number}.txt") for number in (1, 2)]
    mark = uuid.uuid4().hex
    began = time.monotonic()
    process = started(command, log=logs[0], mark=mark, cwd=cwd)
    try:
        first_line, used = watched(process, log=logs[0], enough=lambda: len(results(ledger)) >= kill_after)
        if process.poll() is not None:
            raise RuntimeError(f"the grader ended before it could be killed: {logs[0].read_text()[-2000:]}")
        family = {each: born(each) for each in descendants(process.pid)}
    finally:
        ended_at = killed(process)
    left = remaining(family, mark=mark)
    rows, kept = [row["student_id"] for row in lines(table)], results(ledger)

    again = time.monotonic()
    process = started(command, log=logs[1], mark=mark, cwd=cwd)
    try:
        second_line, more = watched(process, log=logs[1], enough=lambda: False)
    finally:
        done_at = killed(process)
    if process.returncode:
        raise RuntimeError(f"the second call failed: {logs[1].read_text()[-2000:]}")
    after: dict[str, list[dict[str, str]]] = {}
    for row in lines(table):
        after.setdefault(row["student_id"], []).append(row)
    unfinished = max(0.0, ended_at - first_line - sum(kept.values()) / workers)
    return Rehearsal(
        rows=rows,
        kept=kept,
        again=TOLD.findall(logs[1].read_text(encoding="utf-8")),
        after=after,
        left=left,
        seconds=(ended_at - began) + (done_at - again),
        lost=unfinished + second_line - again,
        processor_seconds=used + more,
    )


def watched(
    process: subprocess.Popen[bytes], *, log: Path, enough: Callable[[], bool]
) -> tuple[float, float]:
    """Wait until a grader ends or has done enough; when it began with the first hand-in, and what it computed."""
    began, used = 0.0, 0.0
    while process.poll() is None and not enough():
        used = max(used, processor_seconds(process.pid))
        began = began or (time.monotonic() if BEGUN in log.read_text(encoding="utf-8") else 0.0)
        time.sleep(0.1)
    return began or time.monotonic(), used


def killed(process: subprocess.Popen[bytes]) -> float:
    """End a process and its group at once, if it still runs; the time."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    now = time.monotonic()
    process.wait()
    return now


def complaints(seen: Rehearsal, members: dict[str, Case]) -> list[str]:
    """All that is not as it must be."""
    found = [f"left behind by the killed grader: {each}" for each in seen.left]
    if len(set(seen.rows)) != len(seen.rows):
        found.append("the table of the killed grader names a student twice")
    found += [f"{name}: in the table, and no result on disk" for name in set(seen.rows) - set(seen.kept)]
    found += [f"{name}: graded again, although done" for name in seen.again if name in seen.kept]
    found += [f"{name}: graded twice" for name in set(seen.again) if seen.again.count(name) > 1]
    found += [f"{name}: not handed in by anybody" for name in set(seen.after) - set(members)]
    for name, case in members.items():
        got = seen.after.get(name, [])
        if len(got) != 1:
            found.append(f"{name}: {len(got)} lines in the table, expected 1")
            continue
        want = sum(case.expected.values())
        if float(got[0]["score"] or 0) != want:
            found.append(
                f"{name} ({case.name}): {got[0]['score'] or 'no'} points, expected {want:g}: {got[0]}"
            )
        if not got[0]["stopped"].startswith(case.stopped) or bool(got[0]["stopped"]) != bool(case.stopped):
            found.append(f"{name} ({case.name}): stopped by {got[0]['stopped']!r}, expected {case.stopped!r}")
    return found


def started(command: Sequence[str], *, log: Path, mark: str, cwd: Path) -> subprocess.Popen[bytes]:
    """The command in a group of its own, which a signal reaches as a whole."""
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            cwd=cwd,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, MARK: mark, "PYTHONUNBUFFERED": "1"},
        )


def results(ledger: Path) -> dict[str, float]:
    """The students whose result was written down, and the seconds that each took."""
    found = {}
    for line in ledger.read_text(encoding="utf-8").splitlines(keepends=True) if ledger.is_file() else ():
        if line.endswith("\n"):  # the last one may be half a line
            result = json.loads(line)["result"]
            found[result["name"]] = float(result["seconds"])
    return found


def lines(table: Path) -> list[dict[str, str]]:
    """The lines of a table of points."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def remaining(family: dict[int, str], *, mark: str, patience: float = PATIENCE) -> list[str]:
    """The processes of a killed grader that do not end: those known, and all that carry its mark."""
    deadline = time.monotonic() + patience
    while True:
        there = [each for each, birth in family.items() if birth and born(each) == birth]
        there = sorted({*there, *marked(mark)})
        if not there or time.monotonic() > deadline:
            return [f"{each}: {command_of(each)}" for each in there]
        time.sleep(0.05)


def marked(mark: str) -> list[int]:
    """The processes that were started with a mark, without those that have ended and wait to be collected."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            carries = f"{MARK}={mark}".encode() in (place / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if carries and born(int(place.name)):
            found.append(int(place.name))
    return found


def fields(process: int) -> list[str]:
    """What the system says of a process after its name; nothing if there is none."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def born(process: int) -> str:
    """When a process began, which tells it from a later one of the same number; empty if it has ended."""
    said = fields(process)
    return said[19] if said and said[0] not in "ZX" else ""


def command_of(process: int) -> str:
    """The command line of a process."""
    try:
        return (
            Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
        )
    except OSError:
        return "?"


def processor_seconds(root: int) -> float:
    """What a process and all below it have computed, those that have ended among them."""
    said = [fields(each) for each in (root, *descendants(root))]
    return sum(int(word) for each in said for word in each[11:15]) / os.sysconf("SC_CLK_TCK")


def grading(
    assignment: str, *, submissions: Path, table: Path, workers: int, more: Sequence[str] = ()
) -> list[str]:
    """The command that grades a class."""
    return [
        sys.executable,
        "tools/assignments.py",
        "--workers",
        str(workers),
        "grade",
        assignment,
        "--submissions",
        str(submissions),
        "--csv",
        str(table),
        *more,
    ]
