"""CycleGAN: every term against its value by hand, what its weights do, and that a run can be interrupted."""

from pathlib import Path

import pytest
import torch
from torch import nn

from udtlib.data.pair import IndependentPair, Samples
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import Clock
from udtlib.objectives.biases import Cycle, Effort
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.train import TrainConfig, fit
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


def game(**settings: object) -> Game:
    """T(x) = 2x + 1 and S(y) = y / 2, which is not quite its inverse."""
    T = Affine(2 * torch.eye(2), torch.ones(2))
    S = Affine(torch.eye(2) / 2, torch.zeros(2))
    return cyclegan(TwoWay(T, S), Judge(0.2), Judge(3.0), **settings)


def translator_terms(clock: Clock = CLOCK, **settings: object) -> dict[str, float]:
    return {k: v.item() for k, v in game(**settings)("translator", Batch(X, Y), clock).items()}


def test_the_paper_s_terms_by_hand():
    """S(T(x)) = x + 1/2 and T(S(y)) = y + 1, whatever x and y are."""
    assert translator_terms() == pytest.approx(
        {"fool_x": 0.5 * 0.8**2, "fool_y": 0.5 * 2**2, "cycle_x": 10 * 0.5, "cycle_y": 10 * 1.0}
    )


def test_the_judges_terms_by_hand():
    terms = game()("discriminators", Batch(X, Y), CLOCK)
    assert {k: v.item() for k, v in terms.items()} == pytest.approx(
        {"judge_x": 0.5 * 0.8**2 + 0.5 * 0.2**2, "judge_y": 0.5 * 2**2 + 0.5 * 3**2}
    )


def test_the_identity_terms_by_hand():
    """Weighted by a share of λ: S(x) − x = −x/2, T(y) − y = y + 1."""
    terms = translator_terms(cycle_weight=4.0, identity_share=0.5)
    assert terms["identity_x"] == pytest.approx(0.5 * 4 * (X / 2).abs().mean().item())
    assert terms["identity_y"] == pytest.approx(0.5 * 4 * (Y + 1).abs().mean().item())


def test_the_effort_terms_by_hand():
    """T(x) − x = x + 1, S(y) − y = −y/2."""
    terms = translator_terms(effort_weight=3.0)
    assert terms["effort_x"] == pytest.approx(3 * (X + 1).square().mean().item())
    assert terms["effort_y"] == pytest.approx(3 * (Y / 2).square().mean().item())


def test_weights_multiply_their_own_terms_only():
    plain = translator_terms(cycle_weight=1.0, identity_share=1.0, effort_weight=1.0)
    heavy = translator_terms(cycle_weight=1.0, identity_share=1.0, effort_weight=2.0)
    assert heavy == pytest.approx({k: (2 if "effort" in k else 1) * v for k, v in plain.items()})
    both = translator_terms(cycle_weight=2.0, identity_share=1.0, effort_weight=1.0)
    lambdas = {k: (2 if "cycle" in k or "identity" in k else 1) * v for k, v in plain.items()}
    assert both == pytest.approx(lambdas)


def test_terms_without_weight_are_left_out():
    assert set(translator_terms(cycle_weight=0.0)) == {"fool_x", "fool_y"}
    # The identity's weight is a share of λ: there is none without a cycle.
    assert translator_terms(cycle_weight=0.0, identity_share=0.5).get("identity_x", 0.0) == 0.0


@pytest.mark.parametrize(
    ("until", "step", "weight"),
    [(1.0, 0, 6.0), (1.0, 5, 3.0), (1.0, 9, 0.6), (0.5, 0, 6.0), (0.5, 2, 3.6), (0.5, 5, 0.0), (0.5, 9, 0.0)],
)
def test_effort_falls_to_zero(until: float, step: int, weight: float):
    assert Effort(weight=6.0, until=until).weight_at(Clock(step, 10)) == pytest.approx(weight)
    terms = translator_terms(Clock(step, 10), effort_weight=6.0, effort_until=until)
    assert ("effort_x" in terms) == (weight > 0)
    assert terms.get("effort_x", 0.0) == pytest.approx(weight * (X + 1).square().mean().item())


