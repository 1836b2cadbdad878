"""Scores keep the three questions apart, refuse what is no number, and travel between processes."""

import pickle

import pytest

from udtlib.evaluate.scores import Scores

FLOW = Scores(fit={"energy distance": 0.1}, alignment={"class kept": 0.9}, effort={"E‖T(x) − x‖²": 2.0})


def test_iteration_names_the_question_of_each_number_in_the_order_in_which_they_are_told():
    scores = Scores(other={"round trip": 1.0}, effort={"c": 2.0}, fit={"b": 3.0, "a": 4.0})
    assert list(scores) == [
        ("fit", "b", 3.0),
        ("fit", "a", 4.0),
        ("effort", "c", 2.0),
        ("other", "round trip", 1.0),
    ]
    assert isinstance(FLOW.effort["E‖T(x) − x‖²"], float)


def test_a_name_answers_one_question():
    with pytest.raises(ValueError, match="'error' is under fit and other"):
        Scores(fit={"error": 1.0}, other={"error": 1.0})


def test_numbers_that_are_not_finite_are_named():
    with pytest.raises(ValueError, match="'x' is nan, 'y' is inf"):
        Scores(fit={"x": float("nan")}, alignment={"good": 1.0}, other={"y": float("inf")})


def test_empty_scores_are_refused():
    with pytest.raises(ValueError, match="without a number"):
        Scores()


def test_joining_keeps_every_group_and_refuses_a_name_of_both():
    joined = FLOW | Scores(fit={"coverage": 0.5}, other={"round trip": 0.2})
    assert joined.fit == {"energy distance": 0.1, "coverage": 0.5}
    assert joined.alignment == FLOW.alignment
    assert joined.other == {"round trip": 0.2}
    with pytest.raises(ValueError, match=r"both scores have \['class kept'\]"):
        FLOW | Scores(other={"class kept": 0.1})


def test_the_groups_are_read_only_copies():
    given = {"a": 1.0}
    scores = Scores(fit=given)
    given["a"] = 2.0
    assert scores.fit["a"] == 1.0
    with pytest.raises(TypeError):
        scores.fit["a"] = 3.0


def test_scores_travel_between_processes():
    assert pickle.loads(pickle.dumps(FLOW)) == FLOW
