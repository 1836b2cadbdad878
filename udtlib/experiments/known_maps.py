"""Chapter 07: learned maps beside the true optimal ones, in two to thirty-two dimensions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from udtlib.data.optimal_maps import convex_pair, random_gaussian_pair
from udtlib.data.pair import IndependentPair
from udtlib.evaluate.maps import best_linear_variance, moment_map, unexplained_variance
from udtlib.evaluate.report import ReportRow
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, Shown, Untrained
from udtlib.experiments.optimal_flows import map_sizes, optimal_systems
from udtlib.experiments.pictures import Drawn
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_arrows, extent_of
from udtlib.show.style import CYCLE, FAINT, INK
from udtlib.types import Tensor

#: Test samples of a score, and those whose maps are drawn.
COUNT, SHOWN = 10_000, 130
LINEAR, NOTHING, MEASURE = "best affine map", "no change", "L2-UVP in %"
#: The task whose maps are drawn.
DRAWN = "folds, d = 2"
#: A percentage below this is drawn here: the best affine map between Gaussians is the truth.
LEAST = 1e-3


def gaussians(setting: Setting, *, dimension: int) -> IndependentPair:
    """Two Gaussians; each seed is another pair, and another start of the nets."""
    return random_gaussian_pair(dimension, seed=setting.seed)


def folds(setting: Setting, *, dimension: int) -> IndependentPair:
    """The gradient of a convex potential; likewise."""
    return convex_pair(dimension, seed=setting.seed)


TASKS: dict[str, Callable[[Setting], IndependentPair]] = {
    **{f"Gaussians, d = {d}": partial(gaussians, dimension=d) for d in (2, 8, 32)},
    **{f"folds, d = {d}": partial(folds, dimension=d) for d in (2, 8)},
}


@torch.no_grad()
def map_scores(T: Any, pair: IndependentPair, *, count: int = COUNT) -> Scores:
    """L2-UVP of a map on test samples."""
    batch = pair.batch(0, size=count, seed=0, split="test")
    T = T.cpu() if isinstance(T, torch.nn.Module) else T
    return Scores(alignment={MEASURE: unexplained_variance(T(batch.x), pair.answers(batch), batch.y)})


def no_change(x: Tensor) -> Tensor:
    """The map that leaves everything where it is."""
    return x


def linear_scores(nothing: None, pair: IndependentPair) -> Scores:
    """L2-UVP of the best affine map there is."""
    batch = pair.batch(0, size=COUNT, seed=0, split="test")
    return Scores(alignment={MEASURE: best_linear_variance(batch.x, pair.answers(batch), batch.y)})


@torch.no_grad()
def arrows_of(T: Any, pair: IndependentPair) -> Shown:
    """A map of the plane on a few samples, and what else is drawn beside it."""
    batch = pair.batch(0, size=SHOWN, seed=0, split="test")
    many = pair.batch(0, size=COUNT, seed=1)
    return {
        "x": batch.x,
        "label": batch.x_label if batch.x_label is not None else torch.zeros(SHOWN, dtype=torch.long),
        "truth": pair.answers(batch),
        "affine": moment_map(many.x, many.y)(batch.x),
        "T(x)": T.cpu()(batch.x),
    }


def maps_picture(shown: Mapping[str, Shown]) -> Picture:
    """Maps of the plane as arrows from each sample to its translation, coloured by the sample's blob."""
    mine = {name.removeprefix(f"{DRAWN}: "): s for name, s in shown.items() if name.startswith(DRAWN)}
    first = next(iter(mine.values()))
    made = {"the true map": first["truth"], LINEAR: first["affine"]}
    made |= {name: each["T(x)"] for name, each in mine.items()}
    extent = extent_of(first["x"], *made.values())
    with panels(len(made), size=(2.7, 3.0)) as board:
        for axes, (name, y) in zip(board, made.items(), strict=True):
            draw_arrows(axes, first["x"], y, labels=first["label"], extent=extent, title=name)
    return board.picture(
        alt=f"Arrows from samples to their translations, in {len(made)} panels: {', '.join(made)}.",
        caption="Circles are samples of α, dots their translations; the colour names the blob a sample came from.",
    )


def scores_picture(rows: Mapping[str, ReportRow]) -> Picture:
    """One dot for each method, task and seed, on a logarithmic axis."""
    methods = list(dict.fromkeys(name.split(": ")[1] for name in rows))
    with panels(1, size=(7.6, 4.0)) as board:
        axes = board[0]
        for k, method in enumerate(methods):
            colour = {LINEAR: INK, NOTHING: FAINT}.get(method) or CYCLE[k]
            for j, task in enumerate(TASKS):
                place = j + 0.13 * (k - (len(methods) - 1) / 2)
                heights = [max(value, LEAST) for value in rows[f"{task}: {method}"].alignment[MEASURE]]
                label = method if j == 0 else None
                axes.scatter([place] * len(heights), heights, s=18, color=colour, linewidths=0, label=label)
        axes.axhline(0.5, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(
            "0.5 %", (len(TASKS) - 0.5, 0.5), xytext=(2, 0), textcoords="offset points", va="center"
        )
        axes.set_yscale("log")
        axes.set_xlim(-0.5, len(TASKS) - 0.5)
        axes.set_xticks(range(len(TASKS)), [task.replace(", ", "\n") for task in TASKS])
        axes.set_ylabel("L2-UVP in % (less is better)")
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1.0))
    return board.picture(
        alt="How far each method's map is from the true one, for five tasks: of the trained ones DONT "
        "with a free critic and flow matching on optimal plans are lowest; between Gaussians the best affine map "
        "is lower still.",
        caption=f"One dot for each seed; a seed is another pair. Values below {LEAST:g} % are drawn there.",
    )


KNOWN = Experiment(
    name="known-maps",
    title="Learned maps against known ones: unexplained variance in percent",
    source="our pairs, after the benchmark of [korotin2021benchmark]; the score is that of [korotin2021]",
    systems={
        f"{task}: {name}": system
        for task, pair in TASKS.items()
        for name, system in optimal_systems(map_sizes, pair=pair, scores=map_scores).items()
    },
    references={
        f"{task}: {name}": Untrained(subject, pair=pair, scores=scores)
        for task, pair in TASKS.items()
        for name, subject, scores in ((LINEAR, None, linear_scores), (NOTHING, no_change, map_scores))
    },
    pictures={
        "scores": Drawn(picture=scores_picture, of_rows=True),
        "maps": Drawn(show=arrows_of, picture=maps_picture),
    },
)
