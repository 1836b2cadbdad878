"""Street digits are readable, their answers are the digits beneath, and no digit is on both sides."""

import math

import pytest
import torch

from udtlib.data.digits import load_digits
from udtlib.data.street_digits import (
    CONTRAST,
    StreetPair,
    choose_ink,
    draw_street,
    luma_of,
    make_room,
    move,
    negative_digits,
    street_to_digits,
)
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.types import Tensor


@pytest.fixture(scope="module")
def pair() -> StreetPair:
    return street_to_digits(count=120, test=300)


def rows_of(images: Tensor) -> set[bytes]:
    return {image.numpy().tobytes() for image in images[:, :1]}


def test_both_sides_as_asked_for(pair: StreetPair) -> None:
    batch = pair.batch(0, size=6, seed=0)
    assert batch.x.shape == batch.y.shape == (6, 3, 32, 32)
    assert len(pair.domains.source.train) == len(pair.domains.target.train) == 120
    assert len(pair.domains.source.test) == len(pair.domains.target.test) == 300
    assert not pair.paired
    for images in (batch.x, batch.y):
        assert images.dtype == torch.float32
        assert images.abs().max() <= 1
    assert torch.equal(batch.y[:, :1].expand(-1, 3, -1, -1), batch.y)
    assert not torch.equal(batch.x[:, :1].expand(-1, 3, -1, -1), batch.x)


def test_no_digit_is_on_both_sides(pair: StreetPair) -> None:
    sides = [pair.beneath["train"], pair.domains.target.train, pair.beneath["test"], pair.domains.target.test]
    sets = [rows_of(side) for side in sides]
    assert len(set.union(*sets)) == sum(len(side) for side in sides)


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_answer_is_the_digit_beneath(pair: StreetPair, split: str) -> None:
    """Drawn again from what is beneath, the street is the same; and a batch's answers are of its own rows."""
    again = draw_street(pair.beneath[split][:, :1], seed=0, split=split)
    assert torch.equal(again, getattr(pair.domains.source, split))
    batch = pair.batch(2, size=40, seed=5, split=split)
    answers = pair.answers(batch)
    seen = getattr(pair.domains.source, split)
    for x, label, answer in zip(batch.x, batch.x_label, answers, strict=True):
        (row,) = (seen == x).flatten(1).all(1).nonzero()[0].tolist()
        assert torch.equal(pair.beneath[split][row], answer)
        assert getattr(pair.domains.source, f"{split}_label")[row] == label


def test_labels_name_the_digits(pair: StreetPair) -> None:
    classifier = load_digit_classifier()
    batch = pair.batch(0, size=200, seed=0, split="test")
    answers = pair.answers(batch)
    for images, label in ((answers, batch.x_label), (batch.y, batch.y_label)):
        assert (classifier(images[:, :1]).argmax(1) == label).float().mean() > 0.97


def test_the_ink_stands_out_from_every_pixel_of_the_texture() -> None:
    """Also from the worst: black beside white, and a grey that leaves room on neither side by itself."""
    generator = torch.Generator().manual_seed(0)
    hard = torch.zeros(2, 3, 8, 8)
    hard[0, :, :4], hard[0, :, 4:] = -1, 1
    rough = 2 * torch.rand(500, 3, 8, 8, generator=generator) - 1
    dark = torch.full((20, 3, 8, 8), -1.0)
    back = make_room(torch.cat([hard, rough, dark]))
    for _ in range(5):
        ink = choose_ink(back, torch.rand(len(back), 5, generator=generator))
        assert ink.abs().max() <= 1 + 1e-6
        assert (luma_of(ink) - luma_of(back)).abs().min() >= CONTRAST - 1e-5


