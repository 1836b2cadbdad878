"""Verdicts: open, right, a known misconception, or a hint that does not give the answer away."""

import math

import pytest
import torch

from udtlib.evaluate.exercises import Function, Letters, Value


@pytest.mark.parametrize("given", [..., None])
@pytest.mark.parametrize(
    "exercise",
    [
        Value("entropy", expected=1.0),
        Letters("entropy", expected="a"),
        Function("entropy", cases=[((1.0,), 1.0)]),
    ],
    ids=lambda exercise: type(exercise).__name__,
)
def test_a_placeholder_is_open(exercise, given) -> None:
    assert exercise.verdict(given) == "○ entropy: not answered yet"


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
def test_a_right_answer(given, expected) -> None:
    exercise = Value("entropy", expected=expected, praise="it is additive.")
    assert exercise.verdict(given) == "✓ entropy: it is additive."


@pytest.mark.parametrize(
    "misconceptions",
    [{2.0: "you probably forgot the half"}, [(lambda v: v > 1.5, "you probably forgot the half")]],
)
def test_a_misconception_is_named(misconceptions) -> None:
    exercise = Value("entropy", expected=1, misconceptions=misconceptions)
    assert exercise.verdict(2) == "✗ entropy: you probably forgot the half"


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
def test_another_wrong_answer_gets_a_hint(given, expected, hint) -> None:
    line = Value("entropy", expected=expected).verdict(given)
    assert line.startswith("✗ entropy: ")
    assert hint in line
    assert "1.5" not in line


def test_a_test_for_numbers_does_not_stumble_over_a_word() -> None:
    exercise = Value("entropy", expected=1, misconceptions=[(lambda v: v > 1.5, "you forgot the half")])
    assert exercise.verdict("two") == "✗ entropy: expected a number, got 'two'"


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ("ad", "✓ which"),
        (" D, a", "✓ which"),
        ("a and d", "✓ which"),
        (["d", "a"], "✓ which"),
        ({"A", "D"}, "✓ which"),
        ("abd", "✗ which: no atoms"),
        ("d", "✗ which: 'd' is not it; read the question once more"),
        (3, "✗ which: 3 is not it; read the question once more"),
        ([1, 2], "✗ which: [1, 2] is not it; read the question once more"),
    ],
)
def test_letters_in_any_order_and_writing(given, verdict) -> None:
    exercise = Letters("which", expected="ad", misconceptions=[(lambda g: "b" in g, "no atoms")])
    assert exercise.verdict(given) == verdict


SQUARE = Function(
    "square",
    cases=[((torch.tensor(2.0),), 4.0), ((torch.tensor(3.0),), 9.0)],
    misconceptions=[(lambda x: 2 * x, "you doubled")],
)


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
        (lambda x: x**2, "✓ square"),
        (double, "✗ square: you doubled"),
        (unfinished, "○ square: not answered yet"),
        (to_do, "○ square: not answered yet"),
        (lambda x: x + 1, "✗ square: for the arguments 2, 3 is too small"),
    ],
)
def test_functions(function, line) -> None:
    assert SQUARE.verdict(function) == line


def test_a_function_that_fails_is_told_not_raised() -> None:
    assert "✗ square: your function stopped with IndexError" in SQUARE.verdict(broken)


def test_a_function_that_writes_into_its_argument_leaves_the_key_as_it_was() -> None:
    assert SQUARE.verdict(lambda x: x.add_(1)) == SQUARE.verdict(lambda x: x + 1)
    assert SQUARE.verdict(lambda x: x**2) == "✓ square"


def test_what_is_tried_may_be_made_of_what_the_reader_wrote() -> None:
    exercise = Function("slope", cases=[((1.0,), 2.0)], through=lambda f: lambda x: f(x + 1) - f(x))
    assert exercise.verdict(lambda x: 2 * x) == "✓ slope"


def test_a_function_needs_cases() -> None:
    with pytest.raises(ValueError, match="at least one case"):
        Function("square", cases=[])
