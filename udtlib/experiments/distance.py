"""Chapter 06: which terms stand beside which game; on digits, where the truth keeps distances and where not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from udtlib.data.pair import DomainPair
from udtlib.evaluate.preservation import distances_kept
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, mean_difference, right_answers
from udtlib.evaluate.translations import translations as made_by
from udtlib.experiments.declare import Experiment, Setting, System, Untrained
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.pictures import Translations
from udtlib.experiments.unpaired import (
    Generator,
    Judges,
    negatives,
    rates_of,
    street,
    translator_for,
    unet,
)
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.instruments.digits.scores import share_of_class
from udtlib.losses.reconstruction import l1, l2
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.distancegan import Weights, distancegan, kept_distances, measure_scales
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import Translator

#: Test images of each side that are measured.
MEASURED = 400
ACCURACY = "accuracy of the digit classifier"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """The game and the cycle that a distance loss is put beside."""

    game: GANConfig
    #: weight of the cycle where there is one
    cycle: float
    #: whether the cycle is measured by squares
    squared: bool
    #: weight of the distances where there are any: as heavy as the game beside them allows
    distance: float
    #: translations that each discriminator remembers
    pool: int
    #: what the profile's step sizes are multiplied by
    rate_factor: float = 1.0


#: At a tenth the distances of digits outweigh the game from some starts: grey images that keep them perfectly.
CYCLEGAN = Backbone(game=LEAST_SQUARES, cycle=10.0, squared=False, distance=0.02, pool=50)
#: A faint penalty on the judges' slopes takes the speckles out of the faces.
DISCOGAN = Backbone(
    game=GANConfig(slope_weight=0.01), cycle=1.0, squared=True, distance=0.3, pool=0, rate_factor=1.5
)


def weights_of(
    backbone: Backbone, *, cycle: bool = False, distance: bool = False, self_distance: bool = False
) -> Weights:
    """The weights of either way, with these terms beside the game."""
    return Weights(
        cycle=backbone.cycle * cycle,
        distance=backbone.distance * distance,
        self_distance=backbone.distance * self_distance,
    )


def four_weights(backbone: Backbone, *, name: str) -> dict[str, Weights]:
    """The paper's four: the backbone as it is, distances alone, both, and self-distances alone."""
    return {
        name: weights_of(backbone, cycle=True),
        "Distance": weights_of(backbone, distance=True),
        "Distance + cycle": weights_of(backbone, distance=True, cycle=True),
        "Self-distance": weights_of(backbone, self_distance=True),
    }


def distance_game(
    pair: DomainPair,
    setting: Setting,
    *,
    backbone: Backbone,
    weights: Weights,
    generator: Generator,
    channels: tuple[int, int],
    judges: Judges,
) -> Game:
    """The game, both ways at once.

    Without a cycle the two ways share nothing: they are two one-sided games side by side.
    """
    profile = setting.profile
    rate, judge_rate = (backbone.rate_factor * each for each in rates_of(profile))
    kept = kept_distances(weights, weights)
    return distancegan(
        translator_for(generator, channels, profile),
        *judges.build(channels, profile),
        scales=measure_scales(pair, kept) if kept else None,
        forth=weights,
        back=weights,
        cycle_loss=l2 if backbone.squared else l1,
        pool=backbone.pool,
        game=replace(
            backbone.game,
            generator_optimiser=AdamConfig(rate=rate),
            discriminator_optimiser=AdamConfig(rate=judge_rate),
        ),
    )


def training(profile: Profile, *, quick: int, colab: int, full: int) -> TrainConfig:
    """Rounds by profile; four images a batch everywhere, since distances need at least two."""
    return TrainConfig(steps=profile.pick(quick=quick, colab=colab, full=full), batch_size=4, decay_from=0.5)


def digit_scores(translator: Translator | Reference, pair: DomainPair, *, negative: bool) -> Scores:
    """Is it the same digit, is it the right picture, and were distances kept?"""
    batch, made, _, _ = made_by(translator, pair, size=MEASURED)
    white = -made if negative else made
    right = right_answers(pair, batch)
    return Scores(
        alignment={
            ACCURACY: share_of_class(white, batch.x_label, classifier=load_digit_classifier()),
            "mean |T(x) − right y|": mean_difference(made, right),
        }
    ) | distances_kept(batch.x, made)


#: Titles of the two tasks, their pairs and channels, and whether the target is negative.
TASKS: dict[str, tuple[Callable[[Setting], DomainPair], tuple[int, int], bool]] = {
    "street digits": (street, (3, 3), False),
    "digits → negatives": (negatives, (1, 1), True),
}
#: On digits with a control: neither a cycle nor distances, which shows what the nets find by themselves.
DIGIT_WEIGHTS = {"the game alone": weights_of(CYCLEGAN), **four_weights(CYCLEGAN, name="CycleGAN")}
#: MNIST classification of mapped SVHN images [benaim2017, table 3].
PAPER = {"CycleGAN": 0.261, "Distance": 0.268, "Distance + cycle": 0.180, "Self-distance": 0.252}


def on_digits(task: str, weights: Weights) -> System:
    """One system on one of the tasks."""
    pair, channels, negative = TASKS[task]
    return System(
        partial(
            distance_game,
            backbone=CYCLEGAN,
            weights=weights,
            generator=unet,
            channels=channels,
            judges=Judges(field=16),
        ),
        training=partial(training, quick=400, colab=6_000, full=60_000),
        pair=pair,
        scores=partial(digit_scores, negative=negative),
        translation=translates(unet, channels),
    )


def translates(generator: Generator, channels: tuple[int, int] = (3, 3)) -> Translation:
    """How `udt translate` uses a system; without a cycle nothing keeps a net from small images."""
    return Translation(
        build=lambda profile: translator_for(generator, channels, profile),
        channels=channels,
        sides=lambda profile: Sides(step=2 ** profile.pick(quick=3, colab=4, full=5)),
    )


def five_on(task: str) -> Translations:
    """Twelve digits of a task, and what the systems make of them."""
    return Translations(
        rows=("x", "T(x)", "right y"),
        caption=f"Five systems on {task}, first start.",
        count=12,
        task=f"{task}: ",
    )


DIGITS = Experiment(
    name="distance-digits",
    title="Distances on street digits, where the truth does not keep them, and on negatives, where it does",
    source="table 3 of [benaim2017], on street digits instead of SVHN",
    systems={
        f"{task}: {name}": on_digits(task, weights)
        for task in TASKS
        for name, weights in DIGIT_WEIGHTS.items()
    },
    references={
        f"{task}: the truth": Untrained(
            right_answers, pair=pair, scores=partial(digit_scores, negative=negative)
        )
        for task, (pair, _, negative) in TASKS.items()
    },
    paper={(f"street digits: {name}", ACCURACY): value for name, value in PAPER.items()},
    pictures={"street": five_on("street digits"), "negatives": five_on("digits → negatives")},
)
