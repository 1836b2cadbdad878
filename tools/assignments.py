"""Make the student versions of the assignments, prove their tests, and grade submissions.

Usage: python tools/assignments.py                    release every assignment and check its reference answers
       python tools/assignments.py check 01_gans      the same for one
       python tools/assignments.py check --each-alone the same, and the wrong answers take no short cut
       python tools/assignments.py collect DIR --assignment 01_gans --to CLASS
                                                      sort what came in (folders, zips, renamed notebooks,
                                                      scripts) into one safe folder per student
       python tools/assignments.py grade 01_gans --submissions DIR --csv OUT
                                                      grade what is in DIR, in any order that `collect` knows
       python tools/assignments.py mutants [01_gans …]
                                                      change every reference answer in many small ways, and count
                                                      which changes the tests notice

What it makes lies under build/classroom: release/ for the students, grades.csv, matrix.json, and a folder per
submission. They run within limits (tools/classroom/limits.py), each in a room of its own where the system has one
(tools/classroom/sandbox.py), so that none of them stops the others or changes what they get. Grading that was
broken off goes on where it stopped when it is called again.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path

from classroom import check, collect, mutation, report
from classroom.batch import best_room, grade_all
from classroom.course import assignments, generate
from classroom.feedback import write_page
from classroom.limits import Limits
from classroom.notebook import Graded
from classroom.submission import LOG, Job, Result, as_result

from udtlib.data.places import check_file_place, check_folder_place

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "classroom"
#: What to tell a teacher of the room that hand-ins run in.
ROOM_WORDS = {
    "namespaces": "in rooms of their own: they see no file of yours, no network and no other process",
    "account": "under another account, WITHOUT a room of their own: they can read what everybody may read, and "
    "use the network. Grade in a container",
    "limits": "under YOUR account: they can read and change your files, and use the network. Grade in a container",
    "clock": "under YOUR account, with a clock and no limit of memory: they can read and change your files, use "
    "the network, and leave processes behind. Grade in a container",
}


def check_all(names: list[str], *, workers: int, each_alone: bool) -> int:
    """Check the named assignments; returns the exit status."""
    passed = failed = 0
    records = []
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in names:
        start = time.perf_counter()
        course = generate(name, root=ROOT, build=BUILD)
        verdicts = check.run(
            course,
            root=ROOT,
            build=BUILD,
            workers=workers,
            each_alone=each_alone,
            report=lambda result: None,
        )
        graded = course.graded
        print(f"\n{name}: points expected/got, {time.perf_counter() - start:.0f} s\n")
        print(report.matrix(verdicts, graded=graded))
        for verdict in verdicts:
            for complaint in verdict.complaints:
                print(f"WRONG  {verdict.case.group}/{verdict.case.name}: {complaint}")
        records.append(report.matrix_record(name, verdicts, graded=graded))
        grades = BUILD / ("grades.csv" if len(names) == 1 else f"grades_{name}.csv")
        report.write_csv([verdict.result for verdict in verdicts], grades, assignment=name, graded=graded)
        passed += sum(verdict.passed for verdict in verdicts)
        failed += sum(not verdict.passed for verdict in verdicts)
        print(f"\nfor students: {course.release.relative_to(ROOT)} and {course.archive.relative_to(ROOT)}")
    report.write_json(records, BUILD / "matrix.json")
    print(f"assignments: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def collect_folder(place: Path, *, assignment: str, to: Path) -> int:
    """Sort hand-ins into one safe folder per student; returns the exit status."""
    if not place.exists() or (place.is_file() and place.suffix.lower() != ".zip"):
        print(f"{place} is no folder and no zip of hand-ins", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="collected-") as scratch:
        hand_ins = collect.collected(place, assignment=assignment, scratch=Path(scratch))
        collect.write_collected(hand_ins, assignment=assignment, to=to)
    for each in hand_ins:
        for note in [*each.notes, *([each.problem] if each.problem else [])]:
            print(f"{each.student}: {note}")
    missing = sum(each.file is None for each in hand_ins)
    print(f"{len(hand_ins)} students in {to}, {missing} of them without a notebook")
    return 0 if hand_ins else 2


def grade_folder(
    name: str, *, submissions: Path, csv: Path, limits: Limits, workers: int, room: str | None = None
) -> int:
    """Grade every student's hand-in; returns the exit status.

    Raises:
        ValueError: there is no such assignment, or the points could not be written where they are to go.
    """
    there = submissions.is_dir() or (submissions.suffix.lower() == ".zip" and submissions.is_file())
    with tempfile.TemporaryDirectory(prefix="collected-") as scratch:
        hand_ins = collect.collected(submissions, assignment=name, scratch=Path(scratch)) if there else []
        if not hand_ins:
            print(
                f"{submissions} holds no folder; expected one per student, with {name}.ipynb in it",
                file=sys.stderr,
            )
            return 2
        for place in (csv, ledger_of(csv)):
            # Now, and not when a class is graded.
            check_file_place(place, later=True)
        for folder in (notebooks_of(csv), feedback_of(csv)):
            check_folder_place(folder, later=True)
        # A place of its own: grading a class must not mix with the reference answers of an earlier check.
        with tempfile.TemporaryDirectory(prefix="classroom-") as made:
            course = generate(name, root=ROOT, build=Path(made))
            room = room or best_room()
            print(f"hand-ins run {ROOM_WORDS[room]}", flush=True)
            source = course.source.read_text(encoding="utf-8")
            jobs = [
                Job(
                    name=each.student,
                    assignment=name,
                    notebook=each.file or Path(scratch) / f"{name}.ipynb",
                    release=course.release.read_text(encoding="utf-8"),
                    source=source,
                    folder=Path(made) / "graded" / f"{number:04}",
                    limits=limits,
                    room=room,
                    problem=each.problem,
                    notes=tuple(each.notes),
                )
                for number, each in enumerate(hand_ins)
            ]
            folders = {each.student: each.folder for each in hand_ins}
            ledger = Ledger(csv, jobs=jobs, folders=folders, assignment=name, graded=course.graded)
            grade_all(ledger.waiting(), workers=workers, report=ledger.heard)
            results = ledger.results()
            points = report.write_csv(results, csv, assignment=name, graded=course.graded)
            if points == csv:
                ledger_of(csv).unlink(missing_ok=True)
    stopped = sum(bool(result.stopped) for result in results)
    looks = sum(result.status != "graded" for result in results)
    print(
        f"{len(results)} graded, {stopped} of them stopped, {looks} need a look: points in {points}, "
        f"pages for students in {feedback_of(csv)}, graded notebooks in {notebooks_of(csv)}"
    )
    return 0 if points == csv else 2


def notebooks_of(csv: Path) -> Path:
    """Where the graded notebooks go, with hidden tests: they are the teacher's."""
    return csv.with_name(f"{csv.stem}_notebooks")


