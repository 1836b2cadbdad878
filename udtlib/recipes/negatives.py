"""Digits and their negatives as an experiment: its sizes in every profile, and the scores of translations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.data.street_digits import negative_digits
from udtlib.instruments.digits.ink import ink_scores
from udtlib.instruments.digits.scores import negative_scores
from udtlib.nets.patchgan import PatchGAN
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.profiles import Profile
from udtlib.recipes.named import prefixed
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import InvertibleTranslator


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large the experiment is in a profile."""

    #: which digits: "embedded" or "official"
    source: str
    #: feature channels of the first layers of autoencoders and generators
    width: int
    #: feature channels of the discriminators' first layer
    judge_width: int
    #: receptive field of the discriminators, of 28 pixels
    field: int
    #: rounds of the game
    steps: int
    #: images per move
    batch: int
    #: Adam's step size of nets made of residual blocks
    rate: float
    #: Adam's step size of flows
    flow_rate: float
    #: Adam's step size of the discriminators
    judge_rate: float


SCALES: dict[str, Scale] = {
    "quick": Scale(
        source="embedded",
        width=12,
        judge_width=24,
        field=16,
        steps=300,
        batch=4,
        rate=6e-4,
        flow_rate=5e-4,
        judge_rate=1.5e-3,
    ),
    "colab": Scale(
        source="embedded",
        width=32,
        judge_width=32,
        field=16,
        steps=6_000,
        batch=8,
        rate=3e-4,
        flow_rate=3e-4,
        judge_rate=5e-4,
    ),
    "full": Scale(
        source="official",
        width=64,
        judge_width=64,
        field=16,
        steps=40_000,
        batch=8,
        rate=2e-4,
        flow_rate=2e-4,
        judge_rate=4e-4,
    ),
}


def negatives(profile: Profile) -> IndependentPair:
    """Digits x and negatives y of other digits, 28 pixels a side."""
    return negative_digits(size=28, source=SCALES[profile.name].source)


def game_for(scale: Scale, *, rate: float) -> GANConfig:
    """The least-squares game; ``rate`` is the translator's step size."""
    return replace(
        LEAST_SQUARES,
        discriminator_optimiser=AdamConfig(rate=scale.judge_rate),
        generator_optimiser=AdamConfig(rate=rate),
    )


def judges(scale: Scale, *, channels: int = 1) -> list[PatchGAN]:
    """Untrained discriminators of both domains."""
    # No normalisation: taken over real and made images apart, it can hide a difference of their means.
    return [PatchGAN(channels, field=scale.field, width=scale.judge_width, norm=nn.Identity) for _ in "xy"]


def play(
    game: Objective,
    pair: DomainPair,
    profile: Profile,
    *,
    seed: int,
    steps: int | None = None,
    folder: Path | None = None,
    resume: bool = False,
) -> History:
    """Train a game in place, for as many steps as the scale has unless told otherwise."""
    scale = SCALES[profile.name]
    config = TrainConfig(
        steps=steps or scale.steps,
        batch_size=scale.batch,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    return fit(game, pair, config=config, folder=folder, resume=resume)


def scores_of(translator: InvertibleTranslator, pair: IndependentPair) -> dict[str, float]:
    """Chapter 04's scores, and where the ink is."""
    return prefixed(negative_scores(translator, pair) | ink_scores(translator, pair))
