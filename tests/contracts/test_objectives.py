"""The laws that every objective obeys: add one line to CASES for a new one."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch

from udtlib.data.pair import DomainPair, IndependentPair, Noise, Samples
from udtlib.losses import adversarial
from udtlib.nets.dcgan import DCGANDiscriminator, DCGANGenerator
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import Clock, Objective, total
from udtlib.objectives.cgan import ConditionalGAN
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.objectives.wgan import WGAN, Clipping, WGANConfig
from udtlib.train import TrainConfig, fit
from udtlib.train.trainer import check_partition, only
from udtlib.translators.direct import ConditionalDirect, Direct


class Case(NamedTuple):
    name: str
    make: Callable[[], tuple[Objective, DomainPair]]


def points() -> DomainPair:
    y = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 1
    return IndependentPair(Noise(3), Samples(y, y))


def images() -> DomainPair:
    generator = torch.Generator().manual_seed(0)
    y = torch.rand(32, 1, 8, 8, generator=generator) * 2 - 1
    c = torch.randint(4, (32,), generator=generator)
    return IndependentPair(Noise(3), Samples(y, y, c, c))


def gan(**losses: object) -> Objective:
    return GAN(Direct(mlp([3, 8, 2])), mlp([2, 8, 1]), config=GANConfig(**losses))


def cgan(**settings: object) -> Objective:
    generator = ConditionalDirect(DCGANGenerator(3 + 4, size=8, width=4, depth=1), classes=4)
    discriminator = DCGANDiscriminator(size=8, width=4, depth=1, features=8, classes=4)
    return ConditionalGAN(generator, discriminator, config=GANConfig(**settings))


def wgan(config: WGANConfig) -> Objective:
    return WGAN(Direct(mlp([3, 8, 2])), mlp([2, 8, 1]), config=config)


CASES = [
    Case("gan", lambda: (gan(), points())),
    Case("gan-saturating", lambda: (gan(generator_loss=adversarial.saturating_generator), points())),
    Case("gan-slope", lambda: (gan(slope_weight=1.0, slope_every=2), points())),
    Case(
        "gan-hinge",
        lambda: (
            gan(
                discriminator_loss=adversarial.hinge_discriminator,
                generator_loss=adversarial.wasserstein_generator,
            ),
            points(),
        ),
    ),
    Case(
        "lsgan",
        lambda: (
            gan(
                discriminator_loss=adversarial.square_discriminator,
                generator_loss=adversarial.square_generator,
            ),
            points(),
        ),
    ),
    Case("cgan", lambda: (cgan(), images())),
    Case("wgan-gp", lambda: (wgan(WGANConfig(critic_moves=2)), points())),
    Case("wgan-clip", lambda: (wgan(WGANConfig(critic_moves=2, lipschitz=Clipping())), points())),
]

CLOCK = Clock(0, 10)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def game(request):
    torch.manual_seed(0)
    return request.param.make()


def test_players_partition_the_parameters(game):
    check_partition(game[0], game[0].players())


def test_terms_are_named_scalars(game):
    objective, pair = game
    for name in objective.players():
        terms = objective(name, pair.batch(0, size=6, seed=0), CLOCK)
        assert terms
        assert all(isinstance(key, str) and value.shape == () for key, value in terms.items())
        assert total(terms).isfinite()


def test_a_players_loss_reaches_every_parameter_of_its_own_and_no_other(game):
    objective, pair = game
    players = objective.players()
    for name, player in players.items():
        objective.zero_grad(set_to_none=True)
        with only(player, players):
            total(objective(name, pair.batch(0, size=6, seed=0), CLOCK)).backward()
        for other_name, other in players.items():
            grads = [p.grad for p in other.module.parameters()]
            if other_name == name:
                assert all(g is not None for g in grads)
            else:
                assert all(g is None for g in grads)


def test_only_the_acting_player_moves(game):
    objective, pair = game
    players = objective.players()
    for name, player in players.items():
        before = {k: v.clone() for k, v in objective.named_parameters()}
        optimiser = player.optimiser.build(player.module.parameters())
        total(objective(name, pair.batch(0, size=6, seed=0), CLOCK)).backward()
        optimiser.step()
        own = {id(p) for p in player.module.parameters()}
        moved = {
            k for k, v in objective.named_parameters() if not torch.equal(v, before[k]) and id(v) not in own
        }
        # A projection (weight clipping) may touch only the acting player's own parameters.
        assert moved == set()
        objective.zero_grad(set_to_none=True)


def test_the_discriminating_player_does_not_differentiate_the_generator(game):
    """Even without the trainer's freezing, the first player's loss must leave the generator untouched."""
    objective, pair = game
    first = next(iter(objective.players()))
    total(objective(first, pair.batch(0, size=6, seed=0), CLOCK)).backward()
    assert all(p.grad is None for p in objective.generator.parameters())


def test_a_batch_of_one_works(game):
    objective, pair = game
    if any(isinstance(m, torch.nn.BatchNorm2d) for m in objective.modules()):
        pytest.skip("batch normalisation needs two samples")
    for name in objective.players():
        assert total(objective(name, pair.batch(0, size=1, seed=0), CLOCK)).isfinite()


def test_same_seed_same_history_and_state_round_trips(game):
    objective, pair = game
    start = {k: v.clone() for k, v in objective.state_dict().items()}
    config = TrainConfig(steps=4, batch_size=6, log_every=2, progress=False)
    first = fit(objective, pair, config=config)
    end = {k: v.clone() for k, v in objective.state_dict().items()}
    objective.load_state_dict(start)
    second = fit(objective, pair, config=config)
    assert first.rows == second.rows
    assert all(torch.equal(v, end[k]) for k, v in objective.state_dict().items())


def test_no_objective_reads_the_oracle(game):
    objective, pair = game

    def forbidden(x):
        raise AssertionError("an objective read the oracle")

    pair = IndependentPair(pair.source, pair.target, truth=forbidden)
    fit(objective, pair, config=TrainConfig(steps=2, batch_size=6, progress=False))


@pytest.mark.parametrize(
    "make",
    [
        lambda: (gan(slope_weight=2.0, slope_every=2), points()),
        lambda: (cgan(slope_weight=2.0, slope_every=2), images()),
    ],
)
def test_the_slope_penalty_is_paid_when_it_is_due_and_only_then(make):
    objective, pair = make()
    batch = pair.batch(0, size=6, seed=0)
    due, not_due = (objective("discriminator", batch, Clock(step, 10)) for step in (4, 5))
    assert set(due) == {"judge", "slope"}
    assert set(not_due) == {"judge"}
    assert due["slope"].item() > 0


def test_a_conditional_gan_needs_labels():
    with pytest.raises(ValueError, match="needs a target domain with labels"):
        cgan()(
            "generator",
            IndependentPair(Noise(3), Samples(*[torch.zeros(2, 1, 8, 8)] * 2)).batch(0, size=2, seed=0),
            CLOCK,
        )
