"""Quality and diversity on sets whose answer is known."""

import math

import pytest
import torch

from udtlib.evaluate.metrics import density_coverage, mode_coverage, precision_recall


def draw(count: int, dimension: int = 2, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))


MODES = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])


def test_modes_are_counted_and_strays_are_not() -> None:
    samples = torch.cat([MODES[:3].repeat(25, 1), torch.full((25, 2), 5.0)])
    result = mode_coverage(samples, MODES, radius=1)
    assert (result.covered, result.modes) == (3, 4)
    assert result.quality == pytest.approx(0.75)
    assert result.shares == pytest.approx((0.25, 0.25, 0.25, 0.0))


def test_the_radius_is_a_distance() -> None:
    samples = torch.tensor([[1.9, 0.0], [2.1, 0.0]])
    assert mode_coverage(samples, MODES, radius=2).quality == 0.5


def test_one_stray_sample_is_no_coverage() -> None:
    samples = torch.cat([MODES[:1].repeat(999, 1), MODES[1:2]])
    assert mode_coverage(samples, MODES, radius=0.5).covered == 1
    assert mode_coverage(samples, MODES, radius=0.5, at_least_share=0.001).covered == 2


def test_a_sample_counts_for_its_nearest_mode_only() -> None:
    result = mode_coverage(torch.tensor([[4.0, 0.0]]), MODES, radius=100.0)
    assert result.shares == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("options", [{"radius": 0}, {"radius": math.inf}, {"radius": 1, "at_least_share": 0}])
def test_mode_coverage_refuses_what_counts_nothing(options) -> None:
    with pytest.raises(ValueError, match=r"radius|share"):
        mode_coverage(MODES, MODES, **options)


def test_identical_sets_are_precise_and_complete() -> None:
    x = draw(60)
    result = precision_recall(x, x, k=3)
    assert (result.precision, result.recall) == (1.0, 1.0)
    assert density_coverage(x, x, k=3).coverage == 1.0


def test_disjoint_sets_are_neither() -> None:
    x = draw(60)
    result = precision_recall(x + 100, x, k=3)
    assert (result.precision, result.recall) == (0.0, 0.0)
    both = density_coverage(x + 100, x, k=3)
    assert (both.density, both.coverage) == (0.0, 0.0)


def test_collapse_keeps_precision_and_loses_recall() -> None:
    target = torch.cat([draw(50, seed=1), draw(50, seed=2) + 50])
    collapsed = precision_recall(draw(50, seed=3), target, k=5)
    assert collapsed.precision > 0.9
    assert collapsed.recall < 0.6
    spread = precision_recall(target, draw(50, seed=3), k=5)  # roles exchanged
    assert spread.recall == pytest.approx(collapsed.precision)
    assert spread.precision == pytest.approx(collapsed.recall)


def test_radius_of_the_kth_neighbour_is_counted_without_the_point_itself() -> None:
    target = torch.tensor([[0.0], [1.0], [3.0]])
    # radii for k = 1: 1, 1, 2; the sample 4.5 lies within 2 of the third only
    sample = torch.tensor([[4.5], [4.5]])
    assert precision_recall(sample, target, k=1).precision == 1.0
    result = density_coverage(sample, target, k=1)
    assert (result.density, result.coverage) == pytest.approx((1.0, 1 / 3))
    assert density_coverage(torch.tensor([[5.5]]), target, k=1).density == 0.0


def test_density_and_coverage_have_the_stated_means_for_equal_distributions() -> None:
    results = [density_coverage(draw(200, seed=2 * s), draw(200, seed=2 * s + 1), k=3) for s in range(20)]
    assert sum(r.density for r in results) / 20 == pytest.approx(1, abs=0.05)
    assert sum(r.coverage for r in results) / 20 == pytest.approx(1 - 2**-3, abs=0.02)


def test_an_outlier_inflates_precision_but_not_density() -> None:
    target = torch.cat([draw(50), torch.tensor([[60.0, 0.0]])])
    nonsense = draw(50, seed=1) * 0.1 + torch.tensor([30.0, 0.0])
    assert precision_recall(nonsense, target, k=3).precision > 0.9
    assert density_coverage(nonsense, target, k=3).density < 0.4


def test_too_few_samples_for_k_are_refused() -> None:
    with pytest.raises(ValueError, match="has 5 samples; this metric needs at least 6"):
        precision_recall(draw(5), draw(20), k=5)
    with pytest.raises(ValueError, match="target has 5 samples"):
        density_coverage(draw(20), draw(5), k=5)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        precision_recall(draw(5), draw(5), k=0)
