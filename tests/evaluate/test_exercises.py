"""Answers: open, right, a known misconception, or a hint that does not give the answer away."""

import math

import pytest
import torch

from udtlib.evaluate.exercises import answer, answer_function


@pytest.mark.parametrize("given", [..., None])
def test_a_placeholder_is_open(given, capsys) -> None:
    answer("entropy", given, expected=1.0)
    assert capsys.readouterr().out == "○ entropy: not answered yet\n"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1, 1.0),
        (torch.tensor(1.0000001), 1),
        ([1, 2], torch.tensor([1.0, 2.0])),
        ("Wasserstein ", "wasserstein"),
        (True, True),
        (math.inf, math.inf),
    ],
)
def test_a_right_answer(given, expected, capsys) -> None:
    answer("entropy", given, expected=expected, praise="it is additive.")
    assert capsys.readouterr().out == "✓ entropy: it is additive.\n"


@pytest.mark.parametrize(
    "misconceptions",
    [{2.0: "you probably forgot the half"}, [(lambda v: v > 1.5, "you probably forgot the half")]],
)
def test_a_misconception_is_named(misconceptions, capsys) -> None:
    answer("entropy", 2, expected=1, misconceptions=misconceptions)
    assert capsys.readouterr().out == "✗ entropy: you probably forgot the half\n"


@pytest.mark.parametrize(
    ("given", "expected", "hint"),
    [
        (3, 1.5, "3 is too large"),
        (1, 1.5, "1 is too small"),
        (math.nan, 1.5, "NaN or infinity"),
        (torch.zeros(2), torch.zeros(3), "expected shape (3,), got (2,)"),
        (torch.tensor([1.0, 0.0]), torch.zeros(2), "50% of the elements differ"),
        ("GAN", "WGAN", "'GAN' is not it"),
        ("GAN", 1.5, "expected a number, got 'GAN'"),
        (object, torch.zeros(2), "expected numbers of shape (2,)"),
    ],
)
def test_another_wrong_answer_gets_a_hint(given, expected, hint, capsys) -> None:
    answer("entropy", given, expected=expected)
    line = capsys.readouterr().out
    assert line.startswith("✗ entropy: ")
    assert hint in line
    assert "1.5" not in line


def test_a_test_for_numbers_does_not_stumble_over_a_word(capsys) -> None:
    answer("entropy", "two", expected=1, misconceptions=[(lambda v: v > 1.5, "you forgot the half")])
    assert capsys.readouterr().out == "✗ entropy: expected a number, got 'two'\n"


CASES = [((torch.tensor(2.0),), 4.0), ((torch.tensor(3.0),), 9.0)]


def double(x):
    return 2 * x


def unfinished(x):
    return ...


def to_do(x):
    raise NotImplementedError


def broken(x):
    return x[5]


@pytest.mark.parametrize(
    ("function", "line"),
    [
        (lambda x: x**2, "✓ square\n"),
        (double, "✗ square: you doubled\n"),
        (unfinished, "○ square: not answered yet\n"),
        (to_do, "○ square: not answered yet\n"),
        (..., "○ square: not answered yet\n"),
        (lambda x: x + 1, "✗ square: for the arguments 2, 3 is too small\n"),
    ],
)
def test_functions(function, line, capsys) -> None:
    answer_function("square", function, cases=CASES, misconceptions=[(lambda x: 2 * x, "you doubled")])
    assert capsys.readouterr().out == line


def test_a_function_that_fails_is_told_not_raised(capsys) -> None:
    answer_function("square", broken, cases=CASES)
    assert "✗ square: your function stopped with IndexError" in capsys.readouterr().out


def test_a_function_needs_cases() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        answer_function("square", double, cases=[])
