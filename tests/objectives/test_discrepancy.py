"""What a translator is held to: formulas, and a discriminator that must not train it."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from udtlib.losses import adversarial
from udtlib.losses.energy import energy_distance_unbiased
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig, Clock
from udtlib.objectives.discrepancy import Adversarial, Between, Moved, Multiplier
from udtlib.objectives.gan import GANConfig
from udtlib.translators.affine import Affine
from udtlib.translators.base import Translator
from udtlib.translators.direct import Direct
from udtlib.types import Batch, Tensor

CLOCK = Clock(0, 10)
X = torch.tensor([[1.0, -2.0], [3.0, 0.0]])
Y = torch.tensor([[0.0, 4.0], [-2.0, 2.0], [6.0, 0.0]])
HINGE = {
    "discriminator_loss": adversarial.hinge_discriminator,
    "generator_loss": adversarial.wasserstein_generator,
}


class FirstEntry(nn.Module):
    """D(x) = w x₁."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor(1.0))

    def forward(self, samples: Tensor) -> Tensor:
        return self.w * samples[:, :1]


def double() -> Affine:
    return Affine(2 * torch.eye(2), torch.zeros(2))


def moved_by(translator: Translator) -> Callable[[Batch], Moved]:
    """What an objective makes of a batch: the way to T(x), in one step."""
    return lambda batch: Moved(batch, torch.stack([batch.x, translator(batch.x)]))


@pytest.mark.parametrize("weight", [1, 2.5])
def test_a_formula_is_weighted_and_needs_nobody(weight: float) -> None:
    D = Between(energy_distance_unbiased, weight=weight)
    torch.testing.assert_close(D(X, Y), weight * energy_distance_unbiased(X, Y))
    assert D.players(moved_by(double())) == {}
    assert list(D.parameters()) == []


@pytest.mark.parametrize("weight", [0, -1.0, float("nan")])
def test_a_weight_that_is_not_positive_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=f"is positive, got {weight}|finite number, got weight=nan"):
        Between(energy_distance_unbiased, weight=weight)


def test_a_formula_s_gradient_reaches_what_was_made() -> None:
    made = X.clone().requires_grad_()
    Between(energy_distance_unbiased)(made, Y).backward()
    assert made.grad.abs().sum() > 0


def test_the_adversarial_terms_by_hand() -> None:
    """T doubles: first entries 2 and 6 are made, 0, -2 and 6 are real."""
    D = Adversarial(FirstEntry(), game=GANConfig(**HINGE))
    assert D(double()(X), Y).item() == pytest.approx(-4)
    judge = D.players(moved_by(double()))["discriminator"]
    terms = judge.loss(Batch(X, Y), CLOCK)
    # max(0, 1 - D(y)) is 1, 3, 0, and max(0, 1 + D(T(x))) is 3, 7.
    assert {k: v.item() for k, v in terms.items()} == pytest.approx({"judge": 4 / 3 + 5})


def test_the_translator_s_term_is_the_game_s() -> None:
    D = Adversarial(FirstEntry(), game=GANConfig())
    logits = D.discriminator(X)
    torch.testing.assert_close(D(X, Y), adversarial.nonsaturating_generator(logits))
    judge = D.players(moved_by(Direct(nn.Identity())))["discriminator"].loss(Batch(X, Y), CLOCK)["judge"]
    torch.testing.assert_close(judge, adversarial.log_discriminator(D.discriminator(Y), logits))


def test_the_player_is_the_discriminator_with_its_own_settings() -> None:
    game = GANConfig(discriminator_moves=3, discriminator_optimiser=AdamConfig(rate=0.5))
    D = Adversarial(FirstEntry(), game=game)
    (judge,) = D.players(moved_by(double())).values()
    assert judge.module is D.discriminator
    assert (judge.moves, judge.optimiser.rate) == (3, 0.5)
    assert list(D.parameters()) == [D.discriminator.w]


def test_the_discriminator_s_loss_does_not_train_the_translator_and_the_translator_s_does() -> None:
    torch.manual_seed(0)
    net, judge = mlp([2, 4, 2]), mlp([2, 4, 1])
    D = Adversarial(judge, game=GANConfig(**HINGE))
    D.players(moved_by(Direct(net)))["discriminator"].loss(Batch(X, Y), CLOCK)["judge"].backward()
    assert all(p.grad is None for p in net.parameters())
    assert all(p.grad is not None for p in judge.parameters())
    D(net(X), Y).backward()
    assert all(p.grad is not None for p in net.parameters())


