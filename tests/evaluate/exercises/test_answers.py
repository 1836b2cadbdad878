"""Answering by name: one line a part, and errors that name what there is."""

import pytest

from udtlib.evaluate.exercises import answer
from udtlib.evaluate.exercises.answers import chapters


def test_one_line_for_each_part(capsys) -> None:
    answer("ex-p2p-median", 0.1, ...)
    assert capsys.readouterr().out == (
        "✓ the pixel under L1\n○ the pixel under the squared error: not answered yet\n"
    )


def test_an_unknown_name_is_told_its_chapter() -> None:
    with pytest.raises(ValueError, match="'ex-p2p-feild'; this chapter has ex-p2p-field, ex-p2p-median"):
        answer("ex-p2p-feild", 26)


def test_an_unknown_chapter_is_told_all_names() -> None:
    with pytest.raises(ValueError, match=r"there are ex-ae-mmd, .*, ex-sl-notices"):
        answer("entropy", 1)


def test_another_number_of_answers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2 answers \(the pixel under L1, .*, got 1"):
        answer("ex-p2p-median", 0.1)


def test_no_name_stands_in_two_chapters() -> None:
    names = [name for exercises in chapters().values() for name in exercises]
    assert len(names) == len(set(names))
