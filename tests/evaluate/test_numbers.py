"""Numbers as readers see them: digits that the spread supports, and never an exponent."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from udtlib.evaluate.numbers import show_bound, show_spread, show_values


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (None, "—"),
        ((0.0,), "0"),
        ((8,), "8"),
        ((0.98347,), "0.983"),
        ((0.0043,), "0.00430"),
        ((1234.5,), "1\u202f234"),
        ((11_432_123,), "11\u202f432\u202f123"),
        ((-0.5,), "−0.500"),
        ((0.0000123,), "1.2·10⁻⁵"),
        ((4.3e-8,), "< 10⁻⁶"),
        ((-4.3e-8,), "> −10⁻⁶"),
        ((3e9 + 0.5,), "3.0·10⁹"),
        ((math.nan, 1.0), "NaN"),
        ((math.inf,), "∞"),
        ((math.inf, 1.0), "∞"),
    ],
)
def test_one_number_has_three_digits(values, text) -> None:
    assert show_values(values) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((2.1304, 2.1384, 2.1338), "2.134 ± 0.004"),
        ((1.0, 3.0), "2.0 ± 1.4"),
        ((118.0, 140, 96), "118 ± 22"),
        ((0.31, 0.06, 0.9), "0.4 ± 0.4"),
        ((8, 8, 8), "8 ± 0"),
        ((0.98, 0.980002), "0.9800 ± < 0.0001"),
        ((4.3e-5, 4.5e-5, 5e-5), "(4.6 ± 0.4)·10⁻⁵"),
        ((4.3e-8, 4.9e-8), "< 10⁻⁶"),
        ((1e-15, -1e-15), "< 10⁻⁶"),
        ((0.0, 0.0), "0 ± 0"),
        ((-0.01, 0.01), "0.000 ± 0.014"),
    ],
)
def test_the_spread_decides_the_digits(values, text) -> None:
    assert show_values(values) == text


@given(mean=st.floats(-1e12, 1e12), spread=st.floats(0, 1e12))
@example(mean=1.0, spread=5e-324)
def test_no_exponent_and_no_spread_that_rounds_to_nothing(mean: float, spread: float) -> None:
    text = show_spread(mean, spread)
    assert "e" not in text
    if spread and "±" in text:
        shown = text.partition("±")[2]
        assert any(digit in shown for digit in "123456789")


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (0.99, "0.99"),
        (1e-6, "10⁻⁶"),
        (-1e-8, "−10⁻⁸"),
        (5e-7, "5·10⁻⁷"),
        (-0.25, "−0.25"),
        (100, "100"),
        (math.inf, "∞"),
    ],
)
def test_a_bound_is_shown_as_it_was_written(bound, text) -> None:
    assert show_bound(bound) == text
