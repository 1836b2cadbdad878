"""Declared experiments at a size that a test can train: the same systems for a few steps, on a small pair."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from udtlib.data.pair import DomainPair
from udtlib.evaluate.report import Report
from udtlib.experiments.declare import Experiment, Setting
from udtlib.experiments.engine import table
from udtlib.experiments.runs import carry_out, units_of
from udtlib.objectives.base import Objective
from udtlib.profiles import Profile
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig

QUICK = Profile(name="quick", device=torch.device("cpu"))
SETTING = Setting(QUICK, 0)


def tiny(
    experiment: Experiment,
    *,
    pair: Callable[[Setting], DomainPair] | None = None,
    only: Collection[str] = (),
    steps: int = 2,
    batch_size: int = 4,
) -> Experiment:
    """The experiment with few steps for every system, or for ``only`` some; on ``pair`` where one is given."""

    def few(profile: Profile) -> TrainConfig:
        return TrainConfig(steps=steps, batch_size=batch_size)

    systems = {
        name: replace(each, training=few)
        for name, each in experiment.systems.items()
        if not only or name in only
    }
    paper = {key: v for key, v in experiment.paper.items() if key[0] in {*systems, *experiment.references}}
    return replace(experiment, systems=systems, paper=paper, pair=pair or experiment.pair)


def carried_out(experiment: Experiment, root: Path, *, seeds: tuple[int, ...] = (0,)) -> Report:
    """Its table, from runs in this process."""
    for unit in units_of(experiment, seeds):
        carry_out(experiment, unit, QUICK, root=root)
    return table(experiment, QUICK, seeds=seeds, root=root)


def untrained(
    experiment: Experiment, name: str, *, pair: Any = None, seed: int = 0, profile: Profile = QUICK
) -> Objective:
    """A system's objective as the engine makes it, before its first step."""
    with random_run(seed):
        return experiment.systems[name].game(pair, Setting(profile, seed))


def same_nets(experiment: Experiment, name: str, *, pair: Any = None) -> bool:
    """Whether `udt translate` builds a net again whose weights have the names and shapes of the trained one."""
    system = experiment.systems[name]
    assert system.translation is not None, "the system translates images"
    trained, again = (
        {key: tuple(value.shape) for key, value in net.state_dict().items()}
        for net in (
            system.subject(untrained(experiment, name, pair=pair)),
            system.translation.build(QUICK),
        )
    )
    return trained == again
