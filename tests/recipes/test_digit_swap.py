"""Chapter 08's digits: scores mean what they say, plans are read right, and the table is whole."""

from collections.abc import Callable

import pytest
import torch

from udtlib.data.digit_swap import digit_swap, move_across, sides_of
from udtlib.data.pair import IndependentPair, Samples
from udtlib.profiles import Profile
from udtlib.recipes import coded_pairs
from udtlib.recipes import digit_swap as recipe
from udtlib.recipes import digit_swap_table as table
from udtlib.recipes.coded_pairs import CodedPair
from udtlib.recipes.digit_swap import make_swap, plan_score, play_dont, same_hand
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Tensor

QUICK = Profile(name="quick", device=torch.device("cpu"))
COLUMNS = table.COLUMNS


@pytest.fixture(scope="module")
def images() -> IndependentPair:
    return digit_swap()


def codes(count: int, *, seed: int) -> tuple[Samples, Tensor]:
    """Planted codes: the class at ±3 on the first axis, the side at ±10 on the second."""
    kind = torch.arange(count) % 2
    side = kind if seed == 0 else 1 - kind
    z = 0.3 * torch.randn(count, 2, generator=torch.Generator().manual_seed(seed))
    z += torch.stack([6.0 * kind - 3, 20.0 * side - 10], 1)
    return Samples(z, z, kind, kind), side


@pytest.fixture
def planted(images: IndependentPair) -> CodedPair:
    space = None  # a plan needs none
    return CodedPair(images, space, IndependentPair(codes(60, seed=0)[0], codes(60, seed=1)[0]))


def test_the_plan_pairs_what_the_cost_calls_near(planted: CodedPair) -> None:
    axes = torch.eye(2)
    assert plan_score(planted, None) == 0
    assert plan_score(planted, SemanticCost(basis=axes, weight=torch.tensor([1.0, 1e-3]))) == 100
    assert plan_score(planted, SemanticCost(basis=axes, weight=torch.tensor([1e-3, 1.0]))) == 0


def test_a_plan_between_fewer_codes_depends_on_the_seed(
    planted: CodedPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe, "PLANNED", 5)
    by_chance = SemanticCost(basis=torch.eye(2), weight=torch.tensor([1.0, 0.02]))
    values = [plan_score(planted, by_chance, seed=seed) for seed in range(5)]
    assert all(value in (0, 20, 40, 60, 80, 100) for value in values)
    assert len(set(values)) > 1
    assert plan_score(planted, by_chance, seed=3) == values[3]


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


def test_codes_are_those_of_the_images(swap: CodedPair) -> None:
    with torch.no_grad():
        z = swap.space.encode(swap.images.source.test)
    torch.testing.assert_close(swap.codes.source.test, z)
    every = torch.cat([swap.codes.source.train, swap.codes.target.train])
    assert every.square().mean().item() == pytest.approx(1, abs=1e-3)
    assert not every.requires_grad
    seen, side, domain = recipe.what_the_rule_sees(swap)
    assert torch.equal(seen, every)
    assert torch.equal(side, sides_of(torch.cat([swap.images.source.train, swap.images.target.train])))
    assert domain.tolist() == [0] * len(swap.codes.source.train) + [1] * len(swap.codes.target.train)


def test_a_cost_s_axes_become_the_coordinates(swap: CodedPair) -> None:
    cost = table.RULES["shared spread"](swap)
    seen = swap.seen_from(cost)
    torch.testing.assert_close(
        seen.codes.target.test, swap.codes.target.test @ cost.basis, atol=1e-4, rtol=1e-4
    )
    # Weighted distances of coordinates are the cost of codes.
    root = cost.weight.sqrt()
    few, others = seen.codes.source.test[:5] * root, seen.codes.target.test[:5] * root
    expected = cost(swap.codes.source.test[:5], swap.codes.target.test[:5])
    torch.testing.assert_close(torch.cdist(few, others).square(), expected, atol=1e-2, rtol=1e-3)


def test_the_same_hand_is_the_source_s_own_digit(swap: CodedPair) -> None:
    with torch.no_grad():
        wanted = swap.space.decode(swap.space.encode(move_across(swap.images.source.test)))
    # Codes of an autoencoder that has learnt nothing lie close together.
    assert same_hand(swap, wanted) > 99
    assert same_hand(swap, wanted.roll(1, 0)) < 5


def test_a_trained_flow_has_the_asked_for_steps_and_follows_from_the_seed(swap: CodedPair) -> None:
    flow, again, other = (play_dont(swap, QUICK, seed=seed, steps=3) for seed in (0, 0, 1))
    assert isinstance(flow, ResidualFlow)
    assert not flow.training
    assert len(flow.velocities) == 3
    z = swap.codes.source.test
    assert torch.equal(flow(z), again(z))
    assert not torch.equal(flow(z), other(z))


def test_the_effort_holds_codes_back(swap: CodedPair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recipe.STEPS, "quick", 30)
    free, held = (play_dont(swap, QUICK, seed=0, effort=effort) for effort in (0.0, 100.0))
    assert table.moved(swap, held) < 0.5 * table.moved(swap, free)


@pytest.mark.parametrize("profile", ["quick", "colab", "full"])
def test_every_profile_has_its_sizes(profile: str) -> None:
    for sizes in (recipe.SIZE, coded_pairs.CODER_STEPS, recipe.STEPS):
        assert sizes[profile] > 0
    assert set(recipe.EFFORT[profile]) == {1, 2}
    assert recipe.SIZE[profile] % 32 == 0, "the reader takes multiples of 32 pixels"


def test_the_players_of_codes_are_the_same_in_every_system(
    monkeypatch: pytest.MonkeyPatch, swap: CodedPair
) -> None:
    """CycleGAN differs from DONT in its terms, not in its nets, step sizes or batches."""
    seen: list[tuple[object, object]] = []
    catch: Callable[..., None] = lambda objective, pair, *, config: seen.append((objective, config))  # noqa: E731
    monkeypatch.setattr(recipe, "fit", catch)
    recipe.play_cyclegan(swap, QUICK, seed=0)
    play_dont(swap, QUICK, seed=0)
    (cycle, first), (dont, second) = seen
    assert first == second
    rates = [{p.optimiser.rate for p in game.players().values()} for game in (cycle, dont)]
    assert rates[0] == rates[1] == {recipe.FLOW_RATE, recipe.JUDGE_RATE}
    sizes = [sorted(p.numel() for p in net.parameters()) for net in (cycle.translator.forth, dont.flow)]
    assert sizes[0] == sizes[1]


def test_a_cost_and_its_settings_reach_the_game(monkeypatch: pytest.MonkeyPatch, swap: CodedPair) -> None:
    games = []
    monkeypatch.setattr(recipe, "fit", lambda objective, pair, *, config: games.append(objective))
    weight = torch.linspace(1, 0.1, 128)
    play_dont(swap, QUICK, seed=0)
    play_dont(swap, QUICK, seed=0, cost_weight=weight)
    play_dont(swap, QUICK, seed=0, cost_weight=weight, effort=0.7, power=3.0)
    assert games[0].cost_weight is None
    assert torch.equal(games[1].cost_weight, weight)
    settings = [(game.config.effort_weight, game.config.power) for game in games]
    assert settings == [(recipe.EFFORT["quick"][1], 2), (recipe.EFFORT["quick"][2], 2), (0.7, 3)]
