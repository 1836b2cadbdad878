"""Chapter 04: a grey picture that remembers its colours, and what becomes of them when it is touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import torch

from udtlib.data.greys import as_images, as_pixels, colours_to_greys
from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.steganography import secrecy
from udtlib.experiments.declare import Experiment, Setting, Shown, System
from udtlib.experiments.pictures import Drawn
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

#: Side of the portraits in pixels, and how many are shown.
SIZE, SHOWN = 32, 8
#: Strengths of the noise that the translation is touched with; a grey level of 256 is 0.008.
STRENGTHS = (0.01, 0.02, 0.05, 0.1)


def portraits(setting: Setting) -> IndependentPair:
    """Pixels of portraits, and grey ones."""
    return colours_to_greys(size=SIZE)


def grey_game(pair: DomainPair, setting: Setting, *, cycle_weight: float) -> Game:
    """Colours to greys, pixel by pixel, and back."""
    step = AdamConfig(rate=1e-3)
    nets = [mlp([3, 64, 64, width]) for width in (3, 3, 1, 1)]
    return cyclegan(
        TwoWay(*map(Direct, nets[:2])),
        *nets[2:],
        cycle_weight=cycle_weight,
        pool=0,
        game=replace(LEAST_SQUARES, generator_optimiser=step, discriminator_optimiser=step),
    )


def grey_training(profile: Profile) -> TrainConfig:
    """Pixels are cheap."""
    steps = profile.pick(quick=2_000, colab=10_000, full=40_000)
    return TrainConfig(steps=steps, batch_size=256, decay_from=0.5)


@torch.no_grad()
def grey_scores(T: InvertibleTranslator, pair: DomainPair) -> Scores:
    """How grey the translation is, and how much of the cycle hangs on what is not grey in it."""
    T = T.to("cpu")
    pixels = pair.batch(0, size=4_000, seed=0, split="test").x
    # The noise is the run's own: every seed touches the pictures with another one.
    noise = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    told, y = secrecy(T, pixels, strengths=STRENGTHS, generator=noise), T(pixels)
    return Scores(
        fit={
            "mean saturation of x": (pixels.amax(1) - pixels.amin(1)).mean().item(),
            "mean saturation of T(x)": (y.amax(1) - y.amin(1)).mean().item(),
        },
        other={
            "cycle": told.untouched,
            "cycle, stored with 8 bits": told.stored,
            **{f"cycle, noise {s}": error for s, error in zip(told.strengths, told.noisy, strict=True)},
            "cycle of a stranger": told.stranger,
        },
    )


@torch.no_grad()
def looks(T: InvertibleTranslator, pair: IndependentPair) -> Shown:
    """Portraits, their translations, the way back, and again after faint noise."""
    x = as_images(pair.source.test, size=SIZE)[:SHOWN]
    y = T(as_pixels(x))
    rows = {"T(x)": y, "S(T(x))": T.inverse(y), "S(T(x) + noise)": T.inverse(y + 0.02 * torch.randn(y.shape))}
    return {"x": x, **{row: as_images(pixels, size=SIZE) for row, pixels in rows.items()}}


def picture(shown: Mapping[str, Shown]) -> Picture:
    """The rows of both systems below the portraits."""
    first = next(iter(shown.values()))["x"]
    rows = {"x": first}
    for system, images in shown.items():
        rows |= {f"{system}: {row}": image for row, image in images.items() if row != "x"}
    return image_grid(
        torch.cat([*rows.values()]),
        columns=SHOWN,
        row_labels=[*rows],
        alt="Eight portraits in colour. With a cycle their translations are of a tinted grey, the way back has "
        "the right colours, and after faint noise the same under coloured speckle. Without one they are truly "
        "grey, and the way back gives all one bluish tint.",
        caption="With a cycle the colours come back from a nearly grey picture; noise of two and a half grey "
        "levels speckles them. Without one they do not come back.",
    )


SECRET = Experiment(
    name="cyclegan-secret",
    title="Colours hidden in grey pictures",
    source="the effect that [chu2017] reported of CycleGAN",
    pair=portraits,
    systems={
        "λ = 10": System(partial(grey_game, cycle_weight=10.0), training=grey_training),
        "λ = 0": System(partial(grey_game, cycle_weight=0.0), training=grey_training),
    },
    scores=grey_scores,
    pictures={"samples": Drawn(show=looks, picture=picture)},
)
