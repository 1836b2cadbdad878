"""Chapter 07: flows in the plane, by how well they fit and by how far they are from the least effort."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from udtlib.data.optimal_maps import Pushed
from udtlib.data.pair import DomainPair, IndependentPair, Noise
from udtlib.data.toy2d import AffineMap, ring
from udtlib.data.toy_shapes import Moons, SCurve
from udtlib.evaluate.distances import wasserstein2
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.optimal_flows import flow_training, optimal_systems, plane_sizes, residual
from udtlib.experiments.pictures import Drawn
from udtlib.losses.adversarial import square_discriminator, square_generator
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_points, extent_of, frame_plane
from udtlib.show.style import CYCLE, SOURCE, TARGET
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import FlowTranslator
from udtlib.translators.two_way import TwoWay
from udtlib.transport.dynamic import path_energy_gap
from udtlib.transport.exact import squared_wasserstein2
from udtlib.types import Float, Tensor

#: Samples on each side of every distance; the paper has 10,000, for which an exact plan takes a minute.
COUNT = 2_500
#: Samples whose paths are drawn.
SHOWN = 250
FIT, EFFORT = "W₂ to the target", "path energy gap"
#: Moons with entries of mean 0 and deviation 7: half circles of about this radius.
MOON_RADIUS = 7 / math.sqrt(0.5227)


@dataclass(frozen=True, kw_only=True)
class PlaneTask:
    """Where to go from where, in the scales of the code of [tong2024].

    Args:
        pair: source and target.
        unit: nets see samples divided by this, so that one start suits every task.
        fit: the paper's W₂ of OT flow matching.
        effort: the paper's gap of OT flow matching, and of plain flow matching where it is stated here.
    """

    pair: IndependentPair
    unit: float
    fit: float
    effort: tuple[float, float | None]

    def in_units(self, setting: Setting) -> IndependentPair:
        """The task as the nets see it: all samples divided by the unit."""
        smaller = AffineMap(torch.eye(2) / self.unit, torch.zeros(2))
        return IndependentPair(Pushed(self.pair.source, smaller), Pushed(self.pair.target, smaller))


TASKS = {
    "N → 8 Gaussians": PlaneTask(
        pair=IndependentPair(Noise(2), ring(modes=8, radius=5.0, deviation=1.0)),
        unit=3.0,
        fit=0.303,
        effort=(0.031, None),
    ),
    "moons → 8 Gaussians": PlaneTask(
        pair=IndependentPair(
            Moons(deviation=0.1, radius=MOON_RADIUS, centre=(MOON_RADIUS / 8, -MOON_RADIUS / 8)),
            ring(modes=8, radius=12.0, deviation=1.5),
        ),
        unit=8.0,
        fit=0.601,
        effort=(0.015, 2.68),
    ),
    "N → moons": PlaneTask(
        pair=IndependentPair(Noise(2), Moons(deviation=0.05, radius=2.0, centre=(0.0, 0.5))),
        unit=1.3,
        fit=0.130,
        effort=(0.083, None),
    ),
    "N → S": PlaneTask(
        pair=IndependentPair(Noise(2), SCurve(deviation=0.05, radius=1.5)),
        unit=1.3,
        fit=0.144,
        effort=(0.027, None),
    ),
}


def cycle_flow(pair: DomainPair, setting: Setting) -> Game:
    """CycleGAN's game on both sides between residual flows, with cycles and nothing about effort."""
    sizes = plane_sizes(setting.profile)
    forth, back = residual(2, sizes), residual(2, sizes)
    judges = [mlp([2, sizes.wide, sizes.wide, 1], activation=lambda: nn.LeakyReLU(0.2)) for _ in "xy"]
    step = AdamConfig(rate=1e-3)
    game = GANConfig(
        discriminator_loss=square_discriminator,
        generator_loss=square_generator,
        discriminator_optimiser=step,
        generator_optimiser=step,
        slope_weight=0.1,
    )
    return cyclegan(TwoWay(forth, back), *judges, cycle_weight=1.0, pool=0, game=game)


def cycle_training(profile: Profile) -> TrainConfig:
    """Half as many rounds, since four nets move in each."""
    config = flow_training(profile, sizes=plane_sizes)
    return TrainConfig(
        steps=config.steps // 2, batch_size=config.batch_size, decay_from=0.5, log_every=config.log_every
    )


