"""Whatever a student does to the tests is undone; whatever a student writes is kept."""

import nbformat
import pytest
from classroom.check import TAMPERING
from classroom.matching import rebuilt as put_together
from classroom.notebook import answer_cells, graded_cells, must_run, read, role, with_answers


def rebuilt(submission, release):
    return put_together(submission, release).notebook


@pytest.fixture
def release(course):
    return read(course.release)


@pytest.mark.parametrize("change", TAMPERING.values(), ids=list(TAMPERING))
def test_tests_come_back(release, change):
    whole = rebuilt(change(release), release)
    assert graded_cells(whole) == graded_cells(release)
    sources = {role(cell)[1]: cell.source for cell in release.cells if role(cell)[0] == "graded"}
    assert {role(cell)[1]: cell.source for cell in whole.cells if role(cell)[0] == "graded"} == sources
    assert all(must_run(cell) for cell in whole.cells if role(cell)[0] == "graded")


def test_answers_are_kept(release):
    mine = with_answers(release, {"answer_saturating": "def saturating_loss(a): ..."})
    assert answer_cells(rebuilt(mine, release)) == answer_cells(mine)


def test_own_cells_stay_where_they_were_and_lose_their_tags(release):
    mine = nbformat.reads(nbformat.writes(release), as_version=4)
    index = next(i for i, cell in enumerate(mine.cells) if role(cell)[1] == "answer_saturating")
    mine.cells.insert(index + 1, nbformat.v4.new_code_cell("half = 0.5", metadata={"tags": ["figure"]}))
    mine.cells.insert(0, nbformat.v4.new_code_cell("first = 1"))
    whole = rebuilt(mine, release)
    place = next(i for i, cell in enumerate(whole.cells) if cell.source == "half = 0.5")
    assert role(whole.cells[place - 1])[1] == "answer_saturating"
    assert must_run(whole.cells[place])
    assert whole.cells[0].source == "first = 1"


def test_of_an_answer_given_twice_the_last_counts(release):
    mine = with_answers(release, {"answer_saturating": "def saturating_loss(a):\n    return 1"})
    again = next(cell for cell in mine.cells if role(cell)[1] == "answer_saturating")
    mine.cells.append(nbformat.from_dict({**again, "source": "def saturating_loss(a):\n    return 2"}))
    whole = rebuilt(mine, release)
    there = {}
    exec(answer_cells(whole)["answer_saturating"], there)
    assert there["saturating_loss"](0) == 2
    assert len([cell for cell in whole.cells if role(cell)[1] == "answer_saturating"]) == 1


def test_the_untouched_release_is_its_own_rebuilding(release):
    assert [cell.source for cell in rebuilt(release, release).cells] == [
        cell.source for cell in release.cells
    ]


@pytest.mark.parametrize("text", ["", "this is no notebook", "{}", '{"cells": 3}', "[]", "\ufeff"])
def test_what_is_no_notebook_is_refused(tmp_path, text):
    path = tmp_path / "01_gans.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be read as a notebook"):
        read(path)


def test_a_missing_notebook_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"01_gans.ipynb is missing"):
        read(tmp_path / "01_gans.ipynb")
