"""Chapter 07: flows in the plane, by how well they fit and by how far they are from the least effort."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import nn

from udtlib.data.known_maps import Pushed
from udtlib.data.pair import DomainPair, IndependentPair, Noise
from udtlib.data.toy2d import AffineMap, ring
from udtlib.data.toy_shapes import Moons, SCurve
from udtlib.evaluate.distances import wasserstein2
from udtlib.losses.adversarial import square_discriminator, square_generator
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.optimal_flows import (
    FlowSizes,
    Learn,
    free_critic_dont,
    optimal_flow,
    plain_flow,
    play,
    residual,
)
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_points, extent_of, frame_plane
from udtlib.show.style import CYCLE, SOURCE, TARGET
from udtlib.translators.base import FlowTranslator
from udtlib.translators.two_way import TwoWay
from udtlib.transport.dynamic import path_energy_gap
from udtlib.transport.exact import squared_wasserstein2
from udtlib.types import Float, Tensor

SIZES = {
    "quick": FlowSizes(steps=4_000, depth=5, hidden=128, plan=1_024, plans=64),
    "colab": FlowSizes(steps=15_000, depth=5, hidden=128, wide=256, plan=1_024, plans=128),
    "full": FlowSizes(steps=40_000, depth=9, hidden=128, wide=256, plan=2_048, plans=128),
}
#: Samples on each side of every distance; the paper has 10,000, for which an exact plan takes a minute.
COUNT = 2_500
#: Times at which paths are read.
TIMES = torch.linspace(0, 1, 101)
FIT, EFFORT = "W₂ to the target", "path energy gap"


@dataclass(frozen=True, kw_only=True)
class Task:
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


#: Moons with entries of mean 0 and deviation 7: half circles of about this radius.
MOON_RADIUS = 7 / math.sqrt(0.5227)
TASKS = {
    "N → 8 Gaussians": Task(
        pair=IndependentPair(Noise(2), ring(modes=8, radius=5.0, deviation=1.0)),
        unit=3.0,
        fit=0.303,
        effort=(0.031, None),
    ),
    "moons → 8 Gaussians": Task(
        pair=IndependentPair(
            Moons(deviation=0.1, radius=MOON_RADIUS, centre=(MOON_RADIUS / 8, -MOON_RADIUS / 8)),
            ring(modes=8, radius=12.0, deviation=1.5),
        ),
        unit=8.0,
        fit=0.601,
        effort=(0.015, 2.68),
    ),
    "N → moons": Task(
        pair=IndependentPair(Noise(2), Moons(deviation=0.05, radius=2.0, centre=(0.0, 0.5))),
        unit=1.3,
        fit=0.130,
        effort=(0.083, None),
    ),
    "N → S": Task(
        pair=IndependentPair(Noise(2), SCurve(deviation=0.05, radius=1.5)),
        unit=1.3,
        fit=0.144,
        effort=(0.027, None),
    ),
}


def cycle_flow(
    pair: DomainPair, profile: Profile, *, seed: int, sizes: FlowSizes | None = None
) -> FlowTranslator:
    """CycleGAN's game on both sides between residual flows, with cycles and nothing about effort."""
    sizes = sizes or SIZES[profile.name]
    torch.manual_seed(seed)
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
    objective = cyclegan(TwoWay(forth, back), *judges, cycle_weight=1.0, pool=0, game=game)
    play(objective, pair, profile, seed=seed, steps=sizes.steps // 2)
    return forth


METHODS: Mapping[str, Learn] = {
    "DONT, free critic": free_critic_dont,
    "OT flow matching": optimal_flow,
    "flow matching": plain_flow,
    "CycleGAN's game": cycle_flow,
}


def in_units(task: Task) -> IndependentPair:
    """The task as the nets see it: all samples divided by the unit."""
    smaller = AffineMap(torch.eye(2) / task.unit, torch.zeros(2))
    return IndependentPair(Pushed(task.pair.source, smaller), Pushed(task.pair.target, smaller))


@torch.no_grad()
def ways(flow: FlowTranslator, x: Float[Tensor, "batch 2"], *, unit: float) -> Float[Tensor, "time batch 2"]:
    """Where samples are on their way, in the task's own unit."""
    return unit * flow.trajectory(x / unit, times=TIMES)


def flows2d(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Fit and effort of every method on every task, and the paths of the first seed."""
    sizes, rows, pictures = SIZES[profile.name], [], {}
    for task, (name, each) in enumerate(TASKS.items()):
        pair, measured, shown = in_units(each), {}, {}
        for seed in seeds:
            batch = each.pair.batch(0, size=COUNT, seed=seed, split="test")
            other = each.pair.batch(1, size=COUNT, seed=seed, split="test")
            least = float(squared_wasserstein2(batch.x, batch.y))
            note(measured, "two samples of the target", FIT, wasserstein2(other.y, batch.y))
            note(measured, "the least there is", "W₂² from source to target", least)
            for method, learn in METHODS.items():
                flow = learn(pair, profile, seed=seed, sizes=sizes).cpu()
                # Other sources than those that the distance between source and target was taken from.
                path = ways(flow, other.x, unit=each.unit)
                note(measured, method, FIT, wasserstein2(path[-1], batch.y))
                note(measured, method, EFFORT, float(path_energy_gap(path, least)))
                if seed == seeds[0]:
                    shown[method] = path[:, :250]
        papers = {("OT flow matching", FIT): each.fit, ("OT flow matching", EFFORT): each.effort[0]}
        papers["flow matching", EFFORT] = each.effort[1]
        rows += [
            Row(
                system=system, metric=f"{metric}, {name}", values=tuple(v), paper=papers.get((system, metric))
            )
            for (system, metric), v in measured.items()
        ]
        pictures[f"ways-{task + 1}"] = ways_picture(name, each.pair, shown)
    return Findings(rows=rows, pictures=pictures)


def note(measured: dict[tuple[str, str], list[float]], system: str, metric: str, value: float) -> None:
    """Add a seed's value."""
    measured.setdefault((system, metric), []).append(value)


def ways_picture(name: str, pair: IndependentPair, paths: Mapping[str, Tensor]) -> Picture:
    """The way of single samples under each method, on top of samples of the target."""
    batch = pair.batch(0, size=700, seed=0, split="test")
    extent = extent_of(batch.x[:300], batch.y, *(path[-1] for path in paths.values()))
    with panels(len(paths), size=(3.0, 3.2)) as board:
        for axes, (method, path) in zip(board, paths.items(), strict=True):
            draw_points(axes, batch.y, colour=TARGET, size=4)
            axes.plot(*path.permute(2, 0, 1).numpy(), color=CYCLE[-1], linewidth=0.5, alpha=0.45)
            draw_points(axes, path[0], colour=SOURCE, size=5)
            draw_points(axes, path[-1], colour=CYCLE[2], size=7)
            frame_plane(axes, extent=extent, title=method)
    return board.picture(
        alt=f"The ways of 250 samples, {name}, in {len(paths)} panels: {', '.join(paths)}.",
        caption=f"{name}: from samples of α (blue) to their translations (green), and samples of β (orange).",
    )


REPRODUCTIONS = (
    Reproduction(
        name="flows-2d",
        title="Flows in the plane: fit and distance from the least effort",
        source="[tong2024], table 2, five seeds",
        seconds={"quick": 1_900.0},
        run=flows2d,
    ),
)
