"""Chapter 02 on drawings: flat ones shaded, and line art coloured, whose lines do not tell most of the colours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from udtlib.data.emoji import EmojiPair
from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.experiments.declare import Experiment, Look, Setting, System
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import GAME, STEP, judge
from udtlib.experiments.pictures import translations
from udtlib.instruments.emoji.scores import paired_emoji_scores
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.direct import Direct

#: Pixels of a side.
SIZE = 64


def lines(setting: Setting) -> EmojiPair:
    """Line art, and the same things in three dimensions."""
    return EmojiPair("fluent-line", "fluent-3d", size=SIZE, paired=True, mirrored=True)


def flats(setting: Setting) -> EmojiPair:
    """Flat drawings, whose colours are nearly right already, and the same things in three dimensions."""
    return EmojiPair("fluent-flat", "fluent-3d", size=SIZE, paired=True, mirrored=True)


def painter(channels: int, out: int = 3) -> Direct:
    """The generator of all systems: so many channels of so many."""
    return Direct(ResizeUNet(channels, out, width=24, depth=4))


def steps(profile: Profile) -> TrainConfig:
    """The same budget for every system."""
    return TrainConfig(
        steps=profile.pick(quick=3_000, colab=12_000, full=60_000), batch_size=8, average=0.999, log_every=50
    )


def regression(pair: DomainPair, setting: Setting, *, channels: int, out: int = 3) -> PairedRegression:
    """L1 alone."""
    return PairedRegression(painter(channels, out), optimiser=STEP)


def game(
    pair: DomainPair,
    setting: Setting,
    *,
    channels: int,
    l1_weight: float,
    conditional: bool,
    out: int = 3,
    scales: int = 3,
) -> Pix2Pix:
    """pix2pix, with or without its L1 term and the judge's condition."""
    config = Pix2PixConfig(l1_weight=l1_weight, conditional=conditional, game=GAME)
    # With three scales the coarsest sees the whole drawing: one thing has few colours.
    discriminator = judge(out, condition=channels if conditional else 0, scales=scales)
    return Pix2Pix(painter(channels, out), discriminator, config=config)


def losses(
    channels: int,
    out: int = 3,
    *,
    l1_weight: float = 20.0,
    scales: int = 3,
    training: Callable[[Profile], TrainConfig] = steps,
) -> dict[str, System]:
    """L1, the game, and both, for images of so many channels, with a judge of so many scales."""
    nets: dict[str, Any] = {"channels": channels, "out": out}
    both = {**nets, "scales": scales}
    translation = Translation(
        build=lambda profile: painter(channels, out),
        channels=(channels, out),
        sides=lambda profile: Sides(step=16, least=32),
    )
    games = {
        "L1": partial(regression, **nets),
        "cGAN": partial(game, **both, l1_weight=0.0, conditional=True),
        "L1 + GAN": partial(game, **both, l1_weight=l1_weight, conditional=False),
        "L1 + cGAN": partial(game, **both, l1_weight=l1_weight, conditional=True),
    }
    return {
        name: System(make, training=training, part="generator", translation=translation)
        for name, make in games.items()
    }


def pictures(caption: str) -> dict[str, Look]:
    """Samples and curves."""
    return {
        "samples": translations("x", "T(x)", "right y", caption=caption),
        "curves": score_curves(
            "fooled by a glimpse", "partner found", caption="Every loss after the same rounds."
        ),
    }


REFERENCES = {"the truth": right_answers, "x itself": untouched}

LINES = Experiment(
    name="emoji-losses",
    title="Line art to 3D: what L1 gives, and what the game adds",
    source="the ablation of [isola2017, table 1] on drawings whose answers are known",
    pair=lines,
    systems=losses(1),
    references=REFERENCES,
    scores=paired_emoji_scores,
    pictures=pictures("Unseen line art, first start. The colours are guesses: the lines do not tell them."),
)

SHADES = Experiment(
    name="emoji-shading",
    title="Flat drawings to 3D: what L1 gives, and what the game adds",
    source="the ablation of [isola2017, table 1] where x tells nearly everything",
    pair=flats,
    systems=losses(3),
    references=REFERENCES,
    scores=paired_emoji_scores,
    pictures=pictures("Unseen flat drawings, first start. What is missing is the light."),
)
