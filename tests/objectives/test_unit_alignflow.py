"""UNIT and AlignFlow: every term against its formula, and the weights that multiply them."""

import math

import pytest
import torch
from torch import nn

from udtlib.data.toy2d import gaussian_pair
from udtlib.losses.reconstruction import kl_to_standard
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.flows import point_flow
from udtlib.nets.invertible import ActNorm
from udtlib.nets.mlp import mlp
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig, FlowLikelihood, noisy
from udtlib.objectives.base import Clock
from udtlib.objectives.unit import UNIT, UNITConfig, kl_of_mean
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.latent import LatentTranslator
from udtlib.types import Batch

CLOCK = Clock(0, 10)
BATCH = Batch(
    torch.randn(8, 2, generator=torch.Generator().manual_seed(0)),
    torch.randn(8, 2, generator=torch.Generator().manual_seed(1)) + 1,
)


def coder() -> Autoencoder:
    return Autoencoder(mlp([2, 8, 3]), mlp([3, 8, 2]))


def unit(noise: float = 0.0, **settings: float) -> UNIT:
    torch.manual_seed(0)
    T = LatentTranslator(coder(), coder(), shared_end=nn.Linear(3, 3), noise=noise)
    return UNIT(T, mlp([2, 4, 1]), mlp([2, 4, 1]), config=UNITConfig(**settings))


def align(**settings: float) -> AlignFlow:
    torch.manual_seed(0)
    T = SharedLatentFlow(point_flow(2, couplings=2), point_flow(2, couplings=2))
    return AlignFlow(T, mlp([2, 4, 1]), mlp([2, 4, 1]), config=AlignFlowConfig(**settings))


def test_unit_s_terms_are_its_formula():
    game = unit(reconstruction_weight=3.0, cycle_weight=5.0, kl_weight=0.7, cycle_kl_weight=0.2)
    T, (x, y, *_) = game.translator, BATCH
    terms = game("translator", BATCH, CLOCK)
    home = T.decode_x(T.encode_x(x))
    abroad = T(x)
    torch.testing.assert_close(terms["reconstruct_x"], 3 * (home - x).abs().mean())
    torch.testing.assert_close(terms["kl_x"], 0.7 * 0.5 * T.encode_x(x).square().mean())
    torch.testing.assert_close(terms["cycle_x"], 5 * (T.inverse(abroad) - x).abs().mean())
    torch.testing.assert_close(terms["kl_cycle_x"], 0.2 * 0.5 * T.encode_y(abroad).square().mean())
    torch.testing.assert_close(terms["cycle_y"], 5 * (T(T.inverse(y)) - y).abs().mean())
    torch.testing.assert_close(terms["kl_cycle_y"], 0.2 * 0.5 * T.encode_x(T.inverse(y)).square().mean())
    torch.testing.assert_close(terms["reconstruct_y"], 3 * (T.decode_y(T.encode_y(y)) - y).abs().mean())
    fooled = game.game.generator_loss(game.discriminators["y"](abroad))
    torch.testing.assert_close(terms["fool_y"], fooled)


def test_the_divergence_of_unit_variance_is_the_general_one():
    mean = torch.randn(6, 3)
    torch.testing.assert_close(kl_of_mean(mean), kl_to_standard(mean, torch.zeros_like(mean)) / 3)
    assert kl_of_mean(torch.zeros(2, 3)).item() == 0


def test_unit_s_code_is_noisy_while_it_trains():
    game = unit(noise=1.0)
    first, second = (game("translator", BATCH, CLOCK) for _ in range(2))
    assert first["reconstruct_x"].item() != second["reconstruct_x"].item()
    # A divergence is of the distribution, not of the sample.
    assert first["kl_x"].item() == second["kl_x"].item()
    game.eval()
    assert (
        game("translator", BATCH, CLOCK)["cycle_x"].item()
        == game("translator", BATCH, CLOCK)["cycle_x"].item()
    )


def test_shared_layers_learn_from_both_domains():
    game = unit()
    for name in ("reconstruct_x", "reconstruct_y"):
        game.zero_grad(set_to_none=True)
        game("translator", BATCH, CLOCK)[name].backward()
        assert float(game.translator.shared_end.weight.grad.abs().max()) > 0


def test_alignflow_s_terms_are_its_formula():
    game = align(likelihood_weight=0.5)
    terms = game("translator", BATCH, CLOCK)
    assert set(terms) == {"fool_x", "fool_y", "surprise_x", "surprise_y"}
    standard = torch.distributions.Normal(0.0, 1.0)
    # Untrained flows are the identity, so both domains are taken for N(0, I).
    wanted = -0.5 * standard.log_prob(BATCH.x).mean()
    torch.testing.assert_close(terms["surprise_x"], wanted)
    torch.testing.assert_close(terms["surprise_y"], -0.5 * standard.log_prob(BATCH.y).mean())
    fooled = game.game.generator_loss(game.discriminators["x"](BATCH.y))
    torch.testing.assert_close(terms["fool_x"], fooled)


def test_without_likelihood_only_the_game_is_left():
    assert set(align(likelihood_weight=0.0)("translator", BATCH, CLOCK)) == {"fool_x", "fool_y"}


def test_without_the_game_only_likelihoods_are_left_and_they_are_the_entropy_at_best():
    pair = gaussian_pair(
        source_mean=(1.0, 0.0), source_covariance=((4.0, 0.0), (0.0, 0.25)), target_mean=(0.0, 0.0)
    )
    batch = pair.batch(0, size=50_000, seed=0)
    T = SharedLatentFlow(
        ActNorm(torch.tensor([1.0, 0.0]), torch.tensor([2.0, 0.5])), ActNorm(torch.zeros(2), torch.ones(2))
    )
    terms = FlowLikelihood(T)("flows", batch, CLOCK)
    assert set(terms) == {"surprise_x", "surprise_y"}
    entropy = 0.5 * math.log(2 * math.pi * math.e) + 0.5 * math.log(2 * 0.5)
    assert terms["surprise_x"].item() == pytest.approx(entropy, abs=0.01)


def test_no_flow_learns_from_the_other_domain_s_likelihood():
    game = FlowLikelihood(align().translator)
    game("flows", BATCH, CLOCK)["surprise_x"].backward()
    assert all(p.grad is None for p in game.translator.flow_y.parameters())
    assert all(p.grad is not None for p in game.translator.flow_x.parameters())


def test_noise_fills_the_steps_between_discrete_values():
    torch.manual_seed(0)
    x = torch.zeros(10_000, 1)
    filled = noisy(x, width=0.5)
    assert 0.24 <= float(filled.abs().max()) <= 0.25
    assert filled.std().item() == pytest.approx(0.5 / math.sqrt(12), rel=0.03)
    assert noisy(x, width=0) is x


@pytest.mark.parametrize(
    ("make", "name"),
    [(UNITConfig, n) for n in ("reconstruction_weight", "cycle_weight", "kl_weight", "cycle_kl_weight")]
    + [(AlignFlowConfig, "likelihood_weight"), (AlignFlowConfig, "dequantise")],
)
def test_negative_weights_are_refused(make, name):
    with pytest.raises(ValueError, match=f"{name}.*-1"):
        make(**{name: -1.0})


def test_a_negative_noise_is_refused():
    with pytest.raises(ValueError, match=r"-0\.1"):
        FlowLikelihood(align().translator, dequantise=-0.1)
