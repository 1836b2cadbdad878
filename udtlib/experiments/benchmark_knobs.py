"""The benchmark again, with every method's own knob turned, and with twice the steps: who wins by tuning?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from udtlib.experiments.benchmark_cases import (
    Case,
    emoji_case,
    faces_case,
    negatives_case,
    swap_case,
    threes_case,
)
from udtlib.experiments.benchmark_methods import (
    BLUR,
    CHUNK,
    CYCLE,
    DISTANCE,
    EFFORT,
    FRAME_CYCLE,
    LIKELIHOOD,
    METHODS,
    PRICED,
    along_axes,
)
from udtlib.experiments.benchmark_scores import code_scores
from udtlib.experiments.coded_pairs import code_training, dont_game
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.objectives.base import Objective
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig

__all__ = ["KNOBS", "TWICE", "Knob", "at"]

#: What a system's name says where only the number of steps is another one.
TWICE = "twice the steps"
#: DONT's λ where its critic is bounded and λ falls to zero; without and with prices, chapter 08's.
FALLS = {"DONT": 0.3, "DONT, the side is free": 0.2}
OLD_GAME = "bounded critic, λ falls"


@dataclass(frozen=True)
class Knob:
    """What a method's chapter turns.

    Args:
        keyword: the argument of the method's game.
        words: what it is.
        usual: where it stands in the benchmark.
        others: where else it is tried.
    """

    keyword: str
    words: str
    usual: float | int
    others: tuple[float | int, ...]


def decades(keyword: str, words: str, usual: float) -> Knob:
    """A tenth, and ten times as much."""
    return Knob(keyword, words, usual, (usual / 10, usual * 10))


EFFORT_KNOB = decades("effort", "λ", EFFORT)
PLAN_KNOB = Knob("chunk", "samples of a plan", CHUNK, (16, 64))
BLUR_KNOB = decades("blur", "ε", BLUR)
KNOBS: Mapping[str, Knob] = {
    "CycleGAN": decades("weight", "λ of the cycle", CYCLE),
    "DistanceGAN": decades("weight", "λ of distances", DISTANCE),
    "DONT": EFFORT_KNOB,
    "OT flow matching": PLAN_KNOB,
    "AlignFlow": decades("weight", "λ of the likelihood", LIKELIHOOD),
    "Gromov–Wasserstein": decades("weight", "λ of the cycle", FRAME_CYCLE),
    "Hamiltonian, RK4": BLUR_KNOB,
    "Hamiltonian, leapfrog": BLUR_KNOB,
    "DONT, the side is free": EFFORT_KNOB,
    "OT flow matching, the side is free": PLAN_KNOB,
}


def at(method: str, value: float | int) -> str:
    """What a method is called with its knob at this value."""
    return f"{method}: {KNOBS[method].words} = {value:g}"


def falling_dont(case: Case, setting: Setting, *, method: str) -> Objective:
    """The game that chapter 08 began with."""
    coded = along_axes(case, setting) if method in PRICED else case.coded
    return dont_game(coded, setting, effort=FALLS[method])


def longer(profile: Profile) -> TrainConfig:
    """Twice the steps, and step sizes that fall as late."""
    usual = code_training(profile)
    return replace(usual, steps=2 * usual.steps)


def turned(methods: Mapping[str, System]) -> dict[str, System]:
    """Every method with its knob elsewhere, and then with twice the steps."""
    found: dict[str, System] = {}
    for name, system in methods.items():
        knob = KNOBS[name]
        for value in knob.others:
            found[at(name, value)] = replace(system, game=partial(system.game, **{knob.keyword: value}))
        if name in FALLS:
            found[f"{name}: {OLD_GAME}"] = replace(system, game=partial(falling_dont, method=name))
        found[f"{name}: {TWICE}"] = replace(system, training=longer)
    return found


SWAP_KNOBS = Experiment(
    name="benchmark-swap-knobs",
    title="Digits that change sides or places: every method's own knob turned, and twice the steps",
    source="the settings beside those of benchmark-swap",
    pair=swap_case,
    systems=turned({**METHODS, **PRICED}),
    scores=code_scores,
)
DIGITS_KNOBS = Experiment(
    name="benchmark-digits-knobs",
    title="Threes and eights: every method's own knob turned, and twice the steps",
    source="the settings beside those of benchmark-digits",
    pair=threes_case,
    systems=turned(METHODS),
    scores=code_scores,
)
NEGATIVES_KNOBS = Experiment(
    name="benchmark-negatives-knobs",
    title="Digits and the negatives of others: every method's own knob turned, and twice the steps",
    source="the settings beside those of benchmark-negatives",
    pair=negatives_case,
    systems=turned(METHODS),
    scores=code_scores,
)
FACES_KNOBS = Experiment(
    name="benchmark-faces-knobs",
    title="Faces of women and of men: every method's own knob turned, and twice the steps",
    source="the settings beside those of benchmark-faces",
    pair=faces_case,
    systems=turned(METHODS),
    scores=code_scores,
)
EMOJI_KNOBS = Experiment(
    name="benchmark-emoji-knobs",
    title="Emoji of two hands: every method's own knob turned, and twice the steps",
    source="the settings beside those of benchmark-emoji",
    pair=emoji_case,
    systems=turned(METHODS),
    scores=code_scores,
)
