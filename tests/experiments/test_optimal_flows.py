"""Known maps and flows in the plane: scales, scores and tables, with nets that hardly train."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, untrained
from udtlib.experiments import flows2d, known_maps, optimal_flows
from udtlib.experiments.declare import Setting
from udtlib.experiments.flows2d import EFFORT, FIT, FLOWS, TASKS
from udtlib.experiments.known_maps import KNOWN, LINEAR, MEASURE, NOTHING, linear_scores, map_scores
from udtlib.experiments.optimal_flows import FlowSizes, optimal_systems

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow

SETTING = Setting(QUICK, 0)


def small(profile):
    return FlowSizes(steps=2, depth=2, hidden=4, wide=4, plan=8, plans=2)


def test_the_moons_that_start_have_the_scale_of_the_papers_code():
    """All entries together: mean 0 and deviation 7."""
    value = TASKS["moons → 8 Gaussians"].pair.batch(0, size=50_000, seed=0).x
    assert float(value.mean()) == pytest.approx(0, abs=0.1)
    assert float(value.std()) == pytest.approx(7, rel=0.01)


def test_the_moons_that_are_a_target_begin_where_scikit_learns_do():
    """Twice (moons) - (1, 0): the upper half circle around (-1, 0), the lower one around (1, 1), of radius 2."""
    batch = TASKS["N → moons"].pair.batch(0, size=4_000, seed=0)
    centre = torch.tensor([[-1.0, 0.0], [1.0, 1.0]])[batch.y_label]
    radius = (batch.y - centre).norm(dim=1)
    assert float(radius.mean()) == pytest.approx(2, abs=0.02)
    assert float(radius.std()) == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_units_only_rescale_and_bring_samples_near_one(task):
    plain, scaled = (pair.batch(0, size=500, seed=0) for pair in (task.pair, task.in_units(SETTING)))
    torch.testing.assert_close(scaled.x * task.unit, plain.x)
    torch.testing.assert_close(scaled.y * task.unit, plain.y)
    assert 0.5 < float(scaled.y.std()) < 2


def test_a_path_in_units_is_the_path_in_the_tasks_scale():
    flow = optimal_flows.residual(2, small(QUICK))
    path = flows2d.paths_of(flow, x := torch.tensor([[3.0, 6.0]]), unit=3.0)
    torch.testing.assert_close(path[0], x)
    torch.testing.assert_close(path[-1], 3 * flow(x / 3).detach())


def test_the_true_map_scores_zero_and_affine_maps_what_is_curved():
    pair = known_maps.TASKS["folds, d = 2"](SETTING)
    assert map_scores(pair.truth, pair).alignment[MEASURE] == 0
    linear = linear_scores(None, pair).alignment[MEASURE]
    assert 4 < linear < map_scores(known_maps.no_change, pair).alignment[MEASURE]
    gaussians = known_maps.TASKS["Gaussians, d = 2"](SETTING)
    assert linear_scores(None, gaussians).alignment[MEASURE] < 1e-6


def test_flow_matching_on_plans_differs_from_plain_flow_matching_in_its_pairs_alone():
    systems = optimal_systems(small, pair=known_maps.TASKS["folds, d = 2"], scores=map_scores)
    plain, optimal = systems["flow matching"], systems["OT flow matching"]
    assert (plain.game, plain.training, plain.part) == (optimal.game, optimal.training, optimal.part)
    assert plain.trained_on is None
    pair = known_maps.TASKS["folds, d = 2"](SETTING)
    coupled = optimal.trained_on(pair, SETTING)
    assert coupled.paired
    steps = {system.training(QUICK).steps for system in systems.values()}
    assert steps == {2}


def test_known_maps_are_measured_for_each_method_and_drawn(tmp_path):
    tasks = {name: known_maps.TASKS[name] for name in known_maps.TASKS}
    systems = {
        f"{task}: {name}": system
        for task, pair in tasks.items()
        for name, system in optimal_systems(small, pair=pair, scores=partial(map_scores, count=100)).items()
    }
    report = carried_out(replace(KNOWN, systems=systems), tmp_path)
    names = {row.system.split(": ")[1] for row in report.rows}
    assert names == {"DONT, free critic", "OT flow matching", "flow matching", LINEAR, NOTHING}
    assert set(report.pictures) == {"scores", "maps"}


def test_flows_of_the_plane_have_fit_and_effort(tmp_path):
    name = "N → 8 Gaussians"
    task = TASKS[name]
    where = {"pair": task.in_units, "scores": partial(flows2d.flow_scores, task=task, count=60)}
    systems = {f"{name}: {key}": system for key, system in optimal_systems(small, **where).items()}
    floor = f"{name}: two samples of the target"
    one = replace(
        FLOWS,
        systems=systems,
        references={floor: FLOWS.references[floor]},
        paper={key: value for key, value in FLOWS.paper.items() if key[0] in systems},
        pictures={"ways-1": FLOWS.pictures["ways-1"]},
    )
    report = carried_out(one, tmp_path)
    assert report.rows[1].paper == {FIT: 0.303, EFFORT: 0.031}
    assert min(report.cell(system, EFFORT)[0] for system in systems) > 0
    # Nets that never learned stay near the source, far above the floor.
    assert report.cell(f"{name}: DONT, free critic", FIT)[0] > 2 * report.cell(floor, FIT)[0]


def test_cyclegans_game_has_nothing_about_effort_and_its_map_is_scored():
    name = "N → moons: CycleGAN's game"
    game = untrained(FLOWS, name, pair=TASKS["N → moons"].in_units(SETTING))
    assert [type(bias).__name__ for bias in game.biases] == ["Cycle"]
    flow = FLOWS.systems[name].subject(game)
    assert flow is game.translator.forth
