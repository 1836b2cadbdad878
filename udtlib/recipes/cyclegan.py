"""Chapter 04: CycleGAN on images, where its objective, its nets and its weights choose among the maps that fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import translations
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.game import UnpairedGame
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction, Sides, Translation
from udtlib.recipes.named import prefixed
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.unpaired import (
    GLASSES,
    HAIR,
    NEGATIVES,
    SCALES,
    STREET,
    Task,
    judges_for,
    translator_for,
)
from udtlib.show.images import image_grid
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import InvertibleTranslator


@dataclass(frozen=True, kw_only=True)
class System:
    """One of the compared systems: a net, and what it is trained for."""

    generator: str = "U-Net"
    #: weight λ of the cycle
    cycle_weight: float = 10.0
    #: the sibling with the log loss and squared reconstructions
    discogan: bool = False


NEGATIVE_SYSTEMS: dict[str, System] = {
    "U-Net, λ = 10": System(),
    "U-Net, λ = 0": System(cycle_weight=0.0),
    "U-Net, DiscoGAN": System(discogan=True),
    "x + U-Net, λ = 10": System(generator="x + U-Net"),
    "residual blocks, λ = 10": System(generator="residual blocks"),
    "residual blocks, λ = 3": System(generator="residual blocks", cycle_weight=3.0),
}
#: A small change of a picture is made best by a net that starts from none.
FACES = System(generator="x + U-Net", cycle_weight=3.0)
STREET_SYSTEMS: dict[str, System] = {
    "U-Net, λ = 10": System(),
    "x + U-Net, λ = 3": FACES,
    "residual blocks, λ = 3": System(generator="residual blocks", cycle_weight=3.0),
}


def game_for(task: Task, profile: Profile) -> GANConfig:
    """The least-squares game with the profile's step sizes and the task's penalty on slopes."""
    step, judge_step = (AdamConfig(rate=rate) for rate in SCALES[profile.name].rates)
    return replace(
        LEAST_SQUARES,
        generator_optimiser=step,
        discriminator_optimiser=judge_step,
        slope_weight=task.slope_weight,
    )


def objective_for(system: System, task: Task, profile: Profile, *, seed: int) -> UnpairedGame:
    """The untrained game."""
    scale = SCALES[profile.name]
    torch.manual_seed(seed)
    translator, game = translator_for(system.generator, task.channels, scale), game_for(task, profile)
    judges = judges_for(task, scale)
    if system.discogan:
        steps = GANConfig(
            generator_optimiser=game.generator_optimiser, discriminator_optimiser=game.discriminator_optimiser
        )
        return discogan(translator, *judges, game=steps)
    return cyclegan(translator, *judges, cycle_weight=system.cycle_weight, game=game)


def play(
    system: System,
    task: Task,
    pair: DomainPair,
    profile: Profile,
    *,
    seed: int,
    folder: Path | None = None,
    resume: bool = False,
) -> tuple[InvertibleTranslator, History]:
    """Train one system on a task; the translator comes back ready to be measured."""
    objective = objective_for(system, task, profile, seed=seed)
    config = TrainConfig(
        steps=task.steps[profile.name],
        batch_size=SCALES[profile.name].batch,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    history = fit(objective, pair, config=config, folder=folder, resume=resume)
    translator = objective.translator
    assert isinstance(translator, InvertibleTranslator), "CycleGAN needs a way back"
    return translator.eval(), history


def comparison(
    systems: Mapping[str, tuple[System, Task]], profile: Profile, *, seeds: Sequence[int], caption: str
) -> Findings:
    """Train every system from every seed and measure it; show what the first seed's make of ten test images."""
    scores: dict[str, list[dict[str, float]]] = {}
    shown, labels = [], []
    # Domains take seconds to draw: each is drawn once, however many systems are compared on it.
    pairs = {id(task): task.pair(profile) for _, task in systems.values()}
    for name, (system, task) in systems.items():
        pair = pairs[id(task)]
        for seed in seeds:
            translator, _ = play(system, task, pair, profile, seed=seed)
            scores.setdefault(name, []).append(prefixed(task.scores(translator, pair)))
            if seed == seeds[0]:
                batch, there, again, back = translations(translator, pair, size=10)
                shown += [batch.x, there, again, batch.y, back]
                labels += [f"{name}: x", "T(x)", "S(T(x))", "y", "S(y)"]
    rows = [
        Row(system=name, metric=metric, values=tuple(score[metric] for score in each))
        for name, each in scores.items()
        for metric in each[0]
    ]
    picture = image_grid(
        torch.cat(shown),
        columns=10,
        row_labels=labels,
        alt=f"Ten test images x, their translations, the way back, ten y and theirs, for {', '.join(systems)}.",
        caption=caption,
    )
    return Findings(rows=rows, pictures={"samples": picture})


def negatives(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """The same two domains under several nets and weights."""
    systems = {name: (system, NEGATIVES) for name, system in NEGATIVE_SYSTEMS.items()}
    caption = "Digits and their negatives. Which map is found depends on the net as much as on the objective."
    return comparison(systems, profile, seeds=seeds, caption=caption)


def street(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Street digits to plain ones, and back."""
    systems = {name: (system, STREET) for name, system in STREET_SYSTEMS.items()}
    caption = "Street digits and plain ones. Dark digits on light walls are the hard ones."
    return comparison(systems, profile, seeds=seeds, caption=caption)


def faces(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Glasses off and on; blond hair to black and back."""
    systems = {"glasses → without": (FACES, GLASSES), "blond → black": (FACES, HAIR)}
    caption = "Two attributes of faces, translated without pairs."
    return comparison(systems, profile, seeds=seeds, caption=caption)


def sides(profile: Profile) -> Sides:
    """Which images the recipe's nets take."""
    _, depth = SCALES[profile.name].unet
    return Sides(step=2**depth, least=2 ** (depth + 1))


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """Glasses off and on."""
    return play(FACES, GLASSES, GLASSES.pair(profile), profile, seed=seed, folder=folder, resume=resume)[1]


RECIPES = (
    Recipe(
        name="cyclegan",
        summary="CycleGAN: glasses off cartoon faces and on again, without pairs",
        seconds={"quick": 180.0},
        train=train,
        translation=Translation(
            build=lambda profile: translator_for(FACES.generator, (3, 3), SCALES[profile.name]), sides=sides
        ),
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="cyclegan-negatives",
        title="Digits and negatives: one objective, several nets and weights",
        source="CycleGAN [zhu2017cycle, section 3], DiscoGAN [kim2017]; the task of the course's chapter 04",
        seconds={"quick": 900.0},
        run=negatives,
    ),
    Reproduction(
        name="cyclegan-street",
        title="Street digits and plain ones",
        source="the task of [benaim2017] with drawn numbers in place of SVHN",
        seconds={"quick": 600.0},
        run=street,
    ),
    Reproduction(
        name="cyclegan-faces",
        title="Glasses and hair of cartoon faces, without pairs",
        source="the tasks of [benaim2017] on faces whose answers are known",
        seconds={"quick": 1_100.0},
        run=faces,
    ),
)
