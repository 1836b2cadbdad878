"""One class, graded as a teacher does it: three who worked, and six who would stop a careless grader."""

import csv
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from classroom.limits import Limits

# A hand-in that never ends is waited for: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = {
    "good": ("return 2 * x", "return 3 * x"),
    "half": ("return 2 * x", "return 4 * x"),
    "loop": ("while True:\n        pass", "return 3 * x"),
    "hog": ("pile = []\n    while True:\n        pile.append(bytes(10_000_000))", "return 3 * x"),
    "dead": ("return 2 * x", "import os\n    os._exit(3)"),
    "nosy": (
        "import os\n    return 0 if 'CLASSROOM_SECRET' in os.environ else 2 * x",
        "import sys\n    return 0 if 'classroom' in sys.modules else 3 * x",
    ),
    "flood": (
        "return 2 * x",
        "import time\n    while True:\n        print('still here ' * 20_000)\n        time.sleep(0.05)",
    ),
}
# Long enough that a busy machine reaches the other limits first.
LIMITS = Limits(cell_seconds=20, total_seconds=80, memory_mib=1024, output_mib=1)


@pytest.fixture(scope="module")
def grades(tmp_path_factory, tiny_school):
    """The rows of the table of points, by student."""
    from classroom.notebook import with_answers

    import assignments

    root = tmp_path_factory.mktemp("school")
    source = tiny_school(root)
    for student, bodies in STUDENTS.items():
        names = ("double", "triple")
        answers = {f"answer_{n}": f"def {n}(x):\n    {b}" for n, b in zip(names, bodies, strict=True)}
        (root / "in" / student).mkdir(parents=True)
        nbformat.write(with_answers(source, answers), root / "in" / student / "99_tiny.ipynb")
    (root / "in" / "garbage").mkdir()
    (root / "in" / "garbage" / "99_tiny.ipynb").write_text("<html>", encoding="utf-8")
    (root / "in" / "missing").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignments, "ROOT", root)
        table = root / "out" / "points.csv"
        status = assignments.grade_folder(
            "99_tiny", submissions=root / "in", csv=table, limits=LIMITS, workers=2
        )
    assert status == 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    return rows, root / "out" / "points_notebooks"


@pytest.mark.parametrize(
    ("student", "points", "stopped"),
    [
        ("good", "5", ""),
        ("half", "2", ""),
        ("nosy", "5", ""),
        ("loop", "3", "time: this cell ran longer than "),
        ("hog", "3", "memory: MemoryError"),
        ("dead", "2", "kernel: the code ended its own process"),
        ("flood", "2", "output: more than 1 MiB was printed"),
        ("garbage", "", "not graded: 99_tiny.ipynb cannot be read as a notebook"),
        ("missing", "", "not graded: no notebook was handed in"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is Linux's")
def test_everybody_gets_a_grade_and_a_reason(grades, student, points, stopped):
    row = grades[0][student]
    assert row["score"] == points
    assert row["max_score"] == "5"
    assert row["stopped"].startswith(stopped)
    assert bool(row["stopped"]) == bool(stopped)
    assert row["status"] == ("needs a look" if points == "" else row["status"])


def test_the_table_says_why_task_by_task(grades):
    row = grades[0]["half"]
    assert row["why double"] == ""
    assert row["why triple"] == "triple_value: AssertionError: secret"


def test_a_student_gets_a_page_without_hidden_code(grades):
    page = (grades[1].with_name("points_feedback") / "half.html").read_text(encoding="utf-8")
    assert "2 of 5 points" in page
    assert "secret" in page
    assert "assert" not in page
    assert "triple(5)" not in page


def test_hidden_tests_are_restored_and_the_graded_notebook_is_kept(grades):
    notebook = nbformat.read(grades[1] / "half" / "99_tiny.ipynb", as_version=4)
    failed = [
        output.evalue
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert failed == ["secret"]


def test_a_refused_submission_keeps_its_log(grades):
    assert "cannot be read as a notebook" in (grades[1] / "garbage" / "grading.log").read_text(
        encoding="utf-8"
    )


def test_limits_hold_in_a_process_that_took_them():
    code = "from classroom.limits import restrict_this_process as restrict\n"
    code += "restrict(memory_mib=512, cpu_seconds=5, file_mib=1)\nbytes(2**30)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "tools", capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert ("MemoryError" in done.stderr) == (sys.platform == "linux")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"cell_seconds": 0}, "cell_seconds is 0"),
        ({"output_mib": -1}, "at least 1"),
        ({"memory_mib": 100}, "at least 512"),
    ],
)
def test_limits_that_nothing_can_run_under_are_refused(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        Limits(**change)


def test_an_empty_folder_is_no_class(tmp_path, capsys):
    import assignments

    status = assignments.grade_folder(
        "01_gans", submissions=tmp_path, csv=tmp_path / "x.csv", limits=LIMITS, workers=1
    )
    assert status == 2
    assert "expected one per student" in capsys.readouterr().err
