"""Which bias for which problem? All methods of the course on the same codes, with the same data and budget.

The benchmark that [menier2022, section 3] announces. Each method has the settings that its chapter found; what a
chapter found for images or for the plane is carried over to codes. All games are the hinge game of chapter 08.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, final

import torch
from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair, Samples, stream
from udtlib.evaluate.effort import effort_over_pairing
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.experiments.benchmark_cases import (
    Case,
    Codes,
    faces_case,
    negatives_case,
    swap_case,
    threes_case,
)
from udtlib.experiments.coded_pairs import (
    CodedPair,
    code_cyclegan,
    code_training,
    dont_game,
    hinge_game,
    latent_judge,
)
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.gromov_different import taught_after
from udtlib.experiments.hamiltonian_latents import hamiltonian_game
from udtlib.experiments.pictures import Drawn
from udtlib.nets.flows import point_flow
from udtlib.nets.mlp import mlp
from udtlib.nets.velocity import VelocityMLP
from udtlib.numerics.integrators import RK4, Leapfrog
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig
from udtlib.objectives.base import Objective
from udtlib.objectives.distancegan import Weights, distancegan, measure_scales
from udtlib.objectives.flow_matching import BatchCoupling, FlowMatching, OptimalCoupling
from udtlib.objectives.planned_maps import PlannedMaps
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.log import NonFiniteLossError
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.bridges import Frame
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.translators.two_way import TwoWay
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling
from udtlib.transport.procrustes import wasserstein_procrustes
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Tensor

#: What a run that ended well may leave of the energy distance between untranslated sources and the target.
LEFT = 0.5
#: Test images in a picture.
SHOWN = 8
#: DONT's λ at the start, without and with a cost of the task's own; chapter 08's.
EFFORT, EFFORT_PRICED = 0.3, 0.2
#: Weights that chapters 05 and 06 put beside the game.
LIKELIHOOD, DISTANCE = 0.1, 0.3


class Outcome(NamedTuple):
    """Where a system sends the measured codes.

    Args:
        made: T(x).
        home: the way back from there.
        back: the way back from samples of the target.
    """

    made: Codes
    home: Codes
    back: Codes


#: What nothing is trained for.
Reference = Callable[[Case], Outcome]


class Maps(NamedTuple):
    """A trained system as two maps of codes."""

    forth: Callable[[Codes], Codes]
    back: Callable[[Codes], Codes]


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


@torch.no_grad()
def outcome_of(subject: Maps | Reference, case: Case) -> Outcome:
    """Where the measured codes go: by a trained system's maps, or by a reference.

    Raises:
        NonFiniteLossError: codes that are infinite or not a number; the run diverged.
    """
    if not isinstance(subject, Maps):
        return subject(case)
    x, y = case.measured
    made = subject.forth(x)
    outcome = Outcome(made, subject.back(made), subject.back(y))
    if not all(bool(codes.isfinite().all()) for codes in outcome):
        raise NonFiniteLossError("some translated codes are not finite")
    return outcome


@torch.no_grad()
def code_scores(subject: Maps | Reference, case: Case) -> Scores:
    """Fit, alignment, effort and the way back, in units of what the case's own samples score.

    A plan between finitely many codes is dearer than one between their laws, and more so the more numbers a
    code has: a smooth map that fits can spend less than the plan. The second measure of effort has no such
    bias: it is one exactly where no other pairing of the sources with the very same translations would spend
    less.
    """
    made, home, back = outcome_of(subject, case)
    x, y = case.measured
    # Training samples against test samples: what two samples of one law are apart.
    own = case.batch(0, size=len(x), seed=0)
    floor_x, floor_y = energy_distance_biased(own.x, x), energy_distance_biased(own.y, y)
    decode = case.coded.space.decode
    images, apart = decode(made), energy_distance_biased(made, y)
    share, far = case.in_target(images), (made - x).square().sum(1).mean().item()
    well = share >= case.share and apart <= LEFT * energy_distance_biased(x, y)
    least = float(optimal_coupling(squared_euclidean(x, y)).or_raise().cost)
    return case.alignment(images) | Scores(
        fit={"in the target, %": share, "energy distance, floors": apart / floor_y},
        effort={
            "‖T(z) − z‖² over the exact plan's": far / least,
            "over the best pairing of the same translations": effort_over_pairing(made, x) if far else 1.0,
        },
        other={
            "error of a round trip": ((home - x).square().sum() / x.square().sum()).sqrt().item(),
            "back in the source, %": case.in_source(decode(back)),
            "back: energy distance, floors": energy_distance_biased(back, x) / floor_x,
            "ended well, %": 100.0 * well,
        },
    )


def stays(case: Case) -> Outcome:
    """x itself."""
    x, y = case.measured
    return Outcome(x, x, y)


def right(case: Case) -> Outcome:
    """The right answers there and back."""
    there, back = case.truth()
    return Outcome(there, case.measured[0], back)


def planned(case: Case) -> Outcome:
    """The partners of the exact plan between the measured codes."""
    x, y = case.measured
    order = optimal_coupling(squared_euclidean(x, y)).or_raise().permutation
    assert order is not None, "a vertex between equal counts of equal weights is a permutation"
    return Outcome(y[order], x, x[order.argsort()])


def cyclegan(case: Case, setting: Setting) -> Objective:
    """Two residual nets and two judges, held together by cycles."""
    return code_cyclegan(case.coded, setting)


def distances(case: Case, setting: Setting) -> Objective:
    """Two one-sided games side by side, without a cycle: what one does, the other does not know."""
    d = case.dimension
    translator = TwoWay(residual_flow(d, steps=5), residual_flow(d, steps=5))
    judges, weights = [latent_judge(d) for _ in "xy"], Weights(distance=DISTANCE)
    return distancegan(
        translator,
        *judges,
        scales=measure_scales(case),
        forth=weights,
        back=weights,
        pool=0,
        game=hinge_game(),
    )


def dont(case: Case, setting: Setting) -> Objective:
    """A residual flow with little effort."""
    return dont_game(case.coded, setting, effort=EFFORT)


def priced_dont(case: Case, setting: Setting) -> Objective:
    """The cost has a price for each of its own axes, so that the flow lives in those."""
    return dont_game(along_axes(case, setting), setting, effort=EFFORT_PRICED)


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


def flow_matching(case: Case, setting: Setting, *, priced: bool) -> Objective:
    """A velocity, taught by the exact plans of its batches; solved backward to come back."""
    flow = VelocityFlow(VelocityMLP(case.dimension, hidden=(256, 256)))
    return FlowMatching(flow, coupling=PricedCoupling(case.cost) if priced else OptimalCoupling())


def alignflow(case: Case, setting: Setting) -> Objective:
    """Two coupling flows into one latent space, by the game and a little likelihood."""
    d, codes = case.dimension, case.coded.codes
    flows = [point_flow(d, couplings=8, width=64, start=z) for z in (codes.source.train, codes.target.train)]
    translator, judges = SharedLatentFlow(*flows), [latent_judge(d) for _ in "xy"]
    config = AlignFlowConfig(likelihood_weight=LIKELIHOOD, pool=0, game=hinge_game())
    return AlignFlow(translator, *judges, config=config)


def plans(case: Case, setting: Setting) -> Objective:
    """Chapter 09's method: a rotation under which the two clouds look alike, and a net taught by plans."""
    pair, d = framed(case)[1], case.dimension
    start = wasserstein_procrustes(pair.source.train, pair.target.train, seed=setting.seed).map
    nets = [mlp([d, 256, 256, d], activation=nn.SiLU) for _ in "xy"]
    return PlannedMaps(taught_after(start, nets))


