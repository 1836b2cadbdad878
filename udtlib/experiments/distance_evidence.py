"""Chapter 06's evidence: do trained translators keep distances, are they near permutations, and should they?"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from udtlib.data.pair import DomainPair
from udtlib.data.toy2d import Mixture, mixture
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.evaluate.preservation import (
    nearest_permutation,
    nonnegative_fit,
    pairwise_correlation,
    self_correlation,
)
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, right_answers
from udtlib.evaluate.translations import translations as made_by
from udtlib.experiments.declare import Experiment, Measured, Setting, System, Untrained
from udtlib.experiments.distance import CYCLEGAN, MEASURED, distance_game, training, weights_of
from udtlib.experiments.distance_faces import ATTRIBUTES, face_game
from udtlib.experiments.unpaired import Judges, negatives, unet
from udtlib.losses.distance import distance_loss, distance_statistics, pairwise_distances
from udtlib.numerics.gaussian import rotation
from udtlib.translators.base import Translator
from udtlib.types import Float, Points

#: Side of the images that the non-negative map is fitted on.
COARSE = 8
#: A pixel whose deviation, over sources or over translations, is smaller is left out of the fit.
DEAD = 0.02
COSINE = "non-negative fit: cosine with the nearest permutation"


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
        COSINE: match.cosine,
        "nearest permutation: share of pixels that stay": own,
    }


def evidence_scores(translator: Translator | Reference, pair: DomainPair) -> Scores:
    """The evidence, and the same for the translation of somebody else: what is left where nothing is kept."""
    batch, made, _, _ = made_by(translator, pair, size=MEASURED)
    strangers = evidence_of(batch.x, made.roll(1, 0))
    return Scores(
        other=evidence_of(batch.x, made) | {f"{name}, strangers": value for name, value in strangers.items()}
    )


def random_matrix(nothing: None, pair: DomainPair) -> Scores:
    """The cosine of a matrix of independent uniform entries with its nearest permutation."""
    return Scores(other={COSINE: nearest_permutation(torch.rand(COARSE**2, COARSE**2)).cosine})


steps = partial(training, quick=1_000, colab=6_000, full=60_000)
#: A trained CycleGAN on two tasks, beside the truth.
EVIDENCE = Experiment(
    name="distance-evidence",
    title="Do trained translators keep distances, and are they near a permutation of the pixels?",
    source="the justification in [benaim2017], on digits and cartoon faces",
    pair=negatives,
    systems={
        "digits → negatives: CycleGAN": System(
            partial(
                distance_game,
                backbone=CYCLEGAN,
                weights=weights_of(CYCLEGAN, cycle=True),
                generator=unet,
                channels=(1, 1),
                judges=Judges(field=16),
            ),
            training=steps,
        ),
        "blond → black: CycleGAN": System(
            face_game(CYCLEGAN, weights_of(CYCLEGAN, cycle=True), judges=Judges(spectral=True)),
            training=steps,
            pair=ATTRIBUTES["hair"].pair,
        ),
    },
    references={
        "digits → negatives: the truth": right_answers,
        "blond → black: the truth": Untrained(right_answers, pair=ATTRIBUTES["hair"].pair),
        "a random matrix": Untrained(scores=random_matrix),
    },
    scores=evidence_scores,
)


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


def assumption(setting: Setting) -> Measured:
    """Six maps that all fit and all have a perfect cycle: which one is shortest, and which keeps distances?"""
    return Measured(
        {
            f"{title}: {name}": scores
            for title, task in plane_tasks().items()
            for name, scores in map_scores(task, seed=setting.seed).items()
        }
    )


def map_scores(task: PlaneTask, *, seed: int) -> dict[str, Scores]:
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
        found["ABC → " + "".join("ABC"[k] for k in order)] = Scores(
            fit={"energy distance to Y": energy_distance_biased(made, y)},
            alignment={"right corner": (sent == label).double().mean().item()},
            effort={"mean |T(x) − x|²": (made - x).square().sum(1).mean().item()},
            other={"distance loss": gap.item()},
        )
    return found


ASSUMPTION = Experiment(
    name="distance-assumption",
    title="Six maps that all fit: which is the shortest, and which keeps distances?",
    source="no table of the paper; a test of its assumption",
    measure=assumption,
)