def test_swapping_the_domains_swaps_the_terms():
    torch.manual_seed(0)
    forth, back, judge_x, judge_y = (nn.Linear(2, size) for size in (2, 2, 1, 1))
    settings = {"identity_share": 0.5, "effort_weight": 1.0, "pool": 0}
    game = cyclegan(TwoWay(Direct(forth), Direct(back)), judge_x, judge_y, **settings)
    mirror = cyclegan(TwoWay(Direct(back), Direct(forth)), judge_y, judge_x, **settings)
    for player in ("discriminators", "translator"):
        terms, others = game(player, Batch(X, Y), CLOCK), mirror(player, Batch(Y, X), CLOCK)
        assert {k[:-1] + {"x": "y", "y": "x"}[k[-1]]: v.item() for k, v in others.items()} == pytest.approx(
            {k: v.item() for k, v in terms.items()}
        )


def test_an_exact_inverse_has_no_cycle_to_pay_for():
    T = Affine(torch.tensor([[2.0, 1.0], [0.0, 3.0]]), torch.ones(2))
    terms = cyclegan(T, Judge(0.0), Judge(0.0))("translator", Batch(X, Y), CLOCK)
    assert terms["cycle_x"].item() == pytest.approx(0, abs=1e-5)
    assert terms["cycle_y"].item() == pytest.approx(0, abs=1e-5)


def test_the_cycle_does_not_choose_among_maps_that_fit():
    """Both the identity and the reflection leave the cycle unpaid: it does not say which is right."""
    for matrix in (torch.eye(2), -torch.eye(2)):
        terms = cyclegan(Affine(matrix, torch.zeros(2)), Judge(0.0), Judge(0.0))(
            "translator", Batch(X, Y), CLOCK
        )
        assert terms["cycle_x"].item() == pytest.approx(0, abs=1e-6)


def test_the_paper_s_settings():
    assert game().biases == (Cycle(weight=10.0),)
    pools = game().pools
    assert {k: pool.size for k, pool in pools.items()} == {"x": 50, "y": 50}


def test_domains_of_different_shapes_have_no_effort_and_no_identity():
    T = TwoWay(Direct(nn.Linear(2, 3)), Direct(nn.Linear(3, 2)))
    batch = Batch(torch.randn(4, 2), torch.randn(4, 3))
    plain = cyclegan(T, nn.Linear(2, 1), nn.Linear(3, 1))("translator", batch, CLOCK)
    assert set(plain) == {"fool_x", "fool_y", "cycle_x", "cycle_y"}
    effort = cyclegan(T, nn.Linear(2, 1), nn.Linear(3, 1), effort_weight=1.0)
    with pytest.raises(ValueError, match="compared entry by entry"):
        effort("translator", batch, CLOCK)


def test_a_way_back_is_needed():
    with pytest.raises(TypeError, match="InvertibleTranslator"):
        cyclegan(Direct(nn.Linear(2, 2)), Judge(0.0), Judge(0.0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cycle_weight": -1.0}, "cycle_weight=-1"),
        ({"identity_share": -0.5}, "identity_share=-0.5"),
        ({"effort_weight": -2.0}, "effort_weight=-2"),
        ({"effort_until": 0.0}, "above 0 and at most 1, got 0"),
        ({"effort_until": 1.5}, "above 0 and at most 1, got 1.5"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, float], message: str):
    with pytest.raises(ValueError, match=message):
        game(**{"effort_weight": 1.0} | settings)


def test_a_pool_of_negative_size_is_refused():
    with pytest.raises(ValueError, match="0 or more samples, got size=-1"):
        game(pool=-1)


def test_an_interrupted_run_equals_an_uninterrupted_one(tmp_path: Path):
    """The pools are part of the run: with other memories the judges would go elsewhere."""

    def new() -> Game:
        torch.manual_seed(0)
        T = TwoWay(Direct(mlp([2, 8, 2])), Direct(mlp([2, 8, 2])))
        game = GANConfig(discriminator_moves=2)
        return cyclegan(T, mlp([2, 8, 1]), mlp([2, 8, 1]), pool=5, game=game)

    def stop(step: int) -> None:
        if step == 8:
            raise KeyboardInterrupt

    cloud = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    pair = IndependentPair(Samples(cloud, cloud), Samples(cloud + 1, cloud + 1))
    config = TrainConfig(steps=12, batch_size=4, log_every=2, checkpoint_every=4, progress=False)
    whole, parts = new(), new()
    history = fit(whole, pair, config=config)
    with pytest.raises(KeyboardInterrupt):
        fit(parts, pair, config=config, folder=tmp_path, watch=stop)
    parts = new()
    assert fit(parts, pair, config=config, folder=tmp_path).rows == history.rows
    for key, value in whole.state_dict().items():
        assert torch.equal(parts.state_dict()[key], value), key
    assert len(whole.pools["y"].kept) == 5
