"""Wrong answers that leave a walk through the solution get what they get alone, and their limits hold."""

import sys
from dataclasses import replace

import pytest
from classroom import astray, check
from classroom.batch import best_room, grade_all
from classroom.course import generate
from classroom.limits import Limits
from classroom.worlds import Step

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each runs alone"),
    # Answers that never end are waited for.
    pytest.mark.slow,
]

# Long enough that a busy machine reaches the other limits first.
LIMITS = Limits(cell_seconds=5, total_seconds=8, memory_mib=1024, output_mib=1)
ENTRY = (
    "== {name}\nA title.\nloses: {loses}\n{rest}@@ answer_{function}\n-    return {factor} * x\n+    {code}\n"
)
BOTH = "double_value 2, triple_value 3"
TWICE = {"function": "double", "factor": 2}
THRICE = {"function": "triple", "factor": 3}
WRONG = {
    # name: what it loses, further fields, where, and the line that takes the place of the right one
    "quadruple": ("triple_value 3", "says: secret", THRICE, "return 4 * x"),
    "no_number": ("double_value 2", "says: TypeError: can only", TWICE, "return [0] + x"),
    "harmless": ("double_value 2", "", TWICE, "return x + x"),
    "worse_than_said": ("triple_value 3", "", TWICE, "return 5 * x"),
    "loop": (BOTH, "stopped: time", TWICE, "while True: pass"),
    "sleep": (BOTH, "stopped: time", TWICE, "import signal, time; signal.alarm(0); time.sleep(40)"),
    "hog": ("double_value 2", "stopped: memory", TWICE, "return len(bytes(2**31))"),
    "flood": (BOTH, "stopped: output", TWICE, "return [print('still here ' * 1000) for _ in range(10**6)]"),
    "dead": ("triple_value 3", "stopped: kernel", THRICE, "import os; os._exit(0)"),
    "leaves": ("double_value 2", "says: SystemExit", TWICE, "import sys; sys.exit()"),
    "nosy": ("double_value 2", "says: KeyError", TWICE, "import os; os.environ['CLASSROOM_SECRET']"),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, tiny_school):
    """The course of a tiny assignment with wrong answers, and two right ones of which one is none; its root."""
    root = tmp_path_factory.mktemp("school")
    tiny_school(root)
    entries = [
        ENTRY.format(name=name, loses=loses, rest=f"{rest}\n" if rest else "", code=code, **where)
        for name, (loses, rest, where, code) in WRONG.items()
    ]
    (root / "assignments" / "wrong").mkdir()
    (root / "assignments" / "wrong" / "99_tiny.diff").write_text("\n".join(entries), encoding="utf-8")
    right = root / "assignments" / "right" / "99_tiny"
    right.mkdir(parents=True)
    text = '"""A right answer.\n\nloses: nothing\n"""\n\n# %% answer_double\ndef double(x):\n    return {}\n'
    (right / "by_a_sum.py").write_text(text.format("x + x"), encoding="utf-8")
    (right / "not_right.py").write_text(text.format("x + x if x < 5 else 11"), encoding="utf-8")
    return generate("99_tiny", root=root, build=root / "build"), root


@pytest.fixture(scope="module")
def verdicts(tiny):
    """Every reference of the tiny assignment, graded on one walk."""
    course, root = tiny
    found = [case for case in check.cases(course, root=root) if case.group in ("right", "wrong")]
    jobs = [check.handed_in(case, course=course, build=root / "walked") for case in found]
    jobs = [replace(job, limits=LIMITS) for job in jobs]
    walks = [astray.Walk(source=course.source, folder=root / "walk", jobs=jobs)]
    results = grade_all([], walks=walks, workers=1)
    return {case.name: check.judged(case, result) for case, result in zip(found, results, strict=True)}


