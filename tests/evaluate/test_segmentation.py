"""Segmentation scores against hand counts."""

import pytest
import torch

from udtlib.evaluate.segmentation import confusion_matrix, region_statistics, segmentation_scores


def test_a_hand_count():
    truth = torch.tensor([[0, 0, 0, 0, 1, 1]])
    said = torch.tensor([[0, 0, 0, 1, 1, 2]])
    assert confusion_matrix(said, truth, classes=3).tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]
    scores = segmentation_scores(said, truth, classes=3)
    assert scores.pixel_accuracy == pytest.approx(4 / 6)
    # The third class is in no true map and does not count.
    assert scores.class_accuracy == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert scores.class_iou == pytest.approx((3 / 4 + 1 / 3) / 2)


def test_perfect_and_hopeless():
    truth = torch.randint(4, (2, 8, 8), generator=torch.Generator().manual_seed(0))
    perfect, hopeless = (segmentation_scores(s, truth, classes=4) for s in (truth, (truth + 1) % 4))
    assert perfect.pixel_accuracy == perfect.class_accuracy == perfect.class_iou == 1
    assert hopeless.pixel_accuracy == hopeless.class_accuracy == hopeless.class_iou == 0


def test_masks_not_boxes():
    """Two diagonals in one box: equal boxes, masks that share nothing."""
    truth, said = torch.eye(4).long(), torch.eye(4).flip(0).long()
    counts = confusion_matrix(said, truth, classes=2)
    assert counts[1, 1] == 0


def test_bad_input_is_named():
    good = torch.zeros(2, 2, dtype=torch.long)
    with pytest.raises(ValueError, match=r"shapes \(2, 2\) and \(1, 2\)"):
        confusion_matrix(good, good[:1], classes=2)
    with pytest.raises(ValueError, match="at least one"):
        confusion_matrix(good[:0], good[:0], classes=2)
    with pytest.raises(ValueError, match="true labels run from 0 to 3; expected 0 to 1"):
        confusion_matrix(good, good + torch.tensor([0, 3]), classes=2)
    with pytest.raises(ValueError, match="predicted labels run from -1"):
        confusion_matrix(good - 1, good, classes=2)


def test_region_statistics_are_means_and_deviations_inside_the_region():
    label = torch.tensor([[0, 0, 1, 1]])
    image = torch.tensor([[[[0.5, 0.5, -1.0, 1.0]], [[0.5, 0.5, -1.0, 1.0]]]])
    assert region_statistics(image, label, regions=[0, 1]).tolist() == [[0.5, 0.5, 0.0, 0.0, 0.0, 1.0]]
    # A region that is not there counts for nothing.
    assert region_statistics(image, label, regions=[1, 7]).tolist() == [[0.0, 0.0, 1.0]]
    with pytest.raises(ValueError, match=r"none of the regions \[7\]; it has \[0, 1\]"):
        region_statistics(image, label, regions=[7])
    with pytest.raises(ValueError, match="make them equal"):
        region_statistics(image, label[:, :2], regions=[0])
