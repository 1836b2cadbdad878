"""Toy domains and pairs: purity, closed forms, densities, true maps that push the source to the target."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from udtlib.data.pair import Domain, IndependentPair
from udtlib.data.toy2d import (
    TRIANGLE,
    Mixture,
    gaussian,
    gaussian_pair,
    mixture,
    noise_to_ring,
    ring,
    translated_mixture,
    translated_rotated_mixture,
)
from udtlib.data.toy_shapes import Checkerboard, Moons, SCurve, Spirals
from udtlib.numerics.mixture import GaussianMixture

DOMAINS = {
    "gaussian": gaussian((1.0, -2.0, 0.5), torch.tensor([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 0.5]])),
    "mixture": mixture(TRIANGLE, deviation=0.2, weights=[0.5, 0.3, 0.2]),
    "ring": ring(),
    "moons": Moons(),
    "large moons": Moons(radius=3.0, centre=(1.0, -2.0)),
    "s-curve": SCurve(),
    "checkerboard": Checkerboard(),
    "spirals": Spirals(arms=3),
}
PAIRS = {
    "gaussian": gaussian_pair(),
    "translated": translated_mixture(),
    "rotated": translated_rotated_mixture(),
    "ring": noise_to_ring(),
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_a_draw_depends_on_the_generator_only(domain: Domain):
    before = torch.random.get_rng_state()
    first, again = domain.draw(100, generator=generator(3)), domain.draw(100, generator=generator(3))
    assert torch.equal(first.value, again.value)
    assert torch.equal(first.label, again.label)
    assert not torch.equal(first.value, domain.draw(100, generator=generator(4)).value)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_samples_have_the_domain_s_shape_and_single_precision(domain: Domain, count: int):
    value, label, *_ = domain.draw(count, generator=generator())
    assert value.shape == (count, *domain.shape)
    assert value.dtype == torch.float32
    assert label.shape == (count,)
    assert label.dtype == torch.int64
    assert domain.to("cpu").draw(count, generator=generator()).value.shape == value.shape


def test_a_gaussian_has_its_mean_covariance_and_density():
    domain = DOMAINS["gaussian"]
    x = domain.draw(50_000, generator=generator()).value
    torch.testing.assert_close(x.mean(dim=0), torch.tensor([1.0, -2.0, 0.5]), rtol=0, atol=0.03)
    sigma = torch.tensor([[2.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 0.5]])
    torch.testing.assert_close(torch.cov(x.T), sigma, rtol=0, atol=0.05)
    reference = torch.distributions.MultivariateNormal(torch.tensor([1.0, -2.0, 0.5]), sigma)
    torch.testing.assert_close(
        domain.log_density(x[:9]).float(), reference.log_prob(x[:9]), rtol=1e-4, atol=1e-4
    )


def test_mixture_labels_name_the_component():
    value, label, *_ = DOMAINS["mixture"].draw(30_000, generator=generator())
    torch.testing.assert_close(
        torch.bincount(label).float() / len(label), torch.tensor([0.5, 0.3, 0.2]), rtol=0, atol=0.015
    )
    for component, mean in enumerate(DOMAINS["mixture"].means):
        mine = value[label == component]
        torch.testing.assert_close(mine.mean(dim=0), mean, rtol=0, atol=0.02)
        torch.testing.assert_close(mine.std(dim=0), torch.tensor([0.2, 0.2]), rtol=0.05, atol=0)


def test_components_have_their_own_covariances():
    factors = torch.tensor([[[1.0, 0.0], [0.0, 0.1]], [[0.3, 0.0], [-0.3, 0.2]]])
    domain = Mixture(
        GaussianMixture(torch.tensor([0.5, 0.5]), torch.tensor([[0.0, 0.0], [9.0, 9.0]]), factors)
    )
    value, label, *_ = domain.draw(20_000, generator=generator())
    for component, factor in enumerate(factors):
        torch.testing.assert_close(
            torch.cov(value[label == component].T), factor @ factor.T, rtol=0.05, atol=0.01
        )


def test_the_density_integrates_to_one():
    u = torch.linspace(-4, 4, 400)
    grid = torch.cartesian_prod(u, u)
    area = float(u[1] - u[0]) ** 2
    for domain in (DOMAINS["mixture"], ring(deviation=0.2), Checkerboard()):
        assert float(domain.log_density(grid).exp().sum()) * area == pytest.approx(1, abs=0.02)


def test_the_ring_has_equal_modes_at_equal_distances():
    means = ring(modes=8, radius=2.0).means
    torch.testing.assert_close(means.norm(dim=1), torch.full((8,), 2.0))
    gaps = [float((b - a).norm()) for a, b in pairwise([*means, means[0]])]
    assert gaps == pytest.approx([4 * math.sin(math.pi / 8)] * 8, rel=1e-5)
    value, label, *_ = ring().draw(4000, generator=generator())
    assert torch.bincount(label).min() > 400
    assert float((value - ring().means[label]).abs().max()) < 0.05 * 5


def test_moons_without_noise_are_two_half_circles_that_a_half_turn_exchanges():
    value, label, *_ = Moons(deviation=0.0).draw(2000, generator=generator())
    upper = value * (1 - 2 * label[:, None]) + torch.tensor([0.5, 0.25])
    torch.testing.assert_close(upper.norm(dim=1), torch.ones(2000))
    assert float(upper[:, 1].min()) >= -1e-6
    assert float((label == 0).float().mean()) == pytest.approx(0.5, abs=0.05)


def test_larger_moons_are_the_small_ones_stretched_and_moved():
    small, large = (
        each.draw(50, generator=generator()).value
        for each in (Moons(), Moons(radius=3.0, centre=(1.0, -2.0)))
    )
    torch.testing.assert_close(large, 3 * small + torch.tensor([1.0, -2.0]))
    middle = Moons(radius=3.0, centre=(1.0, -2.0)).draw(40_000, generator=generator()).value.mean(0)
    torch.testing.assert_close(middle, torch.tensor([1.0, -2.0]), rtol=0, atol=0.05)


def test_an_s_without_noise_lies_on_two_circles_that_touch_in_the_origin():
    value, label, *_ = SCurve(deviation=0.0, radius=1.5).draw(4000, generator=generator())
    centre = torch.tensor([0.0, 1.5]) * (1.0 - 2.0 * label)[:, None]
    torch.testing.assert_close((value - centre).norm(dim=1), torch.full((4000,), 1.5), rtol=0, atol=1e-4)
    # A quarter of each circle is left open, on the side where an S is open.
    assert not bool(((value[:, 0] < -0.2) & (value[:, 1] < -0.2) & (value[:, 1] > -1.3)).any())
    assert float((label == 0).float().mean()) == pytest.approx(0.5, abs=0.05)


def test_checkerboard_samples_lie_on_black_squares_and_all_of_them():
    board = Checkerboard(squares=6, width=3.0)
    value, label, *_ = board.draw(5000, generator=generator())
    assert bool(board.log_density(value).isfinite().all())
    assert len(board.cells) == 18
    assert torch.bincount(label).shape == (18,)
    assert float(torch.bincount(label).min()) > 5000 / 18 * 0.7
    place = torch.floor((value / 3.0 + 0.5) * 6).long()
    assert torch.equal(place, board.cells[label])
    assert float(board.log_density(torch.tensor([[-1.25, -0.75], [9.0, 9.0]])).max()) == -math.inf


def test_spirals_without_noise_lie_on_their_arms():
    domain = Spirals(arms=3, turns=1.5, deviation=0.0)
    value, label, *_ = domain.draw(3000, generator=generator())
    radius = value.norm(dim=1)
    angle = 2 * math.pi * (1.5 * radius / 2 + label / 3)
    torch.testing.assert_close(value[:, 0], radius * angle.cos(), rtol=0, atol=1e-4)
    torch.testing.assert_close(value[:, 1], radius * angle.sin(), rtol=0, atol=1e-4)
    assert float(radius.max()) <= 2 + 1e-5


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_batches_are_a_pure_function_of_their_arguments(pair: IndependentPair):
    one, two = (pair.batch(5, size=16, seed=1) for _ in range(2))
    assert torch.equal(one.x, two.x)
    assert torch.equal(one.y, two.y)
    assert not torch.equal(one.x, pair.batch(6, size=16, seed=1).x)
    assert not pair.paired
    assert pair.to("cpu").batch(5, size=16, seed=1).x.equal(one.x)


@pytest.mark.parametrize("name", ["gaussian", "translated", "rotated"])
def test_the_true_map_carries_the_source_s_density_onto_the_target_s(name: str):
    pair = PAIRS[name]
    x = pair.batch(0, size=200, seed=0).x.double()
    y = pair.truth(x)
    log_det = torch.linalg.slogdet(pair.truth.matrix).logabsdet
    torch.testing.assert_close(
        pair.target.log_density(y) + log_det, pair.source.log_density(x), rtol=1e-9, atol=1e-9
    )
    assert pair.truth(x.float()).dtype == torch.float32
    assert pair.truth(x[:0]).shape == (0, 2)


def test_the_gaussian_true_map_is_the_gradient_of_a_convex_function():
    matrix = PAIRS["gaussian"].truth.matrix
    torch.testing.assert_close(matrix, matrix.T)
    assert float(torch.linalg.eigvalsh(matrix).min()) > 0


def test_the_figure_one_true_maps_translate_and_rotate():
    x = torch.tensor([[1.0, 0.0]])
    torch.testing.assert_close(translated_mixture(shift=(4.0, -1.0)).truth(x), torch.tensor([[5.0, -1.0]]))
    turned = translated_rotated_mixture(angle=math.pi / 2, shift=(4.0, 0.0)).truth(x)
    torch.testing.assert_close(turned, torch.tensor([[4.0, 1.0]]))
    # Labels correspond: component k of the source goes to component k of the target.
    pair = translated_rotated_mixture()
    torch.testing.assert_close(pair.truth(pair.source.means), pair.target.means)


def test_no_rotation_maps_the_triangle_to_itself():
    sides = [math.dist(a, b) for a, b in pairwise([*TRIANGLE, TRIANGLE[0]])]
    assert min(abs(a - b) for a, b in pairwise([*sides, sides[0]])) > 0.2


def test_noise_to_ring_has_no_true_map():
    pair = noise_to_ring(modes=5)
    assert pair.truth is None
    assert len(pair.target.means) == 5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gaussian((0.0, 0.0), ((1.0, 2.0), (2.0, 1.0))), "negative eigenvalue"),
        (lambda: gaussian((0.0, 0.0), ((1.0, 0.5), (0.0, 1.0))), "symmetric"),
        (lambda: gaussian((0.0, 0.0), ((1.0, 1.0), (1.0, 1.0))), "singular"),
        (lambda: gaussian((0.0, 0.0, 0.0), ((1.0, 0.0), (0.0, 1.0))), r"covariance \(d, d\)"),
        (lambda: mixture(TRIANGLE, deviation=-1.0), "deviation > 0"),
        (lambda: mixture(TRIANGLE, deviation=1.0, weights=[0.5, 0.5]), "weights"),
        (lambda: ring(modes=0), "at least one mode"),
        (lambda: Moons(deviation=-0.1), "at least 0"),
        (lambda: Moons(deviation=math.nan), "at least 0"),
        (lambda: Moons(radius=0.0), "must be positive"),
        (lambda: SCurve(radius=-1.0), "must be positive"),
        (lambda: SCurve(deviation=-1.0), "at least 0"),
        (lambda: Checkerboard(squares=0), "at least one square"),
        (lambda: Spirals(arms=0), "at least one arm"),
        (lambda: translated_rotated_mixture(means=[(0.0, 0.0, 1.0)]), "the plane"),
        (lambda: gaussian_pair(target_mean=(0.0,), target_covariance=((1.0,),)), "make them equal"),
    ],
)
def test_bad_requests_are_refused_with_the_reason(make, message: str):
    with pytest.raises(ValueError, match=message):
        make()


def test_gaussians_live_in_any_dimension():
    pair = gaussian_pair(
        source_mean=[0.0] * 5,
        source_covariance=torch.eye(5),
        target_mean=[1.0] * 5,
        target_covariance=4 * torch.eye(5),
    )
    torch.testing.assert_close(pair.truth(torch.ones(1, 5)), torch.full((1, 5), 3.0))
    assert isinstance(pair.source, Mixture)
