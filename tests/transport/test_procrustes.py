"""Rotations between clouds of points, with and without knowing which points belong together."""

from __future__ import annotations

import pytest
import torch

from udtlib.transport.procrustes import (
    ProcrustesSearch,
    RigidMap,
    nearest_rotation,
    transport_cost,
    wasserstein_procrustes,
)
from udtlib.types import Tensor

#: All of a cloud of 200 in every plan.
WHOLE = ProcrustesSearch(
    starts=24, sample=200, iterations=4, finalists=8, final_sample=200, final_iterations=4
)
QUICK = ProcrustesSearch(
    starts=24, sample=80, iterations=8, finalists=3, final_sample=200, final_iterations=8
)


def cloud(count: int, *, seed: int, dimension: int = 3) -> Tensor:
    """Four uneven blobs without any symmetry."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.tensor([[4.0, 0, 0], [0, 2.5, 0], [0, 0, 1.0], [-2.0, -2.0, -1.0]])[:, :dimension]
    kind = torch.multinomial(torch.tensor([0.45, 0.3, 0.15, 0.1]), count, True, generator=generator)
    return centres[kind] + 0.3 * torch.randn(count, dimension, generator=generator)


def turn(dimension: int, *, seed: int) -> RigidMap:
    generator = torch.Generator().manual_seed(seed)
    rotation = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator)).Q
    return RigidMap(rotation, torch.randn(dimension, generator=generator))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_known_pairs_give_the_rotation_back(dimension: int) -> None:
    x, truth = cloud(50, seed=0, dimension=dimension), turn(dimension, seed=1)
    found = nearest_rotation(x, truth(x))
    torch.testing.assert_close(found.rotation, truth.rotation, atol=1e-5, rtol=0)
    torch.testing.assert_close(found(x), truth(x), atol=1e-5, rtol=0)


def test_a_rigid_map_is_an_isometry_with_an_exact_inverse() -> None:
    x, T = cloud(40, seed=0), turn(3, seed=2)
    torch.testing.assert_close(torch.pdist(T(x)), torch.pdist(x), atol=1e-5, rtol=0)
    torch.testing.assert_close(T.inverse(T(x)), x, atol=1e-5, rtol=0)


def test_no_other_rotation_is_nearer() -> None:
    x, y = cloud(60, seed=0), cloud(60, seed=1)
    found = nearest_rotation(x, y)
    least = (found(x) - y).square().sum()
    for seed in range(20):
        other = turn(3, seed=seed)
        # With its own best shift, so that only the rotations differ.
        shift = y.mean(0) - x.mean(0) @ other.rotation
        assert (RigidMap(other.rotation, shift)(x) - y).square().sum() >= least - 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_other_points_of_a_turned_cloud_are_enough(seed: int) -> None:
    truth = turn(3, seed=10 + seed)
    found = wasserstein_procrustes(
        cloud(600, seed=2 * seed), truth(cloud(600, seed=2 * seed + 1)), search=QUICK, seed=seed
    )
    fresh = cloud(200, seed=99)
    # The clouds' own sampling moves the answer a little; a wrong rotation would be off by whole units.
    assert (found.map(fresh) - truth(fresh)).norm(dim=1).mean() < 0.3
    assert list(found.costs) == sorted(found.costs)
    assert found.cost == found.costs[0]
    assert len(found.start_costs) == QUICK.starts


def test_a_symmetric_cloud_cannot_say_which_rotation() -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    x, y = (corners.repeat(50, 1) + 0.01 * torch.randn(200, 2, generator=generator) for _ in "xy")
    found = wasserstein_procrustes(x, y, search=WHOLE)
    # Several of the eight symmetries are among the finalists, and no cost tells them apart.
    assert found.costs[-1] < 2 * found.costs[0] < 0.01


def test_an_anchor_breaks_the_symmetry() -> None:
    generator = torch.Generator().manual_seed(0)
    corners = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    x = corners.repeat(50, 1) + 0.01 * torch.randn(200, 2, generator=generator)
    truth = RigidMap(torch.tensor([[0.0, 1], [-1, 0]]), torch.zeros(2))
    for seed in range(3):
        anchors = (corners[:3], truth(corners[:3]))
        found = wasserstein_procrustes(x, x, anchors=anchors, search=WHOLE, seed=seed)
        torch.testing.assert_close(found.map(corners), truth(corners), atol=0.1, rtol=0)


def test_finalists_come_with_their_maps_and_another_rotation_is_judged_on_their_points() -> None:
    x, truth = cloud(200, seed=0), turn(3, seed=1)
    y = truth(x)
    found = wasserstein_procrustes(x, y, search=QUICK, seed=0)
    assert found.maps[0] is found.map
    again = [transport_cost(x, y, one, search=QUICK, draw=found.draw) for one in found.maps]
    assert again == pytest.approx(found.costs)
    assert transport_cost(x, y, truth, search=QUICK, draw=found.draw) < 0.9 * found.costs[-1] + 1e-3


def test_the_seed_decides_everything() -> None:
    x, y = cloud(100, seed=0), cloud(100, seed=1)
    first, again = (wasserstein_procrustes(x, y, search=QUICK, seed=4) for _ in range(2))
    assert first.costs == again.costs
    assert torch.equal(first.map.rotation, again.map.rotation)


def test_bad_input_is_refused_with_a_remedy() -> None:
    with pytest.raises(ValueError, match="add zeros as coordinates"):
        wasserstein_procrustes(torch.zeros(5, 2), torch.zeros(5, 3))
    with pytest.raises(ValueError, match="as many on both sides"):
        nearest_rotation(torch.zeros(5, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="starts=0"):
        ProcrustesSearch(starts=0)


def test_zeros_as_coordinates_change_no_distance() -> None:
    x = cloud(30, seed=0, dimension=2)
    padded = torch.cat([x, torch.zeros(30, 1)], dim=1)
    torch.testing.assert_close(torch.pdist(padded), torch.pdist(x))
    truth = turn(3, seed=3)
    torch.testing.assert_close(
        nearest_rotation(padded, truth(padded))(padded), truth(padded), atol=1e-5, rtol=0
    )
