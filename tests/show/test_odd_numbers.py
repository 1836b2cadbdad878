"""Odd samples for pictures."""

import pytest
import torch

from udtlib.show import density2d, image_grid, scatter2d

X = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("draw", [scatter2d, density2d])
def test_points_of_every_kind_are_drawn_and_others_refused(draw, as_a_user):
    for points in (X.bfloat16(), X.numpy(), (3 * X).long(), X.clone().requires_grad_()):
        assert draw({"a": points}, alt="a", caption="c")
    for points in (X[0], torch.ones(5, 3)):
        with pytest.raises(ValueError, match=r"shape \(count, 2\), got"):
            draw({"a": points}, alt="a", caption="c")
    with pytest.raises(TypeError, match="must be a tensor"):
        draw({"a": X.tolist()}, alt="a", caption="c")


def test_bytes_are_no_images(as_a_user):
    with pytest.raises(ValueError, match="got bytes"):
        image_grid(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), alt="a", caption="c")
    assert image_grid(torch.zeros(2, 3, 4, 4).numpy(), alt="a", caption="c")
