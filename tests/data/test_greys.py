import pytest
import torch

from udtlib.data.greys import as_images, as_pixels, colours_to_greys, grey


def test_pixels_and_images_undo_each_other():
    images = torch.randn(3, 3, 5, 5)
    pixels = as_pixels(images)
    assert pixels.shape == (75, 3)
    assert torch.equal(pixels[6], images[0, :, 1, 1])
    assert torch.equal(as_images(pixels, size=5), images)


def test_pixels_that_fill_no_image_are_refused():
    with pytest.raises(ValueError, match=r"76 pixels.*25"):
        as_images(torch.zeros(76, 3), size=5)


def test_grey_has_three_equal_channels_and_the_luma():
    pixels = torch.tensor([[1.0, -1.0, -1.0], [0.5, 0.5, 0.5]])
    expected = torch.tensor([0.299 - 0.587 - 0.114, 0.5])
    assert torch.allclose(grey(pixels), expected[:, None].expand(-1, 3))


def test_the_sides_show_other_people_in_training_and_the_same_ones_in_the_test():
    pair = colours_to_greys(count=6, test=3, size=16)
    assert not pair.paired
    assert len(pair.source.train) == len(pair.target.train) == 6 * 256
    assert torch.equal(pair.target.test, grey(pair.source.test))
    assert torch.equal(pair.truth(pair.source.test), pair.target.test)
    greyed = as_images(grey(pair.source.train), size=16)
    target = as_images(pair.target.train, size=16)
    assert (greyed[:, None] - target[None]).abs().mean((2, 3, 4)).min() > 1e-3
    spread = pair.target.train.amax(1) - pair.target.train.amin(1)
    assert spread.abs().max() == 0


def test_the_same_seed_gives_the_same_portraits():
    first, again, other = (colours_to_greys(count=2, test=1, size=16, seed=s) for s in (0, 0, 1))
    assert torch.equal(first.source.train, again.source.train)
    assert not torch.equal(first.source.train, other.source.train)


def test_a_count_below_one_is_refused():
    with pytest.raises(ValueError, match="0"):
        colours_to_greys(count=0, test=1, size=16)
