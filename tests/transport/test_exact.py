"""Exact optimal transport against brute force, the line, and translations."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling, squared_wasserstein2, wasserstein2


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_equals_the_best_of_all_permutations(n: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    cost = torch.rand(n, n, generator=generator, dtype=torch.float64)
    best = min(
        sum(float(cost[i, j]) for i, j in enumerate(order)) / n for order in itertools.permutations(range(n))
    )
    coupling = optimal_coupling(cost)
    assert float(coupling.cost) == pytest.approx(best)
    assert coupling.converged
    assert coupling.marginal_error < 1e-9
    assert sorted(coupling.permutation.tolist()) == list(range(n))
    paired = cost[torch.arange(n), coupling.permutation].mean()
    assert float(paired) == pytest.approx(best)


def test_weights_and_unequal_counts() -> None:
    # one source at 0, targets at 1 and 3 with masses 3/4 and 1/4: W2² = 3/4 · 1 + 1/4 · 9
    cost = squared_euclidean(torch.zeros(1, 1), torch.tensor([[1.0], [3.0]]))
    coupling = optimal_coupling(cost, target_weight=torch.tensor([0.75, 0.25]))
    assert float(coupling.cost) == pytest.approx(3.0)
    torch.testing.assert_close(coupling.plan, torch.tensor([[0.75, 0.25]]))
    assert coupling.permutation is None


def test_a_plan_that_splits_a_sample_is_no_pairing() -> None:
    cost = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    coupling = optimal_coupling(cost, source_weight=torch.tensor([0.6, 0.4]))
    torch.testing.assert_close(coupling.plan, torch.tensor([[0.5, 0.1], [0.0, 0.4]]))
    assert coupling.permutation is None


def test_on_the_line_quantiles_are_paired() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(50, 1, generator=generator), torch.randn(50, 1, generator=generator).exp()
    expected = (x.sort(dim=0).values - y.sort(dim=0).values).square().mean()
    torch.testing.assert_close(squared_wasserstein2(x, y), expected)


def test_translation_costs_its_length_and_images_are_flattened() -> None:
    x = torch.rand(30, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    assert float(wasserstein2(x, x + 0.5)) == pytest.approx(1.0, rel=1e-5)
    assert float(wasserstein2(x, x)) == pytest.approx(0.0, abs=1e-5)


def test_a_solver_that_stops_early_says_so() -> None:
    generator = torch.Generator().manual_seed(0)
    cost = torch.rand(200, 200, generator=generator)
    coupling = optimal_coupling(cost, iterations=3)
    assert not coupling.converged
    assert "stopped early" in coupling.reason
    assert repr(coupling).startswith("<coupling: 200 × 200, stopped early")


@pytest.mark.parametrize(
    "cost", [torch.zeros(0, 3), torch.tensor([[math.nan]]), torch.tensor([[1.0, math.inf]])]
)
def test_bad_costs_are_refused(cost: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="finite costs and samples"):
        optimal_coupling(cost)


@pytest.mark.parametrize("weight", [[0.5, 0.6], [-0.5, 1.5], [math.nan, 1.0]])
def test_bad_weights_are_refused(weight: list[float]) -> None:
    with pytest.raises(ValueError, match="source_weight must be at least 0 and sum to 1"):
        optimal_coupling(torch.ones(2, 2), source_weight=torch.tensor(weight))
