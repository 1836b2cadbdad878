"""Chapter 08's table: every system, at every rule's prices, with a value for every seed."""

import pytest
import torch

from udtlib.instruments.swap.reader import load_swap_reader
from udtlib.profiles import Profile
from udtlib.recipes import coded_pairs
from udtlib.recipes import digit_swap as recipe
from udtlib.recipes import digit_swap_table as table
from udtlib.recipes.coded_pairs import CodedPair
from udtlib.recipes.digit_swap import make_swap
from udtlib.recipes.results import Findings
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.types import Tensor

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(coded_pairs.CODER_STEPS, "quick", 4)
    monkeypatch.setitem(recipe.STEPS, "quick", 4)
    monkeypatch.setattr(recipe, "PLANNED", 60)
    embedded = lambda profile, *, seed, source: make_swap(profile, seed=seed)  # noqa: E731
    monkeypatch.setattr(table, "make_swap", embedded)


@pytest.fixture
def swap(_tiny: None) -> CodedPair:
    return make_swap(QUICK, seed=0)


def test_the_way_s_scores_by_hand(swap: CodedPair) -> None:
    """A flow that shifts every code: the way is straight and both inverses are right."""
    flow = residual_flow(swap.codes.source.shape[0], steps=4, gain=0)
    with torch.no_grad():
        for v in flow.velocities:
            v[-1].bias.fill_(0.5)
    values = table.way_scores(swap, flow)
    assert values["effort: mean ‖T(z) − z‖²"] == pytest.approx(0.25 * 128, rel=1e-3)
    assert values["effort: energy of the way over ‖T(z) − z‖²"] == pytest.approx(1, rel=1e-3)
    assert values["effort: brought back by the exact inverse, %"] == 100
    assert values["effort: squared error of the naive inverse"] == pytest.approx(0, abs=1e-6)


@pytest.mark.usefixtures("_tiny")
def test_every_rule_s_flow_is_trained_along_its_axes_at_its_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def record(
        swap: CodedPair, profile: Profile, *, seed: int, cost_weight: Tensor | None = None
    ) -> ResidualFlow:
        asked.append((swap.space.basis, cost_weight))
        return residual_flow(swap.codes.source.shape[0], steps=1)

    monkeypatch.setattr(table, "play_dont", record)
    table.one_seed(QUICK, seed=0, reader=load_swap_reader(), rules=tuple(table.RULES))
    swap = make_swap(QUICK, seed=0)
    assert asked[0][1] is None
    for (basis, weight), rule in zip(asked[1:], table.RULES.values(), strict=True):
        cost = rule(swap)
        assert torch.equal(weight, cost.weight)
        torch.testing.assert_close(basis, cost.basis)
        assert weight.min() < weight.max()


@pytest.mark.usefixtures("_tiny")
def test_the_table_has_every_system_and_what_the_paper_states() -> None:
    findings = table.digit_swap_table(QUICK, seeds=(3,))
    systems = {row.system for row in findings.rows}
    assert systems == {
        "task 2's answer, coded and decoded",
        "CycleGAN",
        "DONT, every coordinate counts",
        *(f"DONT, {rule}" for rule in table.RULES),
    }
    for system in systems:
        metrics = [row.metric for row in findings.rows if row.system == system]
        assert set(table.COLUMNS) < set(metrics)
        assert len(metrics) == len(set(metrics))
    stated = {(row.system, row.metric): row.paper for row in findings.rows if row.paper is not None}
    assert len(stated) == 3 * len(table.PAPER)
    assert stated["DONT, paper's rule", "alignment: task 2"] == 83.4
    assert list(findings.pictures) == ["maps"]


def test_a_row_has_a_value_for_each_seed_and_the_picture_is_the_first_one_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def one(profile: Profile, *, seed: int, **options: object) -> tuple[table.Scores, dict[str, Tensor]]:
        shown = {"x": torch.zeros(2, 1, 32, 32), "made": torch.full((2, 1, 32, 32), seed / 10)}
        return {"a": {"m": 1.0 + seed, "n": 2.0 * seed}, "b": {"m": -float(seed)}}, shown

    pictured = []
    original = table.maps_picture
    monkeypatch.setattr(table, "one_seed", one)
    monkeypatch.setattr(table, "maps_picture", lambda shown: pictured.append(shown) or original(shown))
    findings = table.digit_swap_table(QUICK, seeds=(5, 7))
    values = {(row.system, row.metric): row.values for row in findings.rows}
    assert values == {("a", "m"): (6, 8), ("a", "n"): (10, 14), ("b", "m"): (-5, -7)}
    (shown,) = pictured
    assert float(shown["made"].mean()) == pytest.approx(0.5)


def test_the_large_table_is_the_paper_s_size_with_the_rule_that_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def record(profile: Profile, **options: object) -> Findings:
        asked.append((profile, options))
        return Findings(rows=[])

    monkeypatch.setattr(table, "swap_table", record)
    table.digit_swap_large(QUICK, seeds=(4,))
    ((profile, options),) = asked
    assert recipe.SIZE[profile.name] == 64
    assert profile.device == QUICK.device
    assert options == {"seeds": (4,), "rules": ("shared spread",)}
