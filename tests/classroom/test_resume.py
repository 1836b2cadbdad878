"""A grader that is killed half-way is called again: everybody has one line, and nobody is graded twice.

What each hand-in must get is what `check` proves that it gets where nobody disturbs the grader.
"""

import os
import signal
import sys
import time
from dataclasses import replace

import nbformat
import pytest
from classroom import check
from classroom.batch import processes
from classroom.check import Case
from classroom.notebook import with_answers
from classroom.rehearsal import (
    Rehearsal,
    born,
    class_of,
    complaints,
    grading,
    hand_in,
    processor_seconds,
    rehearse,
    remaining,
)
from classroom.sandbox import descendants, rooms
from classroom.submission import Job, grade

HOSTILE = ("kernel_death", "endless_list", "endless_loop")
OTHERS = ("solution", "release", "tests_deleted", "other_ways", "missing_detach")


def case(name, *, group="wrong", points=2.0, stopped=""):
    return Case(
        group=group, name=name, title=name, expected={"a": points, "b": 1.0}, notebook=None, stopped=stopped
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the processes are looked for in /proc")
def test_a_killed_batch_goes_on_and_nothing_is_lost_doubled_or_left(course, root, tmp_path):
    there = {each.name: each for each in check.cases(course, root=root)}
    members = class_of([there[name] for name in (*HOSTILE, *OTHERS)], students=9, hostile=3)
    assert sum(bool(each.stopped) for each in members.values()) == 3
    hand_in(members, assignment="01_gans", folder=tmp_path / "in")
    table = tmp_path / "out" / "points.csv"
    table.parent.mkdir()
    limits = ["--cell-seconds", "8", "--total-seconds", "80", "--memory-mib", "1024"]
    command = grading("01_gans", submissions=tmp_path / "in", table=table, workers=2, more=limits)
    seen = rehearse(command, table=table, kill_after=4, workers=2, cwd=root)
    assert complaints(seen, members) == []
    assert 4 <= len(seen.kept) < 9
    assert set(seen.again) == set(members) - set(seen.kept)
    assert not table.with_name("points_unfinished.jsonl").exists()
    pages = sorted(page.stem for page in table.with_name("points_feedback").iterdir())
    assert pages == sorted(members)


ENDLESS = {
    "busy": "def double(x):\n    while True:\n        pass",
    "asleep and deaf": "def double(x):\n    import time\n    while True:\n        try:\n"
    "            time.sleep(1)\n        except BaseException:\n            pass",
    "in another session": "def double(x):\n    import os, time\n    if os.fork() == 0:\n        os.setsid()\n"
    "    while True:\n        time.sleep(1)",
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="rooms are Linux's")
@pytest.mark.parametrize("code", ENDLESS)
def test_a_hand_in_ends_with_its_killed_grader(code, tmp_path, tiny_school):
    if "namespaces" not in rooms():
        pytest.skip("needs namespaces")
    source = tiny_school(tmp_path)
    notebook = tmp_path / "99_tiny.ipynb"
    nbformat.write(with_answers(source, {"answer_double": ENDLESS[code]}), notebook)
    text = nbformat.writes(source)
    job = Job(
        name="x", assignment="99_tiny", notebook=notebook, folder=tmp_path / "x", release=text, source=text
    )
    context = processes()
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=grade, args=(job, sender))
    process.start()
    sender.close()
    family = under_way(process.pid, least=3 if code == "in another session" else 2)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    receiver.close()
    left = remaining(family, mark="none of them", patience=10)
    for each in family:
        if born(each) == family[each]:
            os.kill(each, signal.SIGKILL)
    assert left == []


def under_way(grader, *, least):
    """The processes below a grader, once there are enough of them and they have nothing more to prepare."""
    deadline, used = time.monotonic() + 120, -1.0
    while time.monotonic() < deadline:
        family = {each: born(each) for each in descendants(grader)}
        before, used = used, sum(processor_seconds(each) for each in family)
        if len(family) >= least and (before >= used or used > 5):
            return family
        time.sleep(1.5)
    raise AssertionError(f"only {len(family)} processes were started")


def as_it_must_be():
    members = {"student-000": case("right"), "student-001": case("loop", stopped="time")}
    line = {"score": "3", "stopped": ""}
    seen = Rehearsal(
        rows=["student-000"],
        kept={"student-000": 2.0},
        again=["student-001"],
        after={"student-000": [line], "student-001": [{**line, "stopped": "time: too long"}]},
    )
    return seen, members


def test_what_is_as_it_must_be_has_no_complaint():
    assert complaints(*as_it_must_be()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda seen: {"left": ["17: python"]}, "left behind by the killed grader: 17"),
        (lambda seen: {"rows": seen.rows * 2}, "names a student twice"),
        (lambda seen: {"rows": ["student-001"]}, "student-001: in the table, and no result on disk"),
        (lambda seen: {"again": ["student-000", "student-001"]}, "student-000: graded again"),
        (lambda seen: {"again": ["student-001"] * 2}, "student-001: graded twice"),
        (lambda seen: {"after": {**seen.after, "student-000": []}}, "student-000: 0 lines"),
        (lambda seen: {"after": {**seen.after, "student-001": seen.after["student-001"] * 2}}, "2 lines"),
        (lambda seen: {"after": {**seen.after, "eve": seen.after["student-000"]}}, "eve: not handed in"),
        (
            lambda seen: {"after": {**seen.after, "student-000": [{"score": "2", "stopped": ""}]}},
            "student-000 (right): 2 points, expected 3",
        ),
        (
            lambda seen: {"after": {**seen.after, "student-001": [{"score": "3", "stopped": ""}]}},
            "student-001 (loop): stopped by ''",
        ),
    ],
)
def test_what_is_not_as_it_must_be_is_said(change, said):
    seen, members = as_it_must_be()
    assert any(said in each for each in complaints(replace(seen, **change(seen)), members))


def test_a_class_has_hostile_ones_among_all_others():
    cases = [case(name, group="hostile", stopped="time") for name in ("x", "y")]
    members = class_of([*cases, case("a"), case("b"), case("c")], students=12, hostile=3)
    names = [each.name for each in members.values()]
    assert names == ["a", "b", "x", "c", "a", "b", "y", "c", "a", "b", "x", "c"]
    assert next(iter(members)) == "student-000"


def test_a_class_without_hostile_references_has_none():
    assert [each.name for each in class_of([case("a")], students=2, hostile=0).values()] == ["a", "a"]
    with pytest.raises(ValueError, match="hostile is 1"):
        class_of([case("a")], students=2, hostile=1)
