"""Chapter 01's recipes: a fair comparison, and scores that mean what they say."""

import pytest
import torch

from udtlib.data.digits import load_digits
from udtlib.profiles import Profile
from udtlib.recipes import gans
from udtlib.recipes.catalogue import RECIPES, REPRODUCTIONS
from udtlib.translators.base import ConditionalTranslator

QUICK = Profile(name="quick", device=torch.device("cpu"))


def test_every_method_on_the_ring_starts_from_the_same_nets_and_takes_as_many_gradient_steps():
    steps, starts = set(), []
    for make in gans.RING_METHODS.values():
        objective = make(3)
        moves = sum(player.moves for player in objective.players().values())
        steps.add(gans.ring_config(objective, QUICK, seed=3).steps * moves)
        starts.append(torch.cat([p.detach().flatten() for p in objective.parameters()]))
    assert steps == {gans.GRADIENT_STEPS["quick"]}
    assert all(torch.equal(start, starts[0]) for start in starts)


def test_ring_modes_has_a_value_for_each_method_and_seed(monkeypatch):
    monkeypatch.setitem(gans.GRADIENT_STEPS, "quick", 12)
    rows = gans.ring_modes(QUICK, seeds=(0, 1)).rows
    assert {row.system for row in rows} == set(gans.RING_METHODS)
    assert all(len(row.values) == 2 for row in rows)
    untrained = next(row for row in rows if "covered" in row.metric)
    assert max(untrained.values) < 8, "an untrained generator cannot cover the ring"


class Copyist(ConditionalTranslator):
    """A perfect generator: it hands out real training digits of the class that it is asked for, or of the next."""

    def __init__(self, *, obedient: bool) -> None:
        super().__init__()
        self.digits, self.obedient = load_digits(), obedient

    def forward(self, x, c):
        wanted = c if self.obedient else (c + 1) % 10
        count = torch.zeros(10, dtype=torch.long)
        index = []
        for label in wanted.tolist():
            index.append(torch.where(self.digits.train_label == label)[0][count[label]])
            count[label] += 1
        return self.digits.train[torch.stack(index)]


@pytest.mark.parametrize("obedient", [True, False])
def test_scores_of_a_generator_that_copies_real_digits(obedient):
    scores = gans.digit_scores(Copyist(obedient=obedient), torch.device("cpu"), seed=0, each=200)
    # Disobedience shows in recognition alone: realism and variety are perfect either way.
    assert scores["recognised as asked"] > 0.98 if obedient else scores["recognised as asked"] < 0.02
    assert scores["precision"] > 0.9
    assert scores["recall"] > 0.9
    assert scores["coverage"] > 0.9


def test_an_untrained_generator_scores_badly():
    torch.manual_seed(0)
    scores = gans.digit_scores(gans.digits_objective(0).generator, torch.device("cpu"), seed=0, each=20)
    assert scores["recognised as asked"] < 0.3
    assert scores["recall"] < 0.1


def test_the_catalogues_names_are_their_keys():
    assert all(name == each.name for name, each in {**RECIPES, **REPRODUCTIONS}.items())


def test_a_recipe_trains_and_resumes(tmp_path, monkeypatch):
    monkeypatch.setitem(gans.GRADIENT_STEPS, "quick", 12)
    first = RECIPES["ring-wgan"].train(QUICK, seed=0, folder=tmp_path, resume=True)
    again = RECIPES["ring-wgan"].train(QUICK, seed=0, folder=tmp_path, resume=True)
    assert first.rows == again.rows
    assert (tmp_path / "checkpoint.pt").exists()
