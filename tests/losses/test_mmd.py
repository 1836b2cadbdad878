"""The squared MMD: closed form for Gaussians, what its two estimators promise, and its gradient."""

import math
from functools import partial

import pytest
import torch

from udtlib.losses.mmd import (
    median_bandwidths,
    squared_mmd_biased,
    squared_mmd_of_kernel,
    squared_mmd_unbiased,
)
from udtlib.numerics.kernels import gaussian_kernel, inverse_multiquadric_kernel


def draw(count: int, *, seed: int, shift: float = 0.0) -> torch.Tensor:
    return torch.randn(count, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + shift


def closed_form(shift: float, *, bandwidth: float) -> float:
    """MMD² of N(0, 1) and N(shift, 1): E k is a Gaussian integral of variance σ² + 2."""
    spread = bandwidth**2 + 2
    return 2 * bandwidth / math.sqrt(spread) * (1 - math.exp(-(shift**2) / (2 * spread)))


def test_estimators_approach_the_gaussian_closed_form() -> None:
    x, y = draw(1500, seed=0), draw(1500, seed=1, shift=1.5)
    for estimator in (squared_mmd_unbiased, squared_mmd_biased):
        assert float(estimator(x, y, bandwidths=(0.8,))) == pytest.approx(
            closed_form(1.5, bandwidth=0.8), abs=0.03
        )


def test_unbiased_estimator_has_mean_zero_and_the_biased_one_has_not() -> None:
    pairs = [(draw(8, seed=2 * k), draw(8, seed=2 * k + 1)) for k in range(600)]
    unbiased = torch.stack([squared_mmd_unbiased(x, y, bandwidths=(1.0,)) for x, y in pairs])
    biased = torch.stack([squared_mmd_biased(x, y, bandwidths=(1.0,)) for x, y in pairs])
    error = float(unbiased.std()) / math.sqrt(len(pairs))
    assert abs(float(unbiased.mean())) < 4 * error
    assert float(biased.mean()) > 20 * error
    assert float(unbiased.min()) < 0


def test_biased_estimator_is_zero_for_equal_samples_and_symmetric() -> None:
    x, y = draw(20, seed=0), draw(30, seed=1, shift=0.3)
    assert float(squared_mmd_biased(x, x.flip(0), bandwidths=(0.5, 2.0))) == pytest.approx(0, abs=1e-12)
    forward, backward = (
        squared_mmd_biased(x, y, bandwidths=(1.0,)),
        squared_mmd_biased(y, x, bandwidths=(1.0,)),
    )
    assert float(forward) == pytest.approx(float(backward))
    assert float(forward) > 0


def test_any_kernel_of_the_squared_distance_will_do() -> None:
    x, y = draw(9, seed=0), draw(7, seed=1, shift=1.0)
    gaussian = partial(gaussian_kernel, bandwidths=(0.5, 2.0))
    assert float(squared_mmd_of_kernel(x, y, kernel=gaussian)) == pytest.approx(
        float(squared_mmd_unbiased(x, y, bandwidths=(0.5, 2.0)))
    )
    # k = -D/2 turns the MMD into the squared difference of the means.
    linear = squared_mmd_of_kernel(x, y, kernel=lambda squared: -squared / 2)
    within = sum((v.square().sum() - v.sum() ** 2 / len(v)) / (len(v) - 1) / len(v) for v in (x, y))
    assert float(linear) == pytest.approx(float((x.mean() - y.mean()).square() - within))


def test_heavy_tails_have_mean_zero_for_equal_distributions_and_feel_an_outlier() -> None:
    kernel = partial(inverse_multiquadric_kernel, scales=(2.0,))
    values = [
        squared_mmd_of_kernel(draw(8, seed=2 * k), draw(8, seed=2 * k + 1), kernel=kernel) for k in range(600)
    ]
    unbiased = torch.stack(values)
    assert abs(float(unbiased.mean())) < 4 * float(unbiased.std()) / math.sqrt(len(values))
    x, y = draw(8, seed=0, shift=40.0).requires_grad_(), draw(8, seed=1)
    pulls = []
    for term in (
        squared_mmd_of_kernel(x, y, kernel=kernel),
        squared_mmd_unbiased(x, y, bandwidths=(1.0,)),
    ):
        (gradient,) = torch.autograd.grad(term, x)
        pulls.append(float(gradient.mean()))
    assert pulls[0] > 1e-6  # downhill is to the left, where y is
    assert abs(pulls[1]) < 1e-12


def test_gradient_pulls_the_samples_together() -> None:
    x = draw(10, seed=0).requires_grad_()
    y = draw(12, seed=1, shift=1.0)
    assert torch.autograd.gradcheck(lambda x: squared_mmd_unbiased(x, y, bandwidths=(1.0, 2.0)), x)
    (gradient,) = torch.autograd.grad(squared_mmd_unbiased(x, y, bandwidths=(2.0,)), x)
    assert float(gradient.mean()) < 0  # the loss falls as x moves right, towards y


def test_bandwidths_are_multiples_of_the_median_and_carry_no_gradient() -> None:
    x = torch.tensor([[0.0], [1.0], [3.0]], requires_grad=True)
    assert median_bandwidths(x, x[:0], multiples=(0.5, 1)) == pytest.approx((1.0, 2.0))


def test_images_are_flattened() -> None:
    x, y = torch.rand(4, 1, 3, 3), torch.rand(5, 1, 3, 3)
    whole, flat = (
        squared_mmd_unbiased(a, b, bandwidths=(1.0,)) for a, b in ((x, y), (x.flatten(1), y.flatten(1)))
    )
    torch.testing.assert_close(whole, flat)


def test_too_few_samples_are_refused() -> None:
    one, two = torch.zeros(1, 1), torch.ones(2, 1)
    with pytest.raises(ValueError, match="two samples on each side, got 1 and 2"):
        squared_mmd_unbiased(one, two, bandwidths=(1.0,))
    with pytest.raises(ValueError, match="two samples on each side, got 2 and 1"):
        squared_mmd_of_kernel(two, one, kernel=torch.neg)
    with pytest.raises(ValueError, match="at least one sample"):
        squared_mmd_biased(one[:0], two, bandwidths=(1.0,))
