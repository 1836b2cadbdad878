"""Make the student versions of the assignments, prove their tests, and grade submissions.

Usage: python tools/assignments.py                    release every assignment and check its reference answers
       python tools/assignments.py check 01_gans      the same for one
       python tools/assignments.py check --each-alone
                                                      the same, and the wrong answers take no short cut
       python tools/assignments.py grade 01_gans --submissions DIR --csv OUT
                                                      grade DIR/STUDENT/01_gans.ipynb for every STUDENT

What it makes lies under build/classroom: release/ for the students, grades.csv, matrix.json, and a folder per
submission. They run within limits (tools/classroom/limits.py), so that none of them stops the others.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from classroom import check, report
from classroom.batch import grade_all
from classroom.course import assignments, generate
from classroom.limits import Limits
from classroom.submission import LOG, Job, Result

from udtlib.data.places import check_file_place, check_folder_place

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "classroom"


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


def grade_folder(name: str, *, submissions: Path, csv: Path, limits: Limits, workers: int) -> int:
    """Grade every student's folder; returns the exit status.

    Raises:
        ValueError: there is no such assignment, or the points could not be written where they are to go.
    """
    students = sorted(path for path in submissions.iterdir() if path.is_dir()) if submissions.is_dir() else []
    if not students:
        print(
            f"{submissions} holds no folder; expected one per student, with {name}.ipynb in it",
            file=sys.stderr,
        )
        return 2
    feedback = csv.with_name(f"{csv.stem}_notebooks")
    # Now, and not when a class is graded.
    check_file_place(csv, later=True)
    check_folder_place(feedback, later=True)
    # A place of its own: grading a class must not mix with the reference answers of an earlier check.
    with tempfile.TemporaryDirectory(prefix="classroom-") as made:
        course = generate(name, root=ROOT, build=Path(made))
        jobs = [
            Job(
                name=student.name,
                assignment=name,
                notebook=student / f"{name}.ipynb",
                release=course.release,
                folder=Path(made) / "graded" / student.name,
                gradebook=course.gradebook,
                limits=limits,
            )
            for student in students
        ]
        done: list[Result] = []
        try:
            results = grade_all(jobs, workers=workers, report=lambda result: heard(result, done))
        except BaseException:
            if done:
                # What was graded until somebody broke it off, too.
                part = csv.with_name(f"{csv.stem}_unfinished.csv")
                report.write_csv(done, part, assignment=name, graded=course.graded)
            raise
        points = report.write_csv(results, csv, assignment=name, graded=course.graded)
        for job in jobs:
            (feedback / job.name).mkdir(parents=True, exist_ok=True)
            for left in (job.folder / LOG, job.graded):
                if left.exists():
                    shutil.copyfile(left, feedback / job.name / left.name)
    stopped = sum(bool(result.stopped) for result in results)
    print(
        f"{len(results)} graded, {stopped} of them stopped: points in {points}, graded notebooks in {feedback}"
    )
    return 0 if points == csv else 2


def heard(result: Result, done: list[Result]) -> None:
    """Keep a result, and say it in one line."""
    done.append(result)
    print(f"{result.name}: {result.total:g}{' · ' + result.stopped if result.stopped else ''}", flush=True)


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
        "--each-alone", action="store_true", help="no short cut for wrong answers: five times as long"
    )
    grading = commands.add_parser("grade", help="grade submissions")
    grading.add_argument("name", metavar="NAME")
    grading.add_argument("--submissions", type=Path, required=True, help="a folder per student")
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
