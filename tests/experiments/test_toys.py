"""The toys: games of an ensemble are independent, known maps score as they should, tables are whole."""

import math
from dataclasses import replace

import pytest
import torch

from tests.experiments.tiny import QUICK
from udtlib.data.toy2d import translated_mixture
from udtlib.experiments import toy_tables
from udtlib.experiments.declare import Setting
from udtlib.experiments.inner_paths import energy, optimal_path, order_kept
from udtlib.experiments.perfect_cycles import exact_maps, perfect_scores
from udtlib.experiments.toy_cycles import (
    ToyGame,
    ToyMaps,
    four_modes,
    map_scores,
    member_nets,
    starts_of,
    toy_cyclegan,
    toy_training,
    train_toys,
)

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


def test_a_game_depends_on_its_own_start_alone():
    together = toy_cyclegan(starts_of([0.1, 1.0], [0, 3]))
    alone = toy_cyclegan(starts_of([1.0], [3]))
    for many, one in zip(member_nets(together), member_nets(alone), strict=True):
        assert torch.equal(many.rows[3], one.rows[0])


def test_building_games_leaves_the_callers_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    toy_cyclegan(starts_of([0.1], [0]))
    assert torch.equal(torch.rand(3), expected)


def test_the_truth_and_a_map_that_does_nothing_are_scored_as_such():
    pair = four_modes()
    batch = pair.batch(0, size=200, seed=0, split="test")
    right = pair.answers(batch)
    maps = ToyMaps(batch, torch.stack([right, batch.x], dim=1), torch.stack([batch.x, batch.x + 1], dim=1))
    truth, nothing = (map_scores(maps, pair, run) for run in (0, 1))
    shift = torch.tensor(toy_tables.SHIFT).norm().item()
    assert truth.alignment["mean ‖T(x) − T*(x)‖"] == pytest.approx(0, abs=1e-5)
    assert truth.alignment["in the right blob"] == 1
    assert truth.effort["mean ‖T(x) − x‖²"] == pytest.approx(shift**2, rel=1e-4)
    assert nothing.alignment["mean ‖T(x) − T*(x)‖"] == pytest.approx(shift, rel=1e-4)
    assert nothing.effort["mean ‖T(x) − x‖²"] == 0
    assert nothing.other["mean |S(T(x)) − x|"] == pytest.approx(1, rel=1e-5)


def test_a_straight_path_has_the_least_energy_and_keeps_the_order():
    x = torch.linspace(-1, 1, 20)[:, None]
    path = optimal_path(x, 2 * x + 1, blocks=4)
    assert energy(path) == pytest.approx((x + 1).square().mean().item(), rel=1e-5)
    assert order_kept(x, path[-1]) == 1
    assert order_kept(x, -x) == 0


def test_no_perfect_map_has_a_smaller_objective_than_a_quarter():
    pair = translated_mixture(shift=(1.5, 1.0))
    scores = {name: perfect_scores(T, pair, seed=0, count=200) for name, T in exact_maps(pair).items()}
    for name, each in scores.items():
        value = each.other["CycleGAN's objective"]
        assert value > 0.4 if name == "half the way" else math.isclose(value, 0.25, abs_tol=1e-6)
    assert scores["θ = 120°"].alignment["mean ‖T(x) − T*(x)‖"] > 1


def test_training_moves_every_game():
    game = toy_cyclegan(starts_of([0.1, 0.5], [0]), game=ToyGame(hidden=4, blocks=1, judge_hidden=4))
    before = member_nets(game)[0].rows.detach().clone()
    train_toys(game, four_modes(), config=replace(toy_training(QUICK, seed=0), steps=3, batch_size=8))
    assert ((member_nets(game)[0].rows - before).abs().amax(1) > 0).all()


@pytest.mark.parametrize(
    "experiment",
    [toy_tables.INIT_GAIN, toy_tables.TOY, toy_tables.HIDDEN, toy_tables.CYCLEGAN_EFFORT],
    ids=lambda e: e.name,
)
def test_a_toy_table_shows_what_its_pictures_draw(experiment):
    few = replace(toy_training(QUICK, seed=0), steps=2, batch_size=8)
    setting = Setting(QUICK, 0)
    measured = experiment.measure(setting, config=few)
    assert measured.scores
    for word, look in experiment.pictures.items():
        shown = measured.shown[word]
        if look.every_seed:
            shown = {name: {k: v[None] for k, v in each.items()} for name, each in shown.items()}
        assert look.draw(shown).alt
