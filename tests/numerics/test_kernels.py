"""Pairwise distances and kernels against direct sums."""

import math
import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.numerics.kernels import (
    gaussian_kernel,
    inverse_multiquadric_kernel,
    median_distance,
    squared_distances,
)


@examples(30)
@given(n=st.integers(0, 5), m=st.integers(0, 5), d=st.integers(1, 4), seed=st.integers(0, 10**6))
def test_distances_are_the_direct_sum(n: int, m: int, d: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(count, d, 2, generator=generator) for count in (n, m))
    direct = (x[:, None] - y[None]).square().sum(dim=(2, 3))
    torch.testing.assert_close(squared_distances(x, y), direct)


def test_distances_survive_a_far_origin() -> None:
    x = torch.tensor([[0.0], [1e-3]], dtype=torch.float64) + 1e4
    assert squared_distances(x, x)[0, 1].item() == pytest.approx(1e-6, rel=1e-4)
    assert bool((squared_distances(x, x) >= 0).all())


def test_distances_have_the_exact_gradient() -> None:
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    y = torch.randn(4, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: squared_distances(x, y), x)


def test_distances_refuse_different_shapes() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) and y of \(3,\).*reshape"):
        squared_distances(torch.zeros(1, 2), torch.zeros(1, 3))


def test_kernel_is_a_sum_of_gaussians() -> None:
    kernel = gaussian_kernel(torch.tensor([[0.0, 4.0]]), bandwidths=(1, 2.0))
    assert kernel.tolist()[0] == pytest.approx([2.0, math.exp(-2) + math.exp(-0.5)])


@pytest.mark.parametrize("bandwidths", [(), (0.0,), (1.0, -1.0), (math.inf,), (math.nan,)])
def test_kernel_refuses_bad_bandwidths(bandwidths: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive finite bandwidths"):
        gaussian_kernel(torch.zeros(1, 1), bandwidths=bandwidths)


def test_inverse_multiquadrics_by_hand() -> None:
    squared = torch.tensor([[0.0, 4.0], [16.0, 1e6]])
    one = inverse_multiquadric_kernel(squared, scales=(4.0,))
    torch.testing.assert_close(one, torch.tensor([[1.0, 0.5], [0.2, 4 / 1_000_004]]))
    both = inverse_multiquadric_kernel(squared, scales=(4, 16))
    torch.testing.assert_close(both, one + torch.tensor([[1.0, 0.8], [0.5, 16 / 1_000_016]]))


def test_the_usual_scale_is_the_mean_squared_distance_of_the_prior() -> None:
    """There the kernel of two typical samples is about one half."""
    d = 8
    z = torch.randn(500, d, generator=torch.Generator().manual_seed(0))
    above = torch.triu_indices(500, 500, offset=1)
    squared = squared_distances(z, z)[above[0], above[1]]
    assert squared.mean().item() == pytest.approx(2 * d, rel=0.05)
    typical = inverse_multiquadric_kernel(squared.mean()[None, None], scales=(2 * d,))
    assert typical.item() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("scales", [(), (0.0,), (-1.0,), (float("inf"),), (float("nan"),)])
def test_inverse_multiquadrics_refuse_bad_scales(scales: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="positive finite scales"):
        inverse_multiquadric_kernel(torch.ones(1, 1), scales=scales)


def test_median_distance_of_three_points_on_a_line() -> None:
    # distances 1, 2 and 3
    assert median_distance(torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0]])) == pytest.approx(2.0)


@examples(50)
@given(n=st.integers(1, 8), m=st.integers(1, 5), d=st.integers(1, 3), seed=st.integers(0, 10**6))
def test_the_median_distance_is_the_median_of_all_distances(n: int, m: int, d: int, seed: int) -> None:
    """Also of an even number of them, of which it is the mean of the middle two."""
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(count, d, generator=generator) for count in (n, m))
    distances = torch.pdist(torch.cat([x, y]).double()).tolist()
    assert median_distance(x, y) == pytest.approx(statistics.median(distances), rel=1e-5)


@pytest.mark.parametrize("points", [torch.zeros(1, 2), torch.zeros(4, 2), torch.full((4, 2), math.nan)])
def test_median_distance_refuses_points_without_spread(points: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="median distance"):
        median_distance(points, points[:0])
