"""DiscoGAN: every term against its value by hand, and how it differs from CycleGAN."""

import math

import pytest
import torch
from torch import nn

from udtlib.objectives.base import Clock
from udtlib.objectives.discogan import discogan
from udtlib.objectives.game import Game
from udtlib.translators.affine import Affine
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Tensor

CLOCK = Clock(0, 10)
X = torch.tensor([[1.0, -2.0], [3.0, 0.0]])
Y = torch.tensor([[0.0, 4.0], [-2.0, 2.0], [6.0, 0.0]])


class Judge(nn.Module):
    """Answers one logit whatever it sees."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def forward(self, samples: Tensor) -> Tensor:
        return self.logit.expand(len(samples), 1)


def game(**settings: float) -> Game:
    """T(x) = 2x + 1 and S(y) = y / 2: S(T(x)) = x + 1/2 and T(S(y)) = y + 1."""
    T = Affine(2 * torch.eye(2), torch.ones(2))
    S = Affine(torch.eye(2) / 2, torch.zeros(2))
    return discogan(TwoWay(T, S), Judge(math.log(3)), Judge(0.0), **settings)


def test_the_translator_s_terms_by_hand():
    """D_X = 3/4 and D_Y = 1/2 everywhere; the squares of the displacements 1/2 and 1."""
    terms = game()("translator", Batch(X, Y), CLOCK)
    assert {k: v.item() for k, v in terms.items()} == pytest.approx(
        {
            "fool_x": -math.log(3 / 4),
            "fool_y": math.log(2),
            "cycle_x": 0.25,
            "cycle_y": 1.0,
        }
    )


def test_the_judges_terms_by_hand():
    terms = game()("discriminators", Batch(X, Y), CLOCK)
    assert {k: v.item() for k, v in terms.items()} == pytest.approx(
        {"judge_x": -math.log(3 / 4) - math.log(1 / 4), "judge_y": 2 * math.log(2)}
    )


def test_the_weight_multiplies_the_reconstructions_only():
    plain, heavy = (game(cycle_weight=weight)("translator", Batch(X, Y), CLOCK) for weight in (1.0, 4.0))
    for name, value in plain.items():
        factor = 4 if name.startswith("cycle") else 1
        assert heavy[name].item() == pytest.approx(factor * value.item())


def test_no_weight_means_two_games_without_a_bias():
    terms = game(cycle_weight=0.0)("translator", Batch(X, Y), CLOCK)
    assert set(terms) == {"fool_x", "fool_y"}


def test_swapping_the_domains_swaps_the_terms():
    torch.manual_seed(0)
    forth, back, judge_x, judge_y = (nn.Linear(2, size) for size in (2, 2, 1, 1))
    game = discogan(TwoWay(Direct(forth), Direct(back)), judge_x, judge_y)
    mirror = discogan(TwoWay(Direct(back), Direct(forth)), judge_y, judge_x)
    for player in ("discriminators", "translator"):
        terms, others = game(player, Batch(X, Y), CLOCK), mirror(player, Batch(Y, X), CLOCK)
        assert {k[:-1] + {"x": "y", "y": "x"}[k[-1]]: v.item() for k, v in others.items()} == pytest.approx(
            {k: v.item() for k, v in terms.items()}
        )


def test_it_remembers_nothing():
    disco = game()
    disco("discriminators", Batch(X, Y), CLOCK)
    assert all(pool.size == 0 and pool.kept is None for pool in disco.pools.values())


def test_domains_of_different_shapes():
    T = TwoWay(Direct(nn.Linear(2, 3)), Direct(nn.Linear(3, 2)))
    disco = discogan(T, nn.Linear(2, 1), nn.Linear(3, 1))
    batch = Batch(torch.randn(4, 2), torch.randn(5, 3))
    assert set(disco("translator", batch, CLOCK)) == {"fool_x", "fool_y", "cycle_x", "cycle_y"}


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="cycle_weight=-1"):
        game(cycle_weight=-1.0)
