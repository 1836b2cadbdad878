"""The judge behind the keyhole: what it sees, and whom it can tell apart."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from udtlib.data.faces.pairs import labels_to_faces
from udtlib.evaluate.glimpse import glimpse_fooling_rate, glimpses, impression


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def faces():
    return labels_to_faces(count=2, test=800, size=32, variety=0.2).samples.test.y


def test_a_glimpse_is_a_window_of_its_image():
    image = torch.arange(2 * 3 * 36.0).view(2, 3, 6, 6)
    seen = glimpses(image, side=3, generator=seeded())
    assert seen.shape == (2, 3, 3, 3)
    windows = image.unfold(2, 3, 1).unfold(3, 3, 1)
    for k in range(2):
        equal = (windows[k] == seen[k][:, None, None]).all(0).flatten(2).all(2)
        assert equal.sum() == 1
    assert torch.equal(glimpses(image, side=6, generator=seeded()), image)


def test_every_place_comes_up():
    image = torch.arange(25.0).view(1, 1, 5, 5).expand(900, 3, -1, -1)
    corners = glimpses(image, side=3, generator=seeded())[:, 0, 0, 0]
    assert set(corners.tolist()) == {0, 1, 2, 5, 6, 7, 10, 11, 12}
    assert corners.unique(return_counts=True)[1].min() > 60


def test_impressions_of_a_plain_and_of_a_striped_window():
    plain = torch.full((1, 3, 6, 6), 0.5)
    plain[:, 2] = -0.5
    seen = impression(plain)[0]
    torch.testing.assert_close(seen[:3], torch.tensor([0.5, 0.5, -0.5]))
    torch.testing.assert_close(seen[3:6], torch.zeros(3))
    assert seen[6] == 1
    assert seen[7:].abs().max() < 1e-6
    stripes = torch.tensor([-1.0, 1.0]).repeat(3).expand(1, 3, 6, 6)
    right, below, around = impression(stripes)[0, 8:]
    assert (right, below, around) == (2, 0, 1)


def test_real_faces_pass_and_blurred_ones_do_not(faces):
    real, others = faces[:400], faces[400:]
    blurred = interpolate(avg_pool2d(others, 4), scale_factor=4, mode="bilinear")
    honest, caught = (
        glimpse_fooling_rate(real, made, side=8, generator=seeded(3)) for made in (others, blurred)
    )
    assert honest.low < 0.5 < honest.high + 0.05
    assert honest.tested == 200
    assert caught.accuracy < 0.15


@pytest.mark.parametrize("side", [2, 33])
def test_windows_that_do_not_fit_are_refused(side, faces):
    with pytest.raises(ValueError, match=f"side {side} in images of 32 × 32 pixels; use 3 to 32"):
        glimpses(faces, side=side, generator=seeded())
