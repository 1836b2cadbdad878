"""Scores of translations between digits know right from wrong."""

import pytest
import torch
from torch import nn

from udtlib.data.digit_pairs import thin_to_thick
from udtlib.data.digits import load_digits
from udtlib.data.street_digits import negative_digits, street_to_digits
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.instruments.digits.scores import (
    hand_kept,
    negative_scores,
    share_of_class,
    street_scores,
    sure_digits,
)
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay


class Times(nn.Module):
    """The true map of the negatives for a sign of -1, and the identity for 1."""

    def __init__(self, sign: float):
        super().__init__()
        self.sign = nn.Parameter(torch.tensor(sign))

    def forward(self, x):
        return self.sign * x


def both_ways(sign: float) -> TwoWay:
    return TwoWay(Direct(Times(sign)), Direct(Times(sign)))


@pytest.fixture(scope="module")
def negatives():
    return negative_digits(size=32)


def test_the_true_negative_scores_as_true_and_the_identity_does_not(negatives):
    right, wrong = (negative_scores(both_ways(sign), negatives) for sign in (-1.0, 1.0))
    assert right.alignment["class kept by T"] > 0.95
    assert right.alignment["class kept by S"] > 0.95
    assert right.alignment["mean |T(x) − (−x)|"] == pytest.approx(0, abs=1e-6)
    assert right.other["mean |S(T(x)) − x|"] == pytest.approx(0, abs=1e-6)
    assert wrong.alignment["class kept by T"] < 0.5
    assert wrong.effort["mean |T(x) − x|"] == pytest.approx(0, abs=1e-6)
    key = "sliced W₂ of T#α to β"
    assert wrong.fit[key] > 5 * right.fit[key]


def test_a_reference_scores_as_the_translator_that_does_the_same(negatives):
    reference, translator = (
        negative_scores(each, negatives, size=50) for each in (untouched, both_ways(1.0))
    )
    assert reference.fit == translator.fit
    assert "class kept by S" not in reference.alignment
    assert reference.alignment["class kept by T"] == translator.alignment["class kept by T"]


def test_the_digit_beneath_the_street_is_the_right_answer():
    pair = street_to_digits(size=32, count=8, test=60)
    right, wrong = (street_scores(each, pair, size=60) for each in (right_answers, untouched))
    assert right.alignment["mean |T(x) − right y|"] == 0
    assert right.alignment["class kept by T"] > 0.95
    assert wrong.alignment["class kept by T"] < 0.7
    assert wrong.alignment["mean |T(x) − right y|"] > 0.3


def test_white_digits_on_black_are_told_from_their_negatives_and_from_noise():
    digits, classifier = load_digits(size=32), load_digit_classifier()
    x = digits.test[::10]
    assert sure_digits(x, classifier=classifier, sure=0.9) > 0.9
    assert sure_digits(-x, classifier=classifier, sure=0.9) == 0
    assert share_of_class(x, digits.test_label[::10], classifier=classifier) > 0.95
    assert share_of_class(x, digits.test_label[::10].roll(1), classifier=classifier) < 0.3


def test_a_hand_is_kept_by_the_identity_and_lost_among_strangers():
    x = thin_to_thick(size=32).source.test
    assert hand_kept(x, x).alignment == pytest.approx(
        {"ink kept, correlation": 1, "slant kept, correlation": 1}
    )
    assert max(hand_kept(x, x.roll(len(x) // 2, 0)).alignment.values()) < 0.5
    assert hand_kept(x, x.flip(3)).alignment["slant kept, correlation"] < -0.9
