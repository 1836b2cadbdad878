"""Velocities: an affine part beside a net, each of which can be the whole."""

from __future__ import annotations

import pytest
import torch

from udtlib.nets.velocity import AffineShortcut, VelocityMLP


def points(count: int, dimension: int) -> torch.Tensor:
    return torch.randn(count, dimension, generator=torch.Generator().manual_seed(0))


def test_without_its_net_a_shortcut_is_affine():
    v, x = AffineShortcut(3, gain=0), points(5, 3)
    matrix, shift = points(3, 3), torch.tensor([1.0, 2.0, 3.0])
    v.affine.load_state_dict({"weight": matrix, "bias": shift})
    torch.testing.assert_close(v(x), x @ matrix.T + shift)


def test_without_its_linear_part_a_velocity_is_the_net_of_place_and_time():
    torch.manual_seed(0)
    v, x, t = VelocityMLP(2, hidden=(8, 8), gain=1.0), points(5, 2), torch.linspace(0, 1, 5)
    torch.testing.assert_close(v(x, t), v.net(torch.cat([x, t[:, None]], dim=1)))
    assert not torch.allclose(v(x, t), v(x, torch.zeros(5)))
    v.linear.load_state_dict({"weight": torch.eye(2)})
    torch.testing.assert_close(v(x, t) - x, v.net(torch.cat([x, t[:, None]], dim=1)))


@pytest.mark.parametrize("dimension", [2, 32])
def test_a_shortcut_s_hidden_units_are_as_wide_as_asked_in_any_dimension(dimension: int):
    torch.manual_seed(0)
    first = AffineShortcut(dimension, hidden=4_000, width=3.0).net[0]
    slopes = (first(points(200, dimension)) - first.bias).detach()
    assert float(slopes.std()) == pytest.approx(3.0, rel=0.1)
    assert float(first.bias.detach().std()) == pytest.approx(3.0, rel=0.05)


def test_the_gain_scales_the_start():
    values = []
    for gain in (0.2, 0.4):
        torch.manual_seed(0)
        values.append(AffineShortcut(2, gain=gain)(points(50, 2)))
    torch.testing.assert_close(values[1], 2 * values[0])
