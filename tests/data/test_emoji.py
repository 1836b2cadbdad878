"""Pairs of hands that drew the same emoji."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.data.emoji import EmojiPair
from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.types import Batch

UNPAIRED = EmojiPair("noto", "twemoji")
PAIRED = EmojiPair("fluent-line", "fluent-3d", size=32, paired=True)


def nearest(pair: EmojiPair, y: torch.Tensor) -> list[int]:
    """The numbers of the target's drawings that are these pictures."""
    everything = EMOJI.pictures(pair.target, torch.arange(1570), size=pair.size).flatten(1)
    distance = torch.cdist(y.flatten(1), everything, compute_mode="donot_use_mm_for_euclid_dist")
    assert float(distance.amin(1).max()) == 0
    return distance.argmin(1).tolist()


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("pair", [UNPAIRED, PAIRED, EmojiPair("fluent-flat", "fluent-line", size=16)])
def test_answers_are_the_other_hands_pictures_of_the_same_code_points(pair: EmojiPair, split: str) -> None:
    batch = pair.batch(3, size=9, seed=1, split=split)
    answers = pair.answers(batch)
    for x, y, number in zip(batch.x, answers, batch.x_row.tolist(), strict=True):
        for picture, hand in ((x, pair.source), (y, pair.target)):
            drawing = EMOJI.drawn_by(hand)[number].float()
            ratio = 64 // pair.size
            mean = drawing.unflatten(1, (-1, ratio)).unflatten(3, (-1, ratio)).mean((2, 4))
            torch.testing.assert_close(picture, mean / 127.5 - 1, atol=1e-5, rtol=0)
        assert EMOJI.index()[number].split == split


def test_paired_batches_hold_partners() -> None:
    batch = PAIRED.batch(0, size=6, seed=0)
    assert batch.x.shape == (6, 1, 32, 32)
    assert batch.y.shape == (6, 3, 32, 32)
    assert torch.equal(batch.y, PAIRED.answers(batch))
    assert len(set(batch.x_row.tolist())) > 1


def test_unpaired_training_shows_no_partner() -> None:
    x, y = (UNPAIRED.numbers(side, split="train").tolist() for side in ("source", "target"))
    assert not set(x) & set(y)
    assert set(x) | set(y) == set(EMOJI.numbers_of("train").tolist())
    families = [{EMOJI.index()[number].family for number in numbers} for numbers in (x, y)]
    assert not families[0] & families[1]
    assert min(len(x), len(y)) > 600
    # And what batches show is what the numbers say.
    batch = UNPAIRED.batch(0, size=64, seed=5)
    assert set(batch.x_row.tolist()) <= set(x)
    assert set(nearest(UNPAIRED, batch.y)) <= set(y)


@pytest.mark.parametrize("pair", [UNPAIRED, PAIRED])
def test_no_test_family_is_seen_in_training(pair: EmojiPair) -> None:
    seen = {n for side in ("source", "target") for n in pair.numbers(side, split="train").tolist()}
    unseen = {n for side in ("source", "target") for n in pair.numbers(side, split="test").tolist()}
    families = [{EMOJI.index()[number].family for number in numbers} for numbers in (seen, unseen)]
    assert not families[0] & families[1]
    assert len(unseen) == 244


@examples(10)
@given(index=st.integers(0, 10**6), seed=st.integers(0, 2**31), split=st.sampled_from(["train", "test"]))
def test_batches_are_pure_functions(index: int, seed: int, split: str) -> None:
    pair = EmojiPair("noto", "fluent-flat", size=16)
    first = pair.batch(index, size=5, seed=seed, split=split)
    pair.batch(index + 1, size=3, seed=seed)
    torch.rand(1)
    again = EmojiPair("noto", "fluent-flat", size=16).batch(index, size=5, seed=seed, split=split)
    assert all(torch.equal(first[k], again[k]) for k in (0, 1, 4))
    other = pair.batch(index, size=5, seed=seed + 1, split=split)
    assert not torch.equal(first.x_row, other.x_row) or not torch.equal(first.y, other.y)


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("size", [64, 32, 16])
def test_pictures_have_values_in_range(hand: str, size: int) -> None:
    made = EMOJI.pictures(hand, torch.arange(0, 1570, 9), size=size)
    assert made.shape[1:] == ((1 if hand == "fluent-line" else 3), size, size)
    assert made.dtype == torch.float32
    assert -1 <= made.min() < -0.9
    assert made.max() == 1