@torch.no_grad()
def paths_of(
    flow: FlowTranslator, x: Float[Tensor, "batch 2"], *, unit: float
) -> Float[Tensor, "time batch 2"]:
    """Where samples are on their path at 101 times, in the task's own unit."""
    return unit * flow.cpu().trajectory(x / unit, times=torch.linspace(0, 1, 101))


def flow_scores(flow: FlowTranslator, pair: DomainPair, *, task: PlaneTask, count: int = COUNT) -> Scores:
    """Fit and effort, in the task's own unit."""
    seed = int(torch.randint(1_000, ()))
    batch, other = (task.pair.batch(k, size=count, seed=seed, split="test") for k in (0, 1))
    least = float(squared_wasserstein2(batch.x, batch.y))
    # Other sources than those that the distance between source and target was taken from.
    path = paths_of(flow, other.x, unit=task.unit)
    return Scores(
        fit={FIT: wasserstein2(path[-1], batch.y)}, effort={EFFORT: float(path_energy_gap(path, least))}
    )


def floor_scores(nothing: None, pair: DomainPair, *, task: PlaneTask) -> Scores:
    """The distance of two samples of the target, and the least effort that there is."""
    seed = int(torch.randint(1_000, ()))
    batch, other = (task.pair.batch(k, size=COUNT, seed=seed, split="test") for k in (0, 1))
    return Scores(
        fit={FIT: wasserstein2(other.y, batch.y)},
        effort={"W₂² from source to target": float(squared_wasserstein2(batch.x, batch.y))},
    )


def shown_paths(flow: FlowTranslator, pair: DomainPair, *, name: str) -> Shown:
    """The paths of a few samples of a task; those of another task's systems are not drawn."""
    task = TASKS[name]
    batch = task.pair.batch(1, size=SHOWN, seed=0, split="test")
    return {"path": paths_of(flow, batch.x, unit=task.unit)}


def paths_picture(shown: Mapping[str, Shown], *, name: str) -> Picture:
    """The paths of single samples under each method, on top of samples of the target."""
    mine = {
        key.removeprefix(f"{name}: "): s["path"] for key, s in shown.items() if key.startswith(f"{name}: ")
    }
    batch = TASKS[name].pair.batch(0, size=700, seed=0, split="test")
    extent = extent_of(batch.x[:300], batch.y, *(path[-1] for path in mine.values()))
    with panels(len(mine), size=(3.0, 3.2)) as board:
        for axes, (method, path) in zip(board, mine.items(), strict=True):
            draw_points(axes, batch.y, colour=TARGET, size=4)
            axes.plot(*path.permute(2, 0, 1).numpy(), color=CYCLE[-1], linewidth=0.5, alpha=0.45)
            draw_points(axes, path[0], colour=SOURCE, size=5)
            draw_points(axes, path[-1], colour=CYCLE[2], size=7)
            frame_plane(axes, extent=extent, title=method)
    return board.picture(
        alt=f"The paths of {SHOWN} samples, {name}, in {len(mine)} panels: {', '.join(mine)}.",
        caption=f"{name}: from samples of α (blue) to their translations (green), and samples of β (orange).",
    )


def systems_on(name: str) -> dict[str, System]:
    """All methods on one task."""
    task = TASKS[name]
    where = {"pair": task.in_units, "scores": partial(flow_scores, task=task)}
    cycle = System(cycle_flow, training=cycle_training, part="translator.forth", **where)
    methods = {**optimal_systems(plane_sizes, **where), "CycleGAN's game": cycle}
    return {f"{name}: {method}": system for method, system in methods.items()}


def paper_of(name: str) -> dict[tuple[str, str], float | None]:
    """The paper's numbers on one task."""
    task = TASKS[name]
    return {
        (f"{name}: OT flow matching", FIT): task.fit,
        (f"{name}: OT flow matching", EFFORT): task.effort[0],
        (f"{name}: flow matching", EFFORT): task.effort[1],
    }


FLOWS = Experiment(
    name="flows-2d",
    title="Flows in the plane: fit and distance from the least effort",
    source="[tong2024], table 2 (its five seeds)",
    systems={key: system for name in TASKS for key, system in systems_on(name).items()},
    references={
        f"{name}: two samples of the target": Untrained(
            pair=task.in_units, scores=partial(floor_scores, task=task)
        )
        for name, task in TASKS.items()
    },
    paper={key: value for name in TASKS for key, value in paper_of(name).items()},
    pictures={
        f"ways-{k}": Drawn(show=partial(shown_paths, name=name), picture=partial(paths_picture, name=name))
        for k, name in enumerate(TASKS, start=1)
    },
)