def hamiltonian(case: Case, setting: Setting, *, leapfrog: bool) -> Objective:
    """Chapter 10's flow, which the Sinkhorn divergence teaches; the way back is the same flow backward."""
    integrator = Leapfrog(steps=4) if leapfrog else RK4(steps=3)
    return hamiltonian_game(case.coded, setting, integrator=integrator, separable=leapfrog)


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
REFERENCES: Mapping[str, Reference] = {
    "x, coded and decoded": stays,
    "the right answer, coded and decoded": right,
    "exact plan of the test codes": planned,
}


@torch.no_grad()
def images_shown(subject: Maps, case: Case) -> Shown:
    """A few test images, their translations decoded, and those of the exact plan."""
    x = case.coded.images.source.test[case.rows[0][:SHOWN]]
    decode = case.coded.space.decode
    made = subject.forth(case.measured[0][:SHOWN])
    rows = {"x": x, "T(x)": decode(made), "plan": decode(planned(case).made[:SHOWN])}
    return {name: images.clamp(-1, 1).cpu() for name, images in rows.items()}


def maps_picture(shown: Mapping[str, Shown], *, title: str) -> Picture:
    """One row for each system, below the images that it was given."""
    first = next(iter(shown.values()))
    rows = {"x": first["x"], "exact plan": first["plan"]}
    rows |= {name: each["T(x)"] for name, each in shown.items()}
    return image_grid(
        torch.cat([*rows.values()]),
        columns=SHOWN,
        row_labels=[*rows],
        alt=f"Test images of the task {title} in the first row; below, what each method makes of them.",
        caption="The first seed, test images. All translations are decoded codes.",
    )


def references(*names: str) -> dict[str, Untrained]:
    """What nothing is trained for."""
    return {name: Untrained(REFERENCES[name]) for name in names}


def pictured(title: str) -> dict[str, Drawn]:
    """The picture of a task."""
    return {"maps": Drawn(show=images_shown, picture=partial(maps_picture, title=title))}


STAYS, RIGHT, PLAN = REFERENCES
SWAP = Experiment(
    name="benchmark-swap",
    title="Which bias for which problem? All methods on digits that change sides or places",
    source="the benchmark that [menier2022, section 3] announces",
    pair=swap_case,
    systems={**METHODS, **PRICED},
    references=references(STAYS, RIGHT, PLAN),
    scores=code_scores,
    pictures=pictured("digits that change sides or places"),
)
DIGITS = Experiment(
    name="benchmark-digits",
    title="Which bias for which problem? All methods on threes and eights",
    source="the benchmark that [menier2022, section 3] announces",
    pair=threes_case,
    systems=METHODS,
    references=references(STAYS, PLAN),
    scores=code_scores,
    pictures=pictured("threes and eights"),
)
NEGATIVES = Experiment(
    name="benchmark-negatives",
    title="Which bias for which problem? All methods on digits and the negatives of others",
    source="the benchmark that [menier2022, section 3] announces",
    pair=negatives_case,
    systems=METHODS,
    references=references(STAYS, RIGHT, PLAN),
    scores=code_scores,
    pictures=pictured("digits and the negatives of others"),
)
FACES = Experiment(
    name="benchmark-faces",
    title="Which bias for which problem? All methods on faces of women and of men",
    source="the benchmark that [menier2022, section 3] announces",
    pair=faces_case,
    systems=METHODS,
    references=references(STAYS, PLAN),
    scores=code_scores,
    pictures=pictured("faces of women and of men"),
)
