"""Scores of plans between batches of codes of the same images, as in [chevalley2020, section 4.2]."""

from __future__ import annotations

import statistics
from typing import NamedTuple

import torch

from udtlib.data.pair import IndependentPair
from udtlib.experiments.latent_spaces import BATCH, Spaces
from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised
from udtlib.transport.gromov.entropic import entropic_gromov
from udtlib.transport.gromov.search import GromovSearch, gromov_coupling
from udtlib.types import Float, Int, Tensor

SEARCH = GromovSearch()
#: The report's entropy, for distances in units of their mean.
EPSILON = 0.005


class Pairing(NamedTuple):
    """A batch of images in both spaces, the target's in another order.

    Args:
        dx: mean-normalised distances of the source's codes.
        dy: of the target's.
        label_x: classes in the source's order.
        label_y: in the target's.
        partner: ``partner[i]`` is where the target keeps image i.
    """

    dx: Float[Tensor, "n n"]
    dy: Float[Tensor, "n n"]
    label_x: Int[Tensor, "n"]
    label_y: Int[Tensor, "n"]
    partner: Int[Tensor, "n"]

    def truth(self) -> Float[Tensor, "n n"]:
        """The plan that pairs each image with itself."""
        n = len(self.partner)
        plan = self.dx.new_zeros(n, n)
        plan[torch.arange(n, device=plan.device), self.partner] = 1 / n
        return plan


def pairing(spaces: Spaces, *, seed: int, size: int = BATCH) -> Pairing:
    """A batch of test images, in an order of its own on either side."""
    x = spaces.codes.source
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(x.test), generator=generator)[:size].to(x.test.device)
    order = torch.randperm(size, generator=generator).to(rows.device)
    negative = spaces.images.truth(spaces.images.source.test[rows[order]])
    dx = distance_matrix(x.test[rows].double())
    dy = distance_matrix(spaces.coding_y.encode(negative).double())
    label = x.test_label[rows]
    return Pairing(
        dx=mean_normalised(dx).distance,
        dy=mean_normalised(dy).distance,
        label_x=label,
        label_y=label[order],
        partner=order.argsort(),
    )


def by_search(batch: Pairing, *, seed: int) -> dict[str, float]:
    """Greedy translation by the best of many restarts, and what the energies say."""
    found = gromov_coupling(batch.dx, batch.dy, search=SEARCH, seed=seed)
    there, back = shares(found.plan, batch)
    return {
        "X to Y": there,
        "Y to X": back,
        "the very same image": 100 * (found.plan.argmax(1) == batch.partner).double().mean().item(),
        "energy": float(found.energy),
        "energy of the truth": float(gromov_energy(batch.dx, batch.dy, batch.truth())),
    }


def as_reported(batch: Pairing) -> dict[str, float]:
    """Greedy translation by one entropic plan from the independent start, as the report has it."""
    plan = entropic_gromov(batch.dx, batch.dy, epsilon=EPSILON, iterations=200).plan
    there, back = shares(plan, batch)
    return {
        "X to Y": there,
        "Y to X": back,
        "energy": float(gromov_energy(batch.dx, batch.dy, plan)),
    }


def least_distorted(members: list[Spaces], *, seed: int, size: int = BATCH) -> Spaces:
    """Of all pairs of a source's and a target's autoencoder, the one whose plans have the least energy.

    The energies are of other batches than the scores', of the same images on both sides as those are. No label and
    no pair has a part in the choice.
    """
    best: tuple[float, Spaces] | None = None
    for x in members:
        for y in members:
            pair = x._replace(coding_y=y.coding_y, codes=IndependentPair(x.codes.source, y.codes.target))
            energy = statistics.fmean(
                by_search(pairing(pair, seed=500_000 + 1_000 * seed + k, size=size), seed=k)["energy"]
                for k in range(3)
            )
            if best is None or energy < best[0]:
                best = energy, pair
    assert best is not None
    return best[1]


def shares(plan: Float[Tensor, "n n"], batch: Pairing) -> tuple[float, float]:
    """Percentage of points whose greedy partner is of their class, in both directions."""
    there = (batch.label_y[plan.argmax(1)] == batch.label_x).double().mean().item()
    back = (batch.label_x[plan.argmax(0)] == batch.label_y).double().mean().item()
    return 100 * there, 100 * back
