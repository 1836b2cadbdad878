"""Mixtures of Gaussians and their Knothe-Rosenblatt rearrangement: exact to rounding, tails included."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from tests.properties import examples
from udtlib.numerics.mixture import GaussianMixture, isotropic_mixture
from udtlib.numerics.rearrangement import gaussianise, gaussianise_inverse, normal_score

TRIANGLE = ((-0.9, -0.7), (1.2, -0.4), (-0.1, 1.1))


def general_mixture(seed: int = 0, *, components: int = 3, dim: int = 3) -> GaussianMixture:
    g = torch.Generator().manual_seed(seed)
    factor = torch.randn(components, dim, dim, generator=g, dtype=torch.float64).tril()
    factor = factor.tril(-1) + torch.diag_embed(factor.diagonal(dim1=1, dim2=2).abs() + 0.3)
    weight = torch.rand(components, generator=g, dtype=torch.float64) + 0.1
    mean = 2 * torch.randn(components, dim, generator=g, dtype=torch.float64)
    return GaussianMixture(weight / weight.sum(), mean, factor)


def draw(mixture: GaussianMixture, count: int, *, seed: int = 1) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    label = torch.multinomial(mixture.weight, count, replacement=True, generator=g)
    z = torch.randn(count, mixture.dimension, generator=g, dtype=torch.float64)
    return mixture.mean[label] + torch.einsum("bij,bj->bi", mixture.cholesky[label], z)


def test_log_density_agrees_with_scipy():
    mixture = general_mixture()
    x = draw(mixture, 50)
    expected = sum(
        float(w) * multivariate_normal(m.numpy(), (f @ f.T).numpy()).pdf(x.numpy())
        for w, m, f in zip(mixture.weight, mixture.mean, mixture.cholesky, strict=True)
    )
    torch.testing.assert_close(mixture.log_density(x).exp(), torch.as_tensor(expected))


def test_one_gaussian_is_whitened_by_its_cholesky_factor():
    mixture = general_mixture(components=1)
    x = draw(mixture, 20)
    expected = torch.linalg.solve_triangular(mixture.cholesky[0], (x - mixture.mean).T, upper=False).T
    torch.testing.assert_close(gaussianise(x, mixture), expected, rtol=1e-12, atol=1e-12)


def test_in_one_dimension_it_is_the_quantile_transform():
    mixture = isotropic_mixture([[-1.0], [2.0]], deviation=0.5, weights=[0.3, 0.7])
    x = torch.linspace(-2, 3, 9, dtype=torch.float64)
    cdf = 0.3 * norm.cdf((x + 1) / 0.5) + 0.7 * norm.cdf((x - 2) / 0.5)
    torch.testing.assert_close(gaussianise(x[:, None], mixture)[:, 0], torch.as_tensor(norm.ppf(cdf)))


@given(st.integers(0, 500), st.integers(1, 5), st.integers(1, 4))
@examples(25)
def test_round_trip_in_both_directions(seed, components, dim):
    mixture = general_mixture(seed, components=components, dim=dim)
    x = draw(mixture, 40, seed=seed)
    z = gaussianise(x, mixture)
    assert float((gaussianise_inverse(z, mixture) - x).abs().max()) <= 1e-8
    assert float((gaussianise(gaussianise_inverse(z, mixture), mixture) - z).abs().max()) <= 1e-8


@pytest.mark.parametrize("deviation", [0.05, 0.22, 1.0])
def test_samples_five_deviations_out_survive_the_round_trip(deviation):
    mixture = isotropic_mixture(TRIANGLE, deviation=deviation)
    directions = torch.cartesian_prod(torch.tensor([-5.0, 0.0, 5.0]), torch.tensor([-5.0, 0.0, 5.0])).double()
    # Away from the other corners: towards them a narrow mixture has densities that no double tells from 0.
    outward = torch.stack([m + deviation * d for m in mixture.mean for d in directions if (m @ d) >= 0])
    z = gaussianise(outward, mixture)
    assert float(z.abs().max()) > 4.5
    assert float((gaussianise_inverse(z, mixture) - outward).abs().max()) <= 1e-9


def test_far_tails_stay_finite_and_invertible():
    mixture = isotropic_mixture(TRIANGLE, deviation=0.25)
    x = torch.tensor([[50.0, 60.0], [-40.0, 3.0], [0.0, -70.0]], dtype=torch.float64)
    z = gaussianise(x, mixture)
    assert float(z.abs().max()) > 150  # where a probability in double precision is zero or one
    torch.testing.assert_close(gaussianise_inverse(z, mixture), x, rtol=1e-12, atol=1e-12)


@given(st.floats(-60, 60))
@examples(60)
def test_normal_score_inverts_the_logarithm_of_the_normal_distribution(score):
    z = torch.tensor([score], dtype=torch.float64)
    back = normal_score(torch.special.log_ndtr(z), torch.special.log_ndtr(-z))
    torch.testing.assert_close(back, z, rtol=1e-12, atol=1e-12)


def test_the_map_is_triangular_and_increasing():
    mixture = general_mixture(3)
    x = draw(mixture, 6)
    jacobian = jacobians(lambda v: gaussianise(v, mixture), x)
    assert float(jacobian.triu(1).abs().max()) == 0
    assert float(jacobian.diagonal(dim1=1, dim2=2).min()) > 0


def test_the_jacobian_carries_the_density_onto_the_normal_one():
    mixture = general_mixture(4)
    x = draw(mixture, 8)
    z = gaussianise(x, mixture)
    log_det = torch.linalg.slogdet(jacobians(lambda v: gaussianise(v, mixture), x)).logabsdet
    log_normal = -0.5 * z.square().sum(dim=1) - 1.5 * math.log(2 * math.pi)
    torch.testing.assert_close(log_normal + log_det, mixture.log_density(x), rtol=1e-9, atol=1e-9)
    inverse = jacobians(lambda v: gaussianise_inverse(v, mixture), z)
    forward = jacobians(lambda v: gaussianise(v, mixture), x)
    torch.testing.assert_close(inverse @ forward, torch.eye(3).double().expand(8, 3, 3), rtol=1e-7, atol=1e-8)


def jacobians(function, points: torch.Tensor) -> torch.Tensor:
    one = [torch.autograd.functional.jacobian(lambda v: function(v[None])[0], p) for p in points]
    return torch.stack(one)


def test_the_derivative_is_right_at_the_median():
    mixture = isotropic_mixture([[0.0, 0.0]], deviation=2.0)
    x = torch.zeros(1, 2, dtype=torch.float64)
    torch.testing.assert_close(jacobians(lambda v: gaussianise(v, mixture), x)[0], torch.eye(2).double() / 2)
    torch.testing.assert_close(
        jacobians(lambda v: gaussianise_inverse(v, mixture), x)[0], 2 * torch.eye(2).double()
    )


def test_gaussianised_samples_have_independent_standard_coordinates():
    z = gaussianise(
        draw(isotropic_mixture(TRIANGLE, deviation=0.22), 20_000), isotropic_mixture(TRIANGLE, deviation=0.22)
    )
    torch.testing.assert_close(torch.cov(z.T), torch.eye(2).double(), rtol=0, atol=0.04)
    assert float(z.mean(dim=0).abs().max()) < 0.04
    assert float((z.prod(dim=1) > 0).double().mean()) == pytest.approx(0.5, abs=0.02)


def test_empty_batches_pass_and_bad_points_are_refused():
    mixture = isotropic_mixture(TRIANGLE, deviation=0.2)
    empty = torch.zeros(0, 2, dtype=torch.float64)
    assert gaussianise(empty, mixture).shape == (0, 2)
    assert gaussianise_inverse(empty, mixture).shape == (0, 2)
    with pytest.raises(ValueError, match=r"\(batch, 2\)"):
        gaussianise(torch.zeros(4, 3), mixture)
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="NaN or infinite"):
            gaussianise_inverse(torch.tensor([[0.0, bad]]), mixture)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": torch.tensor([0.5, 0.6])}, "sum to 1"),
        ({"weight": torch.tensor([1.5, -0.5])}, "> 0"),
        ({"weight": torch.ones(3) / 3}, "Cholesky factors"),
        ({"mean": torch.zeros(2)}, "means"),
        ({"mean": torch.full((2, 2), math.nan)}, "finite"),
        ({"cholesky": -torch.eye(2).expand(2, 2, 2)}, "positive diagonal"),
        ({"cholesky": torch.ones(2, 2, 2)}, "lower triangular"),
    ],
)
def test_numbers_that_are_no_mixture_are_refused(change, message):
    good = {"weight": torch.ones(2) / 2, "mean": torch.zeros(2, 2), "cholesky": torch.eye(2).expand(2, 2, 2)}
    GaussianMixture(**good)
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**(good | change))


def test_isotropic_mixture_refuses_a_deviation_of_zero():
    with pytest.raises(ValueError, match="deviation > 0"):
        isotropic_mixture(TRIANGLE, deviation=0.0)
