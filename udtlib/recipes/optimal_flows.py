"""Flows that are to be optimal, trained alike: DONT with a free critic, and flow matching in two ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.losses.adversarial import wasserstein_critic, wasserstein_generator
from udtlib.nets.mlp import mlp
from udtlib.nets.velocity import AffineShortcut, VelocityMLP
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.discrepancy import Adversarial
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.objectives.flow_matching import FlowMatching, optimal_pairs
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import FlowTranslator
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.translators.velocity_flow import VelocityFlow

BATCH = 512
#: Momentum hurts where another player moves the loss; a little of it is enough for two players.
GAME_BETAS = (0.5, 0.9)


@dataclass(frozen=True, kw_only=True)
class FlowSizes:
    """How large the nets are and how long they are trained."""

    #: rounds of DONT's game; flow matching takes as many steps
    steps: int
    #: steps K of the residual flow, and hidden units of each velocity
    depth: int = 3
    hidden: int = 64
    #: hidden units of the critic's two layers, and of the two layers of flow matching's velocity
    wide: int = 128
    #: samples of one exact plan, and how many plans there are
    plan: int = 512
    plans: int = 200


SIZES = {
    "quick": FlowSizes(steps=4_000),
    "colab": FlowSizes(steps=10_000, wide=256, plan=1_024),
    "full": FlowSizes(steps=30_000, hidden=128, wide=256, plan=2_048),
}


class Learn(Protocol):
    """Learns a translator from a pair."""

    def __call__(
        self, pair: DomainPair, profile: Profile, *, seed: int, sizes: FlowSizes | None = None
    ) -> FlowTranslator: ...


def residual(dimension: int, sizes: FlowSizes) -> ResidualFlow:
    """The residual flow of every DONT."""
    return ResidualFlow([AffineShortcut(dimension, hidden=sizes.hidden) for _ in range(sizes.depth)])


def free_critic_dont(
    pair: DomainPair, profile: Profile, *, seed: int, sizes: FlowSizes | None = None
) -> ResidualFlow:
    r"""DONT whose discrepancy is a critic that nobody bounds, with a constant :math:`\lambda`.

    .. math:: \max_f \min_T\; \mathbb{E}\,\|\text{effort}\| - \mathbb{E} f(T(x)) + \mathbb{E} f(y)

    The critic is then the multiplier of the constraint :math:`T_\#\alpha = \beta`, so that nothing is left of the
    shortfall that a penalty has; the game is the one of [rout2022] played along a path.
    """
    sizes = sizes or SIZES[profile.name]
    dimension = dimension_of(pair)
    torch.manual_seed(seed)
    flow = residual(dimension, sizes)
    critic = mlp([dimension, sizes.wide, sizes.wide, 1], activation=nn.SiLU)
    game = GANConfig(
        discriminator_loss=wasserstein_critic,
        generator_loss=wasserstein_generator,
        discriminator_optimiser=AdamConfig(rate=1e-3, betas=GAME_BETAS),
    )
    config = DONTConfig(effort_weight=1.0, effort_end=1.0, optimiser=AdamConfig(rate=3e-3, betas=GAME_BETAS))
    play(
        DONT(flow, Adversarial(critic, game=game), config=config), pair, profile, seed=seed, steps=sizes.steps
    )
    return flow


def plain_flow(
    pair: DomainPair, profile: Profile, *, seed: int, sizes: FlowSizes | None = None
) -> VelocityFlow:
    """Flow matching on independent pairs [lipman2023]."""
    sizes = sizes or SIZES[profile.name]
    torch.manual_seed(seed)
    flow = VelocityFlow(VelocityMLP(dimension_of(pair), hidden=(sizes.wide, sizes.wide)))
    play(FlowMatching(flow), pair, profile, seed=seed, steps=sizes.steps, decay_from=0.3)
    return flow


def optimal_flow(
    pair: DomainPair, profile: Profile, *, seed: int, sizes: FlowSizes | None = None
) -> VelocityFlow:
    """Flow matching on the pairs of many exact plans, which are solved once [tong2024]."""
    sizes = sizes or SIZES[profile.name]
    coupled = optimal_pairs(pair, count=sizes.plan, draws=sizes.plans, seed=seed)
    return plain_flow(coupled, profile, seed=seed, sizes=sizes)


def dimension_of(pair: DomainPair) -> int:
    """The entries of a sample."""
    return pair.batch(0, size=1, seed=0).x.shape[1]


def play(
    objective: Objective,
    pair: DomainPair,
    profile: Profile,
    *,
    seed: int,
    steps: int,
    decay_from: float = 0.5,
) -> None:
    """Train; the step sizes fall to zero, so that the last steps average instead of wandering."""
    config = TrainConfig(
        steps=steps,
        batch_size=BATCH,
        seed=seed,
        decay_from=decay_from,
        log_every=steps,
        accelerator=profile.accelerator,
        progress=False,
    )
    fit(objective, pair, config=config)


#: The methods by their names in tables and pictures.
TRAINED: Mapping[str, Learn] = {
    "DONT, free critic": free_critic_dont,
    "OT flow matching": optimal_flow,
    "flow matching": plain_flow,
}
