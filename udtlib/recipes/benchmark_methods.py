"""The methods of the course on one pair of codes: the same batches, as many steps, nets of comparable size.

Each has the settings that its chapter found; what a chapter found for images or for the plane is carried over
to codes. All games are the hinge game of chapter 08.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, final

import torch
from torch import nn

from udtlib.data.pair import IndependentPair, Samples, stream
from udtlib.experiments.gromov_different import Rigid
from udtlib.nets.displacement import Displacement
from udtlib.nets.flows import point_flow
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mlp import mlp
from udtlib.nets.velocity import VelocityMLP
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.distancegan import Weights, distancegan, measure_scales
from udtlib.objectives.flow_matching import BatchCoupling, FlowMatching, OptimalCoupling
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.objectives.planned_maps import PlannedMaps
from udtlib.profiles import Profile
from udtlib.recipes.coded_pairs import CodedPair
from udtlib.recipes.digit_swap import latent_game, latent_judge, play_cyclegan, play_dont, training
from udtlib.recipes.hamiltonian_latents import SYSTEMS, WIDTH, System, make_discrepancy
from udtlib.train.randomness import random_run
from udtlib.train.trainer import fit
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.bridges import Frame
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.direct import Direct
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.translators.residual_flow import residual_flow
from udtlib.translators.two_way import TwoWay
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.transport.exact import optimal_coupling
from udtlib.transport.procrustes import RigidMap, wasserstein_procrustes
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Float, Tensor

#: DONT's λ at the start, without and with a cost of the task's own; chapter 08's.
EFFORT, EFFORT_TOLD = 0.3, 0.2
#: Weights that chapters 05 and 06 put beside the game.
LIKELIHOOD, DISTANCE = 0.1, 0.3
#: Chapter 10's, against the Sinkhorn divergence.
HAMILTONIAN_RATE = 2e-3

Codes = Float[Tensor, "n code"]


class Ways(NamedTuple):
    """A trained translator of codes, as two maps."""

    forth: Callable[[Codes], Codes]
    back: Callable[[Codes], Codes]


class Lesson(NamedTuple):
    """What a method is given.

    Args:
        pair: the codes; the images are not for the methods.
        cost: what a move costs, for methods that can be told; None where every coordinate counts alike.
    """

    pair: CodedPair
    cost: SemanticCost | None = None

    @property
    def codes(self) -> IndependentPair:
        """The two domains."""
        return self.pair.codes

    @property
    def dimension(self) -> int:
        """Numbers in a code."""
        return self.codes.source.shape[0]


Learn = Callable[..., Ways]


def learn(objective: Objective, lesson: Lesson, profile: Profile, *, seed: int) -> None:
    """The budget that is the same for all: steps, batches and the fall of the step sizes."""
    fit(objective, lesson.codes, config=training(profile, seed=seed))
    objective.eval().requires_grad_(False)


def both(translator: InvertibleTranslator) -> Ways:
    """A translator that says itself how it comes back."""
    return Ways(translator, translator.inverse)


def cyclegan(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    """Two residual nets and two judges, held together by cycles."""
    return both(play_cyclegan(lesson.pair, profile, seed=seed))


def distances(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    """Two one-sided games side by side, without a cycle: what one does, the other does not know."""
    d = lesson.dimension
    with random_run(seed):
        translator = TwoWay(residual_flow(d, steps=5), residual_flow(d, steps=5))
        judges = [latent_judge(d) for _ in "xy"]
    weights = Weights(distance=DISTANCE)
    game = distancegan(
        translator,
        *judges,
        scales=measure_scales(lesson.codes),
        forth=weights,
        back=weights,
        pool=0,
        game=latent_game(),
    )
    learn(game, lesson, profile, seed=seed)
    return both(translator)


def dont(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    """A residual flow with little effort, undone step by step as far as that succeeds."""
    cost = lesson.cost
    if cost is None:
        flow = play_dont(lesson.pair, profile, seed=seed, effort=EFFORT)
        return Ways(flow, lambda y: flow.try_inverse(y).x)
    # The cost has a price for each of its own axes, so that the flow lives in those.
    Q, seen = cost.basis, lesson.pair.seen_from(cost)
    flow = play_dont(seen, profile, seed=seed, effort=EFFORT_TOLD, cost_weight=cost.weight)
    return Ways(lambda x: flow(x @ Q) @ Q.T, lambda y: flow.try_inverse(y @ Q).x @ Q.T)


@final
@dataclass(frozen=True)
class PricedCoupling(BatchCoupling):
    """The exact optimal plan of each batch for a cost of one's own.

    Args:
        cost: from two samples to the matrix of costs.
    """

    cost: SemanticCost

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        partner = optimal_coupling(self.cost(x, y)).or_raise().permutation
        assert partner is not None, "a vertex between equal counts of equal weights is a permutation"
        return y[partner]


def flow_matching(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    """A velocity, taught by the exact plans of its batches; solved backward to come back."""
    with random_run(seed):
        flow = VelocityFlow(VelocityMLP(lesson.dimension, hidden=(256, 256)))
    coupling = OptimalCoupling() if lesson.cost is None else PricedCoupling(lesson.cost)
    learn(FlowMatching(flow, coupling=coupling), lesson, profile, seed=seed)
    return both(flow)


def alignflow(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    """Two coupling flows into one latent space, by the game and a little likelihood."""
    d, x, y = lesson.dimension, lesson.codes.source.train, lesson.codes.target.train
    with random_run(seed):
        flows = [point_flow(d, couplings=8, width=64, start=z) for z in (x, y)]
        translator, judges = SharedLatentFlow(*flows), [latent_judge(d) for _ in "xy"]
    config = AlignFlowConfig(likelihood_weight=LIKELIHOOD, pool=0, game=latent_game())
    learn(AlignFlow(translator, *judges, config=config), lesson, profile, seed=seed)
    return both(translator)


def gromov(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    """Chapter 09's way: a rotation under which the two clouds look alike, and a net taught by plans.

    Each cloud is seen in its own frame, and the search starts from principal axes and from random rotations:
    that both domains have the same coordinates is not used.
    """
    d = lesson.dimension
    # Shuffled: a frame takes the distances of the first codes.
    z = [
        domain.train[torch.randperm(len(domain.train), generator=stream(seed, k, "train", "frame"))]
        for k, domain in enumerate((lesson.codes.source, lesson.codes.target))
    ]
    frames = [Frame.of(each) for each in z]
    x, y = (frame.enter(each) for frame, each in zip(frames, z, strict=True))
    start = wasserstein_procrustes(x, y, seed=seed).map
    with random_run(seed):
        nets = [zero_start(mlp([d, 256, 256, d], activation=nn.SiLU)) for _ in "xy"]
    there, back = Rigid(start), Rigid(RigidMap(start.rotation.T, -start.shift @ start.rotation.T))
    translator = TwoWay(
        Direct(nn.Sequential(there, Displacement(nets[0]))),
        Direct(nn.Sequential(back, Displacement(nets[1]))),
    )
    framed = IndependentPair(Samples(x, x), Samples(y, y))
    fit(PlannedMaps(translator), framed, config=training(profile, seed=seed))
    translator.eval().requires_grad_(False)
    return Ways(
        lambda x: frames[1].leave(translator(frames[0].enter(x))),
        lambda y: frames[0].leave(translator.inverse(frames[1].enter(y))),
    )


def zero_start(net: nn.Sequential) -> nn.Sequential:
    """The net with nothing in its last layer, so that what is learned begins at nothing."""
    nn.init.zeros_(net[-1].weight)
    nn.init.zeros_(net[-1].bias)
    return net


def hamiltonian(lesson: Lesson, profile: Profile, *, seed: int, system: System) -> Ways:
    """Chapter 10's flow, which the Sinkhorn divergence teaches; the way back is the same flow backward."""
    d = lesson.dimension
    with random_run(seed):
        H = (SeparableMLP if system.separable else HamiltonianMLP)(d, hidden=(WIDTH,) * 3)
        discrepancy = make_discrepancy(d, adversarial=system.adversarial)
    flow = HamiltonianFlow(H, integrator=system.integrator)
    config = HamiltonianConfig(optimiser=AdamConfig(rate=HAMILTONIAN_RATE))
    learn(HamiltonianTranslation(flow, discrepancy, config=config), lesson, profile, seed=seed)
    return both(flow)


METHODS: Mapping[str, Learn] = {
    "CycleGAN": cyclegan,
    "DistanceGAN": distances,
    "DONT": dont,
    "OT flow matching": flow_matching,
    "AlignFlow": alignflow,
    "Gromov–Wasserstein": gromov,
    "Hamiltonian, RK4": partial(hamiltonian, system=SYSTEMS["RK4, Sinkhorn"]),
    "Hamiltonian, leapfrog": partial(hamiltonian, system=SYSTEMS["leapfrog, Sinkhorn"]),
}
#: Methods that weigh moves, and so can be told what a move costs.
TOLD = ("DONT", "OT flow matching")
