"""Chapter 05: flows that share a latent space, in the plane and on digits and their negatives."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import Mixture, translated_mixture, translated_rotated_mixture
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.nets.flows import image_flow, point_flow
from udtlib.nets.invertible import Chain, Mix
from udtlib.nets.mlp import mlp
from udtlib.numerics.gaussian import rotation
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig, FlowLikelihood
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction, Sides, Translation
from udtlib.recipes.negatives import SCALES, Scale, game_for, judges, negatives, play
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_points, frame_plane
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.types import Batch

#: By how much the latent space is turned, in degrees: a turn that no likelihood notices.
TURNS = range(0, 360, 15)


def flow_translator(scale: Scale, *, channels: int = 1) -> SharedLatentFlow:
    """Two untrained flows of digits; both only reorder pixels, so that nothing is translated yet."""
    flows = (image_flow(channels, checkers=0, mixed=6, width=2 * scale.width, bound=0.5) for _ in "xy")
    return SharedLatentFlow(*flows)


def flow_game(
    profile: Profile, *, seed: int, channels: int = 1, likelihood_weight: float = 0.02
) -> AlignFlow:
    """The untrained game on digits and their negatives, or on street digits."""
    scale = SCALES[profile.name]
    torch.manual_seed(seed)
    config = AlignFlowConfig(
        likelihood_weight=likelihood_weight, dequantise=0.1, game=game_for(scale, rate=scale.flow_rate)
    )
    return AlignFlow(
        flow_translator(scale, channels=channels), *judges(scale, channels=channels), config=config
    )


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """How two flows of the plane are taught."""

    #: weight λ of the likelihoods; infinite for nothing else
    likelihood_weight: float = math.inf
    #: whether the couplings of both flows start as equals
    same_start: bool = False
    #: whether the target is turned by 120° as well as moved
    turned_target: bool = False


LESSONS: dict[str, Lesson] = {
    "likelihood": Lesson(),
    "likelihood, equal starts": Lesson(same_start=True),
    "game": Lesson(likelihood_weight=0.0),
    "game + 0.1 likelihood": Lesson(likelihood_weight=0.1),
    "the same, target turned": Lesson(likelihood_weight=0.1, turned_target=True),
}


def plane_flows(pair: IndependentPair, *, seed: int, same_start: bool) -> SharedLatentFlow:
    """Two untrained flows that standardise their own domain and do no more."""
    sample = pair.batch(0, size=4_000, seed=seed)
    torch.manual_seed(seed)
    flow_x = point_flow(2, start=sample.x)
    if same_start:
        torch.manual_seed(seed)
    return SharedLatentFlow(flow_x, point_flow(2, start=sample.y))


def plane_objective(lesson: Lesson, pair: IndependentPair, *, seed: int) -> Objective:
    """The untrained game, or the likelihoods alone."""
    translator = plane_flows(pair, seed=seed, same_start=lesson.same_start)
    if math.isinf(lesson.likelihood_weight):
        return FlowLikelihood(translator, optimiser=AdamConfig(rate=5e-3, betas=(0.9, 0.999)))
    step = AdamConfig(rate=2e-3)
    game = GANConfig(discriminator_optimiser=step, generator_optimiser=step, slope_weight=0.1)
    config = AlignFlowConfig(likelihood_weight=lesson.likelihood_weight, pool=0, game=game)
    nets = [mlp([2, 64, 64, 1], activation=nn.LeakyReLU) for _ in "xy"]
    return AlignFlow(translator, *nets, config=config)


def teach(lesson: Lesson, profile: Profile, *, seed: int) -> tuple[SharedLatentFlow, IndependentPair]:
    """Flows of a mixture and its translated copy, trained."""
    pair = translated_rotated_mixture() if lesson.turned_target else translated_mixture()
    objective = plane_objective(lesson, pair, seed=seed)
    alone = math.isinf(lesson.likelihood_weight)
    config = TrainConfig(
        steps=profile.pick(quick=500 if alone else 300, colab=3_000, full=10_000),
        batch_size=128,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    fit(objective, pair, config=config)
    return objective.translator.eval().cpu(), pair


@torch.no_grad()
def plane_scores(translator: InvertibleTranslator, batch: Batch, pair: IndependentPair) -> dict[str, float]:
    """Fit, alignment and cycle of a translator of the plane."""
    target = pair.target
    assert isinstance(target, Mixture), "the target of this task is a mixture"
    made, truth = translator(batch.x), pair.answers(batch)
    nearest = torch.cdist(made, target.means).argmin(dim=1)
    return {
        "energy distance to β, in floors": energy_distance_biased(made, batch.y)
        / energy_distance_biased(truth, batch.y),
        "class preserved": (nearest == batch.x_label).float().mean().item(),
        "distance from the truth": (made - truth).norm(dim=1).mean().item(),
        "cycle, relative": ((translator.inverse(made) - batch.x).norm() / batch.x.norm()).item(),
    }


def turned(translator: SharedLatentFlow, degrees: float | int) -> SharedLatentFlow:
    r"""The translator :math:`F_Y^{-1} \circ R_\theta \circ F_X`, whose likelihoods are the same."""
    turn = Mix(rotation(math.radians(degrees)).float(), learned=False)
    return SharedLatentFlow(Chain([translator.flow_x, turn]), translator.flow_y)


@torch.no_grad()
def turn_scores(translator: SharedLatentFlow, batch: Batch, pair: IndependentPair) -> dict[str, float]:
    """The best and the worst of all turns of the latent space, and how little the likelihood notices."""
    family = [turned(translator, degrees) for degrees in TURNS]
    kept = [plane_scores(each, batch, pair)["class preserved"] for each in family]
    likely = torch.stack([each.log_likelihood_x(batch.x).mean() for each in family])
    return {
        "class preserved, best turn": max(kept),
        "class preserved, worst turn": min(kept),
        "log-likelihood, largest difference": (likely.max() - likely.min()).item(),
    }


def plane(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Exact cycles, right and wrong: every lesson from every seed."""
    rows, shown = [], []
    for name, lesson in LESSONS.items():
        scores = []
        for seed in seeds:
            translator, pair = teach(lesson, profile, seed=seed)
            batch = pair.batch(0, size=1_000, seed=seed, split="test")
            score = plane_scores(translator, batch, pair)
            if name == "likelihood":
                score |= turn_scores(translator, batch, pair)
            scores.append(score)
            if seed == seeds[0]:
                shown.append((name, batch, translator))
        rows += [
            Row(system=name, metric=metric, values=tuple(each[metric] for each in scores))
            for metric in scores[0]
        ]
    return Findings(rows=rows, pictures={"samples": clouds(shown)})


