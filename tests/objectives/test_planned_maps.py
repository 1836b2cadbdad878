"""A translation network that is taught by plans between batches."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from udtlib.objectives.base import Clock
from udtlib.objectives.planned_maps import PlannedMaps, PlannedMapsConfig
from udtlib.translators.affine import Affine
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Tensor

CLOCK = Clock(0, 1)


def linear(matrix: Tensor) -> Direct:
    net = nn.Linear(2, 2, bias=False)
    net.weight.data = matrix
    return Direct(net)


def test_the_truth_costs_nothing_whatever_the_order() -> None:
    matrix = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    y = (x @ matrix.T)[torch.randperm(20, generator=torch.Generator().manual_seed(1))]
    game = PlannedMaps(TwoWay(linear(matrix), linear(matrix.T)))
    terms = game("translator", Batch(x, y), CLOCK)
    assert set(terms) == {"pairs_x", "pairs_y", "cycle_x", "cycle_y"}
    assert all(float(value.detach()) == pytest.approx(0, abs=1e-10) for value in terms.values())


def test_the_terms_are_those_of_the_formula() -> None:
    x, y = torch.tensor([[0.0, 0.0], [4.0, 0.0]]), torch.tensor([[5.0, 0.0], [0.0, 1.0]])
    identity = linear(torch.eye(2))
    terms = PlannedMaps(TwoWay(identity, linear(2 * torch.eye(2))))("translator", Batch(x, y), CLOCK)
    # The plan pairs (0, 0) with (0, 1) and (4, 0) with (5, 0); S doubles.
    assert terms["pairs_y"].item() == pytest.approx((1 + 1) / 2)
    assert terms["pairs_x"].item() == pytest.approx((4 + 36) / 2)
    assert terms["cycle_x"].item() == pytest.approx((0 + 16) / 2)
    assert terms["cycle_y"].item() == pytest.approx((25 + 1) / 2)


def test_gradients_reach_both_directions_and_the_plan_has_none() -> None:
    game = PlannedMaps(TwoWay(linear(torch.eye(2)), linear(torch.eye(2))))
    generator = torch.Generator().manual_seed(0)
    batch = Batch(torch.randn(8, 2, generator=generator), torch.randn(6, 2, generator=generator))
    sum(game("translator", batch, CLOCK).values()).backward()
    assert all(parameter.grad is not None and parameter.grad.norm() > 0 for parameter in game.parameters())


def test_without_cycles_their_terms_are_zero() -> None:
    game = PlannedMaps(
        TwoWay(linear(torch.eye(2)), linear(2 * torch.eye(2))), config=PlannedMapsConfig(cycle_weight=0)
    )
    terms = game("translator", Batch(torch.randn(4, 2), torch.randn(4, 2)), CLOCK)
    assert terms["cycle_x"].item() == terms["cycle_y"].item() == 0 < terms["pairs_x"].item()


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="cycle_weight=-1"):
        PlannedMapsConfig(cycle_weight=-1)


def test_a_rotation_is_no_parameter() -> None:
    fixed = Affine(torch.eye(2), torch.zeros(2))
    assert not list(fixed.parameters())
