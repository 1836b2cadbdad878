"""Known maps and flows in the plane: scales, scores and findings, with nets that hardly train."""

from __future__ import annotations

import pytest
import torch

from udtlib.data.toy2d import gaussian_pair
from udtlib.profiles import Profile
from udtlib.recipes import flows2d, known_maps, optimal_flows
from udtlib.recipes.optimal_flows import FlowSizes

QUICK = Profile(name="quick", device=torch.device("cpu"))
TINY = FlowSizes(steps=2, depth=2, hidden=4, wide=4, plan=8, plans=2)


def test_the_moons_that_start_have_the_scale_of_the_paper_s_code():
    """All entries together: mean 0 and deviation 7."""
    value = flows2d.TASKS["moons → 8 Gaussians"].pair.batch(0, size=50_000, seed=0).x
    assert float(value.mean()) == pytest.approx(0, abs=0.1)
    assert float(value.std()) == pytest.approx(7, rel=0.01)


def test_the_moons_that_are_a_target_begin_where_scikit_learn_s_do():
    """Twice (moons) - (1, 0): the upper half circle around (-1, 0), the lower one around (1, 1), of radius 2."""
    y, label = flows2d.TASKS["N → moons"].pair.batch(0, size=4_000, seed=0)[1::2]
    centre = torch.tensor([[-1.0, 0.0], [1.0, 1.0]])[label]
    radius = (y - centre).norm(dim=1)
    assert float(radius.mean()) == pytest.approx(2, abs=0.02)
    assert float(radius.std()) == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("task", flows2d.TASKS.values(), ids=flows2d.TASKS)
def test_units_only_rescale_and_bring_samples_near_one(task):
    plain, scaled = (pair.batch(0, size=500, seed=0) for pair in (task.pair, flows2d.in_units(task)))
    torch.testing.assert_close(scaled.x * task.unit, plain.x)
    torch.testing.assert_close(scaled.y * task.unit, plain.y)
    assert 0.5 < float(scaled.y.std()) < 2


def test_a_way_in_units_is_the_way_in_the_task_s_scale():
    flow = optimal_flows.residual(2, TINY)
    path = flows2d.ways(flow, x := torch.tensor([[3.0, 6.0]]), unit=3.0)
    torch.testing.assert_close(path[0], x)
    torch.testing.assert_close(path[-1], 3 * flow(x / 3).detach())


def test_the_true_map_scores_zero_and_affine_maps_what_is_curved():
    pair = known_maps.TASKS["folds, d = 2"](0)
    scores = known_maps.score({"truth": pair.truth, **known_maps.untrained_maps(pair)}, pair)
    assert scores["truth"] == 0
    assert 4 < scores[known_maps.LINEAR] < scores[known_maps.NOTHING]
    gaussians = known_maps.TASKS["Gaussians, d = 2"](0)
    assert known_maps.score(known_maps.untrained_maps(gaussians), gaussians)[known_maps.LINEAR] < 1e-6


def test_known_maps_finds_a_value_for_each_method_task_and_seed(monkeypatch):
    tasks = {name: known_maps.TASKS[name] for name in ("Gaussians, d = 2", "folds, d = 2")}
    monkeypatch.setattr(known_maps, "TASKS", tasks)
    monkeypatch.setattr(known_maps, "COUNT", 200)
    monkeypatch.setitem(optimal_flows.SIZES, "quick", TINY)
    findings = known_maps.known_maps(QUICK, seeds=(0, 1))
    assert all(len(row.values) == 2 for row in findings.rows)
    scored = {row.system for row in findings.rows if row.metric.startswith("L2-UVP")}
    assert scored == {*optimal_flows.TRAINED, known_maps.LINEAR, known_maps.NOTHING}
    assert set(findings.pictures) == {"scores", "maps"}


def test_flows2d_finds_fit_and_effort_for_every_method(monkeypatch):
    monkeypatch.setattr(flows2d, "COUNT", 60)
    monkeypatch.setattr(flows2d, "TASKS", dict(list(flows2d.TASKS.items())[:1]))
    monkeypatch.setitem(flows2d.SIZES, "quick", TINY)
    findings = flows2d.flows2d(QUICK, seeds=(0, 1))
    rows = {(row.system, row.metric.split(",")[0]): row for row in findings.rows}
    for method in flows2d.METHODS:
        assert len(rows[method, flows2d.FIT].values) == 2
        assert min(rows[method, flows2d.EFFORT].values) > 0
    assert rows["OT flow matching", flows2d.FIT].paper == 0.303
    # Nets that never learned stay near the source, far above the floor.
    assert (
        rows["DONT, free critic", flows2d.FIT].mean > 2 * rows["two samples of the target", flows2d.FIT].mean
    )
    assert len(findings.pictures) == 1


def test_a_free_critic_moves_the_map_all_the_way(monkeypatch):
    """With a constant λ the translation of a shift is the shift, not a part of it."""

    pair = gaussian_pair(
        source_mean=(0.0, 0.0), source_covariance=((0.25, 0.0), (0.0, 0.25)),
        target_mean=(1.0, -1.0), target_covariance=((0.25, 0.0), (0.0, 0.25)),
    )  # fmt: skip
    monkeypatch.setattr(optimal_flows, "BATCH", 128)
    flow = optimal_flows.free_critic_dont(
        pair, QUICK, seed=0, sizes=FlowSizes(steps=500, depth=2, hidden=16, wide=32)
    )
    x = pair.batch(0, size=1_000, seed=0, split="test").x
    moved = (flow(x) - x).detach().mean(0)
    torch.testing.assert_close(moved, torch.tensor([1.0, -1.0]), rtol=0, atol=0.1)
