"""What a wrong answer changes is found in the solution or refused, by name: nothing is guessed."""

import pytest
from classroom.patches import wrong_answers

SOLUTION = {
    "answer_norm": (
        "def norm(v):\n"
        '    """The length of v."""\n'
        "    ### BEGIN SOLUTION\n"
        "    # a root\n"
        "    total = 0\n"
        "\n"
        "    for x in v:\n"
        "        total = total + x * x\n"
        "    total = total + 0\n"
        "    return total ** 0.5\n"
        "    ### END SOLUTION"
    ),
    "answer_sign": "def sign(x):\n    return 1 if x > 0 else -1",
}
HEAD = "== squared\nThe root is missing.\nloses: norm_value 2\nsays: the root\n"
HUNK = "@@ answer_norm\n-    return total ** 0.5\n+    return total\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "01_tiny.diff"
        path.write_text(f"For the reader.\n\n{text}", encoding="utf-8")
        return wrong_answers(path, solution=SOLUTION)

    return read


def names_of(code):
    world = {}
    exec(code, world)
    return world


def test_the_solution_with_the_change_is_the_answer(read):
    (wrong,) = read(HEAD + HUNK)
    assert (wrong.name, wrong.title) == ("squared", "The root is missing.")
    assert (wrong.loses, wrong.says, wrong.stopped) == ({"norm_value": 2.0}, "the root", "")
    assert list(wrong.answers) == ["answer_norm"]
    assert names_of(wrong.answers["answer_norm"])["norm"]([3, 4]) == 25
    assert "SOLUTION" not in wrong.answers["answer_norm"]
    assert '"""The length of v."""' in wrong.answers["answer_norm"]


def test_an_entry_may_change_several_places_and_cells(read):
    text = (
        HEAD
        + HUNK
        + "@@ answer_sign\n-    return 1 if x > 0 else -1\n+    return 0\n"
        + "@@ answer_norm\n-    total = 0\n+    total = 1\n"
    )
    first, second = read(f"{text}\n{text.replace('squared', 'again')}")
    assert (first.name, second.name) == ("squared", "again")
    assert first.answers == second.answers
    assert names_of(first.answers["answer_norm"])["norm"]([3, 4]) == 26
    assert names_of(first.answers["answer_sign"])["sign"](5) == 0


def test_hunks_are_found_in_the_solution_and_not_in_what_others_put_there(read):
    text = HUNK + "@@ answer_norm\n-    total = total + 0\n+    return total ** 0.5\n"
    (wrong,) = read(HEAD + text)
    assert names_of(wrong.answers["answer_norm"])["norm"]([3, 4]) == 5


def test_lines_may_be_added_and_an_empty_line_is_context(read):
    text = "@@ answer_norm\n     total = 0\n\n+    v = v[1:]\n     for x in v:\n"
    (wrong,) = read(HEAD + text)
    assert names_of(wrong.answers["answer_norm"])["norm"]([3, 4]) == 4


def test_an_assignment_without_a_file_has_no_wrong_answers(tmp_path):
    assert wrong_answers(tmp_path / "none.diff", solution=SOLUTION) == []


@pytest.mark.parametrize(
    ("hunk", "complaint"),
    [
        (HUNK.replace("0.5", "0.25"), r"occur 0 times in the solution's answer_norm.*has changed"),
        (HUNK.replace("-    return", "-  return"), "occur 0 times"),
        ("@@ answer_norm\n-        total = total + x * x\n     return total ** 0.5\n", "occur 0 times"),
        (HUNK.replace("answer_norm", "answer_lost"), "'answer_lost'; there are the answers: answer_norm"),
        ("@@ answer_norm\n     return total ** 0.5\n", "changes nothing"),
        ("", "changes nothing; put"),
        ("@@ answer_norm\n+    import math\n", "without saying where"),
        ("@@ answer_norm\nreturn total\n", "the line 'return total' in a hunk; expected -, [+] or a space"),
        (HUNK.replace("return total\n", "return total +\n"), "makes no Python of answer_norm"),
        (
            HUNK + HUNK.replace("return total\n", "return 0\n"),
            "two hunks for answer_norm that change the same",
        ),
        (HEAD + HUNK, "changes nothing"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(read, hunk, complaint):
    with pytest.raises(ValueError, match=rf"(?s)^01_tiny.diff, squared.*{complaint}"):
        read(HEAD + hunk)


def test_a_change_that_fits_in_two_places_is_refused(tmp_path):
    path = tmp_path / "01_tiny.diff"
    path.write_text(HEAD + "@@ answer_twice\n-    x = 1\n+    x = 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"squared: its lines occur 2 times .* give more lines around them"):
        wrong_answers(path, solution={"answer_twice": "if a:\n    x = 1\nelse:\n    x = 1"})


def test_two_entries_of_one_name_are_refused(read):
    with pytest.raises(ValueError, match="two entries 'squared'"):
        read(f"{HEAD}{HUNK}\n{HEAD}{HUNK}")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("loses: norm_value 2\n", "", "needs a head"),
        ("loses", "looses", "known are: loses"),
        ("norm_value 2", "norm_value", "id of a graded cell and its points"),
        ("says: the root", "stopped: magic", "stopped by 'magic'; expected one of: time"),
    ],
)
def test_a_malformed_head_is_refused(read, old, new, complaint):
    with pytest.raises(ValueError, match=f"^01_tiny.diff, squared .*{complaint}"):
        read(HEAD.replace(old, new) + HUNK)
