"""`make test` runs two steps at a time, and says at the end of its log where the time went and what failed."""

import importlib.util
import sys
from pathlib import Path

import steps
from steps import Outcome, Step, complaints, run_all

ROOT = Path(__file__).parents[1]
SPEC = importlib.util.spec_from_file_location("run_everything", ROOT / "tools" / "test.py")
everything = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(everything)


def script(name: str, code: str, **options: object) -> Step:
    return Step(name=name, command=(sys.executable, "-c", code), **options)


def test_the_lines_that_say_what_is_wrong_are_found():
    lines = [
        "fine\n",
        "WRONG  hostile/x: stopped by 'time'\n",
        "FAILED tests/a.py::b - boom\n",
        "a/b.py:3:1: F401\n",
        "ERRORS everywhere\n",
        "1 passed, 2 failed\n",
    ]
    assert complaints(lines) == tuple(line.rstrip() for line in lines[1:4])


def test_a_failure_without_such_a_line_shows_its_last_one():
    assert complaints(["a\n", "b\n"]) == ("b",)
    assert complaints([]) == ()


def test_only_so_many_lines_are_repeated():
    lines = [f"FAILED {k}\n" for k in range(100)]
    assert complaints(lines) == tuple(f"FAILED {k}" for k in range(steps.MOST_COMPLAINTS))


def outcome(name: str, seconds: float, **options: object) -> Outcome:
    return Outcome(name=name, passed=1, skipped=0, seconds=seconds, **{"failed": 0, **options})


def test_complaints_stand_at_the_end_below_the_table():
    long = "FAILED " + "b" * 1_000
    text = everything.summary([outcome("x", 1.0, failed=1, complaints=("FAILED a", long))], seconds=1.0)
    assert text.index("seconds") < text.index("x: FAILED a")
    assert len(text[text.index("x: FAILED a") :]) < 300
    assert text.endswith("1 passed, 1 failed, 0 skipped")


def test_the_summary_says_where_the_time_went():
    outcomes = [
        outcome("ruff", 10.0),
        outcome("chapter 01", 60.0, tests=((50.0, "a cell"),)),
        outcome("tests", 30.0, tests=((1.0, "quick"), (20.0, "long"))),
    ]
    text = everything.summary(outcomes, seconds=55.0)
    assert text.index("chapter 01") < text.index("tests   ") < text.index("ruff")
    assert "60%" in text
    assert "55 s in all (0.9 min), for 100 s of steps" in text
    assert text.index("20.0 s  long") < text.index("1.0 s  quick")
    assert "a cell" not in text


def test_every_day_has_lint_and_the_tests_that_are_not_slow():
    daily, everyday = everything.all_steps(), everything.daily_steps()
    names = ["ruff check", "ruff format", "imports", "other tests", *everything.GROUPS]
    assert [step.name for step in everyday] == names
    assert everyday[:3] == daily[:3]
    assert all("not slow and not site" in step.command for step in everyday[3:])
    notebooks = {f"chapter {path.stem}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert notebooks <= {step.name for step in daily}


def test_the_groups_are_all_tests():
    others, *groups = everything.test_steps("not site")
    assert "tests" in others.command
    assert [step.name for step in groups] == list(everything.GROUPS)
    for step, folders in zip(groups, everything.GROUPS.values(), strict=True):
        for folder in folders:
            assert (ROOT / folder).is_dir()
            assert folder in step.command
            assert f"--ignore={folder}" in others.command
    # What the others leave out is in one group, and in one only.
    ignored = [part.removeprefix("--ignore=") for part in others.command if part.startswith("--ignore=")]
    assert sorted(ignored) == sorted(f for folders in everything.GROUPS.values() for f in folders)
    assert len(ignored) == len(set(ignored))


def test_what_stands_in_the_queue_before_is_what_a_step_waits_for():
    names = [step.name for step in everything.all_steps()]
    for step in everything.all_steps():
        assert not step.after or names.index(step.after) < names.index(step.name)


def test_two_steps_run_at_a_time_and_name_their_lines(capfd, tmp_path):
    """Each waits for the other's file, so one after the other they would not end."""
    wait = (
        "import pathlib, sys, time; mine, other = map(pathlib.Path, {files}); mine.touch()\n"
        "for _ in range(600):\n    if other.exists(): sys.exit(print('met'))\n    time.sleep(0.1)\nsys.exit(1)"
    )
    files = (str(tmp_path / "a"), str(tmp_path / "b"))
    pair = [
        script("one", wait.format(files=files)),
        script("two", wait.format(files=files[::-1])),
        script(
            "last",
            f"import os; print(os.listdir({str(tmp_path)!r})); print('3 passed, 2 failed')",
            alone=True,
        ),
    ]
    outcomes = run_all(pair, jobs=2)
    assert [(o.name, o.passed, o.failed) for o in outcomes] == [("one", 1, 0), ("two", 1, 0), ("last", 3, 2)]
    lines = capfd.readouterr().out.splitlines()
    assert "one | met" in lines
    assert "two | met" in lines
    assert "3 passed, 2 failed" in lines, "a step that is alone has its lines to itself"


def test_a_step_waits_for_the_one_it_needs(tmp_path):
    made = tmp_path / "made"
    late = f"import time, pathlib; time.sleep(1); pathlib.Path({str(made)!r}).touch()"
    needs = f"import pathlib, sys; sys.exit(not pathlib.Path({str(made)!r}).exists())"
    outcomes = run_all([script("book", late), script("site", needs, after="book")], jobs=2)
    assert [o.failed for o in outcomes] == [0, 0]


def test_the_seconds_of_every_test_are_read(tmp_path):
    (tmp_path / "test_x.py").write_text("def test_a(): pass\ndef test_b(): assert False\n")
    command = (sys.executable, "-m", "pytest", "-q", "--noconftest", str(tmp_path / "test_x.py"))
    result = steps.run(Step(name="x", command=command), jobs=1)
    assert (result.passed, result.failed) == (1, 1)
    assert {name.rpartition("::")[2] for _, name in result.tests} == {"test_a", "test_b"}
    assert result.complaints[0].startswith("FAILED")
