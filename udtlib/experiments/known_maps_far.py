"""Chapter 08: maps of many dimensions that no affine map comes near, and what steadies DONT's game there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from udtlib.data.optimal_maps import places_pair
from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.experiments.declare import Experiment, Setting, System, Untrained
from udtlib.experiments.following import score_curves
from udtlib.experiments.known_maps import LINEAR, MEASURE, NOTHING, linear_scores, map_scores, no_change
from udtlib.experiments.optimal_flows import (
    GAME_BETAS,
    FlowSizes,
    dimension_of,
    flow_training,
    free_critic_dont,
    matching,
    pairs_of_plans,
    residual,
)
from udtlib.nets.potential import QuadraticShortcut
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Multiplier
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.profiles import Profile

#: Dimensions of the samples.
DIMENSIONS = (2, 16, 64)


def places(setting: Setting, *, dimension: int) -> IndependentPair:
    """Three blobs torn apart to ten places; each seed is another pair, and another start of the nets."""
    return places_pair(dimension, seed=setting.seed)


TASKS: dict[str, Callable[[Setting], IndependentPair]] = {
    f"places, d = {d}": partial(places, dimension=d) for d in DIMENSIONS
}


def sizes(profile: Profile) -> FlowSizes:
    """The same budget for every system."""
    return profile.pick(
        quick=FlowSizes(steps=2_500),
        colab=FlowSizes(steps=10_000, wide=256, plan=1_024),
        full=FlowSizes(steps=30_000, hidden=128, wide=256, plan=2_048),
    )


def multiplier_dont(pair: DomainPair, setting: Setting, *, balance: float) -> DONT:
    """DONT beside a critic with a quadratic form, which is held to the slope it has at the game's end, or not."""
    size, dimension = sizes(setting.profile), dimension_of(pair)
    multiplier = Multiplier(
        QuadraticShortcut(dimension, hidden=size.wide),
        balance_weight=balance,
        optimiser=AdamConfig(rate=1e-3, betas=GAME_BETAS),
    )
    config = DONTConfig(effort_weight=1.0, effort_end=1.0, optimiser=AdamConfig(rate=3e-3, betas=GAME_BETAS))
    return DONT(residual(dimension, size), multiplier, config=config)


def systems() -> dict[str, System]:
    """Three critics for one flow, and flow matching on plans, on every task."""
    game, taught = (partial(flow_training, sizes=sizes, decay_from=start) for start in (0.5, 0.3))
    plans = partial(pairs_of_plans, sizes=sizes)
    found: dict[str, System] = {}
    for task, pair in TASKS.items():
        where = {"pair": pair, "scores": map_scores, "part": "flow"}
        found |= {
            f"{task}: free critic": System(partial(free_critic_dont, sizes=sizes), training=game, **where),
            f"{task}: quadratic critic": System(
                partial(multiplier_dont, balance=0.0), training=game, **where
            ),
            f"{task}: balanced critic": System(partial(multiplier_dont, balance=1.0), training=game, **where),
            f"{task}: OT flow matching": System(
                partial(matching, sizes=sizes), training=taught, trained_on=plans, **where
            ),
        }
    return found


FAR = Experiment(
    name="known-maps-far",
    title="Blobs torn apart in many dimensions: what steadies DONT's critic",
    source="our pairs, after the benchmark of [korotin2021benchmark]; the score is that of [korotin2021]",
    systems=systems(),
    references={
        f"{task}: {name}": Untrained(subject, pair=pair, scores=scores)
        for task, pair in TASKS.items()
        for name, subject, scores in ((LINEAR, None, linear_scores), (NOTHING, no_change, map_scores))
    },
    pictures={
        "curves": score_curves(
            MEASURE, caption="L2-UVP in percent along the training, every seed; less is better."
        )
    },
)
