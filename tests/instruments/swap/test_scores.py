"""Which of the two tasks a translation solves, of digits on two sides."""

import pytest
import torch

from udtlib.data.digit_swap import digit_swap, move_across
from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import noise_to_ring
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.swap.reader import Reading, load_swap_reader
from udtlib.instruments.swap.scores import read_swap, scores_of_read, share_inside, swap_scores
from udtlib.types import Tensor


@pytest.fixture(scope="module")
def images() -> IndependentPair:
    return digit_swap()


def other_digit(images: IndependentPair) -> Tensor:
    """Task 1's answer: for a zero on the left some one on the left, and the other way round."""
    x, kind = images.source.test, images.source.test_label
    y, other = images.target.test, images.target.test_label
    made = torch.empty_like(x)
    for k in (0, 1):
        made[kind == k] = y[other == 1 - k][: int((kind == k).sum())]
    return made


def scores(images: IndependentPair, made: Tensor) -> tuple[float, ...]:
    """Coherence, task 1, task 2."""
    found = swap_scores(lambda pair, batch: made, images)
    return found.fit["coherence"], found.alignment["task 1"], found.alignment["task 2"]


def test_a_digit_moved_across_is_task_two_and_another_digit_in_its_place_is_task_one(
    images: IndependentPair,
) -> None:
    assert scores(images, move_across(images.source.test)) == pytest.approx((100, 0, 100), abs=1)
    assert scores(images, other_digit(images)) == pytest.approx((100, 100, 0), abs=1)


def test_what_stays_as_it_was_fits_nowhere(images: IndependentPair) -> None:
    assert scores(images, images.source.test) == pytest.approx((0, 0, 0), abs=1)
    # The other digit on the other side is in the source again.
    assert scores(images, move_across(other_digit(images))) == pytest.approx((0, 0, 0), abs=1)


def test_half_of_either_task_is_half_a_score(images: IndependentPair) -> None:
    made = move_across(images.source.test)
    made[::2] = other_digit(images)[::2]
    assert scores(images, made) == pytest.approx((100, 50, 50), abs=1)


@pytest.mark.parametrize("classes", [(4, 9), (8, 3)])
def test_other_digits_are_scored_by_their_own_names(classes: tuple[int, int]) -> None:
    pair = digit_swap(classes=classes)
    moved = swap_scores(right_answers, pair)
    assert moved.alignment["task 2"] > 97
    assert moved.alignment["task 1"] < 3
    assert swap_scores(untouched, pair).fit["coherence"] < 3
    x, y = pair.source, pair.target
    # The target's digits of the other kind stand on the same side.
    made = torch.cat([y.test[y.test_label == k][:50] for k in reversed(classes)])
    kind = torch.tensor(classes).repeat_interleave(50)
    exchanged = scores_of_read(read_swap(made, reader=load_swap_reader()), kind, classes=classes)
    assert exchanged.alignment["task 1"] > 94
    assert exchanged.alignment["task 2"] < 4
    read = read_swap(x.test, reader=load_swap_reader())
    assert share_inside(read, source=True, classes=classes) > 90
    assert share_inside(read, source=False, classes=classes) < 4


def test_ghosts_are_noticed(images: IndependentPair) -> None:
    """The same digit on both sides, or both digits one upon the other."""
    x = images.source.test
    for ghost in ((x + move_across(x)) / 2, torch.maximum(x, move_across(x)), (x + other_digit(images)) / 2):
        assert scores(images, ghost)[0] < 75


def test_ten_digits_are_a_harder_question() -> None:
    """A zero on the right that is more like an eight is a zero only where there is no eight to choose."""
    digit = torch.zeros(2, 10)
    digit[0, 8], digit[0, 0] = 3, 2
    digit[1, 1] = 1
    side = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    found = scores_of_read(Reading(digit, side), torch.tensor([0, 0]))
    # The first image is a zero moved across, the second a one that stayed on the left.
    assert found.fit == {"coherence": 100, "coherence, of ten digits": 50}
    assert found.alignment == {
        "task 1": 50,
        "task 2": 50,
        "task 1, of ten digits": 50,
        "task 2, of ten digits": 0,
    }


def test_images_are_inside_their_own_domain_only(images: IndependentPair) -> None:
    reader = load_swap_reader()
    x, y = (read_swap(side.test, reader=reader) for side in (images.source, images.target))
    assert min(share_inside(x, source=True), share_inside(y, source=False)) > 95
    assert max(share_inside(x, source=False), share_inside(y, source=True)) < 5


def test_references_are_the_second_task_and_nothing(images: IndependentPair) -> None:
    assert swap_scores(right_answers, images).alignment["task 2"] > 99
    assert swap_scores(untouched, images).fit["coherence"] < 1


def test_stored_labelled_digits_are_needed() -> None:
    with pytest.raises(ValueError, match="got Noise; use digit_swap"):
        swap_scores(untouched, noise_to_ring())
