"""How much the trainer costs over a loop written by hand: the same nets, batches and optimisers, interleaved.

Usage: python benchmarks/trainer_overhead.py [--rounds N]

Prints milliseconds per step and their ratio, for a game with tiny nets (where overhead shows most) and for the
conditional GAN on digits. Both loops run in turn within one process, so that a busy machine slows both alike.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch

from udtlib.data.pair import DomainPair
from udtlib.experiments.declare import Setting
from udtlib.experiments.gans import DIGITS, RING
from udtlib.objectives.base import Clock, Objective, total
from udtlib.profiles import Profile
from udtlib.train import TrainConfig, fit
from udtlib.train.randomness import random_run


def by_hand(objective: Objective, pair: DomainPair, *, steps: int, batch_size: int) -> None:
    """The textbook loop: no log, no guard, no freezing of the other player."""
    players = objective.players()
    optimisers = {name: p.optimiser.build(p.module.parameters()) for name, p in players.items()}
    for step in range(steps):
        for k, (name, player) in enumerate(players.items()):
            batch = pair.batch(2 * step + k, size=batch_size, seed=0)
            loss = total(player.loss(batch, Clock(step, steps)))
            optimisers[name].zero_grad()
            loss.backward()
            optimisers[name].step()


def by_fit(objective: Objective, pair: DomainPair, *, steps: int, batch_size: int) -> None:
    """The library's trainer."""
    fit(objective, pair, config=TrainConfig(steps=steps, batch_size=batch_size, progress=False))


def seconds(
    loop: Callable[..., None], make: Callable[[], Objective], pair: DomainPair, **sizes: int
) -> float:
    """Time per step, after a warm-up."""
    loop(made(make), pair, **(sizes | {"steps": 5}))
    objective = made(make)
    start = time.perf_counter()
    loop(objective, pair, **sizes)
    return (time.perf_counter() - start) / sizes["steps"]


def made(make: Callable[[], Objective]) -> Objective:
    """The same untrained objective at every call."""
    with random_run(0):
        return make()


def main() -> None:
    """Measure both games and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="alternations of the two loops")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    setting = Setting(Profile(name="quick", device=torch.device("cpu")), 0)
    games = {}
    for name, experiment, system, steps in (
        ("ring, tiny nets", RING, "GAN, k = 1", 200),
        ("digits, conditional GAN", DIGITS, "conditional GAN", 40),
    ):
        chosen, pair = experiment.systems[system], experiment.pair(setting)
        batch = chosen.training(setting.profile).batch_size
        games[name] = (partial(chosen.game, pair, setting), pair, {"steps": steps, "batch_size": batch})
    print(f"{'game':26}{'by hand ms':>12}{'fit ms':>10}{'ratio':>8}")
    for name, (make, pair, sizes) in games.items():
        pairs = [
            (seconds(by_hand, make, pair, **sizes), seconds(by_fit, make, pair, **sizes))
            for _ in range(rounds)
        ]
        hand, trainer = (1e3 * statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        print(f"{name:26}{hand:12.2f}{trainer:10.2f}{ratio:8.2f}")


if __name__ == "__main__":
    main()
