"""Pairs with a known optimal map: the map pushes α to β, is the gradient of a convex function, and folds."""

from __future__ import annotations

import pytest
import torch

from udtlib.data.optimal_maps import (
    ConvexGradient,
    ConvexPlaces,
    Pushed,
    convex_pair,
    places_pair,
    random_convex_gradient,
    random_gaussian_pair,
)
from udtlib.data.pair import Domain, IndependentPair, Noise
from udtlib.data.toy2d import ring
from udtlib.evaluate.maps import best_linear_variance

PAIRS = {
    "gaussians": lambda seed: random_gaussian_pair(4, seed=seed),
    "convex, plane": lambda seed: convex_pair(2, seed=seed),
    "convex": lambda seed: convex_pair(8, seed=seed),
    "places": lambda seed: places_pair(5, seed=seed),
}
EVERY = pytest.mark.parametrize("make", PAIRS.values(), ids=PAIRS)


def points(count: int, dimension: int, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def a_gradient(dimension: int = 3) -> ConvexGradient:
    return random_convex_gradient(Noise(dimension), generator=torch.Generator().manual_seed(1))


@EVERY
def test_a_pair_is_named_by_its_seed(make):
    first, again, other = make(3), make(3), make(4)
    batches = [each.batch(2, size=6, seed=0) for each in (first, again, other)]
    assert torch.equal(batches[0].y, batches[1].y)
    assert torch.equal(batches[0].x, batches[1].x)
    assert not torch.allclose(batches[0].y, batches[2].y)
    assert torch.equal(first.answers(batches[0]), again.answers(batches[0]))


@EVERY
def test_the_true_map_carries_the_source_to_the_target(make):
    """First and second moments, of other samples than those of the target."""
    pair = make(0)
    batch = pair.batch(0, size=40_000, seed=0)
    made = pair.answers(batch)
    scale = batch.y.std(0)
    assert float(((made.mean(0) - batch.y.mean(0)) / scale).abs().max()) < 0.03
    assert float((torch.corrcoef(made.T) - torch.corrcoef(batch.y.T)).abs().max()) < 0.03
    assert float((made.std(0) / scale - 1).abs().max()) < 0.03


@EVERY
def test_source_and_target_of_a_batch_are_independent(make):
    pair = make(0)
    batch = pair.batch(0, size=20_000, seed=0)
    together = torch.cat([pair.answers(batch), batch.y], dim=1).T
    d = len(together) // 2
    assert float(torch.corrcoef(together)[:d, d:].abs().max()) < 0.04


def test_the_gaussians_covariances_do_not_commute_and_keep_their_bounds():
    pair = random_gaussian_pair(5, seed=0)
    a, b = (law.cholesky[0] @ law.cholesky[0].T for law in (pair.source.law, pair.target.law))
    assert float((a @ b - b @ a).abs().max()) > 0.1
    for matrix in (a, b):
        values = torch.linalg.eigvalsh(matrix)
        assert float(values.min()) >= 0.25 - 1e-9
        assert float(values.max()) <= 4 + 1e-9


def test_the_map_is_the_gradient_of_its_potential():
    T, x = a_gradient(), points(7, 3).requires_grad_()
    slope = torch.autograd.grad(T.potential(x).sum(), x)[0]
    torch.testing.assert_close(T(x.detach()), slope)


def test_the_potential_is_log_cosh_and_does_not_overflow():
    T = ConvexGradient(2.0, torch.ones(1), torch.tensor([[1.0]]), torch.zeros(1))
    x = torch.tensor([[0.0], [1.0], [1000.0]], dtype=torch.float64)
    expected = x[:2, 0] ** 2 + torch.log(torch.cosh(x[:2, 0]))
    torch.testing.assert_close(T.potential(x)[:2], expected)
    assert float(T.potential(x)[2]) == pytest.approx(
        1000.0**2 + 1000 - torch.log(torch.tensor(2.0)).item(), rel=1e-9
    )


def test_the_jacobian_is_symmetric_and_at_least_the_strength():
    """Symmetric and positive: a gradient of a convex function, so an optimal map."""
    T = a_gradient()
    for x in points(20, 3):
        jacobian = torch.func.jacrev(lambda one: T(one[None])[0])(x)
        torch.testing.assert_close(jacobian, jacobian.T)
        assert float(torch.linalg.eigvalsh(jacobian).min()) >= T.strength - 1e-6


@pytest.mark.parametrize("dimension", [2, 8])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_affine_map_comes_near_a_convex_pair_s_truth(dimension, seed):
    pair = convex_pair(dimension, seed=seed)
    batch = pair.batch(0, size=8_000, seed=0, split="test")
    assert best_linear_variance(batch.x, pair.answers(batch), batch.y) > 4


def test_a_pushed_domain_keeps_labels_and_randomness():
    domain = Pushed(ring(), lambda x: 2 * x)
    made, plain = (
        each.draw(9, generator=torch.Generator().manual_seed(0)) for each in (domain, domain.source)
    )
    assert isinstance(domain, Domain)
    assert domain.shape == (2,)
    assert torch.equal(made.value, 2 * plain.value)
    assert torch.equal(made.label, plain.label)
    assert isinstance(domain.to("cpu"), Pushed)
    assert isinstance(IndependentPair(Noise(2), domain).batch(0, size=2, seed=0).y, torch.Tensor)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: random_gaussian_pair(1, seed=0), "at least 2"),
        (lambda: convex_pair(0, seed=0), "at least 1"),
        (lambda: places_pair(0, seed=0), "at least 1"),
        (lambda: ConvexGradient(0.0, torch.ones(1), torch.ones(1, 2), torch.ones(1)), "strongly convex"),
        (lambda: ConvexGradient(1.0, -torch.ones(1), torch.ones(1, 2), torch.ones(1)), "strongly convex"),
        (
            lambda: random_convex_gradient(Noise(2), generator=torch.Generator(), forms=0),
            "at least one fold",
        ),
        (
            lambda: random_convex_gradient(Noise(2), generator=torch.Generator(), sharpness=0),
            "positive sharpness",
        ),
    ],
)
def test_what_is_no_pair_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_places_are_the_gradient_of_their_potential_whose_jacobian_is_positive():
    pair = places_pair(4, seed=2)
    T, x = pair.truth, points(7, 4).requires_grad_()
    slope = torch.autograd.grad(T.potential(x).sum(), x)[0]
    torch.testing.assert_close(T(x.detach()), slope)
    for one in points(9, 4, seed=1):
        jacobian = torch.func.jacrev(lambda x: T(x[None])[0])(one)
        torch.testing.assert_close(jacobian, jacobian.T)
        assert float(torch.linalg.eigvalsh(jacobian).min()) >= T.strength - 1e-6


@pytest.mark.parametrize("dimension", [2, 16])
def test_all_places_are_nearly_equally_full(dimension):
    pair = places_pair(dimension, seed=1)
    x = pair.batch(0, size=20_000, seed=3).x
    T = pair.truth
    share = T.forms(x).softmax(1).mean(0)
    assert float((share - 0.1).abs().max()) < 0.02


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_affine_map_comes_near_places_in_many_dimensions(seed):
    pair = places_pair(16, seed=seed)
    batch = pair.batch(0, size=8_000, seed=0, split="test")
    assert best_linear_variance(batch.x, pair.answers(batch), batch.y) > 20


@pytest.mark.parametrize(
    ("values", "words"),
    [({"strength": 0.0}, "strength > 0"), ({"sharpness": -1.0}, "sharpness > 0")],
)
def test_places_that_are_not_strongly_convex_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        ConvexPlaces(
            **{"strength": 1.0, "place": torch.eye(2), "offset": torch.zeros(2), "sharpness": 1.0} | values
        )
