"""Cells matched by distances alone: the graph, the score, and the table at a small size."""

import math

import pytest
import torch

from tests.experiments.tiny import SETTING
from udtlib.data.single_cells import Cells
from udtlib.experiments import gromov_cells as cells
from udtlib.experiments.declare import Setting


def curve(count: int) -> Cells:
    """Points along an arc of growing radius, and the same arc turned, in other dimensions."""
    t = torch.linspace(0.1, 1, count).double()
    x = torch.stack([t * (2 * t).cos(), t * (2 * t).sin(), t, t**2], dim=1)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(0)).double()).Q
    return Cells(x, x @ turn, (t > 0.5).long(), ("short", "long"))


def test_steps_along_a_graph_are_those_of_a_path():
    # Directions at growing angles: each cell's nearest are its neighbours on the arc.
    angle = torch.linspace(0, 1, 7).double() ** 2
    z = torch.stack([angle.cos(), -angle.cos(), angle.sin(), -angle.sin()], dim=1)
    steps = cells.along_graph(z, neighbours=2) * 1.0
    assert torch.equal(steps, steps.T)
    assert steps.max() == 1
    assert (steps[0].diff() >= 0).all()
    assert steps.diagonal().abs().max() == 0


def test_parts_without_a_path_are_as_far_as_the_farthest():
    z = torch.tensor([[1.0, 0, 0], [1, 0.1, 0], [0, 1, 0], [0.1, 1, 0]]).double()
    steps = cells.along_graph(z, neighbours=1)
    assert steps[0, 1] == steps[2, 3] == steps[0, 2] == 1


def test_the_score_counts_who_is_closer_than_the_match():
    y = torch.tensor([[0.0], [1], [2], [3]]).double()
    assert cells.closer_than_the_match(y, y) == 0
    made = y.flip(0)
    far = (made - y.T).abs()
    by_hand = [
        sum(bool(far[i, j] < far[i, i]) + bool(far[j, i] < far[i, i]) for j in range(4)) for i in range(4)
    ]
    assert cells.closer_than_the_match(made, y) == pytest.approx(sum(by_hand) / (2 * 4 * 3))
    middle = y.mean(0, keepdim=True).expand(4, 1)
    assert 0 < cells.closer_than_the_match(middle, y) < 1


def test_the_true_plan_scores_best_and_is_told_apart_from_no_plan():
    case = cells.matching(curve(30), neighbours=4)
    right, wrong = (cells.matching_scores(case, plan) for plan in (case.truth(), case.apart()))
    assert right.alignment[cells.THERE] == right.alignment[cells.BACK] == 0
    assert right.alignment["type of the nearest cell, %"] == 100
    assert wrong.alignment[cells.THERE] > 0.2
    assert right.other["energy"] == pytest.approx(right.other["energy of the truth"])
    assert math.isclose(wrong.other["energy of the truth"], right.other["energy"])


@pytest.mark.slow
def test_several_starts_leave_the_plan_that_knows_nothing_behind():
    case = cells.matching(curve(40), neighbours=4)
    plan, _ = cells.searched(case, seed=1)
    found, nothing = (cells.matching_scores(case, each).other["energy"] for each in (plan, case.apart()))
    assert found < nothing / 4


@pytest.mark.slow
def test_what_no_seed_moves_is_measured_once():
    first = cells.single_cells(SETTING, cells=curve(40), few=20, parts=2)
    second = cells.single_cells(Setting(SETTING.profile, 1), cells=curve(40), few=20, parts=2)
    assert "the true pairs" in first.scores
    assert first.shown["cells"]["best"]["T(x)"].shape == (40, 2)
    assert set(second.scores) < set(first.scores)
    assert cells.cells_picture(first.shown["cells"]).alt.startswith("Two scatter plots")
