"""What all games on two unpaired domains share: who judges what, who may be left out, whose loss moves whom."""

from collections.abc import Callable
from typing import final

import pytest
import torch
from torch import nn

from udtlib.losses.adversarial import square_discriminator, square_generator
from udtlib.objectives.base import AdamConfig, Clock
from udtlib.objectives.biases import Made
from udtlib.objectives.game import UnpairedGame
from udtlib.objectives.gan import GANConfig
from udtlib.translators.affine import Affine
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Tensor, Terms

CLOCK = Clock(0, 10)
SQUARES = GANConfig(discriminator_loss=square_discriminator, generator_loss=square_generator)


@final
class OnlyFooling(UnpairedGame):
    """The games without any bias."""

    def translator_loss(self, given: Batch | Made, clock: Clock) -> Terms:
        made = self.made(given)
        return self.fool_terms(**{k: made.to(k) for k in self.discriminators})


class Judge(nn.Module):
    """Answers one logit whatever it sees, and remembers what that was."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))
        self.seen: list[Tensor] = []

    def forward(self, samples: Tensor) -> Tensor:
        self.seen.append(samples)
        return self.logit.expand(len(samples), 1)


def scaling(factor: float) -> Affine:
    return Affine(factor * torch.eye(2), torch.zeros(2))


def two_way() -> TwoWay:
    """T doubles, S takes a tenth."""
    return TwoWay(scaling(2.0), scaling(0.1))


def nets() -> TwoWay:
    torch.manual_seed(0)
    return TwoWay(Direct(nn.Linear(2, 2)), Direct(nn.Linear(2, 2)))


def batch() -> Batch:
    x = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    return Batch(x, x.flip(0) + 5)


def test_each_judge_sees_its_own_domain_and_translations_to_it():
    judge_x, judge_y = Judge(0.0), Judge(0.0)
    game, (x, y, *_) = OnlyFooling(two_way(), judge_x, judge_y, game=SQUARES), batch()
    game("discriminators", Batch(x, y), CLOCK)
    for judge, real, fake in ((judge_x, x, 0.1 * y), (judge_y, y, 2 * x)):
        assert torch.equal(judge.seen[0], real)
        torch.testing.assert_close(judge.seen[1], fake)
        assert len(judge.seen) == 2
        judge.seen.clear()
    game("translator", Batch(x, y), CLOCK)
    for judge, fake in ((judge_x, 0.1 * y), (judge_y, 2 * x)):
        (seen,) = judge.seen
        torch.testing.assert_close(seen, fake)


def test_the_terms_of_judges_that_always_say_the_same():
    game = OnlyFooling(two_way(), Judge(0.3), Judge(-2.0), game=SQUARES)
    judged, fooled = game("discriminators", batch(), CLOCK), game("translator", batch(), CLOCK)
    assert {k: v.item() for k, v in judged.items()} == pytest.approx(
        {"judge_x": 0.5 * 0.7**2 + 0.5 * 0.3**2, "judge_y": 0.5 * 3**2 + 0.5 * 2**2}
    )
    assert {k: v.item() for k, v in fooled.items()} == pytest.approx(
        {"fool_x": 0.5 * 0.7**2, "fool_y": 0.5 * 3**2}
    )


def test_swapping_the_domains_swaps_the_terms():
    torch.manual_seed(0)
    forth, back = (Direct(nn.Linear(2, 2)) for _ in range(2))
    judge_x, judge_y = (nn.Linear(2, 1) for _ in range(2))
    x, y, *_ = batch()
    game = OnlyFooling(TwoWay(forth, back), judge_x, judge_y, game=SQUARES)
    mirror = OnlyFooling(TwoWay(back, forth), judge_y, judge_x, game=SQUARES)
    for player in ("discriminators", "translator"):
        terms, others = game(player, Batch(x, y), CLOCK), mirror(player, Batch(y, x), CLOCK)
        assert {k[:-1] + {"x": "y", "y": "x"}[k[-1]]: v.item() for k, v in others.items()} == pytest.approx(
            {k: v.item() for k, v in terms.items()}
        )


def test_domains_of_different_shapes_are_kept_apart():
    T = TwoWay(Direct(nn.Linear(2, 3)), Direct(nn.Linear(3, 2)))
    game = OnlyFooling(T, nn.Linear(2, 1), nn.Linear(3, 1), game=SQUARES)
    terms = game("discriminators", Batch(torch.randn(4, 2), torch.randn(4, 3)), CLOCK)
    assert set(terms) == {"judge_x", "judge_y"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TwoWay(Direct(nn.Linear(2, 4)), Direct(nn.Linear(3, 2))), r"Y have shape \(3,\) .* \(4,\)"),
        (lambda: TwoWay(Direct(nn.Linear(2, 3)), Direct(nn.Linear(3, 4))), r"X have shape \(2,\) .* \(4,\)"),
    ],
)
def test_translations_of_another_shape_are_named(make: Callable[[], TwoWay], message: str):
    game = OnlyFooling(make(), Judge(0.0), Judge(0.0), game=SQUARES)
    with pytest.raises(ValueError, match=message):
        game("discriminators", Batch(torch.randn(4, 2), torch.randn(4, 3)), CLOCK)


def test_nets_in_the_wrong_order_are_noticed():
    T = TwoWay(Direct(nn.Linear(3, 2)), Direct(nn.Linear(2, 3)))
    game = OnlyFooling(T, nn.Linear(2, 1), nn.Linear(3, 1), game=SQUARES)
    with pytest.raises(ValueError, match=r"\(4, \d\) does not fit Direct, whose first layer is Linear"):
        game("discriminators", Batch(torch.randn(4, 2), torch.randn(4, 3)), CLOCK)


@pytest.mark.parametrize(
    ("translator", "judged", "expected"),
    [
        (Direct(nn.Linear(2, 2)), "y", {"y"}),
        (two_way(), "y", {"y"}),
        (two_way(), "x", {"x"}),
        (two_way(), "xy", {"x", "y"}),
    ],
)
def test_one_sided_games_have_one_judge(translator: Translator, judged: str, expected: set[str]):
    judges = {k: Judge(0.0) if k in judged else None for k in "xy"}
    game = OnlyFooling(translator, judges["x"], judges["y"], game=SQUARES, pool=2)
    assert set(game.ways) == set(game.discriminators) == set(game.pools) == expected
    assert set(game("discriminators", batch(), CLOCK)) == {f"judge_{k}" for k in expected}
    assert set(game("translator", batch(), CLOCK)) == {f"fool_{k}" for k in expected}


def test_a_game_without_a_judge_is_refused():
    with pytest.raises(ValueError, match="without a discriminator nothing says what the target looks like"):
        OnlyFooling(two_way(), None, None, game=SQUARES)


def test_a_judge_of_x_needs_a_way_back():
    with pytest.raises(TypeError, match="Direct has no way back; give an InvertibleTranslator"):
        OnlyFooling(Direct(nn.Linear(2, 2)), Judge(0.0), Judge(0.0), game=SQUARES)


def test_an_exact_inverse_is_a_way_back():
    """Any InvertibleTranslator will do, such as a map and its exact inverse."""
    T: InvertibleTranslator = scaling(2.0)
    judge = Judge(0.0)
    OnlyFooling(T, judge, None, game=SQUARES)("discriminators", batch(), CLOCK)
    torch.testing.assert_close(judge.seen[1], batch().y / 2)


def test_the_players_move_in_order_and_as_configured():
    steps = {"discriminator_optimiser": AdamConfig(rate=0.1), "generator_optimiser": AdamConfig(rate=0.2)}
    game = OnlyFooling(nets(), Judge(0.0), Judge(0.0), game=GANConfig(discriminator_moves=3, **steps))
    players = game.players()
    assert list(players) == ["discriminators", "translator"]
    assert [player.moves for player in players.values()] == [3, 1]
    assert [player.optimiser.rate for player in players.values()] == [0.1, 0.2]
    assert players["translator"].module is game.translator


def test_the_judges_learn_from_detached_fakes():
    judge_x, judge_y = Judge(0.0), Judge(0.0)
    game = OnlyFooling(nets(), judge_x, judge_y, game=SQUARES)
    sum(game("discriminators", batch(), CLOCK).values()).backward()
    assert all(not judge.seen[1].requires_grad for judge in (judge_x, judge_y))
    assert all(p.grad is None for p in game.translator.parameters())
    assert all(p.grad is not None for p in game.discriminators.parameters())


def test_neither_judge_s_loss_touches_the_other():
    game = OnlyFooling(nets(), nn.Linear(2, 1), nn.Linear(2, 1), game=SQUARES)
    game("discriminators", batch(), CLOCK)["judge_x"].backward()
    assert all(p.grad is None for p in game.discriminators["y"].parameters())
    assert all(p.grad is not None for p in game.discriminators["x"].parameters())


def test_only_the_judges_look_into_the_pool():
    judge_x, judge_y = Judge(0.0), Judge(0.0)
    game, (x, y, *_) = OnlyFooling(two_way(), judge_x, judge_y, game=SQUARES, pool=6), batch()
    game("discriminators", Batch(x, y), CLOCK)
    kept = {k: pool.kept.clone() for k, pool in game.pools.items()}
    torch.testing.assert_close(kept["y"], 2 * x)
    torch.testing.assert_close(kept["x"], 0.1 * y)
    game("translator", Batch(x + 100, y + 100), CLOCK)
    assert all(torch.equal(pool.kept, kept[k]) for k, pool in game.pools.items())
    torch.testing.assert_close(judge_y.seen[-1], 2 * (x + 100))
    torch.manual_seed(0)
    game("discriminators", Batch(x + 100, y + 100), CLOCK)
    shown = judge_y.seen[-1]
    old = (shown[:, None] == kept["y"]).all(-1).any(1)
    assert 0 < old.sum() < 6
    torch.testing.assert_close(shown[~old], 2 * (x + 100)[~old])


def test_each_judge_s_slope_is_penalised_when_it_is_due():
    """The slope of a linear judge is its weight, whatever the samples: R1 is half its square."""
    judge_x, judge_y = nn.Linear(2, 1), nn.Linear(2, 1)
    with torch.no_grad():
        judge_x.weight.copy_(torch.tensor([[3.0, 4.0]]))
        judge_y.weight.copy_(torch.tensor([[0.0, 2.0]]))
    game = OnlyFooling(nets(), judge_x, judge_y, game=GANConfig(slope_weight=0.1, slope_every=2))
    due, idle = (game("discriminators", batch(), Clock(step, 10)) for step in (4, 5))
    assert set(idle) == {"judge_x", "judge_y"}
    assert set(due) == {"judge_x", "judge_y", "slope_x", "slope_y"}
    assert due["slope_x"].item() == pytest.approx(0.1 * 2 * 25 / 2)
    assert due["slope_y"].item() == pytest.approx(0.1 * 2 * 4 / 2)