@torch.no_grad()
def clouds(shown: list[tuple[str, Batch, SharedLatentFlow]]) -> Picture:
    """Where the classes went, one panel for each lesson."""
    with panels(len(shown), size=(2.6, 2.8)) as board:
        for axes, (name, batch, translator) in zip(board, shown, strict=True):
            draw_points(axes, translator(batch.x), labels=batch.x_label)
            frame_plane(axes, extent=(2.0, 6.4, -2.0, 2.0), title=name)
    return board.picture(
        alt="Panels of three blobs each, coloured by the class that every point came from; in some panels the "
        "colours are where they belong, in others they are mixed or exchanged.",
        caption="One target, always the same shape, by flows that were taught differently. Every cycle is exact.",
    )


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train alignflow`: digits and their negatives."""
    game = flow_game(profile, seed=seed)
    return play(game, negatives(profile), profile, seed=seed, folder=folder, resume=resume)


RECIPES = (
    Recipe(
        name="alignflow",
        summary="chapter 05: digits and their negatives by two flows whose cycle is exact",
        seconds={"quick": 100.0},
        train=train,
        translation=Translation(
            build=lambda profile: flow_translator(SCALES[profile.name]),
            channels=(1, 1),
            sides=lambda profile: Sides(step=2),
        ),
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="alignflow-plane",
        title="An exact cycle does not choose the map",
        source="the objective of [grover2020] on the left task of figure 1 in [debezenac2019]",
        seconds={"quick": 300.0},
        run=plane,
    ),
)
