"""Chapter 06's evidence: do trained translators keep distances, are they near permutations, and should they?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from udtlib.data.toy2d import Mixture, mixture
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.evaluate.preservation import (
    nearest_permutation,
    nonnegative_fit,
    pairwise_correlation,
    self_correlation,
)
from udtlib.evaluate.translations import right_answers, translate
from udtlib.losses.distance import distance_loss, distance_statistics, pairwise_distances
from udtlib.numerics.gaussian import rotation
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.distance_faces import pair_for, task_for
from udtlib.recipes.distancegan import MEASURED, SYSTEMS, play, rows_of
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.unpaired import NEGATIVES
from udtlib.types import Float, Points

STEPS = {"quick": 1_000, "colab": 6_000, "full": 60_000}
#: Side of the images that the non-negative map is fitted on.
COARSE = 8
#: A pixel whose deviation, over sources or over translations, is smaller is left out of the fit.
DEAD = 0.02


def coarse(images: Float[Tensor, "n channel height width"]) -> Float[Tensor, "n pixels"]:
    """Grey intensities in [0, 1], 0 for black, of so few pixels that a matrix between them can be fitted."""
    grey = (images.clamp(-1, 1).mean(1, keepdim=True) + 1) / 2
    return adaptive_avg_pool2d(grey, COARSE).flatten(1)


def evidence_of(x: Tensor, made: Tensor) -> dict[str, float]:
    """Both correlations, and how well and how near to a permutation a non-negative matrix imitates the map."""
    first, second = coarse(x), coarse(made)
    # A pixel that never changes says nothing of where it goes or came from: digits have a black border.
    alive = torch.minimum(first.std(0), second.std(0)) > DEAD
    fit = nonnegative_fit(first[:, alive], second[:, alive])
    match = nearest_permutation(fit.matrix)
    own = (match.order == torch.arange(len(match.order))).double().mean().item()
    return {
        "correlation of pairwise distances": pairwise_correlation(x, made),
        "correlation of self-distances": self_correlation(x, made),
        "non-negative fit: variance explained": fit.explained,
        "non-negative fit: cosine with the nearest permutation": match.cosine,
        "nearest permutation: share of pixels that stay": own,
    }


def evidence(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """A trained CycleGAN on two tasks, beside the truth, and beside other images' translations."""
    rows: list[Row] = []
    tasks = {
        "digits → negatives": (NEGATIVES, NEGATIVES.pair(profile), "U-Net"),
        "blond → black": (task_for("hair"), pair_for("hair", profile), "x + U-Net"),
    }
    for title, (task, pair, generator) in tasks.items():
        batch = pair.batch(0, size=MEASURED, seed=0, split="test")
        right = right_answers(pair, batch)
        scores: dict[str, list[dict[str, float]]] = {"CycleGAN": [], "strangers": []}
        for seed in seeds:
            T, _ = play(SYSTEMS["CycleGAN"], task, pair, profile, seed=seed, generator=generator, steps=STEPS)
            made = translate(T, batch.x)
            scores["CycleGAN"].append(evidence_of(batch.x, made))
            # The translation of somebody else: what the numbers are where nothing is kept.
            scores["strangers"].append(evidence_of(batch.x, made.roll(1, 0)))
        scores["the truth"] = [evidence_of(batch.x, right)] * len(seeds)
        rows += rows_of(scores, prefix=f"{title}: ")
    return Findings(rows=[*rows, *random_rows(seeds)])


def random_rows(seeds: tuple[int, ...]) -> list[Row]:
    """The cosine of a matrix of independent uniform entries with its nearest permutation."""
    side = COARSE**2
    draws = (torch.rand(side, side, generator=torch.Generator().manual_seed(seed)) for seed in seeds)
    values = tuple(nearest_permutation(matrix).cosine for matrix in draws)
    metric = "non-negative fit: cosine with the nearest permutation"
    return [Row(system="a random matrix", metric=metric, values=values)]


#: Three corners with three different sides, also in L1, and what becomes of them in three tasks.
CORNERS = torch.tensor([[-0.6, -0.9], [0.7, -0.7], [-0.3, 1.3]])
BASE = torch.tensor([[-0.55, -0.4], [0.6, -0.2], [-0.1, 1.7]])
DEVIATION = 0.2


@dataclass(frozen=True, kw_only=True)
class PlaneTask:
    """Two mixtures whose components belong together in their order, and by how much the truth turns them."""

    source: Mixture
    target: Mixture
    turn: Float[Tensor, "2 2"]


def plane_tasks() -> dict[str, PlaneTask]:
    """A shift, a quarter turn with a shift, and a triangle whose shortest side becomes the longest.

    The first two keep all distances, the third changes their order.
    """
    shift, stay, quarter = torch.tensor([4.0, 0.0]), torch.eye(2), rotation(math.pi / 2).float()
    corners = {
        "a shift": (CORNERS, CORNERS + shift, stay),
        "a quarter turn": (CORNERS, CORNERS @ quarter.T + shift, quarter),
        "a stretch": (BASE, torch.tensor([[-1.7, -0.1], [1.9, 0.2], [0.2, 0.8]]), stay),
    }
    return {
        name: PlaneTask(
            source=mixture(before, deviation=DEVIATION), target=mixture(after, deviation=DEVIATION), turn=turn
        )
        for name, (before, after, turn) in corners.items()
    }


def exchange(x: Points, task: PlaneTask, order: tuple[int, ...]) -> Points:
    """Moves each component of the source onto a component of the target; every order fits, since all are round."""
    k = torch.cdist(x, task.source.means).argmin(1)
    return (x - task.source.means[k]) @ task.turn.T + task.target.means[list(order)][k]


def assumption(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Six maps that all fit and all have a perfect cycle: which one is shortest, and which keeps distances?"""
    scores: dict[str, list[dict[str, float]]] = {}
    for title, task in plane_tasks().items():
        for seed in seeds:
            for name, values in map_scores(task, seed=seed).items():
                scores.setdefault(f"{title}: {name}", []).append(values)
    return Findings(rows=rows_of(scores))


def map_scores(task: PlaneTask, *, seed: int) -> Mapping[str, dict[str, float]]:
    """Fit, alignment, effort and distance loss of the maps that exchange the components, by the map's name."""
    generator = torch.Generator().manual_seed(seed)
    (x, label, *_), (y, *_) = (domain.draw(800, generator=generator) for domain in (task.source, task.target))
    before = pairwise_distances(x)
    scales = [distance_statistics(d) for d in (before, pairwise_distances(y))]
    found = {}
    for order in itertools.permutations(range(len(task.source.means))):
        made = exchange(x, task, order)
        gap = distance_loss(before, pairwise_distances(made), source=scales[0], target=scales[1])
        sent = torch.cdist(made, task.target.means).argmin(1)
        found["ABC → " + "".join("ABC"[k] for k in order)] = {
            "fit: energy distance to Y": energy_distance_biased(made, y),
            "alignment: right corner": (sent == label).float().mean().item(),
            "effort: mean |T(x) − x|²": (made - x).square().sum(1).mean().item(),
            "distance loss": gap.item(),
        }
    return found


REPRODUCTIONS = (
    Reproduction(
        name="distance-evidence",
        title="Do trained translators keep distances, and are they near a permutation of the pixels?",
        source="the justification in [benaim2017], on digits and cartoon faces",
        seconds={"quick": 400.0},
        run=evidence,
    ),
    Reproduction(
        name="distance-assumption",
        title="Six maps that all fit: which is the shortest, and which keeps distances?",
        source="no table of the paper; a test of its assumption",
        seconds={"quick": 20.0},
        run=assumption,
    ),
)
