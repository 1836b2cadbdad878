"""Odd numbers in scores, claims and reports: a right value or one clear error."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.evaluate import Report, ReportRow, check
from udtlib.evaluate.coverage import density_coverage, mode_coverage
from udtlib.evaluate.distances import mean_distance_to_nearest, sliced_wasserstein, squared_mmd, wasserstein2
from udtlib.evaluate.glimpse import impression
from udtlib.evaluate.maps import best_linear_variance, least_squares_map
from udtlib.evaluate.numbers import show_spread
from udtlib.evaluate.pairings import same_label_share
from udtlib.evaluate.preservation import correlation_of_kept, nearest_permutation
from udtlib.evaluate.probe import probe_accuracy
from udtlib.evaluate.segmentation import region_statistics
from udtlib.evaluate.two_sample import fooling_rate
from udtlib.losses.isometry import local_isometry
from udtlib.losses.mmd import median_bandwidths, squared_mmd_of_kernel, squared_mmd_unbiased
from udtlib.numerics.kernels import squared_distances
from udtlib.numerics.options import number

X = torch.randn(20, 3, generator=torch.Generator().manual_seed(0))
Y = torch.randn(20, 3, generator=torch.Generator().manual_seed(1)) + 0.5
LABEL = (X[:, 0] > 0).long()


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@given(st.sampled_from([1e-30, 1e-12, 1e12, 1e30]))
@examples(10)
def test_the_best_affine_map_follows_the_scale(size):
    torch.testing.assert_close(least_squares_map(X * size, Y * size).matrix, least_squares_map(X, Y).matrix)
    assert best_linear_variance(X * size, Y * size, Y * size) == pytest.approx(best_linear_variance(X, Y, Y))


@given(st.integers(25, 50))
@examples(10)
def test_whole_numbers_that_single_precision_rounds(power):
    x, y = (X * 10).long(), (Y * 10).long()
    far = squared_distances(x + 2**power, y + 2**power)
    torch.testing.assert_close(far, squared_distances(x, y).double())
    assert squared_mmd_unbiased(x + 2**power, y + 2**power, bandwidths=[5.0]).item() == pytest.approx(
        squared_mmd_unbiased(x, y, bandwidths=[5.0]).item(), abs=1e-6
    )


@pytest.mark.parametrize("size", [1e200, 1e-200])
@pytest.mark.parametrize(
    "score",
    [
        wasserstein2,
        mean_distance_to_nearest,
        density_coverage,
        lambda x, y: fooling_rate(x, y, generator=seeded()),
        lambda x, y: correlation_of_kept(x[:, 0], y[:, 0]),
    ],
)
def test_samples_whose_squares_leave_double_precision_are_refused(score, size):
    with pytest.raises(ValueError, match="leave double precision"):
        score(X.double() * size, Y.double() * size)


def test_a_tiny_matrix_has_no_cosine():
    with pytest.raises(ValueError, match="the cosine is inf"):
        nearest_permutation(1e-200 * torch.eye(3, dtype=torch.float64))


MASKED = np.ma.masked_array(X.numpy(), mask=X.numpy() > 1)
LINEAR = torch.nn.Linear(3, 4)
PICTURES = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(2))
ODD = {
    "masked": (lambda: wasserstein2(MASKED, Y), "masked entries"),
    "a radius in text": (lambda: mode_coverage(X, Y, radius="1"), "radius must be one real number"),
    "two radii": (lambda: mode_coverage(X, Y, radius=torch.ones(2)), "radius must be one real number"),
    "a power in text": (
        lambda: sliced_wasserstein(X, Y, generator=seeded(), power="2"),
        "power must be one real",
    ),
    "a seed for a generator": (lambda: sliced_wasserstein(X, Y, generator=3), "torch.Generator, got 3"),
    "a seed for halves": (lambda: fooling_rate(X, Y, generator=0), "torch.Generator, got 0"),
    "a name for a classifier": (
        lambda: fooling_rate(X, Y, generator=seeded(), classifier="knn"),
        "can predict, got 'knn'",
    ),
    "confidence in text": (
        lambda: fooling_rate(X, Y, generator=seeded(), confidence="x"),
        "confidence must be one real number",
    ),
    "one bandwidth": (lambda: squared_mmd(X, Y, bandwidths=1.0), "several bandwidths, got 1.0"),
    "bandwidths in text": (lambda: squared_mmd(X, Y, bandwidths=["1"]), "bandwidths are numbers, got '1'"),
    "a tiny bandwidth": (
        lambda: squared_mmd_unbiased(X, Y, bandwidths=[1e-30]),
        "within the range of torch.float32",
    ),
    "a huge bandwidth": (lambda: squared_mmd(X, Y, bandwidths=[1e300]), "within the range of torch.float64"),
    "a multiple of nothing": (lambda: median_bandwidths(X, Y, multiples=[0]), "positive finite multiples"),
    "a kernel's sum": (
        lambda: squared_mmd_of_kernel(X, Y, kernel=torch.sum),
        "one value for each squared distance",
    ),
    "double codes": (lambda: local_isometry(LINEAR, X.double()), "z is float64 and the weights of Linear"),
    "a decoder's sum": (lambda: local_isometry(torch.sum, X), "one sample of each code"),
    "half a seed": (lambda: probe_accuracy((X, LABEL), (Y, LABEL), seed=0.5, steps=1), "seed counts"),
    "labels that are NaN": (
        lambda: same_label_share(X[:3] @ X[:3].T, torch.full((3,), torch.nan), torch.zeros(3)),
        "x_label are NaN",
    ),
    "one region": (
        lambda: region_statistics(PICTURES, torch.zeros(8, 8, dtype=torch.long), regions=0),
        r"give \(0,\)",
    ),
    "one pixel": (lambda: impression(PICTURES[..., :1, :1]), "3 pixels or more"),
    "a number in text": (lambda: number("2", name="end"), "end must be one real number"),
    "a claim in text": (lambda: check("v", "1", at_least=0), "real number, got str '1'"),
    "a complex claim": (lambda: check("v", torch.tensor(1 + 0j), at_least=0), "one real number"),
    "a bound in text": (lambda: check("v", 1, equals="1"), "real number, got str '1'"),
    "two bounds in one": (lambda: check("v", 1, at_least=torch.ones(2)), "about one number"),
    "a measurement in text": (lambda: ReportRow(system="s", fit={"q": "1"}), "'q' is a real number.*got '1'"),
    "a measurement left out": (lambda: ReportRow(system="s", fit={"q": [1, None]}), "'q' is a real number"),
    "a complex measurement": (
        lambda: ReportRow(system="s", fit={"q": torch.tensor(1j)}),
        "'q' is a real number",
    ),
    "measurements without names": (lambda: ReportRow(system="s", fit=[1]), "fit holds numbers by name"),
    "a row for rows": (
        lambda: Report(title="t", rows=ReportRow(system="s", fit={"q": 1})),
        "rows of ReportRow",
    ),
    "a spread below zero": (lambda: show_spread(1.0, -1), "a spread is at least 0, got -1"),
}


@pytest.mark.parametrize("case", ODD)
def test_what_is_odd_is_one_clear_error(case, as_a_user):
    function, message = ODD[case]
    with pytest.raises((ValueError, TypeError), match=message):
        function()


def test_a_spread_that_is_nan_is_shown_and_a_long_number_kept():
    assert show_spread(1.0, float("nan")) == "1 ± NaN"
    assert ReportRow(system="s", fit={"q": 2**70}).fit["q"] == (float(2**70),)
