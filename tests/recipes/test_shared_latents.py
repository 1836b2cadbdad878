"""Chapter 05's recipes: every system differs in what its name says, and the scores mean what they say."""

import dataclasses

import pytest
import torch

from udtlib.nets.invertible import Mix
from udtlib.objectives.alignflow import AlignFlow, FlowLikelihood
from udtlib.objectives.game import Game
from udtlib.objectives.unit import UNIT
from udtlib.profiles import Profile
from udtlib.recipes import alignflow, negatives, unit
from udtlib.recipes.catalogue import RECIPES, REPRODUCTIONS
from udtlib.translators.coupling_flow import SharedLatentFlow

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture(scope="module")
def pair():
    return negatives.negatives(QUICK)


@pytest.fixture
def _tiny(monkeypatch):
    small = dataclasses.replace(negatives.SCALES["quick"], width=2, judge_width=2, steps=1, batch=2)
    monkeypatch.setitem(negatives.SCALES, "quick", small)


def negation() -> SharedLatentFlow:
    """The true map, as two flows."""
    return SharedLatentFlow(Mix(-torch.eye(1)), Mix(torch.eye(1)))


def test_the_systems_are_what_their_names_say():
    games = {name: make(QUICK, 0) for name, make in unit.SYSTEMS.items()}
    kinds = {name: type(game) for name, game in games.items()}
    assert kinds == {
        "CycleGAN": Game,
        "UNIT": UNIT,
        "UNIT, nothing shared": UNIT,
        "UNIT, weights of 10": UNIT,
        "AlignFlow": AlignFlow,
    }
    assert games["UNIT, weights of 10"].config.cycle_weight == 10
    assert not list(games["UNIT, nothing shared"].translator.shared_end.parameters())
    assert list(games["UNIT"].translator.shared_end.parameters())


def test_sharing_takes_nothing_away_from_the_way_through_the_net():
    """Each way has as many layers with sharing as without; only the parameters are counted once."""
    scale = negatives.SCALES["quick"]
    shared, private = (unit.unit_translator(unit.Sharing(shared=s), scale) for s in (True, False))
    block = sum(p.numel() for p in shared.shared_end.parameters())
    counts = [sum(p.numel() for p in each.parameters()) for each in (shared, private)]
    assert counts[1] - counts[0] == 2 * block


def test_untrained_flows_translate_nothing(pair):
    game = alignflow.flow_game(QUICK, seed=0)
    x = pair.batch(0, size=3, seed=0).x
    torch.testing.assert_close(game.translator(x), x)


def test_lessons_are_what_their_names_say():
    pair = alignflow.translated_mixture()
    kinds = {
        name: alignflow.plane_objective(lesson, pair, seed=0) for name, lesson in alignflow.LESSONS.items()
    }
    assert isinstance(kinds["likelihood"], FlowLikelihood)
    assert kinds["game"].config.likelihood_weight == 0
    assert kinds["game + 0.1 likelihood"].config.likelihood_weight == 0.1
    for name, equal in (("likelihood", False), ("likelihood, equal starts", True)):
        T = kinds[name].translator
        first, second = (flow.layers[1].net[0].weight for flow in (T.flow_x, T.flow_y))
        assert torch.equal(first, second) is equal


def test_a_turn_of_the_latent_space_is_seen_by_alignment_alone():
    pair = alignflow.translated_mixture()
    flows = alignflow.plane_flows(pair, seed=0, same_start=True)
    batch = pair.batch(0, size=400, seed=0, split="test")
    # Untrained flows of a cloud and its shifted copy are standardisations: the map is the shift.
    right = alignflow.plane_scores(flows, batch, pair)
    assert right["class preserved"] == 1
    assert right["distance from the truth"] <= 0.2
    turns = alignflow.turn_scores(flows, batch, pair)
    assert turns["class preserved, worst turn"] <= 0.3
    assert turns["log-likelihood, largest difference"] <= 1e-4


@pytest.mark.usefixtures("_tiny")
def test_both_methods_are_measured_on_street_digits(monkeypatch):
    monkeypatch.setitem(unit.STREET.steps, "quick", 1)
    findings = unit.street(QUICK, seeds=(0, 1))
    assert {row.system for row in findings.rows} == {"UNIT", "AlignFlow"}
    assert all(len(row.values) == 2 for row in findings.rows)
    cycles = {row.system: row.values for row in findings.rows if row.metric.startswith("cycle")}
    assert max(cycles["AlignFlow"]) <= 1e-5


@pytest.mark.usefixtures("_tiny")
def test_the_comparison_measures_every_system_for_every_seed(monkeypatch):
    monkeypatch.setattr(unit, "SYSTEMS", {name: unit.SYSTEMS[name] for name in ("UNIT", "AlignFlow")})
    seen = []
    monkeypatch.setattr(unit, "scores_of", lambda T, pair: seen.append(T) or {"number": float(len(seen))})
    findings = unit.compare(QUICK, seeds=(0, 1))
    assert [(row.system, row.values) for row in findings.rows] == [("UNIT", (1, 2)), ("AlignFlow", (3, 4))]
    assert not any(T.training for T in seen)
    assert set(findings.pictures) == {"samples"}


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize("recipe", [unit, alignflow])
def test_udt_train_keeps_a_log_and_the_weights(recipe, tmp_path):
    (chosen,) = recipe.RECIPES
    history = chosen.train(QUICK, seed=0, folder=tmp_path, resume=True)
    assert history.rows[-1]["step"] == 1
    assert (tmp_path / "checkpoint.pt").exists()


def test_the_catalogue_has_them():
    assert {"unit", "alignflow"} <= set(RECIPES)
    assert {"unit-negatives", "alignflow-plane"} <= set(REPRODUCTIONS)
