"""Chapter 08's tables: scores mean what they say, plans are read right, and every system is what it is called."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.experiments.tiny import QUICK, carried_out, tiny, untrained
from udtlib.data.digit_swap import digit_swap, sides_of
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.report import ReportRow
from udtlib.experiments import digit_swap_classes as classes
from udtlib.experiments import digit_swap_mask as mask
from udtlib.experiments import dont_faces
from udtlib.experiments.coded_pairs import (
    CodedPair,
    balanced_dont,
    code_cyclegan,
    code_digits,
    code_training,
    coded_by,
    dont_game,
)
from udtlib.experiments.declare import Setting
from udtlib.experiments.digit_swap import (
    RULES,
    SWAP,
    SWAP_64,
    coded_answer,
    dont_scores,
    few_digits,
    plan_score,
    read_scores,
    swap_scores,
    what_a_rule_sees,
)
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.discrepancy import Multiplier
from udtlib.train.randomness import random_run
from udtlib.translators.direct import Direct
from udtlib.translators.residual_flow import residual_flow
from udtlib.transport.semantic import SemanticCost

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow

SETTING = Setting(QUICK, 0)


@pytest.fixture(scope="module")
def swap():
    """Digits coded by an autoencoder that has learnt nothing."""
    images = digit_swap()
    with random_run(0):
        return coded_by(vector_autoencoder(1, size=32, code=128), images, QUICK)


def planted(swap, count=60):
    """The class at ±3 on the first axis, the side at ±10 on the second."""

    def codes(seed):
        kind = torch.arange(count) % 2
        side = kind if seed == 0 else 1 - kind
        z = 0.3 * torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))
        z += torch.stack([6.0 * kind - 3, 20.0 * side - 10], 1)
        return Samples(z, z, kind, kind)

    return CodedPair(swap.images, swap.space, IndependentPair(codes(0), codes(1)))


def test_the_plan_pairs_what_the_cost_calls_near(swap):
    pair, axes = planted(swap), torch.eye(2)
    assert plan_score(pair) == 0
    near = replace(pair, cost=SemanticCost(basis=axes, weight=torch.tensor([1.0, 1e-3])))
    assert plan_score(near) == 100
    far = replace(pair, cost=SemanticCost(basis=axes, weight=torch.tensor([1e-3, 1.0])))
    assert plan_score(far) == 0


def test_a_plan_does_not_turn_codes_twice(swap):
    """Codes of a pair that is seen from a cost lie along its axes, so that its weights are all that is left."""
    pair, swapped = planted(swap), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    turned = replace(
        pair,
        codes=IndependentPair(
            *(
                Samples(each.train @ swapped, each.test @ swapped, each.train_label, each.test_label)
                for each in (pair.codes.source, pair.codes.target)
            )
        ),
    )
    # The class is the second axis now, and dear.
    near = SemanticCost(basis=swapped, weight=torch.tensor([1e-3, 1.0]))
    assert plan_score(replace(turned, cost=near)) == 100
    assert plan_score(replace(turned, cost=replace(near, weight=near.weight.flip(0)))) == 0


def test_a_plan_between_fewer_codes_is_a_random_one(swap):
    pair = replace(planted(swap), cost=SemanticCost(basis=torch.eye(2), weight=torch.tensor([1.0, 0.02])))
    values = []
    for seed in range(5):
        torch.manual_seed(seed)
        values.append(plan_score(pair, count=5))
    assert all(value in (0, 20, 40, 60, 80, 100) for value in values)
    assert len(set(values)) > 1


def test_codes_are_those_of_the_images_and_what_is_drawn(swap):
    with torch.no_grad():
        z = swap.space.encode(swap.images.source.test)
    torch.testing.assert_close(swap.codes.source.test, z)
    every = torch.cat([swap.codes.source.train, swap.codes.target.train])
    assert every.square().mean().item() == pytest.approx(1, abs=1e-3)
    seen, side, domain = what_a_rule_sees(swap)
    assert torch.equal(seen, every)
    assert torch.equal(side, sides_of(torch.cat([swap.images.source.train, swap.images.target.train])))
    assert domain.tolist() == [0] * len(swap.codes.source.train) + [1] * len(swap.codes.target.train)
    assert swap.batch(0, size=3, seed=0).x.shape == (3, swap.dimension) == (3, 128)


@pytest.mark.parametrize("rule", RULES)
def test_a_costs_axes_become_the_coordinates_and_its_weights_reach_the_game(swap, rule):
    cost = RULES[rule](swap)
    seen = swap.seen_from(cost)
    torch.testing.assert_close(
        seen.codes.target.test, swap.codes.target.test @ cost.basis, atol=1e-4, rtol=1e-4
    )
    # Weighted distances of coordinates are the cost of codes.
    root = cost.weight.sqrt()
    few, others = seen.codes.source.test[:5] * root, seen.codes.target.test[:5] * root
    expected = cost(swap.codes.source.test[:5], swap.codes.target.test[:5])
    torch.testing.assert_close(torch.cdist(few, others).square(), expected, atol=1e-2, rtol=1e-3)
    game = untrained(SWAP, f"DONT, {rule}", pair=seen)
    assert torch.equal(game.cost_weight, cost.weight)
    assert untrained(SWAP, "DONT, every coordinate counts", pair=swap).cost_weight is None


def test_the_players_of_codes_are_the_same_in_every_system(swap):
    """CycleGAN differs from DONT in its terms, not in its nets, step sizes or batches."""
    cycle, dont = code_cyclegan(swap, SETTING), dont_game(swap, SETTING, effort=0.3)
    rates = [{p.optimiser.rate for p in game.players().values()} for game in (cycle, dont)]
    assert rates[0] == rates[1] == {1e-3, 2e-3}
    sizes = [sorted(p.numel() for p in net.parameters()) for net in (cycle.translator.forth, dont.flow)]
    assert sizes[0] == sizes[1]
    assert {system.training(QUICK) for system in SWAP.systems.values()} == {code_training(QUICK)}


def test_the_large_table_is_the_papers_size_with_the_rule_that_works_and_more_effort(swap):
    assert list(SWAP_64.systems) == ["CycleGAN", "DONT, every coordinate counts", "DONT, shared spread"]
    assert SWAP_64.pair.keywords == {"size": 64}
    small, large = (
        untrained(table, "DONT, every coordinate counts", pair=swap).config.effort_weight
        for table in (SWAP, SWAP_64)
    )
    assert (small, large) == (0.3, 0.6)


def test_a_flow_that_shifts_every_code_is_scored_by_hand(swap):
    flow = residual_flow(128, steps=4, gain=0)
    with torch.no_grad():
        for v in flow.velocities:
            v[-1].bias.fill_(0.5)
    scores = dont_scores(flow, swap)
    assert scores.effort["mean ‖T(z) − z‖²"] == pytest.approx(0.25 * 128, rel=1e-3)
    assert scores.effort["energy of the path over ‖T(z) − z‖²"] == pytest.approx(1, rel=1e-3)
    assert scores.other["brought back by the exact inverse, %"] == 100
    assert scores.other["squared error of the naive inverse"] == pytest.approx(0, abs=1e-6)


def test_all_systems_share_the_seeds_autoencoder_and_the_table_is_whole(swap, tmp_path):
    calls = []

    def few(setting):
        calls.append(setting.shared)
        return code_digits(digit_swap(), setting, steps=2)

    small = tiny(SWAP, pair=few, batch_size=16)
    names = ("CycleGAN", "DONT, every coordinate counts")
    systems = {name: small.systems[name] for name in names}
    paper = {key: value for key, value in SWAP.paper.items() if key[0] in names}
    report = carried_out(replace(small, systems=systems, paper=paper), tmp_path)
    assert [row.system for row in report.rows] == [*names, "task 2's answer, coded and decoded"]
    assert report.rows[0].paper["task 1"] == 99.9
    assert (calls[0] / "coder" / "checkpoint.pt").exists()
    assert set(report.pictures) == {"maps"}
    assert swap_scores(residual_flow(128, steps=1), swap).fit.keys() == coded_answer(None, swap).fit.keys()


def test_the_sweep_of_the_mask_trains_and_plans_for_every_penalty():
    found = mask.sweep(SETTING, penalties=(1e-2, 1e-3), coder_steps=2, steps=2).scores
    weak, strong = found["penalty 0.001"], found["penalty 0.01"]
    assert weak.other[mask.LEFT_OUT] >= strong.other[mask.LEFT_OUT]
    for each in (weak, strong):
        assert set(each.other) == {mask.PLAN, mask.LEFT_OUT}
        assert each.alignment["task 1"] + each.alignment["task 2"] <= each.fit["coherence"] + 1e-6
    rows = {name: ReportRow.of(name, {0: each}) for name, each in found.items()}
    assert mask.values_of(rows["penalty 0.01"], "nothing") == []
    assert "coordinates" in mask.sweep_picture(rows).alt


def test_other_digits_are_two_games_on_one_cost():
    assert len(classes.PAIRS) == len({tuple(sorted(pair)) for pair in classes.PAIRS}) == 12
    assert all(a < b for a, b in classes.PAIRS)
    assert len(classes.FRESH) == len(set(classes.FRESH)) == 12
    # Nothing was chosen by ten of them; the others are those that look alike.
    assert set(classes.FRESH) & set(classes.PAIRS) == set(classes.ALIKE)
    assert {s.game.keywords["effort"] for s in classes.NEW_PAIRS.systems.values()} == {classes.STRONG}
    names = list(classes.CLASSES.systems)
    assert names[:2] == ["0 and 3: bounded critic, λ falls", "0 and 3: balanced critic"]
    for system in classes.CLASSES.systems.values():
        assert system.training(QUICK) == code_training(QUICK)
        assert system.pair.func is classes.shared
    assert {s.game.keywords["effort"] for s in classes.EFFORT.systems.values()} == set(classes.EFFORTS)


def test_other_digits_are_read_as_themselves():
    images = digit_swap(classes=(4, 9))
    with random_run(0):
        coded = coded_by(vector_autoencoder(1, size=32, code=16), images, QUICK)
    perfect = read_scores(images.truth(images.source.test), coded)
    assert perfect.alignment["task 2"] > 97
    assert set(few_digits(Direct(nn.Identity()), coded)) == {"x", "T(x)"}
    game = balanced_dont(coded.seen_from(RULES["shared spread"](coded)), SETTING)
    assert isinstance(game.discrepancy, Multiplier)
    assert game.config.effort_weight == game.config.effort_end == game.discrepancy.effort_weight


def test_the_papers_percentages_stand_beside_their_systems():
    assert SWAP.paper["DONT, paper's rule", "task 2"] == 83.4
    assert len(SWAP.paper) == 9


def test_faces_are_scored_there_and_back(tmp_path):
    from udtlib.data.faces.attributes import sex_pair

    people = sex_pair(count=60, test=400, size=32, seed=0, studio=True)
    train, test = people.batch(0, size=60, seed=0), people.batch(0, size=400, seed=0, split="test")
    images = IndependentPair(Samples(train.x, test.x), Samples(train.y, test.y))
    with random_run(0):
        coded = coded_by(vector_autoencoder(3, size=32, width=4, depth=3), images, QUICK)
    pair = dont_faces.CodedFaces(coded, people)
    report = carried_out(tiny(dont_faces.FACES, pair=lambda setting: pair, batch_size=16), tmp_path)
    assert set(report.pictures) == {"way", "back"}
    row = report.rows[0]
    assert "untrained way back: separation accuracy" in row.other
    assert "kept: yaw" in row.alignment
