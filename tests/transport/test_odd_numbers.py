"""Odd numbers: whole ones that single precision rounds, gradients, extreme sizes, options that are none."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.transport import (
    batched_sinkhorn,
    entropic_coupling,
    optimal_coupling,
    squared_euclidean,
    squared_wasserstein2,
    translation_wasserstein,
    wasserstein2,
    wasserstein_on_the_line,
)
from udtlib.transport.minibatch import sample_coupling
from udtlib.transport.procrustes import nearest_rotation, wasserstein_procrustes
from udtlib.transport.semantic import SemanticCost, parallel_sum, shared_spread, sparse_mask


def samples(seed: int, n: int = 6, dim: int = 3) -> torch.Tensor:
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(seed))


@given(st.integers(25, 50), st.lists(st.integers(0, 50), min_size=2, max_size=5))
@examples(25)
def test_whole_numbers_that_single_precision_rounds_are_computed_in_double(power, offsets):
    x = torch.tensor(offsets) + 2**power
    y = x + 1
    assert wasserstein_on_the_line(x, y).item() == pytest.approx(1)
    assert squared_wasserstein2(x[:, None], y[:, None].numpy()).item() == pytest.approx(1)
    few = torch.tensor(offsets)
    assert squared_wasserstein2(few, few + 1).dtype == torch.float32


@given(st.integers(0, 100))
@examples(20)
def test_the_distance_has_the_plans_gradient(seed):
    x, y = samples(seed).double().requires_grad_(), samples(seed + 1, 5).double()
    plan = optimal_coupling(squared_euclidean(x, y)).plan
    (slope,) = torch.autograd.grad(squared_wasserstein2(x, y), x)
    torch.testing.assert_close(slope, 2 * (x.detach() / len(x) - plan @ y))
    (root,) = torch.autograd.grad(wasserstein2(x, y), x)
    torch.testing.assert_close(root, slope / (2 * wasserstein2(x, y).detach()))


def test_between_equal_samples_the_gradient_is_zero():
    x = samples(0).requires_grad_()
    wasserstein2(x, x.detach().clone()).backward()
    assert not x.grad.any()


@given(st.sampled_from([1e-30, 1e-25, 1e-8, 1e8, 1e25, 1e30]), st.integers(0, 100))
@examples(20)
def test_results_follow_the_scale_or_say_why_not(size, seed):
    x, y = samples(seed), samples(seed + 1, 5)
    torch.testing.assert_close(wasserstein2(x * size, y * size) / size, wasserstein2(x, y), rtol=1e-4, atol=0)
    torch.testing.assert_close(
        translation_wasserstein(x * size) / size, translation_wasserstein(x), rtol=1e-4, atol=0
    )
    torch.testing.assert_close(
        nearest_rotation(x[:5] * size, y * size).rotation,
        nearest_rotation(x[:5], y).rotation,
        rtol=1e-3,
        atol=1e-3,
    )
    line = x[:, 0], y[:, 0]
    for value, function, given_ in (
        (squared_wasserstein2(x, y), squared_wasserstein2, (x, y)),
        (wasserstein_on_the_line(*line), wasserstein_on_the_line, line),
    ):
        parts = [part * size for part in given_]
        if 1e-38 < size**2 < 1e38:
            torch.testing.assert_close(function(*parts) / size**2, value, rtol=1e-4, atol=0)
        else:
            with pytest.raises(ValueError, match="leave the range of"):
                function(*parts)


PLAN, COST = torch.eye(2) / 2, torch.rand(4, 4, generator=torch.Generator().manual_seed(0))
ODD = {
    "no steps": (lambda: optimal_coupling(COST, iterations=0), "at least one iteration, got 0"),
    "fewer steps": (lambda: optimal_coupling(COST, iterations=-1), "at least one iteration, got -1"),
    "steps as truth": (
        lambda: optimal_coupling(COST, iterations=True),
        "iterations counts and must be",
    ),
    "NumPy's truth": (
        lambda: sample_coupling(PLAN, generator=G(), count=np.True_),
        "count counts",
    ),
    "text for a choice": (
        lambda: batched_sinkhorn(COST[None], epsilon=1, newton="no"),
        "True or False, got 'no'",
    ),
    "a seed for a generator": (
        lambda: sample_coupling(PLAN, generator=3),
        "must be a torch.Generator, got 3",
    ),
    "no generator": (lambda: sample_coupling(PLAN, generator=None), "must be a torch.Generator, got None"),
    "no problems": (lambda: batched_sinkhorn(COST[None][:0], epsilon=1), "at least one sample"),
    "a lost gradient": (
        lambda: entropic_coupling(COST, epsilon=torch.tensor(0.1, requires_grad=True)),
        r"epsilon requires a gradient.*epsilon.detach\(\)",
    ),
    "masked entries": (
        lambda: optimal_coupling(np.ma.masked_array(COST.numpy(), mask=COST.numpy() > 0.5)),
        "cost must hold a number everywhere.*masked",
    ),
    "NaN for a shift": (lambda: translation_wasserstein([float("nan")]), "finite entries, got one of nan"),
    "one anchor": (lambda: wasserstein_procrustes(COST, COST, anchors=(COST,)), "two sets of codes"),
    "no search": (lambda: wasserstein_procrustes(COST, COST, search=5), "ProcrustesSearch, or None, got 5"),
    "a long seed": (lambda: wasserstein_procrustes(COST, COST, seed=2**70), "64 bits"),
    "an axis without weight": (
        lambda: SemanticCost(basis=torch.eye(2), weight=torch.tensor([1.0, -1])),
        "positive finite weight",
    ),
    "a basis that does not fit": (
        lambda: SemanticCost(basis=torch.eye(3)[:, :2], weight=torch.ones(3)),
        "square basis",
    ),
    "a covariance that is none": (
        lambda: parallel_sum([[1.0, 5], [0, 1]], torch.eye(2)),
        "symmetric.*average it",
    ),
    "a ridge below zero": (
        lambda: parallel_sum(torch.eye(2), torch.eye(2), ridge=-1),
        "ridge must be at least 0",
    ),
    "a mask without steps": (
        lambda: sparse_mask(COST, torch.tensor([0, 1, 0, 1]), iterations=0),
        "iterations must be at least 1",
    ),
    "codes on a line": (
        lambda: shared_spread(samples(0, 40, 1), torch.arange(40) % 2, torch.arange(40) // 2 % 2),
        "vary only along the attribute's own direction",
    ),
}


def G() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("case", ODD)
def test_an_odd_option_is_one_clear_error(case, as_a_user):
    function, message = ODD[case]
    with pytest.raises((ValueError, TypeError), match=message):
        function()