def test_a_texture_with_room_is_left_alone() -> None:
    back = 0.2 * torch.rand(3, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(make_room(back), back)


def test_the_street_mixes_ink_and_texture_where_the_digit_is() -> None:
    """Nothing written leaves the texture; everything written leaves one colour."""
    blank, full = (
        draw_street(torch.full((4, 1, 16, 16), value), seed=3, split="test") for value in (-1.0, 1.0)
    )
    inner = full[..., 5:-5, 5:-5]
    torch.testing.assert_close(inner, inner[..., :1, :1].expand_as(inner))
    assert (luma_of(inner) - luma_of(blank)[..., 5:-5, 5:-5]).abs().min() >= CONTRAST - 1e-5
    half = draw_street(torch.zeros(4, 1, 16, 16), seed=3, split="test")
    torch.testing.assert_close(half[..., 5:-5, 5:-5], (blank + full)[..., 5:-5, 5:-5] / 2)


def test_the_middle_of_the_range_moves_nothing() -> None:
    digits = load_digits(size=32).test[:5]
    still = torch.tensor([[0.4, 0.5, 0.5, 0.5]]).expand(5, -1)
    torch.testing.assert_close(move(digits, still), digits, atol=1e-5, rtol=0)


def test_a_shift_is_at_most_a_sixteenth_of_the_side() -> None:
    point = torch.full((1, 1, 32, 32), -1.0)
    point[..., 16, 16] = 1
    moved = move(point, torch.tensor([[0.4, 0.5, 0.0, 1.0]]))
    assert moved[0, 0].argmax().item() == 14 * 32 + 18


def test_digits_stay_within_the_image() -> None:
    """At the largest shift and scale hardly any ink is lost at the border."""
    digits = load_digits(size=32).test
    for drawn in ([1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]):
        moved = move(digits, torch.tensor([drawn]).expand(len(digits), -1)) + 1
        ink = moved.sum((1, 2, 3)) / ((digits + 1).sum((1, 2, 3)) * 1.15**2)
        assert ink.quantile(0.01) > 0.9
        assert math.isclose(ink.median().item(), 1, abs_tol=0.02)


def test_the_seed_decides_everything() -> None:
    first, again, other = (street_to_digits(count=5, test=5, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.domains.source.train, again.domains.source.train)
    assert torch.equal(first.domains.target.test, again.domains.target.test)
    assert not torch.equal(first.domains.source.train, other.domains.source.train)
    assert not torch.equal(first.beneath["train"], other.beneath["train"])


def test_one_channel_of_plain_digits() -> None:
    pair = street_to_digits(size=28, count=3, test=2, channels=1)
    batch = pair.batch(0, size=4, seed=0)
    assert batch.x.shape == (4, 3, 28, 28)
    assert batch.y.shape == pair.answers(batch).shape == (4, 1, 28, 28)


def test_to_a_device_and_back(pair: StreetPair) -> None:
    moved = pair.to("cpu")
    a, b = (each.batch(1, size=3, seed=0, split="test") for each in (pair, moved))
    assert torch.equal(a.x, b.x)
    assert torch.equal(pair.answers(a), moved.answers(b))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 15}, "at least 16 pixels to be readable, got size=15"),
        (
            {"count": 0},
            "0 train digits of each side were asked for; the source has 10000, expected 1 to 5000",
        ),
        ({"count": 5001}, "ask for fewer, or take source='official'"),
        ({"test": 1001}, "1001 test digits .* expected 1 to 1000"),
        ({"channels": 2}, "got channels=2"),
        ({"source": "web"}, "expected 'embedded' or 'official'"),
    ],
)
def test_street_digits_refuse(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        street_to_digits(**({"count": 2, "test": 2} | options))


@pytest.mark.parametrize("size", [28, 32])
def test_negatives_of_other_digits(size: int) -> None:
    pair = negative_digits(size=size)
    source, target = pair.source, pair.target
    assert source.shape == target.shape == (1, size, size)
    assert len(source.train) == len(target.train) == 5000
    assert len(source.test) == len(target.test) == 1000
    assert not rows_of(source.train) & rows_of(pair.truth(target.train))
    every = rows_of(source.train) | rows_of(-target.train)
    assert every == rows_of(load_digits(size=size).train)
    batch = pair.batch(0, size=100, seed=0)
    assert torch.equal(pair.answers(batch), -batch.x)
    # Black on white: most of a negative is paper.
    assert batch.x.mean() < -0.5
    assert batch.y.mean() > 0.5
    assert (load_digit_classifier()(-batch.y).argmax(1) == batch.y_label).float().mean() > 0.97


def test_the_negatives_halves_depend_on_the_seed() -> None:
    assert not torch.equal(negative_digits().source.test, negative_digits(seed=1).source.test)
