"""The benchmark's methods: each with its chapter's settings, all with one budget, and seen as two maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair, Samples, stream
from udtlib.experiments.benchmark_cases import Case
from udtlib.experiments.benchmark_scores import Maps
from udtlib.experiments.coded_pairs import (
    CodedPair,
    balanced_dont,
    code_cyclegan,
    code_training,
    hinge_game,
    latent_judge,
)
from udtlib.experiments.declare import Setting, System
from udtlib.experiments.digit_swap_classes import STRONG
from udtlib.experiments.gromov_different import taught_after
from udtlib.experiments.hamiltonian_latents import EPSILON, hamiltonian_game
from udtlib.nets.flows import point_flow
from udtlib.nets.mlp import mlp
from udtlib.nets.velocity import VelocityMLP
from udtlib.numerics.integrators import RK4, Leapfrog
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig
from udtlib.objectives.base import Objective
from udtlib.objectives.distancegan import Weights, distancegan, measure_scales
from udtlib.objectives.flow_matching import FlowMatching, OptimalCoupling
from udtlib.objectives.planned_maps import PlannedMaps, PlannedMapsConfig
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.bridges import Frame
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.translators.two_way import TwoWay
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.transport.procrustes import wasserstein_procrustes

#: What the methods' own knobs stand at: the cycle's weight (04), that of distances (06), DONT's λ (08),
#: samples of one plan (07), the likelihood's weight (05), the weight of a cycle between frames (09b), and the
#: Sinkhorn divergence's ε (10).
CYCLE, DISTANCE, EFFORT, CHUNK, LIKELIHOOD, FRAME_CYCLE, BLUR = 10.0, 0.3, STRONG, 256, 0.1, 1.0, EPSILON


def both_directions(translator: InvertibleTranslator, case: Case) -> Maps:
    """A translator that says itself how it comes back."""
    return Maps(translator, translator.inverse)


def undone(flow: ResidualFlow, case: Case) -> Maps:
    """A residual flow, undone step by step as far as that succeeds."""
    return Maps(flow, lambda y: flow.try_inverse(y).x)


def undone_along_axes(flow: ResidualFlow, case: Case) -> Maps:
    """The same, of a flow that lives in the axes of the case's cost."""
    Q = case.cost.basis
    return Maps(lambda x: flow(x @ Q) @ Q.T, lambda y: flow.try_inverse(y @ Q).x @ Q.T)


def unframed(translator: TwoWay, case: Case) -> Maps:
    """A translator between frames, as a map of codes."""
    (source, target), _ = framed(case)
    return Maps(
        lambda x: target.leave(translator(source.enter(x))),
        lambda y: source.leave(translator.inverse(target.enter(y))),
    )


def framed(case: Case) -> tuple[tuple[Frame, Frame], IndependentPair]:
    """Each cloud's own frame, and the clouds seen in them: that both have the same coordinates is not used."""
    # Shuffled: a frame takes the distances of the first codes.
    z = [
        domain.train[torch.randperm(len(domain.train), generator=stream(0, k, "train", "frame"))]
        for k, domain in enumerate((case.coded.codes.source, case.coded.codes.target))
    ]
    source, target = (Frame.of(each) for each in z)
    x, y = source.enter(z[0]), target.enter(z[1])
    return (source, target), IndependentPair(Samples(x, x), Samples(y, y))


def in_frames(case: Case, setting: Setting) -> IndependentPair:
    """What the method of plans is trained on."""
    return framed(case)[1]


def along_axes(case: Case, setting: Setting) -> CodedPair:
    """The codes in the axes of the case's cost."""
    return case.coded.seen_from(case.cost)


def cyclegan(case: Case, setting: Setting, *, weight: float = CYCLE) -> Objective:
    """Two residual nets and two judges, held together by cycles."""
    return code_cyclegan(case.coded, setting, weight=weight)


def distances(case: Case, setting: Setting, *, weight: float = DISTANCE) -> Objective:
    """Two one-sided games side by side, without a cycle: what one does, the other does not know."""
    d = case.dimension
    translator = TwoWay(residual_flow(d, steps=5), residual_flow(d, steps=5))
    judges, weights = [latent_judge(d) for _ in "xy"], Weights(distance=weight)
    return distancegan(
        translator,
        *judges,
        scales=measure_scales(case),
        forth=weights,
        back=weights,
        pool=0,
        game=hinge_game(),
    )