def feedback_of(csv: Path) -> Path:
    """Where the pages for students go."""
    return csv.with_name(f"{csv.stem}_feedback")


def ledger_of(csv: Path) -> Path:
    """What is there while a class is being graded, and lets grading go on after it was broken off."""
    return csv.with_name(f"{csv.stem}_unfinished.jsonl")


class Ledger:
    """The results of a class, written down as each comes: none is lost when grading is broken off."""

    def __init__(
        self, csv: Path, *, jobs: list[Job], folders: dict[str, str], assignment: str, graded: list[Graded]
    ) -> None:
        self._csv, self._jobs, self._folders = csv, jobs, folders
        self._assignment, self._graded = assignment, graded
        self._lock = threading.Lock()
        self._digests = {job.name: digest(job) for job in jobs}
        self._done: dict[str, Result] = {}
        csv.parent.mkdir(parents=True, exist_ok=True)
        self._read()

    def _read(self) -> None:
        """Take what an earlier call has left, as far as it is of the same files."""
        path = ledger_of(self._csv)
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                record = json.loads(line)  # the last line may be half a one
                result = as_result(record["result"])
                if self._digests.get(result.name) == record["digest"]:
                    self._done[result.name] = result
        if self._done:
            print(
                f"{len(self._done)} were graded before grading was broken off, and stay as they are",
                flush=True,
            )

    def waiting(self) -> list[Job]:
        """What is still to be graded."""
        return [job for job in self._jobs if job.name not in self._done]

    def heard(self, result: Result) -> None:
        """Keep a result, and say it in one line."""
        with self._lock:
            self._done[result.name] = result
            record = {"digest": self._digests[result.name], "result": asdict(result)}
            with contextlib.suppress(OSError), ledger_of(self._csv).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(OSError):
                self._write(result)
            points = f"{result.total:g}" if result.counts else "no points yet"
            why = result.stopped or "; ".join(result.look)
            print(f"{result.name}: {points}{' · ' + why if why else ''}", flush=True)

    def _write(self, result: Result) -> None:
        """The table as far as it goes, the student's page, and the graded notebook."""
        if not self._csv.is_dir():
            report.write_csv(self.results(), self._csv, assignment=self._assignment, graded=self._graded)
        folder = self._folders.get(result.name, "student")
        write_page(
            result,
            feedback_of(self._csv) / f"{folder}.html",
            student=result.name,
            assignment=self._assignment,
            graded=self._graded,
        )
        job = next(job for job in self._jobs if job.name == result.name)
        for left in (job.folder / LOG, job.graded):
            if left.exists():
                (notebooks_of(self._csv) / folder).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(left, notebooks_of(self._csv) / folder / left.name)

    def results(self) -> list[Result]:
        """What was graded so far, in the students' order."""
        return [self._done[job.name] for job in self._jobs if job.name in self._done]


