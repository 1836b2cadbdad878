"""Chapter 02 on drawings: line art coloured and shaded, where most of what is asked for is not in the lines."""

from __future__ import annotations

from functools import partial

from udtlib.data.emoji import EmojiPair
from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.experiments.declare import Experiment, Setting, System
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


def painter() -> Direct:
    """The generator of all systems: grey in, colours out."""
    return Direct(ResizeUNet(1, 3, width=24, depth=4))


def steps(profile: Profile) -> TrainConfig:
    """The same budget for every system."""
    return TrainConfig(
        steps=profile.pick(quick=4_000, colab=12_000, full=60_000), batch_size=8, average=0.999, log_every=50
    )


def regression(pair: DomainPair, setting: Setting) -> PairedRegression:
    """L1 alone."""
    return PairedRegression(painter(), optimiser=STEP)


def game(pair: DomainPair, setting: Setting, *, l1_weight: float, conditional: bool) -> Pix2Pix:
    """pix2pix, with or without its L1 term and the judge's condition."""
    config = Pix2PixConfig(l1_weight=l1_weight, conditional=conditional, game=GAME)
    return Pix2Pix(painter(), judge(3, condition=1 if conditional else 0), config=config)


def painting(make) -> System:
    """One of the compared systems."""
    translation = Translation(
        build=lambda profile: painter(), channels=(1, 3), sides=lambda profile: Sides(step=16, least=32)
    )
    return System(make, training=steps, part="generator", translation=translation)


LINES = Experiment(
    name="emoji-losses",
    title="Line art to 3D: what L1 gives, and what the game adds",
    source="the ablation of [isola2017, table 1] on drawings whose answers are known",
    pair=lines,
    systems={
        "L1": painting(regression),
        "cGAN": painting(partial(game, l1_weight=0.0, conditional=True)),
        "L1 + GAN": painting(partial(game, l1_weight=20.0, conditional=False)),
        "L1 + cGAN": painting(partial(game, l1_weight=20.0, conditional=True)),
    },
    references={"the truth": right_answers, "x itself": untouched},
    scores=paired_emoji_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Unseen line art, first start. The colours are guesses: the lines do not tell them.",
        ),
        "curves": score_curves(
            "fooled by a glimpse", "partner found", caption="Every loss after the same rounds."
        ),
    },
)
