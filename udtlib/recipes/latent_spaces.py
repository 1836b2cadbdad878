"""Chapter 09's spaces: digits, their negatives, and the codes of two autoencoders [chevalley2020]."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from udtlib.data.digits import load_digits
from udtlib.data.latents import encoded_samples
from udtlib.data.pair import IndependentPair, Samples
from udtlib.data.street_digits import negative_digits
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.mlp import mlp
from udtlib.objectives.autoencoder import PlainCoding
from udtlib.objectives.coding import Coding
from udtlib.objectives.gromov_latent import GromovLatent, GromovLatentConfig
from udtlib.objectives.vae import VAECoding
from udtlib.objectives.wae import AdversarialPenalty, MMDPenalty, WAECoding
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.types import Float, Tensor

#: The report's batches of codes.
BATCH = 100
#: The four kinds of autoencoder that the report compares.
KINDS = ("AE", "VAE", "WAE-MMD", "WAE-GAN")


#: Steps, each on 100 images of either domain; the report's 50 epochs of 60,000 images are 30,000.
STEPS = {"quick": 3_000, "colab": 10_000, "full": 30_000}


class Spaces(NamedTuple):
    """Two trained codings of a pair of images, the codes as a pair, and the log of the training."""

    images: IndependentPair
    coding_x: Coding
    coding_y: Coding
    codes: IndependentPair
    history: History


def same_digits(*, source: str = "official", size: int = 28) -> IndependentPair:
    """All digits, and the negatives of the same digits: batches are independent, but the sets correspond."""
    digits = load_digits(source=source, size=size)
    negative = Samples(-digits.train, -digits.test, digits.train_label, digits.test_label)
    return IndependentPair(digits, negative, truth=torch.neg)


def different_digits(*, source: str = "official", seed: int = 0) -> IndependentPair:
    """Half of the digits, and the negatives of the other half: nothing on one side has a partner on the other."""
    return negative_digits(size=28, source=source, seed=seed)


def make_coding(
    kind: str, images: Float[Tensor, "n 1 size size"], *, code: int, isometry_weight: float = 0.0
) -> Coding:
    """An untrained coding of one of the report's kinds.

    Args:
        kind: one of :data:`KINDS`.
        images: the domain's training images, for their mean and deviation.
        code: numbers in a code.
        isometry_weight: weight of the decoder's local isometry.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no autoencoder of the kind {kind!r}; there are {', '.join(KINDS)}")
    nets = dense_autoencoder(
        Standardise.of(images), code=code, shape=tuple(images.shape[1:]), gaussian=kind == "VAE"
    )
    if kind == "AE":
        return PlainCoding(nets, isometry_weight=isometry_weight)
    if kind == "VAE":
        return VAECoding(nets, isometry_weight=isometry_weight)
    penalty = MMDPenalty() if kind == "WAE-MMD" else AdversarialPenalty(latent_judge(code))
    return WAECoding(nets, penalty, isometry_weight=isometry_weight)


def latent_judge(code: int) -> nn.Module:
    """The discriminator of codes of a WAE-GAN."""
    return mlp([code, 128, 128, 1])


def train_spaces(
    images: IndependentPair,
    profile: Profile,
    *,
    seed: int,
    kinds: tuple[str, str] = ("AE", "AE"),
    codes: tuple[int, int] = (8, 8),
    isometry_weight: float = 0.0,
    config: GromovLatentConfig | None = None,
    steps: int | None = None,
    decay_from: float = 0.5,
    progress: bool = False,
) -> Spaces:
    """Two codings, trained apart or together, and what they make of the images.

    Args:
        images: the pair.
        profile: sizes and hardware.
        seed: of the initial weights and the batches.
        kinds: of the source's and of the target's autoencoder.
        codes: numbers in a code, for either domain.
        isometry_weight: weight of both decoders' local isometry.
        config: the Gromov–Wasserstein loss between them; by default none, so that each is trained by itself.
        steps: other than the profile's.
        decay_from: share of the run after which step sizes fall.
        progress: show a bar.
    """
    with random_run(seed):
        coding_x, coding_y = (
            make_coding(kind, domain.train, code=code, isometry_weight=isometry_weight)
            for kind, domain, code in zip(kinds, (images.source, images.target), codes, strict=True)
        )
    history = fit(
        GromovLatent(coding_x, coding_y, config=config),
        images,
        config=TrainConfig(
            steps=steps or STEPS[profile.name],
            batch_size=BATCH,
            seed=seed,
            decay_from=decay_from,
            accelerator=profile.accelerator,
            progress=progress,
        ),
    )
    coding_x.eval().requires_grad_(False)
    coding_y.eval().requires_grad_(False)
    pair = images.to(profile.device)
    return Spaces(
        images=pair,
        coding_x=coding_x,
        coding_y=coding_y,
        codes=IndependentPair(
            encoded_samples(pair.source, coding_x.encode), encoded_samples(pair.target, coding_y.encode)
        ),
        history=history,
    )
