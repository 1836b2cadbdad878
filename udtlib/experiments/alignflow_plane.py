"""Chapter 05 in the plane: flows that share a latent space, whose cycle is exact whatever they translate to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import torch
from torch import nn

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import Mixture, translated_mixture, translated_rotated_mixture
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, Shown, System
from udtlib.experiments.pictures import Drawn
from udtlib.nets.flows import point_flow
from udtlib.nets.invertible import Chain, Mix
from udtlib.nets.mlp import mlp
from udtlib.numerics.gaussian import rotation
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig, FlowLikelihood
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_points, frame_plane
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.types import Batch

#: By how much the latent space is turned, in degrees: a turn that no likelihood notices.
TURNS = range(0, 360, 15)
#: Test samples of either side.
MEASURED = 1_000


def moved(setting: Setting) -> IndependentPair:
    """A mixture of three blobs and its translated copy."""
    return translated_mixture()


def moved_and_turned(setting: Setting) -> IndependentPair:
    """The same, and the copy is turned by 120° as well."""
    return translated_rotated_mixture()


def plane_flows(pair: IndependentPair, *, seed: int, same_start: bool = False) -> SharedLatentFlow:
    """Two untrained flows that standardise their own domain and do no more.

    Args:
        pair: the domains.
        seed: of the samples, and of the flows' couplings.
        same_start: whether the couplings of both flows start as equals.
    """
    sample = pair.batch(0, size=4_000, seed=seed)
    with random_run(seed):
        flow_x = point_flow(2, start=sample.x)
        if not same_start:
            return SharedLatentFlow(flow_x, point_flow(2, start=sample.y))
    with random_run(seed):
        return SharedLatentFlow(flow_x, point_flow(2, start=sample.y))


def likelihood(pair: IndependentPair, setting: Setting, *, same_start: bool = False) -> FlowLikelihood:
    """The likelihoods alone."""
    flows = plane_flows(pair, seed=setting.seed, same_start=same_start)
    return FlowLikelihood(flows, optimiser=AdamConfig(rate=5e-3, betas=(0.9, 0.999)))


def game(pair: IndependentPair, setting: Setting, *, likelihood_weight: float) -> AlignFlow:
    """The game, with so much likelihood beside it."""
    step = AdamConfig(rate=2e-3)
    config = AlignFlowConfig(
        likelihood_weight=likelihood_weight,
        pool=0,
        game=GANConfig(discriminator_optimiser=step, generator_optimiser=step, slope_weight=0.1),
    )
    flows = plane_flows(pair, seed=setting.seed)
    nets = [mlp([2, 64, 64, 1], activation=nn.LeakyReLU) for _ in "xy"]
    return AlignFlow(flows, *nets, config=config)


def training(profile: Profile, *, quick: int) -> TrainConfig:
    """Steps by profile; maximum likelihood is cheaper a step than a game."""
    return TrainConfig(
        steps=profile.pick(quick=quick, colab=3_000, full=10_000), batch_size=128, decay_from=0.5
    )


@torch.no_grad()
def plane_scores(translator: InvertibleTranslator, pair: IndependentPair) -> Scores:
    """Fit, alignment and cycle of a translator of the plane."""
    return scores_on(translator.cpu(), pair.batch(0, size=MEASURED, seed=0, split="test"), pair)


def scores_on(translator: InvertibleTranslator, batch: Batch, pair: IndependentPair) -> Scores:
    """The same, on samples of one's own."""
    target, truth = pair.target, pair.answers(batch)
    assert isinstance(target, Mixture), "the target of this task is a mixture"
    made = translator(batch.x)
    nearest = torch.cdist(made, target.means).argmin(dim=1)
    return Scores(
        fit={
            "energy distance to β, in floors": energy_distance_biased(made, batch.y)
            / energy_distance_biased(truth, batch.y)
        },
        alignment={
            "class preserved": (nearest == batch.x_label).double().mean().item(),
            "distance from the truth": (made - truth).norm(dim=1).mean().item(),
        },
        other={"cycle, relative": ((translator.inverse(made) - batch.x).norm() / batch.x.norm()).item()},
    )


def turned(translator: SharedLatentFlow, degrees: float | int) -> SharedLatentFlow:
    r"""The translator :math:`F_Y^{-1} \circ R_\theta \circ F_X`, whose likelihoods are the same."""
    turn = Mix(rotation(math.radians(degrees)).float(), learned=False)
    return SharedLatentFlow(Chain([translator.flow_x, turn]), translator.flow_y)


@torch.no_grad()
def turn_scores(translator: SharedLatentFlow, pair: IndependentPair) -> Scores:
    """The best and the worst of all turns of the latent space, and how little the likelihood notices."""
    batch = pair.batch(0, size=MEASURED, seed=0, split="test")
    family = [turned(translator.cpu(), degrees) for degrees in TURNS]
    kept = [scores_on(each, batch, pair).alignment["class preserved"] for each in family]
    likely = torch.stack([each.log_likelihood_x(batch.x).mean() for each in family])
    return Scores(
        alignment={"class preserved, best turn": max(kept), "class preserved, worst turn": min(kept)},
        other={"log-likelihood, largest difference": (likely.max() - likely.min()).item()},
    )


def likelihood_scores(translator: SharedLatentFlow, pair: IndependentPair) -> Scores:
    """A translator's scores, and those of its family of turns."""
    return plane_scores(translator, pair) | turn_scores(translator, pair)


@torch.no_grad()
def where_classes_went(translator: SharedLatentFlow, pair: IndependentPair) -> Shown:
    """Translations of test samples, with the classes that they came from."""
    batch = pair.batch(0, size=MEASURED, seed=0, split="test")
    return {"T(x)": translator.cpu()(batch.x), "label": batch.x_label}


def clouds(shown: Mapping[str, Shown]) -> Picture:
    """Where the classes went, one panel for each system."""
    with panels(len(shown), size=(2.6, 2.8)) as board:
        for axes, (name, each) in zip(board, shown.items(), strict=True):
            draw_points(axes, each["T(x)"], labels=each["label"])
            frame_plane(axes, extent=(2.0, 6.4, -2.0, 2.0), title=name)
    return board.picture(
        alt="Panels of three blobs each, coloured by the class that every point came from; in some panels the "
        "colours are where they belong, in others they are mixed or exchanged.",
        caption="One target, always the same shape, by flows that were taught differently. Every cycle is exact.",
    )


alone, played = partial(training, quick=500), partial(training, quick=300)
PLANE = Experiment(
    name="alignflow-plane",
    title="An exact cycle does not choose the map",
    source="the objective of [grover2020] on the left task of figure 1 in [debezenac2019]",
    pair=moved,
    systems={
        "likelihood": System(likelihood, training=alone, scores=likelihood_scores),
        "likelihood, equal starts": System(partial(likelihood, same_start=True), training=alone),
        "game": System(partial(game, likelihood_weight=0.0), training=played),
        "game + 0.1 likelihood": System(partial(game, likelihood_weight=0.1), training=played),
        "the same, target turned": System(
            partial(game, likelihood_weight=0.1), training=played, pair=moved_and_turned
        ),
    },
    scores=plane_scores,
    pictures={"samples": Drawn(show=where_classes_went, picture=clouds)},
)
