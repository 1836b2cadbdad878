"""Flow matching: its loss by hand, its couplings, and that its minimiser is the flow that theory says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from udtlib.data.pair import IndependentPair, Samples
from udtlib.data.toy2d import gaussian, gaussian_pair
from udtlib.evaluate.maps import unexplained_variance
from udtlib.nets.velocity import VelocityMLP
from udtlib.objectives.base import Clock
from udtlib.objectives.flow_matching import (
    FlowMatching,
    IndependentCoupling,
    OptimalCoupling,
    optimal_pairs,
)
from udtlib.train import TrainConfig, fit
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.types import Batch, Tensor

CLOCK = Clock(0, 10)


class Known(nn.Module):
    """A velocity with a formula, which records what it was asked."""

    def __init__(self, formula) -> None:
        super().__init__()
        self.formula, self.asked = formula, None
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        self.asked = (x, t)
        return self.formula(x, t) + self.weight


def loss(net: Known, batch: Batch, **settings) -> float:
    return float(FlowMatching(VelocityFlow(net), **settings)("flow", batch, CLOCK)["velocity"].detach())


def points(count: int, *, seed: int) -> Tensor:
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))


def test_the_loss_by_hand_is_the_squared_error_summed_over_entries():
    x = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[3.0, 4.0], [1.0, 1.0]])
    assert loss(Known(lambda x, t: torch.zeros_like(x)), Batch(x, y)) == pytest.approx(25 / 2)


def test_the_net_is_asked_on_the_line_between_the_pair_at_a_time_of_its_own():
    x, y, net = points(200, seed=0), points(200, seed=1), Known(lambda x, t: torch.zeros_like(x))
    torch.manual_seed(0)
    loss(net, Batch(x, y))
    at, t = net.asked
    torch.testing.assert_close(at, (1 - t)[:, None] * x + t[:, None] * y)
    assert float(t.min()) < 0.05
    assert float(t.max()) > 0.95
    assert float(t.mean()) == pytest.approx(0.5, abs=0.08)


def test_a_translation_s_velocity_costs_nothing():
    x = points(50, seed=0)
    assert loss(Known(lambda x, t: torch.full_like(x, 2.0)), Batch(x, x + 2)) == pytest.approx(0, abs=1e-10)


def test_independent_pairs_stay_as_they_are_and_optimal_ones_are_the_plan_s():
    y = points(64, seed=1)
    x = 2 * y.flip(0) + 1  # the optimal map is a gradient: it halves and moves, so every x goes to its own y
    assert torch.equal(IndependentCoupling()(x, y), y)
    assert torch.equal(OptimalCoupling()(x, y), y.flip(0))


def test_a_chunk_is_coupled_within_itself():
    y = points(8, seed=1)
    x = torch.cat([y[:4].flip(0), y[4:].flip(0)])
    assert torch.equal(OptimalCoupling(chunk=4)(x, y), x)
    assert torch.equal(OptimalCoupling(chunk=2)(x, y).sort(0).values, y.sort(0).values)
    assert torch.equal(OptimalCoupling(chunk=7)(x[:1], y[:1]), y[:1])


def test_images_are_coupled_by_all_their_pixels():
    y = torch.randn(6, 1, 2, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(OptimalCoupling()(y.roll(2, 0), y), y.roll(2, 0))


def test_optimal_pairs_are_paired_keep_the_marginals_and_cost_less():
    pair = gaussian_pair()
    coupled = optimal_pairs(pair, count=50, draws=3, seed=0)
    assert coupled.paired
    assert len(coupled.train.x) == 150
    assert len(coupled.test.x) == 50
    for k in range(3):
        batch, rows = pair.batch(k, size=50, seed=0), slice(50 * k, 50 * k + 50)
        assert torch.equal(coupled.train.x[rows], batch.x)
        assert torch.equal(coupled.train.y[rows].sort(0).values, batch.y.sort(0).values)
        assert (coupled.train.y[rows] - batch.x).square().sum() < 0.9 * (batch.y - batch.x).square().sum()


@pytest.mark.parametrize("settings", [{"count": 1}, {"count": 5, "draws": 0}])
def test_no_plan_without_samples(settings):
    with pytest.raises(ValueError, match="at least"):
        optimal_pairs(gaussian_pair(), seed=0, **settings)


def test_a_chunk_of_one_is_refused():
    with pytest.raises(ValueError, match="at least two"):
        OptimalCoupling(chunk=1)


@pytest.mark.parametrize("covariance", [4.0, 0.25])
def test_the_best_velocity_between_independent_gaussians_has_a_closed_form(covariance: float):
    r"""For N(0, 1) → N(0, s²): v_t(x) = (t s² - (1 - t)) x / ((1 - t)² + t² s²), by regression of y - x on x_t."""

    def best(x: Tensor, t: Tensor) -> Tensor:
        variance = (1 - t) ** 2 + t**2 * covariance
        return ((t * covariance - (1 - t)) / variance)[:, None] * x

    batch = Batch(points(40_000, seed=0), covariance**0.5 * points(40_000, seed=1))
    values = []
    for share in (0.8, 1.0, 1.2):
        torch.manual_seed(0)
        values.append(loss(Known(lambda x, t, c=share: c * best(x, t)), batch))
    assert values[1] < min(values[0], values[2])
    # The flow of that velocity: x_t has the deviation of the law, so that T(x) = s x.
    made = VelocityFlow(Known(best)).double()(torch.tensor([[1.0, -2.0]], dtype=torch.float64))
    torch.testing.assert_close(
        made, covariance**0.5 * torch.tensor([[1.0, -2.0]], dtype=torch.float64), rtol=1e-4, atol=0
    )


def test_it_learns_a_gaussian_s_optimal_map():
    torch.manual_seed(0)
    pair = gaussian_pair()
    flow = VelocityFlow(VelocityMLP(2, hidden=(32,)))
    config = TrainConfig(steps=400, batch_size=128, decay_from=0.3, log_every=200, progress=False)
    fit(FlowMatching(flow, coupling=OptimalCoupling()), pair, config=config)
    batch = pair.batch(0, size=2_000, seed=1, split="test")
    score = unexplained_variance(flow(batch.x), pair.answers(batch), batch.y)
    untrained = unexplained_variance(batch.x, pair.answers(batch), batch.y)
    assert score < 5
    assert untrained > 100


def test_the_flow_fits_without_an_optimal_coupling_but_takes_another_way():
    """Independent coupling of Gaussians that do not commute: the right covariance, and not Monge's map."""
    torch.manual_seed(0)
    source = gaussian((0.0, 0.0), ((2.0, 0.0), (0.0, 0.1)))
    target = gaussian((0.0, 0.0), ((1.05, 0.95), (0.95, 1.05)))
    pair = gaussian_pair(
        source_mean=(0.0, 0.0), source_covariance=((2.0, 0.0), (0.0, 0.1)),
        target_mean=(0.0, 0.0), target_covariance=((1.05, 0.95), (0.95, 1.05)),
    )  # fmt: skip
    flow = VelocityFlow(VelocityMLP(2, hidden=(32, 32)))
    config = TrainConfig(steps=600, batch_size=256, decay_from=0.2, log_every=300, progress=False)
    fit(FlowMatching(flow), IndependentPair(source, target), config=config)
    batch = pair.batch(0, size=4_000, seed=1, split="test")
    made = flow(batch.x).detach()
    assert float((torch.cov(made.T) - torch.cov(batch.y.T)).abs().max()) < 0.2
    assert unexplained_variance(made, pair.answers(batch), batch.y) > 2


def test_stored_pairs_are_learned_as_they_are():
    x = points(32, seed=0)
    batch = IndependentPair(Samples(x, x), Samples(x + 1, x + 1)).batch(0, size=8, seed=0)
    assert loss(Known(lambda x, t: torch.ones_like(x)), Batch(batch.x, batch.x + 1)) == pytest.approx(
        0, abs=1e-10
    )
