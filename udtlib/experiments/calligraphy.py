"""Chapter 02 on characters: print to brush, whose strokes are bent and moved in a way that print does not tell."""

from __future__ import annotations

from udtlib.data.calligraphy import CalligraphyPair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.experiments.declare import Experiment, Setting
from udtlib.experiments.emoji_paired import losses
from udtlib.experiments.following import score_curves
from udtlib.experiments.pictures import translations
from udtlib.instruments.calligraphy import calligraphy_scores
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig


def characters(setting: Setting) -> CalligraphyPair:
    """Printed characters, and the same written by brush."""
    return CalligraphyPair("print", "brush", paired=True)


def steps(profile: Profile) -> TrainConfig:
    """The same budget for every system."""
    return TrainConfig(
        steps=profile.pick(quick=6_000, colab=20_000, full=60_000),
        batch_size=8,
        average=0.999,
        decay_from=0.5,
        log_every=100,
    )


EVERY_LOSS = losses(1, 1, scales=2, training=steps)

BRUSH = Experiment(
    name="calligraphy-losses",
    title="Print to brush: what L1 gives, and what the game adds",
    source="the ablation of [isola2017, table 1] on characters whose answers are known",
    pair=characters,
    systems={name: EVERY_LOSS[name] for name in ("L1", "L1 + cGAN")},
    references={"the truth": right_answers, "print itself": untouched},
    scores=calligraphy_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Unseen characters, first start. Print does not tell how far a stroke is bent and moved.",
        ),
        "curves": score_curves(
            "fooled by a glimpse", "partner found", caption="Both losses along the same rounds."
        ),
    },
)
