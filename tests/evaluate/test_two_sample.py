"""The classifier two-sample test: level under equality, power otherwise, exact binomial numbers."""

import math

import pytest
import torch

from udtlib.evaluate.metrics import Logistic, NearestNeighbours, classifier_two_sample_test
from udtlib.evaluate.two_sample import binomial_test, fooling_rate


def draw(count: int, *, seed: int, shift: float = 0.0, scale: float = 1.0) -> torch.Tensor:
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed)) * scale + shift


def run(x: torch.Tensor, y: torch.Tensor, **options):
    return classifier_two_sample_test(x, y, generator=torch.Generator().manual_seed(0), **options)


@pytest.mark.parametrize("classifier", [NearestNeighbours(), NearestNeighbours(k=1), Logistic()])
def test_equal_distributions_are_seldom_told_apart(classifier) -> None:
    values = [run(draw(80, seed=2 * s), draw(80, seed=2 * s + 1), classifier=classifier) for s in range(60)]
    assert sum(v.p_value < 0.05 for v in values) <= 8  # 5 % of 60 is 3
    assert sum(v.accuracy for v in values) / 60 == pytest.approx(0.5, abs=0.03)
    assert sum(v.low <= 0.5 <= v.high for v in values) >= 50


@pytest.mark.parametrize("classifier", [NearestNeighbours(), Logistic(), Logistic(quadratic=False)])
def test_a_translation_is_found(classifier) -> None:
    result = run(draw(200, seed=0), draw(200, seed=1, shift=2.0), classifier=classifier)
    # Bayes: Φ(|t| / 2) with |t| = 2√2
    assert result.accuracy == pytest.approx(0.921, abs=0.05)
    assert result.p_value < 1e-10
    assert result.low < result.accuracy < result.high
    assert result.tested == 200


def test_only_the_quadratic_classifier_sees_a_scale() -> None:
    x, y = draw(400, seed=0), draw(400, seed=1, scale=3.0)
    assert run(x, y, classifier=Logistic()).accuracy > 0.75
    assert run(x, y, classifier=Logistic(quadratic=False)).accuracy < 0.6


def test_unequal_counts_are_balanced() -> None:
    result = run(draw(1000, seed=0), draw(40, seed=1))
    assert result.tested == 40
    assert result.accuracy < 0.75


def test_binomial_numbers() -> None:
    result = binomial_test(9, 10, confidence=0.95)
    assert result.p_value == pytest.approx(11 / 1024)
    assert (result.low, result.high) == pytest.approx((0.55498, 0.99747), abs=1e-5)  # Clopper-Pearson tables
    none, all_right = binomial_test(0, 5, confidence=0.9), binomial_test(5, 5, confidence=0.9)
    assert (none.p_value, none.low, none.high) == pytest.approx((1.0, 0.0, 1 - 0.05 ** (1 / 5)))
    assert (all_right.p_value, all_right.low, all_right.high) == pytest.approx((2**-5, 0.05 ** (1 / 5), 1.0))


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8"):
        run(draw(7, seed=0), draw(20, seed=1))
    with pytest.raises(ValueError, match="NaN"):
        run(torch.full((10, 2), math.nan), draw(20, seed=1))
    with pytest.raises(ValueError, match="odd"):
        NearestNeighbours(k=2)
    with pytest.raises(ValueError, match="ridge"):
        Logistic(ridge=0.0)
    with pytest.raises(ValueError, match="confidence"):
        run(draw(20, seed=0), draw(20, seed=1), confidence=1.0)
    with pytest.raises(ValueError, match="99 neighbours"):
        run(draw(20, seed=0), draw(20, seed=1), classifier=NearestNeighbours(k=99))


def test_the_fooling_rate_is_one_half_for_equal_and_zero_for_distant_samples():
    generator = torch.Generator().manual_seed(0)
    real, made = torch.randn(2, 800, 3, generator=generator)
    equal = fooling_rate(real, made, generator=torch.Generator().manual_seed(1))
    distant = fooling_rate(real, made + 20, generator=torch.Generator().manual_seed(1))
    assert equal.low < 0.5 < equal.high
    assert equal.tested == 400
    assert distant.accuracy == 0


def test_samples_that_a_judge_cannot_find_fool_it():
    """Made samples hidden in a denser region of real ones are called real."""
    generator = torch.Generator().manual_seed(0)
    real = 0.1 * torch.randn(400, 2, generator=generator)
    made = torch.cat([real[:200] + 0.01, 10 + torch.randn(200, 2, generator=generator)])
    rate = fooling_rate(real, made, generator=torch.Generator().manual_seed(2))
    assert 0.3 < rate.accuracy < 0.6
