"""Chapter 06: maps that keep distances, on digits: where the truth keeps them, and where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from udtlib.data.pair import DomainPair
from udtlib.evaluate.preservation import distances_kept
from udtlib.evaluate.translations import right_answers, translate
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.instruments.digits.scores import share_of_class
from udtlib.losses.reconstruction import l1, l2
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.distancegan import distancegan, kept_distances, measure_scales
from udtlib.objectives.game import Game
from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction, Sides, Translation
from udtlib.recipes.distance_systems import CYCLEGAN, System, systems_on
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.unpaired import NEGATIVES, SCALES, STREET, Task, judges_for, translator_for
from udtlib.show.images import image_grid
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Batch

#: Test images of each side that are measured.
MEASURED = 400
ACCURACY = "accuracy of the digit classifier"


SYSTEMS = systems_on(CYCLEGAN, name="CycleGAN")
#: On digits with a control: neither a cycle nor distances, which shows what the nets find by themselves.
DIGIT_SYSTEMS = {"the game alone": System(), **SYSTEMS}
#: Rounds of the game, by profile.
STEPS = {"quick": 400, "colab": 6_000, "full": 60_000}


def objective_for(
    system: System, task: Task, pair: DomainPair, profile: Profile, *, seed: int, generator: str
) -> Game:
    """The untrained game, both ways at once.

    Without a cycle the two ways share nothing: they are two one-sided games side by side.
    """
    scale, bone = SCALES[profile.name], system.backbone
    rate, judge_rate = (bone.haste * each for each in scale.rates)
    game = replace(
        bone.game,
        generator_optimiser=AdamConfig(rate=rate),
        discriminator_optimiser=AdamConfig(rate=judge_rate),
    )
    kept = kept_distances(system.weights, system.weights)
    torch.manual_seed(seed)
    translator, judges = translator_for(generator, task.channels, scale), judges_for(task, scale)
    return distancegan(
        translator,
        *judges,
        scales=measure_scales(pair, kept) if kept else None,
        forth=system.weights,
        back=system.weights,
        cycle_loss=l2 if bone.squared else l1,
        pool=bone.pool,
        game=game,
    )


def play(
    system: System,
    task: Task,
    pair: DomainPair,
    profile: Profile,
    *,
    seed: int,
    generator: str = "U-Net",
    steps: Mapping[str, int] = STEPS,
    folder: Path | None = None,
    resume: bool = False,
) -> tuple[InvertibleTranslator, History]:
    """Train one system; the translator comes back ready to be measured."""
    objective = objective_for(system, task, pair, profile, seed=seed, generator=generator)
    config = TrainConfig(
        steps=steps[profile.name],
        batch_size=max(SCALES[profile.name].batch, 4),  # distances need at least two images
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    history = fit(objective, pair, config=config, folder=folder, resume=resume)
    return objective.translator.eval(), history


def digit_scores(made: Tensor, right: Tensor, batch: Batch, *, negative: bool) -> dict[str, float]:
    """Is it the same digit, is it the right picture, and were distances kept?"""
    white = -made if negative else made
    return {
        ACCURACY: share_of_class(white, batch.x_label, classifier=load_digit_classifier()),
        "mean |T(x) − right y|": (made - right).abs().mean().item(),
        **plain(distances_kept(batch.x, made)),
    }


#: MNIST classification of mapped SVHN images [benaim2017, table 3].
PAPER = {"CycleGAN": 0.261, "Distance": 0.268, "Distance + cycle": 0.180, "Self-distance": 0.252}
TASKS = (("street", "street digits", STREET), ("negatives", "digits → negatives", NEGATIVES))


def digits(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Five systems on a task whose truth does not keep distances, and on one whose truth does."""
    rows, pictures = [], {}
    for word, title, task in TASKS:
        pair = task.pair(profile)
        batch = pair.batch(0, size=MEASURED, seed=0, split="test")
        right, negative = right_answers(pair, batch), task is NEGATIVES
        scores: dict[str, list[dict[str, float]]] = {}
        shown = [batch.x[:12].expand(-1, 3, -1, -1)]
        for name, system in DIGIT_SYSTEMS.items():
            for seed in seeds:
                translator, _ = play(system, task, pair, profile, seed=seed)
                made = translate(translator, batch.x)
                scores.setdefault(name, []).append(digit_scores(made, right, batch, negative=negative))
                if seed == seeds[0]:
                    shown.append(made[:12].expand(-1, 3, -1, -1))
        scores["the truth"] = [digit_scores(right, right, batch, negative=negative)] * len(seeds)
        rows += rows_of(scores, prefix=f"{title}: ", paper=PAPER if task is STREET else {}, compared=ACCURACY)
        pictures[word] = image_grid(
            torch.cat([*shown, right[:12].expand(-1, 3, -1, -1)]),
            columns=12,
            row_labels=["x", *DIGIT_SYSTEMS, "right y"],
            alt=f"Rows of twelve digits, {title}: the given images, translations by five systems, right answers.",
            caption=f"Five systems on {title}, first start.",
        )
    return Findings(rows=rows, pictures=pictures)


def rows_of(
    scores: Mapping[str, Sequence[Mapping[str, float]]],
    *,
    prefix: str = "",
    paper: Mapping[str, float] | None = None,
    compared: str = "",
) -> list[Row]:
    """One row for each system and metric; the paper's value beside the metric that it states."""
    return [
        Row(
            system=name,
            metric=prefix + metric,
            values=tuple(score[metric] for score in each),
            paper=(paper or {}).get(name) if metric == compared else None,
        )
        for name, each in scores.items()
        for metric in each[0]
    ]


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train distancegan`: digits to negatives and back, by distances and without a cycle."""
    task, system = NEGATIVES, SYSTEMS["Distance"]
    return play(system, task, task.pair(profile), profile, seed=seed, folder=folder, resume=resume)[1]


RECIPES = (
    Recipe(
        name="distancegan",
        summary="chapter 06: digits to their negatives and back, keeping distances and without a cycle",
        seconds={"quick": 30.0},
        train=train,
        translation=Translation(
            build=lambda profile: translator_for("U-Net", NEGATIVES.channels, SCALES[profile.name]),
            channels=NEGATIVES.channels,
            sides=lambda profile: Sides(step=2 ** SCALES[profile.name].unet[1]),
        ),
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="distance-digits",
        title="Distances on street digits, where the truth does not keep them, and on negatives, where it does",
        source="table 3 of [benaim2017], on street digits instead of SVHN",
        seconds={"quick": 900.0},
        run=digits,
    ),
)
