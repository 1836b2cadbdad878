"""Chapter 05's experiments: systems are what their names say, and an exact cycle says nothing about the map."""

import dataclasses
from functools import partial

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, tiny, untrained
from udtlib.data.street_digits import negative_digits, street_to_digits
from udtlib.data.toy2d import translated_mixture
from udtlib.experiments import alignflow_plane, shared_latents
from udtlib.experiments.alignflow_plane import PLANE, plane_flows, plane_scores, turn_scores
from udtlib.experiments.shared_latents import NEGATIVES, STREET
from udtlib.instruments.digits.scores import negative_scores, street_scores
from udtlib.objectives.alignflow import AlignFlow, FlowLikelihood
from udtlib.objectives.game import Game
from udtlib.objectives.unit import UNIT

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair():
    return negative_digits(size=28)


def test_the_systems_are_what_their_names_say(pair):
    games = {name: untrained(NEGATIVES, name, pair=pair) for name in NEGATIVES.systems}
    assert {name: type(game) for name, game in games.items()} == {
        "CycleGAN": Game,
        "UNIT": UNIT,
        "UNIT, nothing shared": UNIT,
        "UNIT, weights of 10": UNIT,
        "AlignFlow": AlignFlow,
    }
    assert games["UNIT, weights of 10"].config.cycle_weight == 10
    assert not list(games["UNIT, nothing shared"].translator.shared_end.parameters())
    assert list(games["UNIT"].translator.shared_end.parameters())


def test_what_is_compared_shares_judges_and_budget(pair):
    judges, budgets = set(), set()
    for name, system in NEGATIVES.systems.items():
        state = untrained(NEGATIVES, name, pair=pair).discriminators.state_dict()
        judges.add(tuple((key, tuple(value.shape)) for key, value in state.items()))
        budgets.add(system.training(QUICK))
    assert len(judges) == len(budgets) == 1


def test_sharing_takes_nothing_away_from_the_path_through_the_net():
    """Each direction has as many layers with sharing as without; only the parameters are counted once."""
    shared, private = (shared_latents.unit_translator(QUICK, shared=s) for s in (True, False))
    block = sum(p.numel() for p in shared.shared_end.parameters())
    counts = [sum(p.numel() for p in each.parameters()) for each in (shared, private)]
    assert counts[1] - counts[0] == 2 * block


def test_untrained_flows_translate_nothing(pair):
    game = untrained(NEGATIVES, "AlignFlow", pair=pair)
    x = pair.batch(0, size=3, seed=0).x
    torch.testing.assert_close(game.translator(x), x)


def test_systems_of_the_plane_are_what_their_names_say():
    pair = translated_mixture()
    games = {name: untrained(PLANE, name, pair=pair) for name in PLANE.systems}
    assert isinstance(games["likelihood"], FlowLikelihood)
    assert games["game"].config.likelihood_weight == 0
    assert games["game + 0.1 likelihood"].config.likelihood_weight == 0.1
    assert PLANE.systems["the same, target turned"].pair is alignflow_plane.moved_and_turned
    for name, equal in (("likelihood", False), ("likelihood, equal starts", True)):
        T = games[name].translator
        first, second = (flow.layers[1].net[0].weight for flow in (T.flow_x, T.flow_y))
        assert torch.equal(first, second) is equal


def test_a_turn_of_the_latent_space_is_seen_by_alignment_alone():
    pair = translated_mixture()
    flows = plane_flows(pair, seed=0, same_start=True)
    # Untrained flows of a cloud and its shifted copy are standardisations: the map is the shift.
    right = plane_scores(flows, pair)
    assert right.alignment["class preserved"] == 1
    assert right.alignment["distance from the truth"] <= 0.2
    turns = turn_scores(flows, pair)
    assert turns.alignment["class preserved, worst turn"] <= 0.3
    assert turns.other["log-likelihood, largest difference"] <= 1e-4


def test_both_methods_are_measured_on_street_digits(tmp_path):
    small = tiny(STREET, pair=lambda setting: street_to_digits(size=32, count=8, test=12), steps=1)
    report = carried_out(dataclasses.replace(small, scores=partial(street_scores, size=10)), tmp_path)
    assert [row.system for row in report.rows] == ["UNIT", "AlignFlow"]
    assert report.cell("AlignFlow", "mean |S(T(x)) − x|")[0] <= 1e-5
    assert set(report.pictures) == {"samples"}


def test_the_tables_of_digits_and_of_the_plane_are_whole(pair, tmp_path):
    small = tiny(NEGATIVES, pair=lambda setting: pair, steps=1)
    systems = {name: small.systems[name] for name in ("UNIT", "AlignFlow")}
    scored = dataclasses.replace(small, systems=systems, scores=partial(negative_scores, size=10))
    assert carried_out(scored, tmp_path, seeds=(0, 1)).rows[0].seeds == (0, 1)
    plane = carried_out(tiny(PLANE, steps=1, batch_size=16), tmp_path)
    assert [row.system for row in plane.rows] == [*PLANE.systems]
    assert max(row.other["cycle, relative"][0] for row in plane.rows) < 1e-4
