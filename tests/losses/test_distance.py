"""Distances within a domain, their statistics, and the loss that compares them across a map."""

import math

import pytest
import torch

from udtlib.losses.distance import (
    DistanceStatistics,
    distance_loss,
    distance_statistics,
    half_distances,
    left_right,
    pairwise_distances,
    top_bottom,
)


def images(count=6, *, size=8, channels=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, channels, size, size, generator=generator) * 2 - 1


def test_pairwise_distances_by_hand():
    x = torch.tensor([[0.0, 0.0], [3.0, -1.0], [1.0, 1.0]])
    assert pairwise_distances(x).tolist() == [4.0, 2.0, 4.0]


def test_pairwise_distances_sum_over_all_entries_of_images():
    x = images()
    d = pairwise_distances(x)
    assert d.shape == (15,)
    assert d[0].item() == pytest.approx((x[0] - x[1]).abs().sum().item(), rel=1e-5)
    assert d[-1].item() == pytest.approx((x[4] - x[5]).abs().sum().item(), rel=1e-5)


@pytest.mark.parametrize("count", [0, 1])
def test_a_distance_needs_two_samples(count):
    with pytest.raises(ValueError, match=f"two samples, got a batch of {count}; use batch_size=2"):
        pairwise_distances(torch.zeros(count, 3))


def test_half_distances_by_hand():
    x = torch.tensor([[[[1.0, 2.0, 5.0, 2.0], [0.0, 0.0, 0.0, -3.0]]]])
    assert half_distances(x).tolist() == [4 + 0 + 0 + 3]
    assert half_distances(x, halves=top_bottom).tolist() == [1 + 2 + 5 + 5]


def test_halves_are_laid_on_top_of_one_another_and_not_mirrored():
    row = torch.tensor([1.0, 2.0, 2.0, 1.0]).view(1, 1, 1, 4)
    assert half_distances(row).item() == 2
    assert half_distances(torch.tensor([1.0, 2.0, 1.0, 2.0]).view(1, 1, 1, 4)).item() == 0


@pytest.mark.parametrize(("halves", "name"), [(left_right, "width 5"), (top_bottom, "height 3")])
def test_an_odd_side_has_no_halves(halves, name):
    with pytest.raises(ValueError, match=f"images of {name} have no two equal halves"):
        halves(torch.zeros(2, 1, 3, 5))


def test_statistics_are_the_mean_and_the_population_deviation():
    found = distance_statistics(torch.tensor([1.0, 3.0, 5.0, 7.0]))
    assert found.mean == 4
    assert found.deviation == pytest.approx(math.sqrt(5))
    assert found.normalise(torch.tensor([4.0, 4 + math.sqrt(5)])).tolist() == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("distances", "message"),
    [
        ([], "at least two distances, got 0"),
        ([1.0], "at least two distances, got 1"),
        ([2.0, 2.0, 2.0], "deviation=0.0"),
        ([1.0, math.nan], "mean=nan"),
        ([1.0, math.inf], "finite"),
    ],
)
def test_statistics_refuse_what_cannot_be_normalised(distances, message):
    with pytest.raises(ValueError, match=message):
        distance_statistics(torch.tensor(distances))


@pytest.mark.parametrize(
    ("deviation", "words"),
    [
        (0, "positive finite deviation"),
        (-1.0, "positive finite deviation"),
        (math.inf, "a finite number, got deviation=inf"),
        (math.nan, "a finite number, got deviation=nan"),
    ],
)
def test_a_deviation_is_positive_and_finite(deviation, words):
    with pytest.raises(ValueError, match=words):
        DistanceStatistics(mean=0, deviation=deviation)


def loss_of(x, made, distances=pairwise_distances):
    """The loss with the statistics of exactly these samples."""
    before, after = distances(x), distances(made)
    return distance_loss(
        before, after, source=distance_statistics(before), target=distance_statistics(after)
    ).item()


def test_the_loss_by_hand():
    unit, other = DistanceStatistics(mean=1, deviation=2), DistanceStatistics(mean=10, deviation=5)
    loss = distance_loss(torch.tensor([3.0, 1.0]), torch.tensor([10.0, 20.0]), source=unit, target=other)
    assert loss.item() == pytest.approx((abs(1 - 0) + abs(0 - 2)) / 2)


@pytest.mark.parametrize(
    "isometry",
    [
        lambda x: x.flip(3),
        lambda x: x.transpose(2, 3),
        lambda x: -x,
        lambda x: x + 0.3,
        lambda x: x.flatten(1)[:, torch.randperm(128, generator=torch.Generator().manual_seed(3))],
    ],
    ids=["mirror", "transpose", "negative", "brighter", "one permutation for all"],
)
def test_the_pairwise_loss_does_not_see_an_isometry(isometry):
    x = images()
    assert loss_of(x, isometry(x)) == pytest.approx(0, abs=1e-5)


def test_the_normalised_loss_does_not_see_a_change_of_contrast():
    x = images()
    assert loss_of(x, 0.1 * x) == pytest.approx(0, abs=1e-4)


def test_a_permutation_for_each_image_does_not_keep_distances():
    x = images(20).flatten(1)
    generator = torch.Generator().manual_seed(0)
    own = torch.stack([row[torch.randperm(128, generator=generator)] for row in x])
    assert loss_of(x, own) > 0.5


def test_the_self_distance_sees_a_mirror_image_no_more_than_the_pairwise_one():
    x = images()
    assert loss_of(x, x.flip(3), half_distances) == pytest.approx(0, abs=1e-5)


def test_the_loss_compares_domains_of_different_shapes():
    x = images(channels=3)
    made = x.mean(1, keepdim=True)
    assert 0 < loss_of(x, made) < 2


def test_rotating_the_plane_is_no_isometry_of_the_sum_of_absolute_values_but_a_quarter_turn_is():
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    turns = {
        angle: torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        for angle in (math.pi / 4, math.pi / 2)
    }
    assert loss_of(x, x @ turns[math.pi / 2]) == pytest.approx(0, abs=1e-5)
    assert loss_of(x, x @ turns[math.pi / 4]) > 0.1


@pytest.mark.parametrize(("before", "after"), [(3, 2), (0, 0)])
def test_every_distance_needs_its_partner(before, after):
    unit = DistanceStatistics(mean=0, deviation=1)
    with pytest.raises(ValueError, match=f"got {before} and {after}"):
        distance_loss(torch.ones(before), torch.ones(after), source=unit, target=unit)


def test_the_gradient_is_finite_where_two_translations_coincide():
    made = torch.zeros(3, 4, requires_grad=True)
    unit = DistanceStatistics(mean=0, deviation=1)
    distance_loss(torch.ones(3), pairwise_distances(made), source=unit, target=unit).backward()
    assert made.grad.isfinite().all()
