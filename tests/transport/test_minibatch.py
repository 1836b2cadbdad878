"""Pairs that are drawn from plans, and the bias of plans that are made of batches."""

import math

import pytest
import torch

from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling
from udtlib.transport.minibatch import minibatch_cost, sample_coupling


def test_pairs_are_drawn_as_often_as_the_plan_says() -> None:
    plan = torch.tensor([[0.1, 0.0, 0.3], [0.0, 0.6, 0.0]])
    i, j = sample_coupling(plan, generator=torch.Generator().manual_seed(0), count=20_000)
    counts = torch.zeros(2, 3).index_put((i, j), torch.tensor(1.0), accumulate=True)
    # four standard errors
    bound = 4 * (plan * (1 - plan) / 20_000).sqrt()
    assert bool(((counts / 20_000 - plan).abs() <= bound).all())


def test_a_pairing_gives_partners_and_the_same_seed_the_same_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    coupling = optimal_coupling(torch.rand(6, 6, generator=generator))
    i, j = sample_coupling(coupling.plan, generator=torch.Generator().manual_seed(1))
    assert len(i) == 6
    assert j.tolist() == coupling.permutation[i].tolist()
    again = sample_coupling(coupling.plan, generator=torch.Generator().manual_seed(1))
    assert again[0].tolist() == i.tolist()


@pytest.mark.parametrize("plan", [[[0.5, 0.6]], [[-0.5, 1.5]], [[math.nan, 1.0]]])
def test_what_is_no_plan_is_refused(plan: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="drawn from a plan of mass 1"):
        sample_coupling(torch.tensor(plan), generator=torch.Generator())


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0, got -1"):
        sample_coupling(torch.ones(1, 1), generator=torch.Generator(), count=-1)


def test_batches_pay_more_the_smaller_they_are() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(64, 2, generator=generator), torch.randn(64, 2, generator=generator) + 1
    results = [minibatch_cost(x, y, batch=batch, generator=generator) for batch in (1, 8, 64)]
    assert results[0].batched > results[1].batched > results[2].batched
    assert results[0].agreement < results[1].agreement < results[2].agreement
    whole = optimal_coupling(squared_euclidean(x, y).double())
    for result in results:
        assert result.whole == pytest.approx(float(whole.cost), rel=1e-5)
        assert result.excess == pytest.approx(result.batched / result.whole - 1, abs=1e-9)
    # batches of one are independent pairs; one batch is the whole sample
    independent = float(squared_euclidean(x, y).mean())
    assert results[0].batched == pytest.approx(independent, abs=5 * results[0].standard_error)
    assert results[2].excess == pytest.approx(0, abs=1e-9)
    assert results[2].agreement == pytest.approx(1)


def test_bad_input_is_refused() -> None:
    x, generator = torch.rand(6, 2, generator=torch.Generator().manual_seed(0)), torch.Generator()
    with pytest.raises(ValueError, match="equal counts that batch divides, got 6 and 6 samples with batch=4"):
        minibatch_cost(x, x + 1, batch=4, generator=generator)
    with pytest.raises(ValueError, match="at least two rounds"):
        minibatch_cost(x, x + 1, batch=3, generator=generator, rounds=1)
    with pytest.raises(ValueError, match="samples are equal"):
        minibatch_cost(x, x.clone(), batch=3, generator=generator)
