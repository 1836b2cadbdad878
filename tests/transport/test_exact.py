"""Exact optimal transport against brute force, the line, and translations."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.transport.checks import unit_weights
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling, squared_wasserstein2, wasserstein2
from udtlib.transport.result import NotConvergedError


@examples(20)
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
    cost = torch.rand(200, 200, generator=generator, dtype=torch.float64)
    coupling = optimal_coupling(cost, iterations=3)
    assert not coupling.converged
    assert "stopped early" in coupling.reason
    assert repr(coupling).startswith("<coupling: 200 × 200, stopped early")
    with pytest.raises(NotConvergedError, match=r"stopped early.*marginals are off by.*more iterations"):
        coupling.or_raise()
    with pytest.raises(NotConvergedError):
        coupling.barycentric(torch.zeros(200, 2))
    # its prices are feasible all the same, so the value is a bound
    assert bool((coupling.f[:, None] + coupling.g <= cost + 1e-9).all())
    assert float(coupling.value) <= float(optimal_coupling(cost).cost) + 1e-6


@examples(20)
@given(n=st.integers(1, 8), m=st.integers(1, 8), idle=st.booleans(), seed=st.integers(0, 10**6))
def test_the_potentials_prove_that_the_plan_is_optimal(n: int, m: int, idle: bool, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    cost = torch.randn(n, m, generator=generator, dtype=torch.float64)
    a = torch.rand(n, generator=generator, dtype=torch.float64) + 0.1
    b = torch.rand(m, generator=generator, dtype=torch.float64) + 0.1
    if idle and min(n, m) > 1:
        a[0], b[-1] = 0, 0
    a, b = a / a.sum(), b / b.sum()
    coupling = optimal_coupling(cost, source_weight=a, target_weight=b).or_raise()
    slack = cost - coupling.f[:, None] - coupling.g
    assert float(slack.min()) >= -1e-12
    assert float(slack[coupling.plan > 1e-12].max()) <= 1e-9
    assert float(coupling.value) == pytest.approx(float(coupling.cost), abs=1e-9)
    assert float(a @ coupling.f) == pytest.approx(float(b @ coupling.g), abs=1e-9)


def test_the_mean_partner_is_the_partner_of_a_pairing_and_a_mean_otherwise() -> None:
    y = torch.tensor([[1.0, 0.0], [3.0, 2.0]])
    pairing = optimal_coupling(torch.tensor([[5.0, 0.0], [0.0, 5.0]]))
    torch.testing.assert_close(pairing.barycentric(y), y[[1, 0]])
    split = optimal_coupling(torch.zeros(1, 2), target_weight=torch.tensor([0.25, 0.75]))
    torch.testing.assert_close(split.barycentric(y), torch.tensor([[2.5, 1.5]]))
    torch.testing.assert_close(split.barycentric(y.view(2, 1, 2)), torch.tensor([[[2.5, 1.5]]]))
    idle = optimal_coupling(torch.ones(2, 2), source_weight=torch.tensor([1.0, 0.0]))
    with pytest.raises(ValueError, match="1 source samples have no mass"):
        idle.barycentric(y)
    with pytest.raises(ValueError, match="has 2 targets, got 3"):
        pairing.barycentric(torch.zeros(3, 2))


def test_a_coordinate_costs_its_weight() -> None:
    x, y = torch.zeros(1, 2), torch.tensor([[1.0, 2.0]])
    weight = torch.tensor([3.0, 0.5])
    assert float(squared_euclidean(x, y, weight=weight)) == pytest.approx(5.0)
    with pytest.raises(ValueError, match="coordinate weights must be finite and at least 0"):
        squared_euclidean(x, y, weight=torch.tensor([1.0, -1.0]))


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


def test_a_wrong_number_of_weights_is_refused() -> None:
    with pytest.raises(ValueError, match=r"target_weight has shape \(3,\), but the costs ask for \(2,\)"):
        unit_weights("target_weight", torch.full((3,), 1 / 3), shape=(2,))


def test_a_toll_on_every_way_changes_neither_plan_nor_convergence():
    cost = torch.rand(7, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    for toll in (-5.0, 5.0):
        answer = optimal_coupling(cost + toll)
        assert answer.converged
        assert torch.equal(answer.plan, optimal_coupling(cost).plan)
        assert float(answer.value) == pytest.approx(float(optimal_coupling(cost).value) + toll)
