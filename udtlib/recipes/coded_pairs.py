"""Pairs of images that an autoencoder has coded: what the translators of chapters 08 and 10 are trained on."""

from __future__ import annotations

from typing import NamedTuple

import torch

from udtlib.data.latents import encoded_pair
from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.autoencoder import Reconstruction
from udtlib.profiles import Profile
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.latent_space import LatentSpace
from udtlib.transport.semantic import SemanticCost

#: Steps of an autoencoder of digits.
CODER_STEPS = {"quick": 800, "colab": 2_000, "full": 2_000}


class CodedPair(NamedTuple):
    """The pair of images, the space of their codes, and the codes as a pair."""

    images: IndependentPair
    space: LatentSpace
    codes: IndependentPair

    def seen_from(self, cost: SemanticCost) -> CodedPair:
        """The same with the cost's axes as coordinates of codes."""
        space = self.space.turned(cost.basis)
        return CodedPair(self.images, space, encoded_pair(self.images, space.encode))


def code_digits(
    images: IndependentPair,
    profile: Profile,
    *,
    seed: int,
    code: int = 128,
    steps: int | None = None,
    progress: bool = False,
) -> CodedPair:
    """Digits, coded by one autoencoder of both domains that is trained here and then left alone.

    Args:
        images: the pair, of one channel.
        profile: sizes and hardware.
        seed: of the initial weights and the batches.
        code: numbers in a code.
        steps: other than the profile's.
        progress: show a bar.
    """
    with random_run(seed):
        autoencoder = vector_autoencoder(1, size=images.source.shape[1], code=code)
    train_coder(
        autoencoder, images, profile, seed=seed, steps=steps or CODER_STEPS[profile.name], progress=progress
    )
    return coded_by(autoencoder, images, profile)


def coded_by(autoencoder: Autoencoder, images: IndependentPair, profile: Profile) -> CodedPair:
    """What a trained autoencoder makes of a pair."""
    images = images.to(profile.device)
    space = LatentSpace(autoencoder, torch.cat([images.source.train, images.target.train]))
    return CodedPair(images, space, encoded_pair(images, space.encode))


def train_coder(
    autoencoder: Autoencoder,
    images: DomainPair,
    profile: Profile,
    *,
    seed: int,
    steps: int,
    progress: bool = False,
) -> None:
    """One autoencoder for both domains, with step sizes that fall after a fifth of the run."""
    config = TrainConfig(
        steps=steps,
        batch_size=32,
        seed=seed,
        decay_from=0.2,
        accelerator=profile.accelerator,
        progress=progress,
    )
    fit(Reconstruction(autoencoder), images, config=config)
