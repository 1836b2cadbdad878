"""Claims: a line with the value and its bound, which compares without the value, or an error."""

import contextlib
import io
import math
import re
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from udtlib.evaluate.claims import ClaimError, check


@pytest.mark.parametrize(
    ("bounds", "value", "line"),
    [
        ({"at_least": 0.99}, 0.99412, "✓ coherence 0.994 ≥ 0.99"),
        ({"at_most": 1e-6}, torch.tensor(3e-9), "✓ coherence 3.0·10⁻⁹ ≤ 10⁻⁶"),
        ({"at_least": -0.25, "at_most": 0.25}, -0.123, "✓ coherence −0.25 ≤ −0.123 ≤ 0.25"),
        ({"equals": 8}, 8, "✓ coherence = 8"),
        ({"equals": 3.14, "tolerance": 0.01}, math.pi, "✓ coherence 3.142 ≈ 3.14 ± 0.01"),
        ({"equals": 0, "tolerance": 1e-9}, -2.2e-16, "✓ coherence −2.2·10⁻¹⁶ ≈ 0 ± 10⁻⁹"),
        ({"equals": True}, torch.tensor(True), "✓ coherence"),
        ({"equals": False}, False, "✓ not: coherence"),
        ({"equals": math.inf}, math.inf, "✓ coherence = ∞"),
        ({"at_least": 1}, torch.ones(1, 1), "✓ coherence 1 ≥ 1"),
    ],
)
def test_a_claim_that_holds_prints_one_line(bounds, value, line, capsys) -> None:
    assert check("coherence", value, **bounds) is None
    assert capsys.readouterr().out == line + "\n"


def sanitized(text: str) -> str:
    """A stored output as nbval compares it."""
    rules = Path(__file__).parents[1].joinpath("nbval_sanitize.cfg").read_text(encoding="utf-8")
    for regex, replacement in re.findall("^regex: (.*)$\n^replace: (.*)$", rules, flags=re.MULTILINE):
        text = re.sub(regex, replacement, text)
    return text


def printed(name: str, value: float, **bounds: float) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as stream:
        check(name, value, **bounds)
    return stream.getvalue()


@given(value=st.floats(0.5, 1e12), other=st.floats(0.5, 1e12))
def test_lines_compare_without_the_value(value: float, other: float) -> None:
    bounds = [{"at_least": 0.5}, {"at_least": 0.5, "at_most": 1e12}, {"equals": 1, "tolerance": 1e13}]
    for bound in bounds:
        mine, its = printed("share, k = 5", value, **bound), printed("share, k = 5", other, **bound)
        assert sanitized("a\n" + mine + "b ≥ 2\n") == sanitized("a\n" + its + "b ≥ 2\n")


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (("share", 0.9, {"at_least": 0.5}), ("share", 0.9, {"at_least": 0.6})),
        (("share", 0.9, {"at_least": 0.5}), ("part", 0.9, {"at_least": 0.5})),
        (("share", 0.9, {"at_least": 0.5}), ("share", 0.9, {"at_most": 1})),
        (("share", 0.9, {"at_least": 0.5, "at_most": 1}), ("share", 0.9, {"at_least": 0.4, "at_most": 1})),
        (("share", 0.9, {"equals": 1, "tolerance": 0.2}), ("share", 0.9, {"equals": 1, "tolerance": 0.3})),
        (("modes", 8, {"equals": 8}), ("modes", 7, {"equals": 7})),
    ],
)
def test_lines_of_other_words_or_bounds_differ(line, other) -> None:
    first, second = (sanitized(printed(name, value, **bounds)) for name, value, bounds in (line, other))
    assert first != second


@given(value=st.floats(-2, 2), bound=st.integers(-200, 200))
def test_the_text_keeps_the_bound_as_the_value_does(value: float, bound: int) -> None:
    """Rounding never shows a value on the wrong side of its bound."""
    limit = bound / 100
    words = {"at_least": limit} if value >= limit else {"at_most": limit}
    shown = printed("x", value, **words).split()[2].replace("−", "-")
    digits, _, power = shown.partition("·10")
    power = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    if digits not in ("<", ">"):
        assert (
            (float(digits) * 10.0**power >= limit)
            if value >= limit
            else (float(digits) * 10.0**power <= limit)
        )


@pytest.mark.parametrize(
    ("bounds", "value"),
    [
        ({"at_least": 0.99}, 0.98),
        ({"at_most": 0.1}, 0.2),
        ({"at_least": 0.4, "at_most": 0.6}, 0.7),
        ({"equals": 1.0, "tolerance": 0.1}, 1.2),
        ({"equals": True}, False),
        ({"at_least": -math.inf}, math.nan),
        ({"at_most": math.inf}, torch.tensor(math.nan)),
        ({"equals": 0.0, "tolerance": math.inf}, math.nan),
    ],
)
def test_a_claim_that_fails_says_what_was_measured(bounds, value, capsys) -> None:
    with pytest.raises(
        ClaimError, match=rf"coherence: measured {float(value):.6g}, but the claim is .*coherence"
    ):
        check("coherence", value, **bounds)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"at_least": math.nan},
        {"at_least": 2, "at_most": 1},
        {"equals": 1, "at_least": 0},
        {"equals": 1, "tolerance": -1},
        {"at_least": 1, "tolerance": 0.1},
    ],
)
def test_a_claim_that_states_nothing_is_refused(bounds) -> None:
    with pytest.raises(ValueError, match="check"):
        check("coherence", 1.0, **bounds)


def test_a_claim_is_about_one_number() -> None:
    with pytest.raises(TypeError, match=r"shape \(2,\)"):
        check("coherence", torch.ones(2), at_least=0)
    with pytest.raises(TypeError):
        check("coherence", "high", at_least=0)


def test_a_claim_about_a_loss_leaves_its_graph_without_a_warning(capsys):
    check("loss", torch.ones((), requires_grad=True) * 2, equals=2, tolerance=1e-6)
    assert capsys.readouterr().out == "✓ loss 2 ≈ 2 ± 10⁻⁶\n"
