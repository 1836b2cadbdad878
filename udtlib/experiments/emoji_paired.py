"""Chapter 02 on drawings: flat ones shaded, and line art coloured, whose lines do not tell most of the colours."""

from __future__ import annotations

from functools import partial

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


def painter(channels: int) -> Direct:
    """The generator of all systems: colours out, of greys or of colours."""
    return Direct(ResizeUNet(channels, 3, width=24, depth=4))


def steps(profile: Profile) -> TrainConfig:
    """The same budget for every system."""
    return TrainConfig(
        steps=profile.pick(quick=3_000, colab=12_000, full=60_000), batch_size=8, average=0.999, log_every=50
    )


def regression(pair: DomainPair, setting: Setting, *, channels: int) -> PairedRegression:
    """L1 alone."""
    return PairedRegression(painter(channels), optimiser=STEP)


def game(
    pair: DomainPair, setting: Setting, *, channels: int, l1_weight: float, conditional: bool
) -> Pix2Pix:
    """pix2pix, with or without its L1 term and the judge's condition."""
    config = Pix2PixConfig(l1_weight=l1_weight, conditional=conditional, game=GAME)
    # The coarsest scale sees the whole drawing: one thing has few colours.
    discriminator = judge(3, condition=channels if conditional else 0, scales=3)
    return Pix2Pix(painter(channels), discriminator, config=config)


def losses(channels: int, *, l1_weight: float = 20.0) -> dict[str, System]:
    """L1, the game, and both, on drawings of so many channels."""
    translation = Translation(
        build=lambda profile: painter(channels),
        channels=(channels, 3),
        sides=lambda profile: Sides(step=16, least=32),
    )
    games = {
        "L1": partial(regression, channels=channels),
        "cGAN": partial(game, channels=channels, l1_weight=0.0, conditional=True),
        "L1 + GAN": partial(game, channels=channels, l1_weight=l1_weight, conditional=False),
        "L1 + cGAN": partial(game, channels=channels, l1_weight=l1_weight, conditional=True),
    }
    return {
        name: System(make, training=steps, part="generator", translation=translation)
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
