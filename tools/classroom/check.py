"""Proving an assignment's tests: every reference submission must get exactly the points that it should."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nbformat

from classroom.astray import Walk
from classroom.batch import best_room, grade_all
from classroom.course import Course
from classroom.limits import Limits
from classroom.notebook import answer_cells, read, role, with_answers
from classroom.patches import wrong_answers
from classroom.reference import Reference, references
from classroom.submission import Job, Result

#: The reference answers take seconds, unless the machine is very busy.
REFERENCE_LIMITS = Limits(cell_seconds=60, total_seconds=180, memory_mib=1536, output_mib=1)
#: For those that are there to be stopped, shorter: everybody waits for them.
HOSTILE_LIMITS = Limits(cell_seconds=20, total_seconds=60, memory_mib=1024, output_mib=1)
#: For a second try, where the clock stopped what it should not have.
PATIENT_LIMITS = Limits(cell_seconds=120, total_seconds=300, memory_mib=1536, output_mib=1)
#: How the reasons begin that have to do with time.
CLOCKS = ("time", "not graded")
GROUPS = ("right", "wrong", "hostile")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A submission and what it must get."""

    group: str
    name: str
    title: str
    expected: dict[str, float]
    notebook: Any = field(repr=False)
    says: str = ""
    stopped: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A case, what it got, and every way in which that is not what it must get."""

    case: Case
    result: Result
    complaints: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.complaints


def cases(course: Course, *, root: Path) -> list[Case]:
    """The solution, the untouched release, tampered releases, and every reference of the assignment.

    Raises:
        ValueError: a reference names a cell that does not exist, or more points than the cell has, or a wrong
            answer changes what the solution does not say.
    """
    source, release = read(course.source), read(course.release)
    full = {cell.name: cell.points for cell in course.graded}
    none = dict.fromkeys(full, 0.0)
    found = [
        Case(group="source", name="solution", title="the solution", expected=full, notebook=source),
        Case(group="source", name="release", title="the untouched release", expected=none, notebook=release),
    ]
    for name, change in TAMPERING.items():
        title = (change.__doc__ or name).rstrip(".")
        found.append(Case(group="tampered", name=name, title=title, expected=none, notebook=change(release)))
    for group in GROUPS:
        for reference in known(group, course=course, root=root):
            check_reference(reference, course=course)
            expected = {cell: points - reference.loses.get(cell, 0.0) for cell, points in full.items()}
            found.append(
                Case(
                    group=group,
                    name=reference.name,
                    title=reference.title,
                    expected=expected,
                    says=reference.says,
                    stopped=reference.stopped,
                    notebook=with_answers(source, reference.answers),
                )
            )
    return found


def known(group: str, *, course: Course, root: Path) -> list[Reference]:
    """The references of a group: files of their own, or what each wrong answer changes in the solution."""
    folder = root / "assignments" / group
    if group == "wrong":
        solution = answer_cells(read(course.source))
        return wrong_answers(folder / f"{course.assignment}.diff", solution=solution)
    return references(folder / course.assignment)


def check_reference(reference: Reference, *, course: Course) -> None:
    """Refuse a reference that speaks of cells or points that do not exist."""
    full = {cell.name: cell.points for cell in course.graded}
    for cell, points in reference.loses.items():
        if cell not in full:
            raise ValueError(
                f"{reference.name} loses points in {cell!r}; there are the tests: {', '.join(full)}"
            )
        if not 0 < points <= full[cell]:
            raise ValueError(
                f"{reference.name} loses {points:g} points in {cell!r}, which has {full[cell]:g}"
            )
    there = answer_cells(read(course.source))
    if unknown := sorted(set(reference.answers) - set(there)):
        raise ValueError(
            f"{reference.name} replaces {unknown[0]!r}; there are the answers: {', '.join(there)}"
        )


def tests_emptied(release: Any) -> Any:
    """Every test emptied."""
    return changed_tests(release, lambda cell: cell.update(source=""))


def tests_skipped(release: Any) -> Any:
    """Every test tagged so that Jupyter skips it."""
    return changed_tests(release, lambda cell: cell.metadata.update(tags=["skip-execution", "figure"]))


def tests_disowned(release: Any) -> Any:
    """Every test without nbgrader's mark, worth a thousand points, and turned into text."""

    def disown(cell: Any) -> None:
        cell.metadata["nbgrader"] = {
            **cell.metadata["nbgrader"],
            "grade": False,
            "locked": False,
            "points": 1000,
        }

    return changed_tests(release, disown)


