"""Claims: one stable line that never holds the measured value, or an error that does."""

import contextlib
import io
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from udtlib.evaluate.claims import ClaimError, check


@pytest.mark.parametrize(
    ("bounds", "value", "line"),
    [
        ({"at_least": 0.99}, 0.9951, "✓ coherence ≥ 0.99"),
        ({"at_most": 1e-6}, torch.tensor(3e-9), "✓ coherence ≤ 1e-06"),
        ({"at_least": 0.4, "at_most": 0.6}, 0.5, "✓ 0.4 ≤ coherence ≤ 0.6"),
        ({"equals": 8}, 8, "✓ coherence = 8"),
        ({"equals": 3.14, "tolerance": 0.01}, math.pi, "✓ coherence = 3.14 ± 0.01"),
        ({"equals": True}, torch.tensor(True), "✓ coherence"),
        ({"equals": False}, False, "✓ not: coherence"),
        ({"equals": math.inf}, math.inf, "✓ coherence = inf"),
        ({"at_least": 1}, torch.ones(1, 1), "✓ coherence ≥ 1"),
    ],
)
def test_a_claim_that_holds_prints_one_line(bounds, value, line, capsys) -> None:
    assert check("coherence", value, **bounds) is None
    assert capsys.readouterr().out == line + "\n"


@given(value=st.floats(0.5, 1), other=st.floats(0.5, 1))
def test_the_line_does_not_depend_on_the_value(value: float, other: float) -> None:
    lines = []
    for measured in (value, other):
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            check("share", measured, at_least=0.5)
        lines.append(stream.getvalue())
    assert lines[0] == lines[1]


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
    assert capsys.readouterr().out == "✓ loss = 2 ± 1e-06\n"
