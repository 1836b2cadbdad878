"""Closed forms of the adversarial losses."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal

from tests.properties import examples
from udtlib.losses import adversarial as adv

logits = st.floats(-200, 200, width=32)


def test_an_undecided_discriminator_costs_two_log_two():
    undecided = torch.zeros(7)
    assert adv.log_discriminator(undecided, undecided).item() == pytest.approx(2 * math.log(2))


@given(st.lists(logits, min_size=1, max_size=5), st.lists(logits, min_size=1, max_size=5))
def test_log_losses_equal_their_formulas(real, fake):
    real, fake = torch.tensor(real, dtype=torch.float64), torch.tensor(fake, dtype=torch.float64)
    log_d = torch.nn.functional.logsigmoid
    expected = -log_d(real).mean() - log_d(-fake).mean()
    assert torch.isclose(adv.log_discriminator(real, fake), expected)
    assert torch.isclose(adv.saturating_generator(fake), log_d(-fake).mean())
    assert torch.isclose(adv.nonsaturating_generator(fake), -log_d(fake).mean())


def test_losses_stay_finite_for_extreme_logits():
    extreme = torch.tensor([-1e4, 1e4])
    for value in (
        adv.log_discriminator(extreme, extreme),
        adv.saturating_generator(extreme),
        adv.nonsaturating_generator(extreme),
    ):
        assert value.isfinite()


@pytest.mark.parametrize("separation", [0.0, 0.5, 2.0])
def test_value_at_the_optimal_discriminator_is_the_jensen_shannon_divergence(separation):
    """−V(D*) = 2 log 2 − 2 JS, with JS integrated on a grid."""
    beta, model = Normal(0.0, 1.0), Normal(separation, 1.0)
    x = torch.linspace(-12, 14, 20_001, dtype=torch.float64)
    step = (x[1] - x[0]).item()
    p, q = beta.log_prob(x).exp(), model.log_prob(x).exp()
    best = adv.optimal_discriminator(beta.log_prob, model.log_prob, x)
    cost = -(p * best.log() + q * (1 - best).log()).sum().item() * step
    mean = (p + q) / 2
    js = 0.5 * (torch.xlogy(p, p / mean) + torch.xlogy(q, q / mean)).sum().item() * step
    assert cost == pytest.approx(2 * math.log(2) - 2 * js, abs=1e-6)
    if separation == 0:
        assert cost == pytest.approx(math.log(4), abs=1e-6)


def test_no_discriminator_beats_the_optimal_one():
    beta, model = Normal(0.0, 1.0), Normal(1.0, 0.7)
    torch.manual_seed(0)
    y, g = beta.sample((200_000,)), model.sample((200_000,))

    def logit(x):
        return beta.log_prob(x) - model.log_prob(x)

    best = adv.log_discriminator(logit(y), logit(g))
    for change in (lambda x: 0.9 * logit(x), lambda x: 1.1 * logit(x), lambda x: logit(x) + 0.2):
        assert adv.log_discriminator(change(y), change(g)) > best


def test_saturating_slope_vanishes_where_the_nonsaturating_one_is_full():
    logit = torch.tensor([-12.0], requires_grad=True)
    (saturating,) = torch.autograd.grad(adv.saturating_generator(logit), logit)
    (nonsaturating,) = torch.autograd.grad(adv.nonsaturating_generator(logit), logit)
    d = torch.sigmoid(logit.detach())
    assert torch.allclose(saturating, -d)
    assert torch.allclose(nonsaturating, -(1 - d))
    assert abs(saturating.item()) < 1e-5 < 0.99 < abs(nonsaturating.item())


def test_generators_all_want_higher_scores():
    for loss in (
        adv.saturating_generator,
        adv.nonsaturating_generator,
        adv.square_generator,
        adv.wasserstein_generator,
    ):
        score = torch.tensor([0.3], requires_grad=True)
        loss(score).backward()
        assert score.grad.item() < 0


def test_square_and_hinge_values():
    assert adv.square_discriminator(torch.ones(3), torch.zeros(2)).item() == 0
    assert adv.square_discriminator(torch.zeros(3), torch.ones(2)).item() == 1
    assert adv.hinge_discriminator(torch.full((3,), 1.5), torch.full((2,), -1.0)).item() == 0
    assert adv.hinge_discriminator(torch.zeros(3), torch.zeros(2)).item() == 2


def test_wasserstein_critic_recovers_a_translation():
    """For a translation by t the best 1-Lipschitz critic is linear and the dual value is ‖t‖ = W₁."""
    torch.manual_seed(0)
    shift = torch.tensor([3.0, 4.0])
    y = torch.randn(1000, 2)
    fake = y + shift

    def critic(x):
        return -(x @ shift) / shift.norm()

    assert -adv.wasserstein_critic(critic(y), critic(fake)).item() == pytest.approx(5.0, abs=1e-4)


@examples(20)
@given(st.floats(0, 5), st.integers(1, 9))
def test_gradient_penalty_of_a_linear_critic(slope, batch):
    direction = slope * torch.tensor([0.6, 0.8, 0.0])
    real, fake = torch.randn(batch, 3), torch.randn(batch, 3)
    value = adv.gradient_penalty(lambda x: x @ direction, real, fake)
    assert value.item() == pytest.approx((slope - 1) ** 2, abs=1e-4)


def test_gradient_penalty_takes_the_norm_over_the_whole_sample():
    weight = torch.full((1, 2, 3), 1 / math.sqrt(6))
    value = adv.gradient_penalty(
        lambda x: (x * weight).flatten(1).sum(1), torch.randn(4, 1, 2, 3), torch.randn(4, 1, 2, 3)
    )
    assert value.item() == pytest.approx(0, abs=1e-6)


def test_gradient_penalty_trains_the_critic_and_not_the_generator():
    critic = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    fake = torch.randn(5, 2, requires_grad=True)
    adv.gradient_penalty(critic, torch.randn(5, 2), fake).backward()
    assert fake.grad is None
    assert all(p.grad is not None for p in critic[0].parameters())


def test_gradient_penalty_refuses_batches_that_do_not_match():
    with pytest.raises(ValueError, match="draw equally many"):
        adv.gradient_penalty(lambda x: x.sum(1), torch.randn(4, 2), torch.randn(4, 3))


def test_real_slope_penalty_of_a_quadratic_and_of_a_constant():
    """For ℓ(y) = ‖y‖²/2 the slope is y, so R₁ = E‖y‖²/2."""
    y = torch.randn(6, 1, 2, 2)
    value = adv.real_slope_penalty(lambda x: 0.5 * x.square().flatten(1).sum(1), y)
    assert value.item() == pytest.approx(0.5 * y.square().flatten(1).sum(1).mean().item(), rel=1e-5)
    assert adv.real_slope_penalty(lambda x: 0 * x.flatten(1).sum(1), y).item() == 0
