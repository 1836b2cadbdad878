"""Flows that are to be optimal, trained alike: DONT with a free critic, and flow matching in two ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.experiments.declare import Setting, System
from udtlib.losses.adversarial import wasserstein_critic, wasserstein_generator
from udtlib.nets.mlp import mlp
from udtlib.nets.velocity import AffineShortcut, VelocityMLP
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Adversarial
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.objectives.flow_matching import FlowMatching, optimal_pairs
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.translators.velocity_flow import VelocityFlow

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


def map_sizes(profile: Profile) -> FlowSizes:
    """Of the known maps."""
    return profile.pick(
        quick=FlowSizes(steps=4_000),
        colab=FlowSizes(steps=10_000, wide=256, plan=1_024),
        full=FlowSizes(steps=30_000, hidden=128, wide=256, plan=2_048),
    )


def plane_sizes(profile: Profile) -> FlowSizes:
    """Of the flows in the plane."""
    return profile.pick(
        quick=FlowSizes(steps=4_000, depth=5, hidden=128, plan=1_024, plans=64),
        colab=FlowSizes(steps=15_000, depth=5, hidden=128, wide=256, plan=1_024, plans=128),
        full=FlowSizes(steps=40_000, depth=9, hidden=128, wide=256, plan=2_048, plans=128),
    )


Sizes = Callable[[Profile], FlowSizes]


def residual(dimension: int, sizes: FlowSizes) -> ResidualFlow:
    """The residual flow of every DONT."""
    return ResidualFlow([AffineShortcut(dimension, hidden=sizes.hidden) for _ in range(sizes.depth)])


def dimension_of(pair: DomainPair) -> int:
    """The entries of a sample."""
    return pair.batch(0, size=1, seed=0).x.shape[1]


def free_critic_dont(pair: DomainPair, setting: Setting, *, sizes: Sizes) -> DONT:
    r"""DONT whose discrepancy is a critic that nobody bounds, with a constant :math:`\lambda`.

    .. math:: \max_f \min_T\; \mathbb{E}\,\|\text{effort}\| - \mathbb{E} f(T(x)) + \mathbb{E} f(y)

    The critic is then the multiplier of the constraint :math:`T_\#\alpha = \beta`, so that nothing is left of the
    shortfall that a penalty has; the game is the one of [rout2022] played along a path.
    """
    size, dimension = sizes(setting.profile), dimension_of(pair)
    flow = residual(dimension, size)
    critic = mlp([dimension, size.wide, size.wide, 1], activation=nn.SiLU)
    game = GANConfig(
        discriminator_loss=wasserstein_critic,
        generator_loss=wasserstein_generator,
        discriminator_optimiser=AdamConfig(rate=1e-3, betas=GAME_BETAS),
    )
    config = DONTConfig(effort_weight=1.0, effort_end=1.0, optimiser=AdamConfig(rate=3e-3, betas=GAME_BETAS))
    return DONT(flow, Adversarial(critic, game=game), config=config)


def matching(pair: DomainPair, setting: Setting, *, sizes: Sizes) -> FlowMatching:
    """Flow matching [lipman2023]."""
    wide = sizes(setting.profile).wide
    return FlowMatching(VelocityFlow(VelocityMLP(dimension_of(pair), hidden=(wide, wide))))


def pairs_of_plans(pair: DomainPair, setting: Setting, *, sizes: Sizes) -> DomainPair:
    """The pairs of many exact plans, which are solved once [tong2024]."""
    size = sizes(setting.profile)
    return optimal_pairs(pair, count=size.plan, draws=size.plans, seed=setting.seed)


def flow_training(profile: Profile, *, sizes: Sizes, decay_from: float = 0.5) -> TrainConfig:
    """The step sizes fall to zero, so that the last steps average instead of wandering."""
    steps = sizes(profile).steps
    return TrainConfig(steps=steps, batch_size=512, decay_from=decay_from, log_every=max(1, steps // 20))


def optimal_systems(sizes: Sizes, **where: Any) -> dict[str, System]:
    """The three methods by their names; ``where`` says on which pair, and how they are scored."""
    taught = partial(flow_training, sizes=sizes, decay_from=0.3)
    match = partial(matching, sizes=sizes)
    return {
        "DONT, free critic": System(
            partial(free_critic_dont, sizes=sizes),
            training=partial(flow_training, sizes=sizes),
            part="flow",
            **where,
        ),
        "OT flow matching": System(
            match, training=taught, part="flow", trained_on=partial(pairs_of_plans, sizes=sizes), **where
        ),
        "flow matching": System(match, training=taught, part="flow", **where),
    }
