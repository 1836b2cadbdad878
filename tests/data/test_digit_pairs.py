"""3 and 8, thin and thick: domains are what they say, and the two measures of a hand measure it."""

import pytest
import torch

from udtlib.data.digit_pairs import ink_of, slant_of, thin_to_thick, two_digits
from udtlib.data.digits import load_digits


def test_each_side_is_one_digit() -> None:
    pair = two_digits(classes=(3, 8))
    for domain, k in ((pair.source, 3), (pair.target, 8)):
        for images, label in ((domain.train, domain.train_label), (domain.test, domain.test_label)):
            assert len(images) == len(label)
            assert set(label.tolist()) == {k}
    assert len(pair.source.train) == int((load_digits().train_label == 3).sum())


def test_nobody_knows_the_partner_of_a_three() -> None:
    pair = two_digits()
    assert pair.truth is None


@pytest.mark.parametrize("classes", [(3, 3), (3, 10), (-1, 8)])
def test_two_different_digits_are_needed(classes: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="two different digits from 0 to 9"):
        two_digits(classes=classes)


def test_strokes_are_thin_and_thick_within_each_class_and_classes_are_shared_alike() -> None:
    pair = thin_to_thick()
    thin, thick = pair.source, pair.target
    for k in range(10):
        of_thin, of_thick = thin.train[thin.train_label == k], thick.train[thick.train_label == k]
        assert ink_of(of_thin).max() < ink_of(of_thick).min()
        assert len(of_thin) == pytest.approx(len(of_thick), abs=2)
        assert len(of_thin) == pytest.approx(0.4 * int((load_digits().train_label == k).sum()), abs=2)


def test_test_digits_are_chosen_by_the_training_digits_thresholds() -> None:
    pair = thin_to_thick()
    for k in range(10):
        most = ink_of(pair.source.train[pair.source.train_label == k]).max()
        test = ink_of(pair.source.test[pair.source.test_label == k])
        # The threshold is a quantile: at most one training digit above the thickest thin one.
        assert test.max() <= most + 1e-3


def test_ink_is_the_share_of_white() -> None:
    images = -torch.ones(2, 1, 4, 4)
    images[1, :, :2] = 1
    torch.testing.assert_close(ink_of(images), torch.tensor([0.0, 0.5]))


def line(run: float, size: int = 33) -> torch.Tensor:
    """A stroke whose middle moves so many pixels to the right with every row up."""
    row, column = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    middle = (size - 1) / 2 - run * (row - (size - 1) / 2)
    return 2 * torch.exp(-((column - middle) ** 2) / 8)[None, None] - 1


@pytest.mark.parametrize("run", [-0.3, 0.0, 0.4])
def test_slant_is_the_run_of_a_straight_stroke(run: float) -> None:
    assert slant_of(line(run)).item() == pytest.approx(run, abs=0.01)


def test_a_mirror_image_slants_the_other_way_and_an_empty_one_not_at_all() -> None:
    assert slant_of(line(0.3).flip(-1)).item() == pytest.approx(-slant_of(line(0.3)).item(), abs=1e-5)
    assert slant_of(-torch.ones(1, 1, 8, 8)).item() == 0
