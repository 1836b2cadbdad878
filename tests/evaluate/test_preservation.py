"""Evidence that distances are kept: correlations, and a non-negative imitation near a permutation."""

import pytest
import torch

from udtlib.evaluate.preservation import (
    correlation_of_kept,
    distances_kept,
    nearest_permutation,
    nonnegative_fit,
    pairwise_correlation,
    self_correlation,
)
from udtlib.losses.distance import top_bottom


def draw(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("keep", [lambda x: x.flip(3), lambda x: 1 - x, lambda x: 0.2 * x + 5])
def test_isometries_and_scalings_correlate_perfectly(keep):
    x = draw(20, 2, 6, 6)
    assert pairwise_correlation(x, keep(x)) == pytest.approx(1, abs=1e-6)
    assert self_correlation(x, keep(x)) == pytest.approx(1, abs=1e-6)


def test_strangers_do_not_correlate():
    x, other = draw(60, 1, 8, 8), draw(60, 1, 8, 8, seed=1)
    assert abs(pairwise_correlation(x, other)) < 0.15
    assert abs(self_correlation(x, other)) < 0.4


def test_correlations_do_not_need_equal_shapes():
    x = draw(20, 3, 8, 8)
    assert pairwise_correlation(x, x[:, :1]) > 0.3


def test_the_halves_can_be_chosen():
    x = draw(20, 1, 4, 6)
    made = x.clone()
    made[:, :, :, 3:] = draw(20, 1, 4, 3, seed=2)
    assert self_correlation(x, x, halves=top_bottom) == pytest.approx(1)
    assert self_correlation(x, made) < self_correlation(x, made, halves=top_bottom)


@pytest.mark.parametrize("measure", [pairwise_correlation, self_correlation])
@pytest.mark.parametrize(
    ("x", "made", "message"),
    [
        (draw(4, 1, 4, 4), draw(5, 1, 4, 4), "4 samples and 5 translations"),
        (draw(2, 1, 4, 4), draw(2, 1, 4, 4), "3 are needed"),
        (draw(4, 1, 4, 4), torch.zeros(4, 1, 4, 4), "after the map are 0"),
        (draw(4, 1, 4, 4), torch.full((4, 1, 4, 4), torch.nan), "hold NaN or infinity"),
    ],
)
def test_bad_samples_are_refused(measure, x, made, message):
    with pytest.raises(ValueError, match=message):
        measure(x, made)


def test_the_fit_finds_a_nonnegative_matrix():
    x, true = draw(50, 6).double(), draw(4, 6, seed=1).double()
    fit = nonnegative_fit(x, x @ true.T)
    assert torch.allclose(fit.matrix, true, atol=1e-6)
    assert fit.explained == pytest.approx(1)


def test_the_fit_cannot_make_a_negative():
    x = draw(200, 6)
    fit = nonnegative_fit(x, 1 - x)
    assert (fit.matrix >= 0).all()
    assert fit.explained < 0.1


def test_the_fit_is_the_constrained_optimum():
    """Karush, Kuhn, Tucker: no gradient where an entry is free, none that points inwards where it is zero."""
    x, made = draw(80, 5).double(), draw(80, 3, seed=2).double()
    A = nonnegative_fit(x, made).matrix
    slope = (x @ A.T - made).T @ x
    assert slope[A > 1e-9].abs().max() < 1e-8
    assert slope[A <= 1e-9].min() > -1e-8


@pytest.mark.parametrize(
    ("x", "made", "message"),
    [
        (draw(1, 3), draw(1, 3), "2 are needed"),
        (draw(4, 3), torch.ones(4, 3), "translations are equal"),
        (draw(4, 3), torch.full((4, 3), torch.inf), "NaN or infinity"),
    ],
)
def test_a_fit_that_means_nothing_is_refused(x, made, message):
    with pytest.raises(ValueError, match=message):
        nonnegative_fit(x, made)


def test_a_permutation_is_recognised_at_any_scale():
    order = torch.tensor([2, 0, 3, 1])
    match = nearest_permutation(7 * torch.eye(4)[order])
    assert match.order.tolist() == order.tolist()
    assert match.cosine == pytest.approx(1)


def test_uneven_and_full_matrices_are_further_away():
    assert nearest_permutation(torch.diag(torch.tensor([1.0, 0.1]))).cosine < 0.8
    assert nearest_permutation(torch.ones(9, 9)).cosine == pytest.approx(1 / 3)


def test_the_stated_baseline_of_random_entries():
    side = 64
    assert nearest_permutation(draw(side, side)).cosine == pytest.approx((3 / side) ** 0.5, rel=0.1)


def test_a_fitted_mirror_is_its_permutation():
    x = draw(60, 1, 4, 4)
    match = nearest_permutation(nonnegative_fit(x, x.flip(3)).matrix)
    assert match.cosine == pytest.approx(1, abs=1e-6)
    assert match.order.tolist() == torch.arange(16).view(4, 4).flip(1).flatten().tolist()


@pytest.mark.parametrize(
    "matrix", [torch.ones(2, 3), torch.zeros(3, 3), torch.empty(0, 0), torch.full((2, 2), torch.nan)]
)
def test_what_is_no_matrix_of_a_map_is_refused(matrix):
    with pytest.raises(ValueError, match="square matrix of finite numbers"):
        nearest_permutation(matrix)


def test_what_does_not_vary_is_not_kept():
    ramp = torch.linspace(0, 1, 9)
    assert correlation_of_kept(ramp, 3 - 2 * ramp) == pytest.approx(-1)
    assert correlation_of_kept(ramp, torch.ones(9)) == 0


def test_a_map_that_scales_keeps_both_kinds_of_distances():
    x = draw(12, 1, 4, 4)
    scores = distances_kept(x, 1 - 2 * x)
    assert set(scores.other) == {"correlation of pairwise distances", "correlation of self-distances"}
    assert scores.other == pytest.approx(dict.fromkeys(scores.other, 1.0))
    assert min(distances_kept(x, x.roll(1, 0)).other.values()) < 0.5
