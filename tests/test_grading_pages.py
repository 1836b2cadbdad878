"""What the page about assignments says of measurements is what was measured."""

import json

import pytest
from grading_pages import class_page, literal, mutants_page, percent

SEEN = {
    "assignment": "01_gans",
    "students": 200,
    "hostile": 12,
    "workers": 2,
    "kept": 100,
    "seconds": 1200,
    "processor_seconds": 700,
    "lost_seconds": 30,
    "complaints": [],
    "date": "2026-01-02",
    "device": "2 cores of a processor",
}


@pytest.fixture
def mutants(tmp_path):
    folder = tmp_path / "assignments" / "equivalent"
    folder.mkdir(parents=True)
    (folder / "99_tiny.txt").write_text(
        "answer_x: 2 => 3 -- only the sign is read\n"
        "answer_x: 2 => 1 -- only the sign is read\n"
        "answer_y: a * b => b * a -- a * b is b * a, as `a * b` says\n"
    )
    path = tmp_path / "mutants.json"
    cells = {
        "answer_x": {"made": 10, "killed": 8, "explained": 2},
        "answer_y": {"made": 300, "killed": 298, "explained": 1},
    }
    path.write_text(json.dumps({"assignments": {"99_tiny": cells}}))
    return mutants_page(path, root=tmp_path)


def test_the_table_sums_the_answers_and_names_the_weakest(mutants):
    assert "| `99_tiny` | 310 | 306 | 3 | 99% | `answer_y`, 99% |" in mutants


def test_every_answer_has_its_line_and_every_reason_is_told_once(mutants):
    assert "| `answer_x` | 10 | 8 | 2 | 100% |" in mutants
    assert "- `answer_x` (2 changes): only the sign is read\n" in mutants
    assert "- `answer_y`: a \\* b is b \\* a, as `a * b` says\n" in mutants


def test_the_changes_themselves_stay_where_the_solution_is(mutants):
    assert "=>" not in mutants


def test_all_is_said_of_nothing_less():
    assert percent({"made": 1000, "killed": 999, "explained": 0}) == "99%"
    assert percent({"made": 3, "killed": 2, "explained": 1}) == "100%"


def test_a_sentence_marks_nothing_but_code():
    assert literal("a_b *c* `d_e`") == "a\\_b \\*c\\* `d_e`"


def test_what_was_not_measured_is_said_with_the_remedy(tmp_path):
    assert "killed_batch.py --write" in class_page(tmp_path / "none.json")
    assert "assignments.py mutants" in mutants_page(tmp_path / "none.json", root=tmp_path)


def test_a_class_is_told_in_words(tmp_path):
    path = tmp_path / "class.json"
    path.write_text(json.dumps(SEEN))
    said = class_page(path)
    assert "3.5 seconds of a processor for each hand-in" in said
    assert "nobody was graded twice" in said
    path.write_text(json.dumps({**SEEN, "complaints": ["student-001: 2 lines"]}))
    assert "1 things were not as they must be" in class_page(path)