def digest(job: Job) -> str:
    """What a result depends on, in short."""
    made = hashlib.sha256(f"{job.source}{job.release}{job.limits}{job.problem}".encode())
    with contextlib.suppress(OSError):
        made.update(job.notebook.read_bytes())
    return made.hexdigest()


def mutants(names: list[str], *, workers: int, most: int) -> int:
    """Count the small changes of the reference answers that the tests notice.

    Returns:
        The exit status: 1 where the tests of an answer notice too few.
    """
    weak = []
    for name in names:
        course = generate(name, root=ROOT, build=BUILD)
        made = mutation.run(course, root=ROOT, build=BUILD, workers=workers, most=most)
        print(mutation.table(name, made))
        mutation.write(name, made, path=ROOT / mutation.RECORD)
        weak += [f"{name}, {cell}" for cell, tally in made.items() if tally.share < mutation.LEAST]
    for answer in weak:
        print(f"WEAK  {answer}: expected at least {mutation.LEAST:.0%} killed or explained")
    return 1 if weak else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workers", type=int, default=2, help="submissions at a time")
    commands = parser.add_subparsers(dest="command")
    checking = commands.add_parser("check", help="check the reference answers")
    checking.add_argument("names", nargs="*", metavar="NAME", help="assignments; without it, all")
    checking.add_argument(
        "--each-alone", action="store_true", help="no short cut for wrong answers: they take longer"
    )
    collecting = commands.add_parser("collect", help="sort hand-ins into one folder per student")
    collecting.add_argument("folder", type=Path, metavar="FOLDER", help="what came in: a folder, or a zip")
    collecting.add_argument("--assignment", required=True, metavar="NAME")
    collecting.add_argument("--to", type=Path, required=True, help="where the students' folders go")
    mutating = commands.add_parser(
        "mutants", help="count which small changes of the answers the tests notice"
    )
    mutating.add_argument("names", nargs="*", metavar="NAME", help="assignments; without it, all")
    mutating.add_argument("--most", type=int, default=0, help="at most so many of each answer, drawn; 0: all")
    grading = commands.add_parser("grade", help="grade submissions")
    grading.add_argument("name", metavar="NAME")
    grading.add_argument("--submissions", type=Path, required=True, help="what came in: a folder, or a zip")
    grading.add_argument("--csv", type=Path, required=True, help="where the points go")
    grading.add_argument("--cell-seconds", type=int, default=Limits.cell_seconds)
    grading.add_argument("--total-seconds", type=int, default=Limits.total_seconds)
    grading.add_argument("--memory-mib", type=int, default=Limits.memory_mib)
    given = parser.parse_args()
    try:
        if given.command == "grade":
            limits = Limits(
                cell_seconds=given.cell_seconds,
                total_seconds=given.total_seconds,
                memory_mib=given.memory_mib,
            )
            return grade_folder(
                given.name, submissions=given.submissions, csv=given.csv, limits=limits, workers=given.workers
            )
        if given.command == "collect":
            return collect_folder(given.folder, assignment=given.assignment, to=given.to)
        if given.command == "mutants":
            return mutants(given.names or assignments(ROOT), workers=given.workers, most=given.most)
        return check_all(
            getattr(given, "names", None) or assignments(ROOT),
            workers=given.workers,
            each_alone=getattr(given, "each_alone", False) or sys.platform != "linux",
        )
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
