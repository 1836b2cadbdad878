"""A class of 200 graded, killed half-way, and graded on: what it takes, and what the kill costs.

Usage: python benchmarks/killed_batch.py [01_gans] [--students N] [--hostile N] [--workers N] [--write]

The students hand in copies of the assignment's references, hostile ones among them; the points of each are
compared with those that its reference must get. The second call is the same command as the first. With ``--write``
the numbers go into the book, to ``book/results/grading/class.json``.
"""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from classroom import check, report  # noqa: E402
from classroom.course import generate  # noqa: E402
from classroom.rehearsal import class_of, complaints, grading, hand_in, rehearse  # noqa: E402

RECORD = ROOT / "book" / "results" / "grading" / "class.json"


def main() -> int:
    """Measure, print, and write on request; the exit status says whether all was as it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("assignment", nargs="?", default="01_gans")
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--hostile", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"to {RECORD.relative_to(ROOT)}")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as scratch:
        place = Path(scratch)
        course = generate(given.assignment, root=ROOT, build=place / "build")
        members = class_of(check.cases(course, root=ROOT), students=given.students, hostile=given.hostile)
        hand_in(members, assignment=given.assignment, folder=place / "in")
        (place / "out").mkdir()
        command = grading(
            given.assignment,
            submissions=place / "in",
            table=place / "out" / "points.csv",
            workers=given.workers,
        )
        seen = rehearse(
            command,
            table=place / "out" / "points.csv",
            kill_after=given.students // 2,
            workers=given.workers,
            cwd=ROOT,
        )
    wrong = complaints(seen, members)
    record = {
        "assignment": given.assignment,
        "students": given.students,
        "hostile": given.hostile,
        "workers": given.workers,
        "kept": len(seen.kept),
        "seconds": round(seen.seconds),
        "processor_seconds": round(seen.processor_seconds),
        "lost_seconds": round(seen.lost),
        "complaints": wrong,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "device": f"{os.cpu_count()} cores, where {os.getloadavg()[2]:.0f} processes wanted one",
    }
    for key, value in record.items():
        print(f"{key:<20} {value}")
    for complaint in wrong:
        print(f"WRONG  {complaint}")
    if given.write:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        report.write_json(record, RECORD)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
