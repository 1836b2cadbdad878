"""The reference answers speak of cells that exist, and a malformed one is refused with a remedy."""

from pathlib import Path

import pytest
from classroom import check
from classroom.check import check_reference, judged, known
from classroom.course import Course, assignments
from classroom.reference import parse, references
from classroom.submission import Job, Result

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "assignments").glob("*/*/*.py"))
GOOD = '"""A title.\n\nloses: steps_fresh 2\n"""\n\n# %% answer_saturating\nx = 1\n'


def not_generated(assignment):
    """The course of an assignment as far as its source: nothing here looks at what is made from it."""
    source = ROOT / "assignments" / "source" / assignment / f"{assignment}.ipynb"
    return Course(assignment=assignment, source=source, release=source, gradebook=source, archive=source)


def label(path):
    return f"{path.parent.name}-{path.parent.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_reference_speaks_of_cells_that_exist(path):
    check_reference(parse(path), course=not_generated(path.parent.name))


@pytest.mark.parametrize("assignment", assignments(ROOT))
def test_the_wrong_answers_fit_the_solution_and_speak_of_cells_that_exist(assignment):
    course = not_generated(assignment)
    wrong = known("wrong", course=course, root=ROOT)
    for reference in wrong:
        check_reference(reference, course=course)
        assert reference.loses, f"{reference.name} loses nothing"
        assert not reference.stopped, f"{reference.name} belongs to the hostile ones"
    names = [reference.name for group in check.GROUPS for reference in known(group, course=course, root=ROOT)]
    assert len(names) == len(set(names))


def test_there_are_wrong_answers_for_assignments_only():
    files = [path.name for path in (ROOT / "assignments" / "wrong").iterdir()]
    assert sorted(files) == [f"{assignment}.diff" for assignment in assignments(ROOT)]


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_reference_is_in_the_folder_it_belongs_to(path):
    reference, group = parse(path), path.parent.parent.name
    assert bool(reference.loses) == (group != "right")
    assert bool(reference.stopped) == (group == "hostile")


@pytest.mark.parametrize("assignment", assignments(ROOT))
def test_every_graded_cell_is_failed_by_a_wrong_answer(assignment):
    course = not_generated(assignment)
    lost = {cell for reference in known("wrong", course=course, root=ROOT) for cell in reference.loses}
    assert {cell.name for cell in course.graded} <= lost


@pytest.mark.parametrize("assignment", assignments(ROOT))
def test_every_assignment_has_a_right_answer_that_is_different(assignment):
    assert references(ROOT / "assignments" / "right" / assignment)


def test_a_reference_is_read(tmp_path):
    path = tmp_path / "name.py"
    path.write_text(GOOD, encoding="utf-8")
    reference = parse(path)
    assert (reference.name, reference.title, reference.loses) == ("name", "A title.", {"steps_fresh": 2.0})
    assert reference.answers == {"answer_saturating": "x = 1"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("loses: steps_fresh 2", "", "needs a head"),
        ("loses", "looses", "known are: loses"),
        ("steps_fresh 2", "steps_fresh", "id of a graded cell and its points"),
        ("# %% answer_saturating", "", "replaces no answer"),
        ("x = 1", "x = = 1", "is no Python"),
        ("loses", "stopped: magic\nloses", "stopped by 'magic'; expected one of: time"),
    ],
)
def test_a_malformed_reference_is_refused(tmp_path, old, new, complaint):
    path = tmp_path / "name.py"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        parse(path)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("steps_fresh 2", "steps_stale 2", "there are the tests"),
        ("steps_fresh 2", "steps_fresh 3", "which has 2"),
        ("answer_saturating", "answer_unknown", "there are the answers"),
    ],
)
def test_a_reference_to_nothing_is_refused(tmp_path, course, old, new, complaint):
    path = tmp_path / "name.py"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        check_reference(parse(path), course=course)


@pytest.mark.parametrize(
    ("scores", "errors", "stopped", "passes"),
    [
        ({"a": 2.0, "b": 0.0}, {"b": "AssertionError: too steep"}, "", True),
        ({"a": 0.0, "b": 0.0}, {"b": "AssertionError: too steep"}, "", False),
        ({"a": 2.0, "b": 3.0}, {}, "", False),
        ({"a": 2.0}, {"b": "AssertionError: too steep"}, "", False),
        ({"a": 2.0, "b": 0.0}, {"b": "AssertionError: too flat"}, "", False),
        ({"a": 2.0, "b": 0.0}, {"b": "AssertionError: too steep"}, "time: too slow", False),
    ],
)
def test_a_case_passes_only_where_everything_agrees(scores, errors, stopped, passes):
    from classroom.check import Case

    case = Case(
        group="wrong", name="x", title="x", expected={"a": 2.0, "b": 0.0}, notebook=None, says="too steep"
    )
    verdict = judged(case, Result(name="x", scores=scores, errors=errors, stopped=stopped))
    assert verdict.passed is passes


@pytest.mark.parametrize(
    ("group", "expected_stop", "stopped", "repeated"),
    [
        ("wrong", "", "time: this cell ran longer than 60 s", True),
        ("hostile", "memory", "time: this cell ran longer than 20 s", True),
        ("right", "", "not graded: its process took longer than 420 s", True),
        ("hostile", "time", "time: this cell ran longer than 20 s", False),
        ("hostile", "memory", "output: more than 1 MiB", False),
        ("wrong", "", "", False),
    ],
)
def test_only_what_the_clock_stopped_is_graded_again(group, expected_stop, stopped, repeated):
    case = check.Case(
        group=group, name="x", title="x", expected={"a": 2.0}, notebook=None, stopped=expected_stop
    )
    verdict = check.judged(case, Result(name="x", scores={"a": 0.0}, errors={}, stopped=stopped))
    assert check.out_of_time(verdict) is repeated


def test_the_second_try_decides_and_has_a_folder_and_more_time_of_its_own(tmp_path, monkeypatch, capsys):
    case = check.Case(group="wrong", name="x", title="x", expected={"a": 2.0}, notebook=None)
    late = check.judged(case, Result(name="x", scores={"a": 0.0}, errors={}, stopped="time: 60 s"))
    job = Job(
        name="x",
        assignment="01",
        notebook=tmp_path / "x.ipynb",
        folder=tmp_path / "x",
        release="",
        source="",
        limits=check.REFERENCE_LIMITS,
    )
    seen = []

    def grade_all(jobs, *, workers, report):
        seen.extend(jobs)
        assert workers == 1
        return [Result(name="x", scores={"a": 2.0}, errors={})]

    monkeypatch.setattr(check, "grade_all", grade_all)
    assert check.second_try(late, job, report=lambda result: None).passed
    assert seen[0].folder == tmp_path / "x_again"
    assert seen[0].limits.cell_seconds > job.limits.cell_seconds
    assert "graded once more, alone" in capsys.readouterr().out
