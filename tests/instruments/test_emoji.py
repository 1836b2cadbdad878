"""The classifier of hands, and what translations between hands score: the truth well, everything else worse."""

import pytest
import torch

from udtlib.data.emoji import EmojiPair
from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.data.emoji_hands import COLOURISTS, HandsPair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.emoji.hands import scores_of_colourings, true_hands_scores
from udtlib.instruments.emoji.reader import HandReader, load_hand_reader, reader_record
from udtlib.instruments.emoji.scores import emoji_scores, share_of_hand, thumbnails
from udtlib.instruments.emoji.training import HandReading, changed, hands_to_read, measured
from udtlib.instruments.storing import stored_weights
from udtlib.objectives.base import Clock
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay


@pytest.fixture(scope="module")
def pair() -> EmojiPair:
    return EmojiPair("noto", "twemoji")


@pytest.fixture(scope="module")
def truth(pair):
    return emoji_scores(right_answers, pair)


@pytest.mark.parametrize("hand", HANDS)
def test_the_classifier_knows_the_hands(hand):
    images = EMOJI.pictures(hand, EMOJI.numbers_of("test"))
    assert share_of_hand(images, hand) == pytest.approx(reader_record()["accuracy"][hand], abs=0.01)
    assert share_of_hand(images, hand) > 0.75


def test_the_record_is_of_these_weights():
    images = hands_to_read().target
    assert measured(stored_weights(load_hand_reader()), images)["accuracy"] == pytest.approx(
        reader_record()["accuracy"], abs=0.01
    )


def test_images_of_other_shapes_are_read_or_refused():
    reader = load_hand_reader()
    assert reader(torch.zeros(2, 1, 32, 32)).shape == (2, 5)
    with pytest.raises(ValueError, match="square images of 1 or 3 channels"):
        reader(torch.zeros(2, 2, 32, 32))
    with pytest.raises(ValueError, match="square images of 1 or 3 channels"):
        reader(torch.zeros(2, 3, 32, 64))


def test_changed_images_are_images():
    torch.manual_seed(0)
    images = EMOJI.pictures("noto", torch.arange(20))
    made = changed(images)
    assert made.shape == images.shape
    assert made.abs().max() <= 1
    assert not torch.equal(made, images)


def test_training_needs_labels():
    pair = hands_to_read()
    objective = HandReading(HandReader())
    batch = pair.batch(0, size=4, seed=0)
    assert objective("reader", batch, Clock(0, 1))["cross_entropy"] > 0
    with pytest.raises(ValueError, match="has none; use hands_to_read"):
        objective.loss(batch._replace(y_label=None), Clock(0, 1))


def test_the_truth_finds_every_partner(truth):
    assert truth.alignment["partner found"] == 100
    assert truth.alignment["mean |T(x) − right y|"] == 0
    assert truth.fit["energy distance of features"] == 0
    assert truth.fit["taken for the hand"] > 0.85


def test_what_is_left_alone_costs_nothing_and_does_not_fit(pair, truth):
    scores = emoji_scores(untouched, pair)
    assert scores.effort["mean |T(x) − x|"] == 0
    assert scores.fit["taken for the hand"] < 0.2
    assert scores.fit["energy distance of features"] > 1
    assert 20 < scores.alignment["partner found"] < 50
    assert scores.fit["fooled by a glimpse"] < truth.fit["fooled by a glimpse"]


def test_a_way_back_is_scored_under_names_of_its_own(pair):
    scores = emoji_scores(TwoWay(Direct(torch.nn.Identity()), Direct(torch.nn.Identity())), pair)
    assert scores.other["mean |S(T(x)) − x|"] == 0
    assert scores.fit["S: taken for the hand"] < 0.25
    assert scores.alignment["mean |S(y) − right x|"] == pytest.approx(
        scores.alignment["mean |T(x) − right y|"], rel=1e-6
    )


def test_thumbnails_are_averages_of_areas():
    images = torch.randn(2, 1, 64, 64)
    small = thumbnails(images)
    assert small.shape == (2, 3 * 16 * 16)
    torch.testing.assert_close(small[0, 0], images[0, 0, :4, :4].mean())


def test_right_answers_by_all_hands_are_four_hands_and_one_hand_is_one():
    pair = HandsPair()
    every = true_hands_scores(None, pair)
    assert every.fit["hands found"] > 3
    assert every.alignment["to the nearest right answer"] == pytest.approx(0, abs=1e-6)
    assert every.alignment["from a right answer to the nearest"] == pytest.approx(0, abs=1e-6)
    variants = pair.variants(EMOJI.numbers_of("test")[:40])
    alone = scores_of_colourings(variants[:, 1:2].repeat(1, 4, 1, 1, 1), variants)
    assert alone.fit["hands found"] == pytest.approx(1)
    assert alone.other["diversity"] == 0
    assert alone.fit[f"share of {COLOURISTS[1]}"] > 0.8
    assert alone.alignment["to the nearest right answer"] == pytest.approx(0, abs=1e-6)
    assert alone.alignment["from a right answer to the nearest"] > 0.05
