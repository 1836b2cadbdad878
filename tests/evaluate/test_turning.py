"""Two turns, up to where they begin and which way they run."""

import pytest
import torch

from udtlib.evaluate.turning import turning

X = torch.arange(11) / 11


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("offset", [0.0, 0.3, 0.95])
def test_a_turn_that_is_kept_leaves_nothing(direction: int, offset: float) -> None:
    found = turning(X, (direction * X + offset).remainder(1))
    assert found.left == pytest.approx(0, abs=1e-4)
    assert found.direction == direction
    assert found.offset == pytest.approx(360 * offset, abs=1e-3)


def test_one_angle_that_is_wrong_is_all_that_is_left() -> None:
    y = X.clone()
    y[3] += 0.25
    assert turning(X, y).left == pytest.approx(90 / 11, abs=1e-4)


def test_no_other_beginning_is_better() -> None:
    y = torch.rand(11, generator=torch.Generator().manual_seed(0))
    tried = []
    for direction in (1, -1):
        for offset in torch.linspace(0, 1, 3_601)[:-1]:
            gap = (y - direction * X - offset).remainder(1)
            tried.append(360 * torch.minimum(gap, 1 - gap).mean().item())
    assert turning(X, y).left <= min(tried) + 1e-4
    assert turning(X, y).left == pytest.approx(min(tried), abs=0.1)


def test_half_turns_may_be_forgiven() -> None:
    y = X + 0.5 * (torch.arange(11) % 2)
    assert turning(X, y.remainder(1)).left > 30
    assert turning(X, y.remainder(1), period=0.5).left == pytest.approx(0, abs=1e-4)
    found = turning(X, (X + 0.7).remainder(1), period=0.5)
    assert found.offset == pytest.approx(360 * 0.2, abs=1e-3), (
        "of two beginnings that count as one, the first"
    )


@pytest.mark.parametrize(
    ("x", "y", "options", "words"),
    [
        (X, X[:-1], {}, "got 11 of x and 10 of y"),
        (X[:0], X[:0], {}, "x is empty"),
        (X[None], X[None], {}, "give one angle for each picture"),
        (X, torch.full((11,), torch.nan), {}, "11 of the 11 entries of y"),
        (X, X, {"period": 0}, "got 0"),
    ],
)
def test_what_is_no_pair_of_turns_is_refused(x, y, options, words) -> None:
    with pytest.raises(ValueError, match=words):
        turning(x, y, **options)
