"""Comparing distances by way of a matrix product finds what comparing all exact distances finds, to the bit."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.evaluate.coverage import density_coverage, precision_recall
from udtlib.evaluate.distances import mean_distance_to_nearest
from udtlib.evaluate.neighbours import MANY, kth_distances, sides_of
from udtlib.evaluate.pairings import nearest_is_partner
from udtlib.evaluate.samples import exact_distances

#: Samples with no tie, with many, with twins, with hairbreadths between them, and with somebody far away.
KINDS = ("continuous", "bits", "twins", "hairbreadths", "outlier")


def cloud(kind: str, count: int, *, seed: int, d: int = MANY + 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, d, generator=generator, dtype=torch.float64)
    if kind == "bits":
        return (x > 0).double()
    if kind == "twins":
        return x[torch.randint(max(1, count // 2), (count,), generator=generator)]
    if kind == "hairbreadths":
        return x[:1] + 1e-15 * torch.randint(-2, 3, x.shape, generator=generator)
    if kind == "outlier":
        x[0] *= 1e9
    return x


@examples(60)
@given(
    kind=st.sampled_from(KINDS),
    count=st.integers(2, 60),
    other=st.integers(2, 60),
    k=st.integers(1, 4),
    power=st.sampled_from([-100, -8, 0, 8, 100]),
    shift=st.sampled_from([0.0, 1e4]),
    seed=st.integers(0, 10**6),
)
def test_neighbours_and_sides_are_those_of_exact_distances(kind, count, other, k, power, shift, seed):
    x, y = ((cloud(kind, n, seed=seed + (kind != "twins") * n) + shift) * 10.0**power for n in (count, other))
    k = min(k, len(y))
    exact = exact_distances(x, y)
    last = exact.kthvalue(k, dim=1).values
    assert torch.equal(kth_distances(x, y, k=k), last)
    assert torch.equal(sides_of(last[:, None], x, y), (exact - last[:, None]).sign())
    within = exact_distances(x, x).fill_diagonal_(torch.inf)
    k = min(k, len(x) - 1)
    assert torch.equal(kth_distances(x, x, k=k, own=True), within.kthvalue(k, dim=1).values)
    assert torch.equal(sides_of(exact[:1], x, y), (exact - exact[:1]).sign())


@pytest.mark.parametrize("kind", KINDS)
def test_scores_of_images_are_those_of_exact_distances(kind, monkeypatch):
    x, y = cloud(kind, 90, seed=0, d=300), cloud(kind, 90, seed=1, d=300)

    def scores() -> list[object]:
        return [
            precision_recall(x, y, k=3),
            density_coverage(x, y, k=3),
            mean_distance_to_nearest(x, y),
            nearest_is_partner(x, y),
        ]

    found = scores()
    monkeypatch.setattr("udtlib.evaluate.neighbours.MANY", 1_000)
    assert scores() == found


def test_few_pairs_are_measured_by_differences_where_no_ties_are_near(monkeypatch):
    pairs = []

    def counted(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        pairs.append(x.shape[:-2].numel() * x.shape[-2] * y.shape[-2])
        return exact_distances(x, y)

    monkeypatch.setattr("udtlib.evaluate.neighbours.exact_distances", counted)
    x, y = cloud("continuous", 200, seed=0), cloud("continuous", 200, seed=1)
    precision_recall(x, y, k=5)
    assert sum(pairs) < 0.1 * 4 * 200 * 200
