"""What a translator makes of a pair's test samples, and what may stand in its place."""

import pytest
import torch
from torch import nn

from udtlib.data.street_digits import negative_digits
from udtlib.data.toy2d import noise_to_ring
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import (
    Translations,
    common_scores,
    drawn,
    right_answers,
    translations,
    untouched,
)
from udtlib.translators.direct import Direct
from udtlib.translators.stochastic import StochasticDirect
from udtlib.translators.two_way import TwoWay


class Scaled(nn.Module):
    """Every value times a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


@pytest.fixture(scope="module")
def pair():
    return negative_digits(size=28)


def test_there_again_and_back_are_of_the_first_test_batch_in_parts(pair):
    """More samples than fit one part, and neither a gradient nor a training sample among them."""
    made = translations(TwoWay(Direct(Scaled(-2.0)), Direct(Scaled(3.0))), pair, size=130)
    batch = pair.batch(0, size=130, seed=0, split="test")
    assert torch.equal(made.batch.x, batch.x)
    assert torch.equal(made.there, -2 * batch.x)
    assert torch.equal(made.again, -6 * batch.x)
    assert torch.equal(made.back, 3 * batch.y)
    assert not made.there.requires_grad


def test_one_direction_has_no_cycle(pair):
    made = translations(Direct(Scaled(-1.0)), pair, size=5)
    assert made.again is made.back is None
    scores = common_scores(made)
    assert set(scores.fit) == {"sliced W₂ of T#α to β"}
    assert not scores.other


def test_references_stand_in_a_translator_s_place(pair):
    right, same = (translations(each, pair, size=40) for each in (right_answers, untouched))
    assert torch.equal(right.there, -right.batch.x)
    assert torch.equal(same.there, same.batch.x)
    fits = [common_scores(made).fit["sliced W₂ of T#α to β"] for made in (right, same)]
    assert fits[1] > 5 * fits[0]
    assert common_scores(same).effort == {"mean |T(x) − x|": 0}
    with pytest.raises(ValueError, match="IndependentPair knows no right answers"):
        translations(right_answers, noise_to_ring(), size=3)


def test_the_cycle_is_no_answer_to_a_question(pair):
    batch = pair.batch(0, size=30, seed=0, split="test")
    scores = common_scores(Translations(batch, batch.y, batch.x + 0.25, batch.x))
    assert isinstance(scores, Scores)
    assert scores.other == pytest.approx({"mean |S(T(x)) − x|": 0.25})
    assert not scores.alignment


def test_domains_of_different_shapes_have_no_displacement(pair):
    batch = pair.batch(0, size=30, seed=0, split="test")
    there = batch.y.expand(-1, 3, -1, -1)
    assert not common_scores(Translations(batch._replace(y=there), there)).effort


def test_codes_follow_from_the_seed_and_differ():
    class Shift(nn.Module):
        def forward(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
            return x + z.view(-1, 1, 1, 1)

    translator, x = StochasticDirect(Shift(), latent=1), torch.zeros(3, 1, 2, 2)
    made = drawn(translator, x, count=4, seed=1)
    assert made.shape == (3, 4, 1, 2, 2)
    assert len(made[:, :, 0, 0, 0].unique()) == 12
    assert torch.equal(made, drawn(translator, x, count=4, seed=1))
    assert not torch.equal(made, drawn(translator, x, count=4, seed=2))