def test_the_discriminator_sees_the_translator_as_it_is_now() -> None:
    T = Direct(nn.Linear(2, 2, bias=False))
    judge = Adversarial(FirstEntry(), game=GANConfig(**HINGE)).players(moved_by(T))["discriminator"]
    values = []
    for factor in (1.0, 2.0):
        with torch.no_grad():
            T.net.weight.copy_(factor * torch.eye(2))
        values.append(judge.loss(Batch(X, Y), CLOCK)["judge"].item())
    assert values == pytest.approx([4 / 3 + 3, 4 / 3 + 5])


def test_the_slope_is_paid_when_it_is_due() -> None:
    """D's slope is w = 1 everywhere: R₁ = ½, four times as heavy every fourth step."""
    D = Adversarial(FirstEntry(), game=GANConfig(slope_weight=3.0, slope_every=4))
    judge = D.players(moved_by(double()))["discriminator"]
    due, not_due = (judge.loss(Batch(X, Y), Clock(step, 10)) for step in (4, 5))
    assert due["slope"].item() == pytest.approx(3 * 4 * 0.5)
    assert set(not_due) == {"judge"}


class Bowl(nn.Module):
    """f(y) = s ||y||²/2 + 3."""

    def __init__(self, s: float = 1.5) -> None:
        super().__init__()
        self.s = nn.Parameter(torch.tensor(s))

    def forward(self, samples: Tensor) -> Tensor:
        return self.s * samples.square().sum(1, keepdim=True) / 2 + 3


def terms_of(multiplier: Multiplier, translator: Translator) -> dict[str, Tensor]:
    """The critic's terms, on a batch and its translations."""
    player = multiplier.players(moved_by(translator))["discriminator"]
    assert player.module is multiplier.critic
    return player.loss(Batch(X, Y), CLOCK)


def test_a_multiplier_s_game_by_hand() -> None:
    made = 2 * X
    value = 1.5 / 2 * (made.square().sum(1).mean() - Y.square().sum(1).mean())
    terms = terms_of(Multiplier(Bowl(), balance_weight=0), double())
    assert terms.keys() == {"judge"}
    torch.testing.assert_close(terms["judge"], value)
    torch.testing.assert_close(Multiplier(Bowl())(made, Y), -(1.5 / 2 * made.square().sum(1).mean() + 3))


@pytest.mark.parametrize("power", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("weight", [1.0, 0.5])
def test_the_balance_by_hand(power: float, weight: float) -> None:
    """T(x) = 2x: the slope of f is 1.5 · 2x, and that of λ c(x, T(x)) is λ p c_i |x|^(p - 1) sign x."""
    cost = torch.tensor([1.0, 0.25])
    multiplier = Multiplier(Bowl(), effort_weight=weight, power=power, cost_weight=cost, balance_weight=3.0)
    pull = weight * power * cost * X.abs() ** (power - 1) * X.sign()
    expected = 3.0 / weight * (1.5 * 2 * X - pull).square().sum(1).mean()
    torch.testing.assert_close(terms_of(multiplier, double())["balance"], expected)


def test_the_balance_is_zero_for_the_optimal_map_and_its_potential() -> None:
    """T(x) = 2x rests where ∇f(2x) = 2x, as for f = ||y||²/2."""
    multiplier = Multiplier(Bowl(1.0))
    terms = terms_of(multiplier, double())
    assert terms["balance"].item() == pytest.approx(0, abs=1e-10)
    (slope,) = torch.autograd.grad(terms["balance"], multiplier.critic.s)
    assert slope.item() == pytest.approx(0, abs=1e-6)


def test_the_balance_trains_the_critic_and_never_the_translator() -> None:
    translator, multiplier = Direct(nn.Linear(2, 2)), Multiplier(Bowl())
    sum(terms_of(multiplier, translator).values()).backward()
    assert multiplier.critic.s.grad.abs() > 0
    assert [each.grad for each in translator.parameters()] == [None, None]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"effort_weight": 0.0}, "effort_weight > 0"),
        ({"balance_weight": -1.0}, "balance_weight ≥ 0"),
        ({"power": 1.0}, "power > 1"),
    ],
)
def test_a_multiplier_s_bad_options_are_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Multiplier(Bowl(), **options)
