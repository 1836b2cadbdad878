"""Distances against closed forms, and what each of them promises."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.evaluate import metrics
from udtlib.evaluate.distances import mean_distance_to_nearest, quantile_steps
from udtlib.evaluate.samples import as_features, same_features
from udtlib.losses.mmd import median_bandwidths


def draw(count: int, dimension: int, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sliced(x: torch.Tensor, y: torch.Tensor, **options) -> float:
    return metrics.sliced_wasserstein(x, y, generator=torch.Generator().manual_seed(0), **options)


def test_sliced_distance_of_a_translation() -> None:
    # E ⟨θ, t⟩² = |t|² / d for θ uniform on the sphere
    x = draw(50, 3)
    moved = x + torch.tensor([3.0, 0.0, 4.0])
    assert sliced(x, moved, projections=20_000) == pytest.approx(5 / math.sqrt(3), rel=0.01)


def test_sliced_distance_in_one_dimension_is_exact() -> None:
    x, y = draw(40, 1), draw(40, 1, seed=1) * 2
    assert sliced(x, y, projections=3) == pytest.approx(metrics.wasserstein2(x, y), rel=1e-9)
    assert sliced(x, y, projections=3, power=1) == pytest.approx(
        float((x.sort(dim=0).values - y.sort(dim=0).values).abs().mean())
    )


@examples(25)
@given(n=st.integers(1, 9), m=st.integers(1, 9), seed=st.integers(0, 10**6))
def test_sliced_distance_with_unequal_counts_is_exact_too(n: int, m: int, seed: int) -> None:
    x, y = draw(n, 1, seed=seed), draw(m, 1, seed=seed + 1)
    repeated = sliced(x.repeat(m, 1), y.repeat(n, 1), projections=1)
    assert sliced(x, y, projections=1) == pytest.approx(repeated, abs=1e-9)


def test_quantile_steps_cover_the_unit_interval() -> None:
    widths, i, j = quantile_steps(2, 3)
    assert widths.tolist() == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3])
    assert (i.tolist(), j.tolist()) == ([0, 0, 1, 1], [0, 1, 1, 2])


def test_sliced_distance_repeats_with_the_same_generator() -> None:
    x, y = draw(30, 4), draw(20, 4, seed=1)
    assert sliced(x, y) == sliced(x, y)
    assert sliced(x, x.flip(0)) == pytest.approx(0, abs=1e-12)


def test_energy_distance_of_two_points() -> None:
    # 2 · |0 − 3| − 0 − 0
    assert metrics.energy_distance_biased(torch.zeros(1, 1), torch.full((1, 1), 3.0)) == pytest.approx(6)


def test_energy_distance_on_the_line_is_the_area_between_the_squared_distribution_functions() -> None:
    # E = 2 ∫ (F − G)² : for {0, 1} and {2}: 2 (1/4 + 1)
    assert metrics.energy_distance_biased(
        torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0]])
    ) == pytest.approx(2.5)


def test_energy_distance_is_zero_for_equal_samples_only() -> None:
    x = draw(50, 2)
    assert metrics.energy_distance_biased(x, x.flip(0)) == pytest.approx(0, abs=1e-12)
    assert metrics.energy_distance_biased(x, x + 0.1) > 1e-4


def test_wasserstein_between_gaussians_approaches_the_closed_form() -> None:
    # W2² = |μ|² + (σ − 1)² for one-dimensional Gaussians
    x, y = draw(1500, 1), 2 * draw(1500, 1, seed=1) + 3
    assert metrics.wasserstein2(x, y) == pytest.approx(math.sqrt(10), rel=0.05)


def test_mmd_measures_every_system_by_the_kernel_of_the_target() -> None:
    y = draw(200, 2)
    near, far = metrics.squared_mmd(draw(200, 2, seed=1), y), metrics.squared_mmd(draw(200, 2, seed=1) + 3, y)
    assert abs(near) < 0.02
    assert far > 1
    # A system thrown far away must not widen the kernel.
    lost, bandwidths = draw(200, 2, seed=1) + 1000, median_bandwidths(y, y[:0])
    assert metrics.squared_mmd(lost, y) == metrics.squared_mmd(lost, y, bandwidths=bandwidths)


def test_frechet_distance_of_exact_gaussians() -> None:
    # The four points ±a e1, ±b e2 have mean zero and covariance diag(2a², 2b²)/3, with root diag(a, b)·√(2/3).
    def cross(a: float, b: float) -> torch.Tensor:
        return torch.tensor([[a, 0], [-a, 0], [0, b], [0, -b]])

    expected = 2 / 3 * ((1 - 3) ** 2 + (2 - 5) ** 2) + 4 + 9
    value = metrics.frechet_distance(cross(1.0, 2.0), cross(3.0, 5.0) + torch.tensor([2.0, 3.0]))
    assert value == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_does_not_depend_on_the_basis_and_covariances_need_not_commute() -> None:
    x, y = draw(60, 3), draw(60, 3, seed=1) @ draw(3, 3, seed=2)
    rotation = torch.linalg.qr(draw(3, 3, seed=3)).Q
    value = metrics.frechet_distance(x, y)
    assert metrics.frechet_distance(x @ rotation, y @ rotation) == pytest.approx(value, rel=1e-9)
    assert metrics.frechet_distance(y, x) == pytest.approx(value, rel=1e-9)


def test_frechet_distance_survives_singular_covariances() -> None:
    flat = torch.cat([draw(30, 2), torch.zeros(30, 40, dtype=torch.float64)], dim=1)
    few = draw(5, 42, seed=1)
    assert metrics.frechet_distance(flat, flat) == pytest.approx(0, abs=1e-6)
    assert math.isfinite(metrics.frechet_distance(flat, few))
    shift = torch.zeros(42, dtype=torch.float64)
    shift[7] = 2.0
    assert metrics.frechet_distance(flat, flat + shift) == pytest.approx(4, rel=1e-6)


def test_bad_samples_are_refused_with_a_reason() -> None:
    good = torch.zeros(3, 2)
    with pytest.raises(ValueError, match="x has 0 samples; this metric needs at least 1"):
        metrics.wasserstein2(good[:0], good)
    with pytest.raises(ValueError, match="y has 1 samples; this metric needs at least 2"):
        metrics.frechet_distance(good, good[:1])
    with pytest.raises(ValueError, match="1 of the 3 samples in y hold NaN"):
        metrics.energy_distance_biased(good, torch.tensor([[0.0, 1.0], [math.nan, 0.0], [1.0, 1.0]]))
    with pytest.raises(ValueError, match="compare samples of one space"):
        same_features(good, torch.zeros(3, 4))
    with pytest.raises(ValueError, match=r"use \[:, None\]"):
        as_features(torch.zeros(3), name="x")
    with pytest.raises(ValueError, match="without coordinates"):
        as_features(torch.zeros(3, 0), name="x")
    with pytest.raises(ValueError, match="at least one projection"):
        sliced(good, good, projections=0)


def test_the_distance_to_the_nearest_is_zero_on_the_data_and_grows_off_it():
    z = torch.randn(40, 4, generator=torch.Generator().manual_seed(0))
    assert mean_distance_to_nearest(z[:10], z) == pytest.approx(0, abs=1e-3)
    assert mean_distance_to_nearest(z[:10] + 10, z) > 5