def dont(case: Case, setting: Setting, *, effort: float = EFFORT) -> Objective:
    """A residual flow with little effort, and a critic that is held in balance with it."""
    return balanced_dont(case.coded, setting, effort=effort)


def priced_dont(case: Case, setting: Setting, *, effort: float = EFFORT) -> Objective:
    """The cost has a price for each of its own axes, so that the flow lives in those."""
    return balanced_dont(along_axes(case, setting), setting, effort=effort)


def flow_matching(case: Case, setting: Setting, *, priced: bool, chunk: int = CHUNK) -> Objective:
    """A velocity, taught by the exact plans of its batches; solved backward to come back."""
    flow = VelocityFlow(VelocityMLP(case.dimension, hidden=(256, 256)))
    coupling = OptimalCoupling(chunk=chunk, cost=case.cost) if priced else OptimalCoupling(chunk=chunk)
    return FlowMatching(flow, coupling=coupling)


def alignflow(case: Case, setting: Setting, *, weight: float = LIKELIHOOD) -> Objective:
    """Two coupling flows into one latent space, by the game and a little likelihood."""
    d, codes = case.dimension, case.coded.codes
    flows = [point_flow(d, couplings=8, width=64, start=z) for z in (codes.source.train, codes.target.train)]
    translator, judges = SharedLatentFlow(*flows), [latent_judge(d) for _ in "xy"]
    config = AlignFlowConfig(likelihood_weight=weight, pool=0, game=hinge_game())
    return AlignFlow(translator, *judges, config=config)


def plans(case: Case, setting: Setting, *, weight: float = FRAME_CYCLE) -> Objective:
    """Chapter 09's method: a rotation under which the two clouds look alike, and a net taught by plans."""
    pair, d = framed(case)[1], case.dimension
    start = wasserstein_procrustes(pair.source.train, pair.target.train, seed=setting.seed).map
    nets = [mlp([d, 256, 256, d], activation=nn.SiLU) for _ in "xy"]
    return PlannedMaps(taught_after(start, nets), config=PlannedMapsConfig(cycle_weight=weight))


def hamiltonian(case: Case, setting: Setting, *, leapfrog: bool, blur: float = BLUR) -> Objective:
    """Chapter 10's flow, which the Sinkhorn divergence teaches; the way back is the same flow backward."""
    integrator = Leapfrog(steps=4) if leapfrog else RK4(steps=3)
    return hamiltonian_game(case.coded, setting, integrator=integrator, separable=leapfrog, epsilon=blur)


def method(
    game: Callable[[Case, Setting], Objective],
    *,
    part: str = "translator",
    seen_as: Callable[[Any, Case], Maps] = both_directions,
    trained_on: Callable[[Case, Setting], DomainPair] | None = None,
) -> System:
    """A method with the budget that is the same for all: steps, batches and the fall of the step sizes."""
    return System(game, training=code_training, part=part, seen_as=seen_as, trained_on=trained_on)


METHODS: Mapping[str, System] = {
    "CycleGAN": method(cyclegan),
    "DistanceGAN": method(distances),
    "DONT": method(dont, part="flow", seen_as=undone),
    "OT flow matching": method(partial(flow_matching, priced=False), part="flow"),
    "AlignFlow": method(alignflow),
    "Gromov–Wasserstein": method(plans, trained_on=in_frames, seen_as=unframed),
    "Hamiltonian, RK4": method(partial(hamiltonian, leapfrog=False), part="flow"),
    "Hamiltonian, leapfrog": method(partial(hamiltonian, leapfrog=True), part="flow"),
}
#: Methods that weigh moves, and so can be told what a move costs.
PRICED: Mapping[str, System] = {
    "DONT, the side is free": method(
        priced_dont, part="flow", trained_on=along_axes, seen_as=undone_along_axes
    ),
    "OT flow matching, the side is free": method(partial(flow_matching, priced=True), part="flow"),
}
