"""Line art and the four hands that may have coloured it."""

import pytest
import torch

from udtlib.data.emoji_files import EMOJI
from udtlib.data.emoji_hands import COLOURISTS, HandsPair

PAIR = HandsPair(size=16)


def test_every_y_is_a_drawing_of_the_same_emoji_by_the_hand_of_its_label() -> None:
    batch = PAIR.batch(0, size=12, seed=0)
    assert batch.x.shape == (12, 1, 16, 16)
    for x, y, hand, number in zip(batch.x, batch.y, batch.y_label, batch.x_row, strict=True):
        assert torch.equal(x, EMOJI.pictures("fluent-line", number[None], size=16)[0])
        assert torch.equal(y, EMOJI.pictures(COLOURISTS[hand], number[None], size=16)[0])
    assert torch.equal(PAIR.answers(batch), batch.y)


def test_hands_are_equally_likely_and_emoji_of_the_split() -> None:
    batch = PAIR.batch(0, size=2_000, seed=0, split="test")
    assert batch.y_label.bincount(minlength=4).tolist() == pytest.approx([500] * 4, abs=80)
    assert set(batch.x_row.tolist()) <= set(EMOJI.numbers_of("test").tolist())


def test_all_variants_are_the_four_hands() -> None:
    rows = torch.tensor([3, 700])
    variants = PAIR.variants(rows)
    assert variants.shape == (2, 4, 3, 16, 16)
    for k, hand in enumerate(COLOURISTS):
        assert torch.equal(variants[:, k], EMOJI.pictures(hand, rows, size=16))


def test_mirrored_pairs_are_mirrored_together() -> None:
    plain, turned = (
        PAIR.batch(1, size=40, seed=0),
        HandsPair(size=16, mirrored=True).batch(1, size=40, seed=0),
    )
    flipped = [not torch.equal(a, b) for a, b in zip(plain.x, turned.x, strict=True)]
    assert flipped == [not torch.equal(a, b) for a, b in zip(plain.y, turned.y, strict=True)]
    assert 8 < sum(flipped) < 32
    assert torch.equal(plain.y_label, turned.y_label)
    with pytest.raises(ValueError, match="does not say which emoji"):
        PAIR.answers(turned)


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="got size=48"):
        HandsPair(size=48)