def tests_deleted(release: Any) -> Any:
    """Every test deleted."""
    copy = nbformat.from_dict(release)
    copy.cells = [cell for cell in copy.cells if role(cell)[0] != "graded"]
    return copy


def changed_tests(release: Any, change: Callable[[Any], object]) -> Any:
    """A copy of the release with ``change`` applied to every graded cell."""
    copy = nbformat.reads(nbformat.writes(release), as_version=4)
    for cell in copy.cells:
        if role(cell)[0] == "graded":
            change(cell)
    return copy


TAMPERING: dict[str, Callable[[Any], Any]] = {
    function.__name__: function for function in (tests_emptied, tests_skipped, tests_disowned, tests_deleted)
}


def run(
    course: Course,
    *,
    root: Path,
    build: Path,
    workers: int = 2,
    each_alone: bool = sys.platform != "linux",
    report: Callable[[Result], None],
) -> list[Verdict]:
    """Grade every case: the wrong answers on walks through the solution, the others in rooms of their own."""
    found = cases(course, root=root)
    room = best_room()
    jobs = {case.name: handed_in(case, course=course, build=build, room=room) for case in found}
    on_foot = [jobs[case.name] for case in found if case.group == "wrong" and not each_alone]
    shares = [on_foot[worker::workers] for worker in range(workers)]
    walks = [
        Walk(source=course.source, folder=build / course.assignment / "walks" / str(number), jobs=share)
        for number, share in enumerate(shares)
        if share
    ]
    # The slowest first: an endless loop should not be what everyone waits for at the end.
    order = sorted(found, key=lambda case: case.group != "hostile")
    others = [jobs[case.name] for case in order if jobs[case.name] not in on_foot]
    results = grade_all(others, walks=walks, workers=workers, report=report)
    by_name = {result.name: result for result in results}
    verdicts = [judged(case, by_name[case.name]) for case in found]
    return [
        second_try(verdict, jobs[verdict.case.name], report=report) if out_of_time(verdict) else verdict
        for verdict in verdicts
    ]


def handed_in(case: Case, *, course: Course, build: Path, room: str = "namespaces") -> Job:
    """Write the case's notebook as a student would hand it in; the job of grading it."""
    path = build / course.assignment / "submissions" / case.name / f"{course.assignment}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(case.notebook, path)
    return Job(
        name=case.name,
        assignment=course.assignment,
        notebook=path,
        release=course.release.read_text(encoding="utf-8"),
        source=course.source.read_text(encoding="utf-8"),
        folder=build / course.assignment / "graded" / case.name,
        room=room,
        patient=not case.stopped,
        limits=HOSTILE_LIMITS if case.group == "hostile" else REFERENCE_LIMITS,
    )


def out_of_time(verdict: Verdict) -> bool:
    """Whether the clock, and not what was handed in, may have decided."""
    by_the_clock = verdict.result.stopped.startswith(CLOCKS)
    return not verdict.passed and by_the_clock and not verdict.case.stopped.startswith("time")


def second_try(verdict: Verdict, job: Job, *, report: Callable[[Result], None]) -> Verdict:
    """The same case once more, alone and with more time: a busy machine must not decide who is right."""
    job = replace(job, folder=job.folder.with_name(f"{job.folder.name}_again"), limits=PATIENT_LIMITS)
    (again,) = grade_all([job], workers=1, report=report)
    print(
        f"again  {verdict.case.name}: the clock stopped it ({verdict.result.stopped}); graded once more, alone"
    )
    return judged(verdict.case, again)


def judged(case: Case, result: Result) -> Verdict:
    """Compare what a case got with what it must get."""
    complaints = []
    for cell in sorted(set(case.expected) | set(result.scores)):
        want, got = case.expected.get(cell), result.scores.get(cell)
        if want != got:
            why = result.errors.get(cell, "no error")
            complaints.append(f"{cell}: expected {want}, got {got} ({why})")
    first = next(iter(result.errors.values()), "")
    if case.says and case.says not in first:
        complaints.append(f"the first failing test should say {case.says!r}; it says: {first}")
    if bool(case.stopped) != bool(result.stopped) or not result.stopped.startswith(case.stopped):
        complaints.append(
            f"stopped by {result.stopped or 'nothing'!r}, expected {case.stopped or 'nothing'!r}"
        )
    return Verdict(case=case, result=result, complaints=tuple(complaints))