def test_pictures_keep_their_bytes() -> None:
    made = EMOJI.pictures("twemoji", torch.tensor([3, 700]))
    assert torch.equal(made.add(1).mul(127.5).round().byte(), EMOJI.drawn_by("twemoji")[[3, 700]])


def test_the_whole_test_set_is_in_order() -> None:
    whole = UNPAIRED.whole()
    assert whole.x.shape == whole.y.shape == (244, 3, 64, 64)
    assert whole.x_row.tolist() == EMOJI.numbers_of("test").tolist() == sorted(whole.x_row.tolist())
    assert torch.equal(whole.y, UNPAIRED.answers(whole))
    assert torch.equal(whole.x, EMOJI.pictures("noto", EMOJI.numbers_of("test")))
    assert len(PAIRED.whole("val").x) == 84


def test_a_changed_batch_has_changed_answers() -> None:
    """What the batch says it shows decides, not when or in what order it is asked for."""
    batch = UNPAIRED.batch(0, size=8, seed=0)
    order = torch.tensor([5, 1, 1])
    part = batch._replace(x=batch.x[order], x_row=batch.x_row[order])
    assert torch.equal(UNPAIRED.answers(part), UNPAIRED.answers(batch)[order])
    with pytest.raises(ValueError, match="which emoji it shows; pass a batch of EmojiPair"):
        UNPAIRED.answers(Batch(batch.x, batch.y))


def test_a_moved_pair_is_the_same() -> None:
    assert UNPAIRED.to("cpu") == UNPAIRED
    assert UNPAIRED.to("meta").batch(0, size=2, seed=0).x.device.type == "meta"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "apple"}, "no hand 'apple'; expected one of noto"),
        (
            {"target": "noto"},
            "both 'noto'; choose another target: twemoji, fluent-flat, fluent-3d, fluent-line",
        ),
        ({"size": 48}, "emoji have 64, 32 or 16 pixels, got size=48"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EmojiPair(**arguments)


def test_requests_that_cannot_be_drawn_are_refused() -> None:
    with pytest.raises(ValueError, match="split is 'val'; expected 'train' or 'test'"):
        UNPAIRED.batch(0, size=2, seed=0, split="val")
    with pytest.raises(ValueError, match="side is 'left'; expected 'source' or 'target'"):
        UNPAIRED.numbers("left", split="test")
    with pytest.raises(ValueError, match="split is 'all'; expected one of train, val, test"):
        UNPAIRED.whole("all")


def test_mirrored_pictures_are_the_stored_ones_seen_in_a_mirror() -> None:
    plain, mirror = (EmojiPair("noto", "twemoji", size=32, mirrored=each) for each in (False, True))
    a, b = (pair.batch(0, size=64, seed=0) for pair in (plain, mirror))
    for one, other in ((a.x, b.x), (a.y, b.y)):
        turned = torch.tensor([not torch.equal(p, q) for p, q in zip(one, other, strict=True)])
        assert 16 < int(turned.sum()) < 48
        assert torch.equal(other[turned], one[turned].flip(3))
    with pytest.raises(ValueError, match="does not say which emoji"):
        mirror.answers(b)


def test_partners_are_mirrored_together_and_tests_never() -> None:
    plain, mirror = (
        EmojiPair("fluent-flat", "fluent-3d", size=16, paired=True, mirrored=each) for each in (False, True)
    )
    a, b = (pair.batch(2, size=40, seed=1) for pair in (plain, mirror))
    turned = [not torch.equal(p, q) for p, q in zip(a.x, b.x, strict=True)]
    assert turned == [not torch.equal(p, q) for p, q in zip(a.y, b.y, strict=True)]
    tests = [pair.batch(2, size=9, seed=1, split="test") for pair in (plain, mirror)]
    assert torch.equal(tests[0].x, tests[1].x)
    assert torch.equal(tests[0].y, tests[1].y)
