"""Chapter 09's spaces: digits, their negatives, and the codes of two autoencoders [chevalley2020]."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
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
from udtlib.train.log import History
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.types import Float, Tensor

#: The four kinds of autoencoder that the report compares, and its batches of images and of codes.
KINDS, BATCH = ("AE", "VAE", "WAE-MMD", "WAE-GAN"), 100


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
    penalty = MMDPenalty() if kind == "WAE-MMD" else AdversarialPenalty(judge_of_codes(code))
    return WAECoding(nets, penalty, isometry_weight=isometry_weight)


def judge_of_codes(code: int) -> nn.Module:
    """The discriminator of codes of a WAE-GAN."""
    return mlp([code, 128, 128, 1])


def two_codings(
    images: IndependentPair,
    *,
    kinds: tuple[str, str] = ("AE", "AE"),
    codes: tuple[int, int] = (8, 8),
    isometry_weight: float = 0.0,
    together: GromovLatentConfig | None = None,
) -> GromovLatent:
    """Untrained codings of both domains, to be trained apart or together.

    Args:
        images: the pair.
        kinds: of the source's and of the target's autoencoder.
        codes: numbers in a code, for either domain.
        isometry_weight: weight of both decoders' local isometry.
        together: the Gromov–Wasserstein loss between them; None where each is trained by itself.
    """
    coding_x, coding_y = (
        make_coding(kind, domain.train, code=code, isometry_weight=isometry_weight)
        for kind, domain, code in zip(kinds, (images.source, images.target), codes, strict=True)
    )
    return GromovLatent(coding_x, coding_y, config=together)


def spaces_of(trained: GromovLatent, images: IndependentPair, history: History | None = None) -> Spaces:
    """What trained codings make of the images; they are frozen."""
    codings = trained.coding_x, trained.coding_y
    for coding in codings:
        coding.eval().requires_grad_(False)
    pair = images.to(next(trained.parameters()).device)
    codes = (
        encoded_samples(domain, coding.encode)
        for domain, coding in zip((pair.source, pair.target), codings, strict=True)
    )
    return Spaces(pair, *codings, IndependentPair(*codes), history or History())


def train_spaces(
    images: IndependentPair,
    *,
    config: TrainConfig,
    kinds: tuple[str, str] = ("AE", "AE"),
    codes: tuple[int, int] = (8, 8),
    isometry_weight: float = 0.0,
    together: GromovLatentConfig | None = None,
    folder: Path | None = None,
) -> Spaces:
    """Two codings, trained apart or together, and what they make of the images.

    Args:
        images: the pair.
        config: steps, step sizes and hardware; its seed is also that of the initial weights.
        kinds: see :func:`two_codings`, also for the next three.
        codes: numbers in a code, for either domain.
        isometry_weight: weight of both decoders' local isometry.
        together: the loss between them.
        folder: where to keep the run; None keeps nothing.
    """
    with random_run(config.seed):
        game = two_codings(
            images, kinds=kinds, codes=codes, isometry_weight=isometry_weight, together=together
        )
    history = fit(game, images, config=replace(config, batch_size=BATCH), folder=folder)
    return spaces_of(game, images, history)
