"""Pairs of images that an autoencoder has coded, and the games on codes, for chapters 08 and 10."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import torch
from torch import nn

from udtlib.data.latents import encoded_pair
from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.experiments.declare import Setting
from udtlib.losses.adversarial import hinge_discriminator, wasserstein_generator
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.mlp import mlp
from udtlib.nets.potential import QuadraticShortcut
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.autoencoder import Reconstruction
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discrepancy import Adversarial, Multiplier
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.latent_space import LatentSpace
from udtlib.translators.residual_flow import residual_flow
from udtlib.translators.two_way import TwoWay
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Batch, Split, Tensor


@final
@dataclass(frozen=True)
class CodedPair(DomainPair):
    """A pair of images, the space of their codes, and the codes as a pair; what is drawn from it are codes.

    Args:
        images: what was coded.
        space: codes images and decodes codes.
        codes: the coded domains.
        cost: whose axes are the coordinates of the codes; None where they are the autoencoder's own.
    """

    images: IndependentPair
    space: LatentSpace
    codes: IndependentPair
    cost: SemanticCost | None = None

    @property
    def paired(self) -> bool:
        return self.codes.paired

    @property
    def dimension(self) -> int:
        """Numbers in a code."""
        return self.codes.source.shape[0]

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        return self.codes.batch(index, size=size, seed=seed, split=split)

    def answers(self, batch: Batch) -> Tensor | None:
        return self.codes.answers(batch)

    def to(self, device: torch.device | str) -> CodedPair:
        return replace(self, images=self.images.to(device), codes=self.codes.to(device))

    def seen_from(self, cost: SemanticCost) -> CodedPair:
        """The same with the cost's axes as coordinates of codes."""
        space = self.space.turned(cost.basis)
        return CodedPair(self.images, space, encoded_pair(self.images, space.encode), cost)


def code_digits(
    images: IndependentPair,
    setting: Setting,
    *,
    code: int = 128,
    steps: int | None = None,
    name: str = "coder",
    progress: bool = False,
) -> CodedPair:
    """Digits, coded by one autoencoder of both domains that is trained here and then left alone.

    Args:
        images: the pair, of one channel.
        setting: the seed of the initial weights and the batches; what it shares is trained only once.
        code: numbers in a code.
        steps: of the autoencoder; None for as many as 128 numbers take.
        name: of the folder among what the seed's systems share.
        progress: show a bar.
    """
    with random_run(setting.seed):
        autoencoder = vector_autoencoder(1, size=images.source.shape[1], code=code)
    steps = steps or setting.profile.pick(quick=800, colab=2_000, full=2_000)
    train_coder(autoencoder, images, setting, steps=steps, name=name, progress=progress)
    return coded_by(autoencoder, images, setting.profile)


def coded_by(autoencoder: Autoencoder, images: IndependentPair, profile: Profile) -> CodedPair:
    """What a trained autoencoder makes of a pair."""
    images = images.to(profile.device)
    space = LatentSpace(autoencoder, torch.cat([images.source.train, images.target.train]))
    return CodedPair(images, space, encoded_pair(images, space.encode))


def train_coder(
    autoencoder: Autoencoder,
    images: DomainPair,
    setting: Setting,
    *,
    steps: int,
    name: str = "coder",
    progress: bool = False,
) -> None:
    """One autoencoder for both domains, with step sizes that fall after a fifth of the run."""
    config = TrainConfig(
        steps=steps,
        batch_size=32,
        seed=setting.seed,
        decay_from=0.2,
        accelerator=setting.profile.accelerator,
        progress=progress,
    )
    folder = None if setting.shared is None else setting.shared / name
    fit(Reconstruction(autoencoder), images, config=config, folder=folder)


#: Both players of the games on codes.
FLOW_RATE, JUDGE_RATE = 1e-3, 2e-3
#: λ and Adam's memory where the critic is a multiplier.
BALANCED_EFFORT, BALANCED_BETAS = 3.0, (0.5, 0.9)


def latent_judge(dimension: int) -> nn.Module:
    """A discriminator of codes whose slope is bounded [debezenac2019, appendix A]."""
    return mlp([dimension, 256, 256, 1], activation=lambda: nn.LeakyReLU(0.2), spectral=True)


def hinge_game() -> GANConfig:
    """The hinge game, with the discriminator's larger steps."""
    return GANConfig(
        discriminator_loss=hinge_discriminator,
        generator_loss=wasserstein_generator,
        discriminator_optimiser=AdamConfig(rate=JUDGE_RATE),
        generator_optimiser=AdamConfig(rate=FLOW_RATE),
    )


def code_training(profile: Profile) -> TrainConfig:
    """How every translator of codes is trained, in all profiles.

    More steps would be worse: after λ has come down to zero, nothing holds a flow to the least effort.
    """
    return TrainConfig(steps=600, batch_size=256, decay_from=0.5)


def dont_game(
    pair: CodedPair,
    setting: Setting,
    *,
    effort: float,
    falls: bool = True,
    steps: int = 5,
    power: float = 2.0,
) -> DONT:
    """DONT on codes; where the pair is seen from a cost, its axes have that cost's weights.

    Args:
        pair: the codes.
        setting: the engine's.
        effort: λ at the start.
        falls: λ is zero from three quarters of the run on; if not, it stays what it is.
        steps: :math:`K`.
        power: :math:`p`.
    """
    flow = residual_flow(pair.dimension, steps=steps)
    discrepancy = Adversarial(latent_judge(pair.dimension), game=hinge_game())
    config = DONTConfig(
        effort_weight=effort,
        effort_until=0.75,
        effort_end=0.0 if falls else effort,
        power=power,
        optimiser=AdamConfig(rate=FLOW_RATE),
    )
    return DONT(flow, discrepancy, cost_weight=None if pair.cost is None else pair.cost.weight, config=config)


def balanced_dont(
    pair: CodedPair,
    setting: Setting,
    *,
    effort: float = BALANCED_EFFORT,
    balance: float = 1.0,
    steps: int = 5,
) -> DONT:
    """DONT on codes, whose critic is a multiplier held in balance; λ stays what it is.

    Args:
        pair: the codes, and where they are seen from a cost, its weights.
        setting: the engine's.
        effort: λ.
        balance: ρ, the weight of the balance; at 0 the critic is held by nothing.
        steps: :math:`K`.
    """
    weight = None if pair.cost is None else pair.cost.weight
    step = AdamConfig(rate=FLOW_RATE, betas=BALANCED_BETAS)
    critic = Multiplier(
        QuadraticShortcut(pair.dimension, hidden=256),
        effort_weight=effort,
        cost_weight=weight,
        balance_weight=balance,
        optimiser=step,
    )
    config = DONTConfig(effort_weight=effort, effort_end=effort, optimiser=step)
    return DONT(residual_flow(pair.dimension, steps=steps), critic, cost_weight=weight, config=config)


def code_cyclegan(pair: CodedPair, setting: Setting, *, weight: float = 10.0) -> Game:
    """CycleGAN on the same codes, with the same nets, and nothing that asks for little effort."""
    nets = [residual_flow(pair.dimension, steps=5) for _ in "TS"]
    judges = [latent_judge(pair.dimension) for _ in "XY"]
    return cyclegan(TwoWay(*nets), *judges, cycle_weight=weight, pool=0, game=hinge_game())
