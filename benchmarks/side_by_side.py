"""Two jobs on two cores: how long a table of six equal runs takes side by side, as a share of one after another.

Usage: python benchmarks/side_by_side.py [PAIRS]      (default 3; run it on a quiet machine)
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from udtlib.data.pair import IndependentPair, Noise, Samples
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.engine import reproduce
from udtlib.nets.mlp import mlp
from udtlib.objectives.gan import GAN
from udtlib.profiles import Profile
from udtlib.train import TrainConfig
from udtlib.translators.direct import Direct


def points(setting: Setting) -> IndependentPair:
    """Noise and a cloud."""
    y = torch.randn(1_000, 16, generator=torch.Generator().manual_seed(0))
    return IndependentPair(Noise(16), Samples(y, y))


def game(pair: IndependentPair, setting: Setting) -> GAN:
    """A small GAN."""
    return GAN(Direct(mlp([16, 256, 256, 16])), mlp([16, 256, 256, 1]))


def training(profile: Profile) -> TrainConfig:
    """About twenty seconds of one core."""
    return TrainConfig(steps=4_000, batch_size=128)


def scores(generator: Direct, pair: IndependentPair) -> Scores:
    """Anything."""
    with torch.no_grad():
        return Scores(fit={"mean": generator(pair.batch(0, size=10, seed=0).x).mean().item()})


SIX = Experiment(
    name="six-runs",
    title="Six equal runs",
    source="a benchmark",
    pair=points,
    systems={
        name: System(game, training=training, part="generator") for name in ("a", "b", "c", "d", "e", "f")
    },
    scores=scores,
)


def seconds(jobs: int) -> float:
    """The wall time of the whole table, processes and imports included."""
    profile = Profile(name="quick", device=torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        reproduce(
            f"{Path(__file__).resolve()}:six-runs",
            profile,
            seeds=(0,),
            root=Path(folder),
            jobs=jobs,
            say=lambda line: None,
        )
        return time.perf_counter() - began


def main() -> None:
    """Pairs of both, in turn."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ratios = []
    for _ in range(pairs):
        one, two = seconds(1), seconds(2)
        ratios.append(two / one)
        print(f"one job {one:.1f} s, two jobs {two:.1f} s, ratio {two / one:.2f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f} (target: at most 0.60)")


if __name__ == "__main__":
    main()
