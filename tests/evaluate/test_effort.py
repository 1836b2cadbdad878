"""What a map spends in units of an optimal plan's."""

import pytest
import torch

from udtlib.evaluate.effort import distance_to_optimal_partners, effort_over_least, effort_over_pairing


@pytest.fixture
def x() -> torch.Tensor:
    return torch.randn(40, 4, generator=torch.Generator().manual_seed(0))


def test_a_pure_shift_is_optimally_paired_and_a_mirror_image_is_not(x: torch.Tensor) -> None:
    assert effort_over_pairing(x + 3, x) == pytest.approx(1)
    assert effort_over_pairing(-x, x) > 1.5


def test_effort_over_the_least_is_one_for_the_optimal_map(x: torch.Tensor) -> None:
    assert effort_over_least(x + 3, x, x + 3) == pytest.approx(1, rel=1e-5)
    # Half of the path costs a quarter.
    assert effort_over_least(x + 1.5, x, x + 3) == pytest.approx(0.25, rel=1e-5)


def test_optimal_partners_are_met_by_the_optimal_map_and_missed_by_another_order(x: torch.Tensor) -> None:
    y = (x + 3)[torch.randperm(40, generator=torch.Generator().manual_seed(1))]
    assert distance_to_optimal_partners(x + 3, x, y) == pytest.approx(0, abs=1e-5)
    assert distance_to_optimal_partners(x + 3 + torch.tensor([3.0, 4, 0, 0]), x, y) == pytest.approx(
        5, rel=1e-5
    )
    assert distance_to_optimal_partners((x + 3).flip(0), x, y) > 1
