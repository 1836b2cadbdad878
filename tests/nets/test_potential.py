"""A critic with a quadratic form: the form alone by hand, its slope, and the net beside it."""

from __future__ import annotations

import pytest
import torch

from udtlib.nets.potential import QuadraticShortcut


def points(count: int, dimension: int) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_the_form_and_the_net_stand_side_by_side():
    torch.manual_seed(0)
    f, y = QuadraticShortcut(3, hidden=8).double(), points(5, 3)
    assert torch.equal(f(y), f.net(y)), "the form starts at zero"
    matrix, shift = points(3, 3), torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    f.form.load_state_dict({"weight": matrix, "bias": shift})
    by_hand = torch.stack([one @ matrix @ one / 2 + shift @ one for one in y])[:, None]
    torch.testing.assert_close(f(y) - f.net(y), by_hand)


def test_the_slope_of_the_form_is_affine_and_symmetric():
    f, y = QuadraticShortcut(3, hidden=8).double(), points(5, 3).requires_grad_()
    matrix = points(3, 3)
    f.form.load_state_dict({"weight": matrix, "bias": torch.ones(3)})
    (slope,) = torch.autograd.grad((f(y) - f.net(y)).sum(), y)
    torch.testing.assert_close(slope, y.detach() @ (matrix + matrix.T) / 2 + 1)


@pytest.mark.parametrize("size", [{"dimension": 0}, {"dimension": 2, "hidden": 0}])
def test_a_size_below_one_is_refused(size: dict[str, int]):
    with pytest.raises(ValueError, match="at least 1"):
        QuadraticShortcut(**size)
