"""Two digits and two sides: where each digit is, who is in which domain, and what the true map answers."""

import pytest
import torch

from udtlib.data.digit_swap import classes_of, digit_swap, move_across, place, sides_of
from udtlib.data.digits import load_digits
from udtlib.data.pair import IndependentPair, Samples
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.types import Tensor

PARTS = pytest.mark.parametrize("split", ["train", "test"])


@pytest.fixture(scope="module")
def pair() -> IndependentPair:
    return digit_swap()


def part(domain: Samples, split: str) -> tuple[Tensor, Tensor]:
    return getattr(domain, split), getattr(domain, f"{split}_label")


def digits_of(images: Tensor) -> set[bytes]:
    """The digits by themselves, wherever they stand."""
    side = images.shape[-1] // 2
    middle = images[:, :, side // 2 : side // 2 + side]
    left = torch.where((sides_of(images) == 0)[:, None, None, None], middle, move_across(middle))
    return {image[..., :side].contiguous().numpy().tobytes() for image in left}


@PARTS
def test_zeros_are_left_in_the_source_and_right_in_the_target(pair: IndependentPair, split: str) -> None:
    for domain, zeros in ((pair.source, 0), (pair.target, 1)):
        image, kind = part(domain, split)
        assert set(kind.tolist()) == {0, 1}
        assert torch.equal(sides_of(image), torch.where(kind == 0, zeros, 1 - zeros))


@PARTS
def test_the_other_half_and_the_border_are_black(pair: IndependentPair, split: str) -> None:
    for domain in (pair.source, pair.target):
        image, _ = part(domain, split)
        assert image.shape[1:] == domain.shape == (1, 32, 32)
        assert image.dtype == torch.float32
        ink = torch.stack([(half + 1).flatten(1).sum(1) for half in image.chunk(2, dim=-1)])
        assert (ink.min(0).values == 0).all()
        assert (ink.max(0).values > 10).all()
        assert (image[:, :, :8] == -1).all()
        assert (image[:, :, 24:] == -1).all()
        assert image.abs().max() <= 1


@PARTS
def test_labels_name_the_digits(pair: IndependentPair, split: str) -> None:
    """Read by a classifier that knows nothing of sides, from the digit alone."""
    classifier = load_digit_classifier()
    for domain in (pair.source, pair.target):
        image, kind = (each[::7] for each in part(domain, split))
        middle = image[:, :, 8:24]
        alone = torch.where((sides_of(image) == 0)[:, None, None, None], middle, move_across(middle))
        assert (classifier(alone[..., :16])[:, :2].argmax(1) == kind).double().mean() > 0.98


def test_no_training_digit_is_on_both_sides(pair: IndependentPair) -> None:
    source, target = digits_of(pair.source.train), digits_of(pair.target.train)
    assert not source & target
    assert len(source) == len(pair.source.train)
    digits = load_digits(size=16)
    few = digits.train_label <= 1
    known = {image.numpy().tobytes() for image in digits.train[few]}
    assert source | target <= known
    # Nothing is wasted but a rest that cannot be shared out.
    assert len(source | target) >= len(known) - 3


def test_every_test_digit_is_on_both_sides(pair: IndependentPair) -> None:
    digits = load_digits(size=16)
    known = {image.numpy().tobytes() for image in digits.test[digits.test_label <= 1]}
    assert digits_of(pair.source.test) == digits_of(pair.target.test) == known
    assert not known & (digits_of(pair.source.train) | digits_of(pair.target.train))


def test_both_digits_are_equally_frequent_in_training(pair: IndependentPair) -> None:
    for domain in (pair.source, pair.target):
        assert domain.train_label.double().mean().item() == 0.5
    assert len(pair.source.train) == len(pair.target.train)


def test_the_true_map_moves_the_same_digit_to_the_other_side(pair: IndependentPair) -> None:
    """Task 2's answer: it is in the target, and twice it is nothing."""
    x, kind = pair.source.test, pair.source.test_label
    answer = pair.truth(x)
    assert torch.equal(answer, pair.target.test)
    assert torch.equal(kind, pair.target.test_label)
    assert torch.equal(pair.truth(answer), x)
    assert torch.equal(sides_of(answer), 1 - sides_of(x))
    assert not pair.paired


def test_sides_are_where_most_of_the_ink_is() -> None:
    x = torch.full((5, 1, 4, 4), -1.0)
    x[0, ..., 0] = 1
    x[1, ..., 3] = 1
    x[2, ..., :2], x[2, ..., 2:] = 0.2, 0.1
    x[3, ..., :2], x[3, ..., 2:] = -0.9, -0.8
    # One bright dot is less than a faint area.
    x[4, 0, 0, 0], x[4, ..., 2:] = 1, -0.5
    assert sides_of(x).tolist() == [0, 1, 0, 1, 1]


def test_a_digit_is_placed_where_it_was_told_to() -> None:
    digits = torch.rand(2, 1, 6, 6)
    canvas = place(digits, right=torch.tensor([False, True]))
    assert canvas.shape == (2, 1, 12, 12)
    assert torch.equal(canvas[0, :, 3:9, :6], digits[0])
    assert torch.equal(canvas[1, :, 3:9, 6:], digits[1])
    assert ((canvas != -1).sum((1, 2, 3)) == 36).all()
    assert torch.equal(move_across(canvas)[0, :, 3:9, 6:], digits[0])


def test_the_seed_shares_the_digits_out(pair: IndependentPair) -> None:
    again, other = digit_swap(), digit_swap(seed=1)
    assert torch.equal(pair.source.train, again.source.train)
    assert not torch.equal(pair.source.train, other.source.train)
    assert digits_of(pair.source.train) != digits_of(other.source.train)
    assert torch.equal(pair.source.test, other.source.test)


@pytest.mark.parametrize("classes", [(4, 9), (7, 2), (1, 0)])
def test_other_digits_in_either_order(classes: tuple[int, int]) -> None:
    pair = digit_swap(size=16, classes=classes)
    first, second = classes
    assert classes_of(pair) == classes
    for split in ("train", "test"):
        for domain, home in ((pair.source, 0), (pair.target, 1)):
            image, kind = part(domain, split)
            assert set(kind.tolist()) == {first, second}
            assert torch.equal(sides_of(image), torch.where(kind == first, home, 1 - home))
    assert torch.equal(pair.truth(pair.source.test), pair.target.test)
    known = load_digits(size=8)
    assert len(pair.source.test) == int(torch.isin(known.test_label, torch.tensor(classes)).sum())


def test_a_source_with_both_digits_on_a_side_has_no_classes(pair: IndependentPair) -> None:
    both = torch.cat([pair.source.test, pair.target.test])
    label = torch.cat([pair.source.test_label, pair.target.test_label])
    mixed = Samples(both, both, label, label)
    with pytest.raises(ValueError, match=r"got \[0, 1\] on the left and \[0, 1\] on the right"):
        classes_of(IndependentPair(mixed, pair.target))


@pytest.mark.parametrize("size", [16, 18, 64])
def test_other_sizes(size: int) -> None:
    pair = digit_swap(size=size)
    assert pair.source.shape == pair.target.shape == (1, size, size)
    batch = pair.batch(0, size=5, seed=0)
    assert torch.equal(sides_of(batch.x), batch.x_label)
    assert torch.equal(sides_of(batch.y), 1 - batch.y_label)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 33}, "even number of at least 16 pixels, got size=33"),
        ({"size": 14}, "got size=14"),
        ({"source": "web"}, "expected 'embedded' or 'official'"),
        ({"classes": (3, 3)}, r"two different digits between 0 and 9, got \(3, 3\)"),
        ({"classes": (3, 10)}, r"got \(3, 10\)"),
        ({"classes": (-1, 3)}, "classes must be at least 0, got classes=-1"),
        ({"classes": (1, 2, 3)}, r"classes are two digits, got \(1, 2, 3\)"),
    ],
)
def test_impossible_pairs_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        digit_swap(**options)
