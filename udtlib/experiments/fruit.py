"""Apples to tomatoes and back, in photographs: no pair, no truth, and four ways to choose a map."""

from __future__ import annotations

from functools import partial

from udtlib.data.fruit import fruit_pair
from udtlib.data.pair import IndependentPair
from udtlib.evaluate.translations import untouched
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.emoji_unpaired import (
    NETS,
    SIZE,
    code,
    cycle_game,
    distance_game,
    patch_game,
    unit_game,
)
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.pictures import translations
from udtlib.instruments.fruit import evenly, fruit_scores
from udtlib.objectives.distancegan import Weights
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.types import Batch, Tensor

LICENCE = "Photographs: Fruits-360 by Mihai Oltean, CC BY-SA 4.0; the translations carry the same licence."


def apples_and_tomatoes(setting: Setting) -> IndependentPair:
    """Photographs from the user's own folder."""
    return fruit_pair("apple", "tomato", size=SIZE)


def steps(profile: Profile) -> TrainConfig:
    """As many rounds for every method."""
    return TrainConfig(
        steps=profile.pick(quick=1_500, colab=6_000, full=40_000), batch_size=4, average=0.999, log_every=50
    )


def of_targets(pair: IndependentPair, batch: Batch) -> Tensor:
    """The reference that fits: training photographs of the target, for which nothing was kept."""
    return evenly(pair.target.train, len(batch.x))


FRUIT = Experiment(
    name="fruit-unpaired",
    title="Apples to tomatoes in photographs: four methods by the same judges, all but UNIT with the same nets",
    source="the task of the course's chapters 04 to 06, after horses and zebras in [zhu2017cycle, figure 7]",
    pair=apples_and_tomatoes,
    systems={
        "CycleGAN + identity": System(
            partial(cycle_game, weight=10.0, identity_share=0.2), training=steps, translation=NETS
        ),
        "UNIT": System(
            unit_game,
            training=steps,
            translation=Translation(
                build=lambda profile: code(), sides=lambda profile: Sides(step=4, least=8)
            ),
        ),
        "DistanceGAN + cycle": System(
            partial(distance_game, way=Weights(distance=1.0, cycle=10.0)), training=steps, translation=NETS
        ),
        "CUT": System(partial(patch_game, weight=1.0, identity_share=1.0), training=steps, translation=NETS),
    },
    references={"x itself": untouched, "other tomatoes": of_targets},
    scores=fruit_scores,
    pictures={
        "apples": translations(
            "x", "T(x)", count=6, caption=f"Unseen varieties of apples, as tomatoes; first start. {LICENCE}"
        ),
        "tomatoes": translations(
            "y", "S(y)", count=6, caption=f"Unseen varieties of tomatoes, as apples; first start. {LICENCE}"
        ),
        "curves": score_curves(
            "energy distance of thumbnails",
            "silhouette kept, IoU",
            caption="Every method after the same rounds.",
        ),
    },
)
