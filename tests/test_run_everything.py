"""`make test` says at the end of its log what failed."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location(
    "run_everything", Path(__file__).parents[1] / "tools" / "test.py"
)
everything = importlib.util.module_from_spec(SPEC)


@pytest.fixture(autouse=True, scope="module")
def _loaded():
    import sys

    sys.modules[SPEC.name] = everything
    SPEC.loader.exec_module(everything)
    yield
    del sys.modules[SPEC.name]


def test_the_lines_that_say_what_is_wrong_are_found():
    lines = [
        "fine\n",
        "WRONG  hostile/x: stopped by 'time'\n",
        "FAILED tests/a.py::b - boom\n",
        "a/b.py:3:1: F401\n",
        "ERRORS everywhere\n",
        "1 passed, 2 failed\n",
    ]
    assert everything.complaints(lines) == tuple(line.rstrip() for line in lines[1:4])


def test_a_failure_without_such_a_line_shows_its_last_one():
    assert everything.complaints(["a\n", "b\n"]) == ("b",)
    assert everything.complaints([]) == ()


def test_only_so_many_lines_are_repeated():
    lines = [f"FAILED {k}\n" for k in range(100)]
    assert everything.complaints(lines) == tuple(f"FAILED {k}" for k in range(everything.MOST_COMPLAINTS))


def test_complaints_stand_above_the_table():
    bad = everything.Outcome(name="x", passed=1, failed=1, skipped=0, seconds=1.0, complaints=("FAILED a",))
    text = everything.summary([bad])
    assert text.index("x: FAILED a") < text.index("seconds")
    assert text.endswith("1 passed, 1 failed, 0 skipped")
