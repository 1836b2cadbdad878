"""Transport with a formula against the general solver."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.transport.closed_forms import (
    gaussian_squared_wasserstein2,
    quantile_coupling,
    translation_wasserstein,
    wasserstein_on_the_line,
)
from udtlib.transport.exact import optimal_coupling


@examples(30)
@given(
    n=st.integers(1, 9),
    m=st.integers(1, 9),
    power=st.sampled_from([1, 1.5, 2, 3.0]),
    weighted=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_quantiles_are_the_optimum_on_the_line(
    n: int, m: int, power: float, weighted: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    x, y = torch.randn(n, **options), torch.randn(m, **options).exp()
    a, b = torch.rand(n, **options) + 0.1, torch.rand(m, **options)
    a[0] = 0 if n > 1 else 1
    weights = {"source_weight": a / a.sum(), "target_weight": b / b.sum()} if weighted else {}
    cost = (x[:, None] - y).abs() ** power
    expected = optimal_coupling(cost, **weights).or_raise()
    ours = quantile_coupling(x, y, power=power, **weights)
    assert float(ours.cost) == pytest.approx(float(expected.cost), abs=1e-9)
    assert float((ours.plan * cost).sum()) == pytest.approx(float(expected.cost), abs=1e-9)
    assert ours.marginal_error < 1e-12
    assert float(wasserstein_on_the_line(x, y, power=power, **weights)) == pytest.approx(float(ours.cost))
    if power > 1:  # then the plan is unique
        torch.testing.assert_close(ours.plan, expected.plan, atol=1e-9, rtol=0)


def test_equal_counts_give_a_pairing_that_keeps_order_and_gradients() -> None:
    x = torch.tensor([3.0, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([10.0, 30.0, 20.0], dtype=torch.float64)
    assert quantile_coupling(x, y).permutation.tolist() == [1, 0, 2]
    assert torch.autograd.gradcheck(lambda x: wasserstein_on_the_line(x, y, power=3), (x,))


def test_a_long_sample_needs_no_matrix() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(200_000, generator=generator), torch.randn(150_000, generator=generator) + 1
    assert float(wasserstein_on_the_line(x, y)) == pytest.approx(1.0, abs=0.02)


@pytest.mark.parametrize("power", [0.5, math.nan, math.inf])
def test_concave_costs_are_refused(power: float) -> None:
    with pytest.raises(ValueError, match="power of at least 1" if power == 0.5 else "power must be a finite"):
        wasserstein_on_the_line(torch.zeros(2), torch.zeros(2), power=power)


def test_bad_samples_and_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="y needs finite samples"):
        quantile_coupling(torch.zeros(2), torch.tensor([math.nan]))
    with pytest.raises(ValueError, match="x needs finite samples, got 0"):
        quantile_coupling(torch.zeros(0), torch.zeros(1))
    with pytest.raises(ValueError, match="target_weight must be at least 0 and sum to 1"):
        quantile_coupling(torch.zeros(2), torch.zeros(2), target_weight=torch.tensor([1.0, 1.0]))


def test_translations_cost_their_length_for_every_power() -> None:
    generator = torch.Generator().manual_seed(0)
    x, shift = torch.randn(20, 3, generator=generator), torch.tensor([1.0, -2.0, 2.0])
    assert float(translation_wasserstein(shift)) == 3
    for power in (1, 2, 4):
        cost = torch.linalg.vector_norm(x[:, None] - (x + shift), dim=2) ** power
        assert float(optimal_coupling(cost).cost) == pytest.approx(3**power, rel=1e-5)


def test_gaussians_add_the_means_to_the_spreads() -> None:
    zero, mean = torch.zeros(2).double(), torch.tensor([3.0, 4.0]).double()
    first, second = (
        torch.diag(torch.tensor([1.0, 4.0])).double(),
        torch.diag(torch.tensor([4.0, 9.0])).double(),
    )
    # axis by axis: (1 - 2)² + (2 - 3)²
    assert float(gaussian_squared_wasserstein2(zero, first, mean, second)) == pytest.approx(25 + 2)
    turn = torch.tensor([[0.6, -0.8], [0.8, 0.6]]).double()
    turned = gaussian_squared_wasserstein2(zero, turn @ first @ turn.T, turn @ mean, turn @ second @ turn.T)
    assert float(turned) == pytest.approx(27)
