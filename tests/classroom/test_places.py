"""Where the points go is looked at before a class is graded, and what was graded is never lost."""

import csv
import json
from pathlib import Path

import pytest


def result(name: str, **fields):
    from classroom.submission import Result

    return Result(name=name, scores={"task_a": 1.0}, errors={}, **fields)


@pytest.fixture
def grade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Calls the command's grading of two students, of which nothing is really graded."""
    import assignments

    submissions = tmp_path / "submissions"
    for student in ("ada", "bob"):
        (submissions / student).mkdir(parents=True)
        (submissions / student / "01_gans.ipynb").write_text("{}")
    (tmp_path / "notebook").write_text("{}")
    calls: list[str] = []

    class Course:
        release = source = tmp_path / "notebook"
        graded = ()

    def graded(jobs, *, workers, report):
        for job in jobs:
            calls.append(job.name)
            report(result(job.name))

    monkeypatch.setattr(assignments, "generate", lambda *args, **options: calls.append("generated") or Course)
    monkeypatch.setattr(assignments, "grade_all", graded)

    def call(place: Path) -> int:
        from classroom.limits import Limits

        return assignments.grade_folder(
            "01_gans", submissions=submissions, csv=place, limits=Limits(), workers=1, room="limits"
        )

    call.calls, call.module, call.submissions = calls, assignments, submissions
    return call


def students(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["student_id"] for row in csv.DictReader(file)]


def broken_off(grade, tmp_path: Path) -> None:
    """Grade the first of two, and be interrupted."""
    before = grade.module.grade_all

    def interrupted(jobs, *, workers, report):
        report(result(jobs[0].name))
        raise KeyboardInterrupt

    grade.module.grade_all = interrupted
    with pytest.raises(KeyboardInterrupt):
        grade(tmp_path / "points.csv")
    grade.module.grade_all = before


def test_points_are_written_where_they_are_to_go(grade, tmp_path: Path) -> None:
    assert grade(tmp_path / "deep" / "points.csv") == 0
    assert students(tmp_path / "deep" / "points.csv") == ["ada", "bob"]
    assert not (tmp_path / "deep" / "points_unfinished.jsonl").exists()


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


def test_the_table_grows_row_by_row(grade, tmp_path: Path) -> None:
    broken_off(grade, tmp_path)
    assert students(tmp_path / "points.csv") == ["ada"]
    assert (tmp_path / "points_feedback" / "ada.html").is_file()


def test_grading_goes_on_where_it_was_broken_off(grade, tmp_path: Path, capsys) -> None:
    broken_off(grade, tmp_path)
    # The machine went down while a line was written.
    with (tmp_path / "points_unfinished.jsonl").open("a") as file:
        file.write('{"digest": "half a li')
    grade.calls.clear()
    assert grade(tmp_path / "points.csv") == 0
    assert grade.calls == ["generated", "bob"]
    assert students(tmp_path / "points.csv") == ["ada", "bob"]
    assert "1 were graded before" in capsys.readouterr().out


def test_what_was_handed_in_anew_is_graded_anew(grade, tmp_path: Path) -> None:
    broken_off(grade, tmp_path)
    (grade.submissions / "ada" / "01_gans.ipynb").write_text('{"cells": []}')
    grade.calls.clear()
    assert grade(tmp_path / "points.csv") == 0
    assert grade.calls == ["generated", "ada", "bob"]


def test_the_ledger_says_the_whole_result(grade, tmp_path: Path) -> None:
    from classroom.submission import as_result

    broken_off(grade, tmp_path)
    (line,) = (tmp_path / "points_unfinished.jsonl").read_text().splitlines()
    assert as_result(json.loads(line)["result"]) == result("ada")


def test_what_only_the_machine_is_to_blame_for_is_graded_again(tmp_path, monkeypatch) -> None:
    from classroom import batch
    from classroom.submission import Job

    job = Job(name="ada", assignment="x", notebook=tmp_path, folder=tmp_path / "ada", release="", source="")
    told = [result("ada", machine=True), result("ada", machine=True), result("ada")]
    seen, heard = [], []

    def grade_apart(job, *, context):
        seen.append(job)
        return told.pop(0)

    monkeypatch.setattr(batch, "grade_apart", grade_apart)
    (last,) = batch.grade_all([job], workers=1, report=heard.append)
    assert last == result("ada")
    assert heard == [last]
    assert [each.limits.cell_seconds for each in seen] == [30, 90, 90]
    assert len({each.folder for each in seen}) == 3


def test_a_machine_that_stays_to_blame_is_told_so(tmp_path, monkeypatch) -> None:
    from classroom import batch
    from classroom.submission import Job

    job = Job(name="ada", assignment="x", notebook=tmp_path, folder=tmp_path / "ada", release="", source="")
    lost = result("ada", machine=True, stopped="not graded: no process", look=("no process",), unread=True)
    monkeypatch.setattr(batch, "grade_apart", lambda job, *, context: lost)
    heard = []
    (last,) = batch.grade_all([job], workers=1, report=heard.append)
    assert heard == [last]
    assert last.status == "needs a look"
