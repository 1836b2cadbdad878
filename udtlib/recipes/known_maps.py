"""Chapter 07: learned maps beside the true optimal ones, in two to thirty-two dimensions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch

from udtlib.data.known_maps import convex_pair, random_gaussian_pair
from udtlib.data.pair import IndependentPair
from udtlib.evaluate.maps import best_linear_variance, moment_map, unexplained_variance
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.optimal_flows import TRAINED
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_arrows, extent_of
from udtlib.show.style import CYCLE, FAINT, INK
from udtlib.types import Tensor

#: Each seed is another pair, and another start of the nets.
TASKS: dict[str, Callable[[int], IndependentPair]] = {
    "Gaussians, d = 2": lambda seed: random_gaussian_pair(2, seed=seed),
    "Gaussians, d = 8": lambda seed: random_gaussian_pair(8, seed=seed),
    "Gaussians, d = 32": lambda seed: random_gaussian_pair(32, seed=seed),
    "folds, d = 2": lambda seed: convex_pair(2, seed=seed),
    "folds, d = 8": lambda seed: convex_pair(8, seed=seed),
}
#: The task whose maps are drawn.
DRAWN = "folds, d = 2"
LINEAR, NOTHING = "best affine map", "no change"
#: Test samples of a score.
COUNT = 10_000
#: A percentage below this is drawn here: the best affine map between Gaussians is the truth.
LEAST = 1e-3


def known_maps(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """L2-UVP of every method on every task, and the seconds that it took to learn."""
    scores: dict[str, dict[str, list[float]]] = {}
    seconds: dict[str, dict[str, list[float]]] = {}
    drawn: dict[str, Callable[[Tensor], Tensor]] = {}
    for task, make in TASKS.items():
        for seed in seeds:
            pair = make(seed)
            maps = dict(untrained_maps(pair))
            for name, learn in TRAINED.items():
                began = time.perf_counter()
                maps[name] = learn(pair, profile, seed=seed).cpu()
                seconds.setdefault(name, {}).setdefault(task, []).append(time.perf_counter() - began)
            for name, value in score(maps, pair).items():
                scores.setdefault(name, {}).setdefault(task, []).append(value)
            if task == DRAWN and seed == seeds[0]:
                drawn = {"the true map": pair.truth, **maps}
    pictures = {
        "scores": scores_picture(scores),
        "maps": maps_picture(TASKS[DRAWN](seeds[0]), drawn),
    }
    rows = [*rows_of(scores, "L2-UVP in %"), *rows_of(seconds, "seconds to learn")]
    return Findings(rows=rows, pictures=pictures)


def untrained_maps(pair: IndependentPair) -> Mapping[str, Callable[[Tensor], Tensor]]:
    """What needs no net: the affine map that fits the moments, and leaving everything where it is."""
    batch = pair.batch(0, size=COUNT, seed=1)
    return {LINEAR: moment_map(batch.x, batch.y), NOTHING: lambda x: x}


@torch.no_grad()
def score(maps: Mapping[str, Callable[[Tensor], Tensor]], pair: IndependentPair) -> dict[str, float]:
    """L2-UVP of each map on test samples; of the affine maps, the best there is."""
    batch = pair.batch(0, size=COUNT, seed=0, split="test")
    truth = pair.answers(batch)
    values = {name: unexplained_variance(T(batch.x), truth, batch.y) for name, T in maps.items()}
    return values | {LINEAR: best_linear_variance(batch.x, truth, batch.y)}


def rows_of(values: Mapping[str, Mapping[str, list[float]]], metric: str) -> list[Row]:
    """One row for each method and task, with a value for each seed."""
    return [
        Row(system=name, metric=f"{metric}, {task}", values=tuple(each))
        for name, tasks in values.items()
        for task, each in tasks.items()
    ]


def scores_picture(scores: Mapping[str, Mapping[str, list[float]]]) -> Picture:
    """One dot for each method, task and seed, on a logarithmic axis."""
    tasks = list(next(iter(scores.values())))
    with panels(1, size=(7.6, 4.0)) as board:
        axes = board[0]
        for k, (name, values) in enumerate(scores.items()):
            colour = {LINEAR: INK, NOTHING: FAINT}.get(name) or CYCLE[k - 2]
            for j, task in enumerate(tasks):
                place = j + 0.13 * (k - (len(scores) - 1) / 2)
                heights = [max(value, LEAST) for value in values[task]]
                label = name if j == 0 else None
                axes.scatter([place] * len(heights), heights, s=18, color=colour, linewidths=0, label=label)
        axes.axhline(0.5, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(
            "0.5 %", (len(tasks) - 0.5, 0.5), xytext=(2, 0), textcoords="offset points", va="center"
        )
        axes.set_yscale("log")
        axes.set_xlim(-0.5, len(tasks) - 0.5)
        axes.set_xticks(range(len(tasks)), [task.replace(", ", "\n") for task in tasks])
        axes.set_ylabel("L2-UVP in % (less is better)")
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0))
    return board.picture(
        alt="How far each method's map is from the true one, for five tasks: DONT with a free critic and flow "
        "matching on optimal plans are lowest; plain flow matching lies above them.",
        caption=f"One dot for each seed; a seed is another pair. Values below {LEAST:g} % are drawn there.",
    )


@torch.no_grad()
def maps_picture(pair: IndependentPair, maps: Mapping[str, Callable[[Tensor], Tensor]]) -> Picture:
    """Maps of the plane as arrows from each sample to its translation, coloured by the sample's blob."""
    batch = pair.batch(0, size=130, seed=0, split="test")
    made = {name: T(batch.x) for name, T in maps.items() if name != NOTHING}
    extent = extent_of(batch.x, *made.values())
    with panels(len(made), size=(2.7, 3.0)) as board:
        for axes, (name, y) in zip(board, made.items(), strict=True):
            draw_arrows(axes, batch.x, y, labels=batch.x_label, extent=extent, title=name)
    return board.picture(
        alt=f"Arrows from samples to their translations, in {len(made)} panels: {', '.join(made)}.",
        caption="Circles are samples of α, dots their translations; the colour names the blob a sample came from.",
    )


REPRODUCTIONS = (
    Reproduction(
        name="known-maps",
        title="Learned maps against known ones: unexplained variance in percent",
        source="our pairs, after the benchmark of [korotin2021benchmark]; the score is that of [korotin2021]",
        seconds={"quick": None},
        run=known_maps,
    ),
)
