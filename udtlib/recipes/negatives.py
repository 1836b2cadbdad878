"""Digits and their negatives as an experiment: its sizes in every profile, and the scores of translations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import pad

from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.data.street_digits import negative_digits
from udtlib.nets.patchgan import PatchGAN
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.profiles import Profile
from udtlib.recipes.unpaired_scores import negative_scores, round_trip
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float, Tensor


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


@torch.no_grad()
def scores_of(translator: InvertibleTranslator, pair: IndependentPair) -> dict[str, float]:
    r"""Chapter 04's scores, and where the ink is.

    Ink is where :math:`x > 0`; it is in its place where :math:`T(x) < 0`.
    """
    x = pair.batch(0, size=500, seed=0, split="test").x
    made, _, _ = round_trip(translator, x, -x)
    # As a file holds it: within [-1, 1], in 256 steps.
    stored = ((made.clamp(-1, 1) + 1) * 127.5).round() / 127.5 - 1
    home = round_trip(translator, x, stored)[2]
    return {
        **negative_scores(translator, pair),
        "cycle: the same through an image file": (home - x).abs().mean().item(),
        "alignment: pixels inverted": ((made < 0) == (x > 0)).float().mean().item(),
        "alignment: ink in its place": (made[x > 0] < 0).float().mean().item(),
        **shift_scores(made, -x),
    }


def shift_scores(
    made: Float[Tensor, "n 1 rows columns"], wanted: Float[Tensor, "n 1 rows columns"], *, reach: int = 4
) -> dict[str, float]:
    """By how many pixels all translations together are out of place, and what is left when they are put back.

    One shift for the whole test set, the best of all up to ``reach`` pixels; the border is filled with white.
    """
    shifts = [(a, b) for a in range(-reach, reach + 1) for b in range(-reach, reach + 1)]
    rows, columns = made.shape[-2:]
    framed = pad(made, (reach, reach, reach, reach), value=1.0)
    errors = [
        (framed[..., reach + a : reach + a + rows, reach + b : reach + b + columns] - wanted)
        .abs()
        .mean()
        .item()
        for a, b in shifts
    ]
    least = min(errors)
    return {
        "alignment: all shifted by so many pixels": math.hypot(*shifts[errors.index(least)]),
        "alignment: mean |T(x) − (−x)|, shifted back": least,
    }
