"""L2-UVP and the best affine maps, against values by hand."""

from __future__ import annotations

import pytest
import torch

from udtlib.data.optimal_maps import convex_pair, random_gaussian_pair
from udtlib.evaluate.maps import best_linear_variance, least_squares_map, moment_map, unexplained_variance


def points(count: int, dimension: int, *, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed))


def test_unexplained_variance_by_hand():
    target = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0]])  # variances 4/3 and 16/3
    truth = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    made = truth + torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    assert unexplained_variance(made, truth, target) == pytest.approx(100 * 2.5 / (20 / 3))


def test_the_truth_has_nothing_unexplained_and_the_mean_everything():
    y = points(20_000, 3)
    assert unexplained_variance(y, y, y) == 0
    middle = y.mean(0).expand_as(y)
    assert unexplained_variance(middle, y, y) == pytest.approx(100, rel=1e-3)


def test_it_does_not_depend_on_units():
    truth, made, y = points(50, 2), points(50, 2, seed=1), points(60, 2, seed=2)
    assert unexplained_variance(3 * made, 3 * truth, 3 * y) == pytest.approx(
        unexplained_variance(made, truth, y)
    )


def test_the_moment_map_has_the_target_s_moments_and_is_a_gradient():
    x, y = (
        points(400, 3) @ torch.tensor([[1.0, 0.5, 0.0], [0.0, 1.0, 0.3], [0.0, 0.0, 2.0]]),
        points(300, 3, seed=1) - 1,
    )
    made = moment_map(x, y)(x.double())
    torch.testing.assert_close(made.mean(0), y.double().mean(0))
    torch.testing.assert_close(torch.cov(made.T), torch.cov(y.double().T))
    torch.testing.assert_close(moment_map(x, y).matrix, moment_map(x, y).matrix.T)


def test_least_squares_finds_an_affine_truth_and_leaves_no_correlation_otherwise():
    x = points(100, 2)
    matrix, shift = torch.tensor([[1.0, 2.0], [-1.0, 1.0]]), torch.tensor([3.0, -4.0])
    found = least_squares_map(x, x @ matrix.T + shift)
    torch.testing.assert_close(found.matrix.float(), matrix, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.shift.float(), shift, rtol=1e-4, atol=1e-4)
    truth = x.square() * x
    rest = truth - least_squares_map(x, truth)(x)
    assert float((rest.T @ torch.cat([x, torch.ones(100, 1)], dim=1)).abs().max()) < 1e-2


def test_the_best_affine_map_is_perfect_for_gaussians_and_not_for_a_folded_target():
    scores = []
    for pair in (random_gaussian_pair(3, seed=0), convex_pair(3, seed=0)):
        batch = pair.batch(0, size=4_000, seed=0)
        scores.append(best_linear_variance(batch.x, pair.answers(batch), batch.y))
    assert scores[0] < 1e-6
    assert scores[1] > 3


@pytest.mark.parametrize(
    ("made", "truth", "target", "words"),
    [
        (torch.ones(3, 2), torch.ones(4, 2), torch.ones(4, 2), "one translation"),
        (torch.ones(3, 2), torch.ones(3, 2), torch.ones(4, 2), "no variance"),
        (torch.ones(3, 2), torch.ones(3, 2), torch.ones(1, 2), "at least 2"),
        (torch.full((3, 2), torch.nan), torch.ones(3, 2), torch.ones(4, 2), "NaN"),
    ],
)
def test_what_cannot_be_scored_is_refused(made, truth, target, words):
    with pytest.raises(ValueError, match=words):
        unexplained_variance(made, truth, target)
