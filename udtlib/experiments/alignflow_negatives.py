"""Chapter 05: why AlignFlow loses digits on the way to their negatives; one thing is changed at a time.

The right answer :math:`-x` is in reach of its nets: one mixing of channels with :math:`W = -I` is the truth. What
may keep them from it is where they start, that they cannot pass through grey, their scales, or too few steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch

from udtlib.data.pair import DomainPair
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.pictures import translations
from udtlib.experiments.shared_latents import (
    flow_translates,
    game_for,
    judges,
    negative_and_ink_scores,
    negative_steps,
    negatives,
    width_of,
)
from udtlib.nets.flows import image_flow, random_rotation
from udtlib.nets.invertible import Chain, Mix
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.coupling_flow import SharedLatentFlow

#: How the mixings of the flow of a domain, "x" or "y", start.
Start = Callable[[Chain, str], None]


def mixings(flow: Chain) -> list[Mix]:
    """The linear maps of the channels of every pixel."""
    return [layer for layer in flow.layers if isinstance(layer, Mix)]


def as_equals(flow: Chain, domain: str) -> None:
    r"""All :math:`W = I`, so that :math:`T(x) = x`: the start of chapter 05's table."""


def negated(flow: Chain, domain: str) -> None:
    r"""The first mixing of :math:`F_X` is :math:`-I`, so that :math:`T(x) = -x`: the start is the truth."""
    if domain == "x":
        with torch.no_grad():
            mixings(flow)[0].matrix.neg_()


def rotated(flow: Chain, domain: str) -> None:
    r"""All mixings are random rotations, and :math:`T` is one: neither :math:`x` nor :math:`-x`."""
    generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    with torch.no_grad():
        for mixing in mixings(flow):
            mixing.matrix.copy_(random_rotation(len(mixing.matrix), generator=generator))


def flow_game(
    pair: DomainPair,
    setting: Setting,
    *,
    start: Start = as_equals,
    bound: float = 0.5,
    faster: float = 1.0,
    likelihood_weight: float = 0.02,
) -> AlignFlow:
    """Chapter 05's AlignFlow, with one thing changed.

    Args:
        pair: digits and negatives.
        setting: profile and seed.
        start: of the mixings.
        bound: the largest absolute log-scale of a coupling; 0 leaves only shifts.
        faster: factor of the flows' step size.
        likelihood_weight: of the likelihood.
    """
    profile, width = setting.profile, 2 * width_of(setting.profile)
    flows = [image_flow(1, checkers=0, mixed=6, width=width, bound=bound) for _ in "xy"]
    for flow, domain in zip(flows, "xy", strict=True):
        start(flow, domain)
    rate = faster * profile.pick(quick=5e-4, colab=3e-4, full=2e-4)
    config = AlignFlowConfig(
        likelihood_weight=likelihood_weight, dequantise=0.1, game=game_for(profile, rate=rate)
    )
    return AlignFlow(SharedLatentFlow(*flows), *judges(profile, channels=1), config=config)


def flows_bounded(profile: Profile, *, bound: float) -> SharedLatentFlow:
    """Two untrained flows with this bound of the log-scales."""
    width = 2 * width_of(profile)
    return SharedLatentFlow(*(image_flow(1, checkers=0, mixed=6, width=width, bound=bound) for _ in "xy"))


def three_times(profile: Profile) -> TrainConfig:
    """Three times the rounds."""
    usual = negative_steps(profile)
    return replace(usual, steps=3 * usual.steps)


def changed(
    training: Callable[[Profile], TrainConfig] = negative_steps, /, **options: float | Start
) -> System:
    """AlignFlow with these options."""
    usual = flow_translates(1)
    if "bound" in options:  # the net is built again as it was trained
        usual = replace(usual, build=partial(flows_bounded, bound=options["bound"]))
    return System(partial(flow_game, **options), training=training, translation=usual)


ALIGNFLOW_NEGATIVES = Experiment(
    name="alignflow-negatives",
    title="Digits and their negatives: what keeps AlignFlow from −x",
    source="AlignFlow's row of unit-negatives, one thing changed at a time; not in [grover2020]",
    pair=negatives,
    systems={
        "as in unit-negatives": changed(),
        "starts at −x": changed(start=negated),
        "starts at a rotation": changed(start=rotated),
    },
    scores=negative_and_ink_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="The same ten digits, translated by AlignFlow with one thing changed at a time; first start "
            "of three. Below stands the right answer.",
        )
    },
)

ALIGNFLOW_BUDGET = Experiment(
    name="alignflow-budget",
    title="Digits and their negatives: AlignFlow with other scales, weights and budgets",
    source="AlignFlow's row of unit-negatives, one thing changed at a time; not in [grover2020]",
    pair=negatives,
    systems={
        "shifts alone, no scales": changed(bound=0.0),
        "no likelihood": changed(likelihood_weight=0.0),
        "three times the step size": changed(faster=3.0),
        "three times the rounds": changed(three_times),
    },
    scores=negative_and_ink_scores,
    pictures=ALIGNFLOW_NEGATIVES.pictures,
)