@pytest.mark.parametrize("name", ["quadruple", "no_number", "leaves", "nosy", "by_a_sum"])
def test_what_loses_what_it_should_passes(verdicts, name):
    assert verdicts[name].complaints == ()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("loop", "time: this cell ran longer than 5 s"),
        ("sleep", "time: the whole notebook ran longer than 8 s"),
        ("hog", "memory: MemoryError"),
        ("flood", "output: more than 1 MiB was printed, or written to a file"),
        ("dead", "kernel: the code ended its own process"),
    ],
)
def test_limits_hold_and_the_reason_is_told(verdicts, name, reason):
    assert verdicts[name].complaints == ()
    assert verdicts[name].result.stopped == reason


def test_a_wrong_answer_that_loses_nothing_is_reported(verdicts):
    assert verdicts["harmless"].complaints == ("double_value: expected 0.0, got 2.0 (no error)",)


def test_a_wrong_answer_that_loses_something_else_is_reported(verdicts):
    first, second = verdicts["worse_than_said"].complaints
    assert first == "double_value: expected 2.0, got 0.0 (AssertionError: secret)"
    assert second == "triple_value: expected 0.0, got 3.0 (no error)"


def test_a_right_answer_that_loses_points_is_reported(verdicts):
    (complaint,) = verdicts["not_right"].complaints
    assert complaint == "double_value: expected 2.0, got 0.0 (AssertionError: secret)"


def test_what_is_not_run_says_why(verdicts):
    errors = verdicts["loop"].result.errors
    assert errors["double_value"] == "Stopped: time: this cell ran longer than 5 s"
    assert errors["triple_value"].startswith("Stopped: not run, because the process was ended before (time: ")


def test_one_that_goes_astray_leaves_no_trace_for_the_next(verdicts):
    # The first has its wrong answer in the first cell, the second comes by later and finds the solution there.
    assert verdicts["worse_than_said"].result.scores == {"double_value": 0.0, "triple_value": 3.0}
    assert verdicts["quadruple"].result.scores == {"double_value": 2.0, "triple_value": 0.0}


def test_a_room_of_its_own_gives_the_same_points_and_the_same_message(tiny, verdicts):
    course, root = tiny
    names = ("quadruple", "no_number")
    found = [case for case in check.cases(course, root=root) if case.name in names]
    jobs = [check.handed_in(case, course=course, build=root / "alone", room=best_room()) for case in found]
    for result in grade_all(jobs, workers=2):
        walked = verdicts[result.name].result
        assert (result.scores, result.errors) == (walked.scores, walked.errors)


@pytest.mark.parametrize("each_alone", [False, True])
def test_hostile_and_right_answers_run_alone(tiny, tmp_path, monkeypatch, each_alone):
    course, root = tiny
    seen = {}

    def grade_all(jobs, *, walks, workers, report):
        seen["alone"] = {job.name for job in jobs}
        seen["walks"] = [{job.name for job in each.jobs} for each in walks]
        everybody = [*jobs, *(job for each in walks for job in each.jobs)]
        return [check.Result(name=job.name, scores={}, errors={}) for job in everybody]

    monkeypatch.setattr(check, "grade_all", grade_all)
    monkeypatch.setattr(check, "best_room", lambda: "namespaces")
    check.run(course, root=root, build=tmp_path, workers=2, each_alone=each_alone, report=lambda result: None)
    kept = {"solution", "release", *check.TAMPERING, "by_a_sum", "not_right"}
    assert seen["alone"] == (kept | set(WRONG) if each_alone else kept)
    assert [len(names) for names in seen["walks"]] == ([] if each_alone else [6, 5])


def test_the_walk_is_left_at_the_first_cell_that_differs():
    def path(*sources):
        return [Step(name=str(i), kind="own", source=source) for i, source in enumerate(sources)]

    solution = path("a", "b", "c")
    assert astray.first_difference(solution, path("x", "b", "c")) == 0
    assert astray.first_difference(solution, path("a", "b", "x")) == 2
    assert astray.first_difference(solution, path("a", "b", "c", "d")) == 3
    assert astray.first_difference(solution, path("a", "b")) == 2
    assert astray.first_difference(solution, solution) == 3
