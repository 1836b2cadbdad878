"""Chapter 01: a fair comparison, and scores that mean what they say."""

from pathlib import Path

import pytest
import torch

from tests.experiments.tiny import QUICK, SETTING, carried_out, tiny, untrained
from udtlib.data.digits import load_digits
from udtlib.evaluate.stored import read_report
from udtlib.experiments.gans import (
    BEST,
    DIGITS,
    MATCHED,
    RING,
    RING_TUNING,
    digit_scores,
    digits_pair,
    ring_name,
    ring_pair,
)
from udtlib.translators.base import ConditionalTranslator

RESULTS = Path(__file__).parents[2] / "book" / "results"

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


def test_every_method_on_the_ring_starts_from_the_same_nets_and_takes_as_many_gradient_steps():
    steps, starts = set(), []
    for name, system in RING.systems.items():
        objective = untrained(RING, name, pair=ring_pair(SETTING), seed=3)
        moves = sum(player.moves for player in objective.players().values())
        steps.add(system.training(QUICK).steps * moves)
        starts.append(torch.cat([p.detach().flatten() for p in objective.parameters()]))
    assert steps == {3_840}
    assert all(torch.equal(start, starts[0]) for start in starts)


def test_the_rings_table_has_a_value_for_each_method_and_seed(tmp_path):
    report = carried_out(tiny(RING, batch_size=128), tmp_path, seeds=(0, 1))
    assert [row.system for row in report.rows] == [*RING.systems]
    for row in report.rows:
        assert all(len(values) == 2 for _, _, values in row.measures())
        assert max(row.fit["modes covered, of 8"]) < 8, "an untrained generator cannot cover the ring"


def test_every_loss_is_tried_as_hard_as_the_plain_gan_at_least():
    tried = {loss: [name for name in RING_TUNING.systems if name.startswith(f"{loss}, ")] for loss, _ in BEST}
    assert len(tried["GAN"]) == 8
    assert all(len(names) >= 8 for names in tried.values())
    assert sum(map(len, tried.values())) == len(RING_TUNING.systems)


@pytest.mark.skipif(not (RESULTS / "ring-tuning.json").is_file(), reason="ring-tuning has no stored result")
@pytest.mark.parametrize(("loss", "moves"), [*BEST])
def test_the_settings_of_the_table_are_the_best_that_were_tried(loss, moves):
    rows = {row.system: row.fit[MATCHED] for row in read_report(RESULTS / "ring-tuning.json").rows}
    means = {name: sum(v) / len(v) for name, v in rows.items() if name.startswith(f"{loss}, k = {moves},")}
    assert max(means, key=means.get) == ring_name(loss, moves, *BEST[loss, moves])


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
    scores = digit_scores(Copyist(obedient=obedient), digits_pair(SETTING))
    # Disobedience shows in recognition alone: realism and variety are perfect either way.
    asked = scores.alignment["recognised as asked"]
    assert asked > 0.98 if obedient else asked < 0.02
    assert min(scores.fit[name] for name in ("precision", "recall", "coverage")) > 0.9


def test_an_untrained_generator_scores_badly():
    pair = digits_pair(SETTING)
    generator = untrained(DIGITS, "conditional GAN", pair=pair).generator.eval()
    torch.manual_seed(0)
    scores = digit_scores(generator, pair, each=20)
    assert scores.alignment["recognised as asked"] < 0.3
    assert scores.fit["recall"] < 0.1


def test_only_the_penalty_differs_between_the_two_games_of_digits():
    with_penalty, without = (untrained(DIGITS, name, pair=digits_pair(SETTING)) for name in DIGITS.systems)
    assert with_penalty.config.slope_weight > 0 == without.config.slope_weight
    pairs = zip(with_penalty.parameters(), without.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
