"""One turn onto another, on rings of pictures that are made up."""

import math

import pytest
import torch
from torch import Tensor

from tests.experiments.tiny import SETTING
from udtlib.data.pair import IndependentPair, Samples
from udtlib.experiments import turntables
from udtlib.transport.gromov.search import GromovSearch

SEARCH = GromovSearch(restarts=3, first_epsilon=0.03, levels=4)


def lopsided(count: int, *, offset: float = 0.0, direction: int = 1, seed: int = 0) -> Tensor:
    """A closed curve without symmetry among pictures of 4 × 4 pixels, walked through once."""
    t = 2 * math.pi * (direction * torch.arange(count) / count + offset)
    curve = torch.stack([t.cos(), t.sin(), 0.4 * (2 * t).cos(), 0.3 * (3 * t + 1).sin()], dim=1)
    axes = torch.linalg.qr(torch.randn(48, 4, generator=torch.Generator().manual_seed(seed))).Q
    return (curve @ axes.T).view(count, 3, 4, 4)


def test_the_plan_finds_a_turn_that_pictures_do_not_show() -> None:
    x, y = lopsided(20), lopsided(20, offset=0.3, direction=-1, seed=1)
    assert max(turntables.by_plan(x, y, seed=0, search=SEARCH).scores()) < 10
    assert turntables.by_thumbnails(x, y).scores()[0] > 30
    assert turntables.by_chance(x, y, seed=0).scores()[0] > 30


def test_partners_are_counted_in_degrees() -> None:
    assert turntables.angles_left(torch.arange(8), 8) == (0, 0)
    left, halves = turntables.angles_left(torch.tensor([0, 1, 2, 3, 0, 1, 2, 3]), 8)
    assert (left, halves) == (90, 0)
    assert turntables.angles_left(torch.tensor([0, 2, 4, 6]), 8) == (0, 0)


def test_every_variety_meets_every_other_and_the_least_energy_is_shown() -> None:
    turns = {"a": lopsided(14), "b": lopsided(15, seed=1), "c": torch.rand(14, 3, 4, 4) * 2 - 1}
    measured = turntables.turntables(SETTING, series={"curve": turns}, search=SEARCH)
    plan = measured.scores["curve: plan of least energy"]
    few = measured.scores["curve: the same, the tenth of pairs with the least energy"]
    assert few.other["energy"] < plan.other["energy"]
    assert few.alignment[turntables.SHARE] == 100
    assert measured.scores["curve: nearest thumbnail"].other == {}
    torch.testing.assert_close(measured.shown["turns"]["curve"]["x"][0], turns["a"][0])
    assert turntables.turns_picture(measured.shown["turns"]).alt.startswith("Rows of 12 photographs")
    assert turntables.angles_picture(measured.shown["angles"]).alt.startswith("1 scatter plots")


def test_a_translator_is_read_by_the_nearest_photograph() -> None:
    x, y = lopsided(12), lopsided(12, seed=1)
    pair = IndependentPair(Samples(x, x), Samples(y, y))

    right = turntables.turn_scores(lambda pair, batch: y[turntables.nearest(batch.x, x)], pair)
    assert right.alignment[turntables.LEFT] == 0
    assert list(right.fit.values()) == [0, 100]

    one = turntables.turn_scores(lambda pair, batch: y[:1].expand_as(batch.x), pair)
    assert one.alignment[turntables.LEFT] == pytest.approx(90)
    assert list(one.fit.values()) == [0, pytest.approx(100 / 12)]


def test_the_plan_stands_in_a_system_s_place() -> None:
    x, y = lopsided(12), lopsided(12, offset=0.25, seed=1)
    pair = IndependentPair(Samples(x, x), Samples(y, y))
    assert turntables.turn_scores(turntables.planned, pair).alignment[turntables.LEFT] < 12
    batch = pair.batch(0, size=12, seed=0)
    rows = turntables.nearest(batch.x, x)
    partner = turntables.by_plan(x, y, seed=0).partner
    assert not torch.equal(partner, torch.arange(12))
    assert torch.equal(turntables.planned(pair, batch), y[partner[rows]])
