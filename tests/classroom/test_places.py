"""Where the points go is looked at before a class is graded, and what was graded is never lost."""

import csv
from pathlib import Path

import pytest


def result(name: str):
    from classroom.submission import Result

    return Result(name=name, scores={"task_a": 1.0}, errors={})


@pytest.fixture
def grade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Calls the command's grading of two students, of which nothing is really graded."""
    import assignments

    submissions = tmp_path / "submissions"
    for student in ("ada", "bob"):
        (submissions / student).mkdir(parents=True)
    calls: list[str] = []

    class Course:
        release, gradebook, graded = tmp_path, tmp_path, ()

    def graded(jobs, *, workers, report):
        calls.append("graded")
        for job in jobs:
            report(result(job.name))
        return [result(job.name) for job in jobs]

    monkeypatch.setattr(assignments, "generate", lambda *args, **options: calls.append("generated") or Course)
    monkeypatch.setattr(assignments, "grade_all", graded)

    def call(place: Path) -> int:
        from classroom.limits import Limits

        return assignments.grade_folder(
            "01_gans", submissions=submissions, csv=place, limits=Limits(), workers=1
        )

    call.calls, call.module = calls, assignments
    return call


def students(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["student_id"] for row in csv.DictReader(file)]


def test_points_are_written_where_they_are_to_go(grade, tmp_path: Path) -> None:
    assert grade(tmp_path / "deep" / "points.csv") == 0
    assert students(tmp_path / "deep" / "points.csv") == ["ada", "bob"]


def test_a_place_that_is_none_is_refused_before_grading(grade, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "points_notebooks").write_text("")
    for place, message in (
        ("folder.csv", "is a folder"),
        ("file/points.csv", "is a file, or lies in one"),
        ("points.csv", "points_notebooks is a file"),
    ):
        with pytest.raises(ValueError, match=message):
            grade(tmp_path / place)
    assert grade.calls == []


def test_points_are_kept_elsewhere_where_the_place_went_bad(grade, tmp_path: Path, capsys) -> None:
    place = tmp_path / "points.csv"
    before = grade.module.grade_all

    def meanwhile(jobs, **options):
        place.mkdir()
        return before(jobs, **options)

    grade.module.grade_all = meanwhile
    assert grade(place) == 2
    kept = Path(capsys.readouterr().err.split("the points are in ")[1].split(": copy")[0])
    assert students(kept) == ["ada", "bob"]
    assert list(place.iterdir()) == []


def test_what_was_graded_before_an_interruption_is_kept(grade, tmp_path: Path) -> None:
    def interrupted(jobs, *, workers, report):
        report(result(jobs[0].name))
        raise KeyboardInterrupt

    grade.module.grade_all = interrupted
    with pytest.raises(KeyboardInterrupt):
        grade(tmp_path / "points.csv")
    assert students(tmp_path / "points_unfinished.csv") == ["ada"]
    assert not (tmp_path / "points.csv").exists()
