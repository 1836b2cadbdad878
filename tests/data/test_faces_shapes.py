"""Signed distances and the masks made of them, against closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from udtlib.data.faces.shapes import blob, coverage, disc, ellipse, line, rounded_box, smooth_max, wave

RADII = st.floats(0.1, 0.9)


def grid(size: int = 41) -> tuple[torch.Tensor, torch.Tensor]:
    line_ = torch.linspace(-1, 1, size)
    return line_[None, None, :].expand(1, size, size), line_[None, :, None].expand(1, size, size)


def test_a_disc_is_exact_and_an_ellipse_with_equal_axes_is_a_disc() -> None:
    u, v = grid()
    assert torch.allclose(disc(u, v, 0.6), torch.hypot(u, v) - 0.6, atol=1e-6)
    away = torch.hypot(u, v) > 0.05
    assert torch.allclose(ellipse(u, v, 0.6, 0.6)[away], (torch.hypot(u, v) - 0.6)[away], atol=1e-5)


@given(a=RADII, b=RADII, angle=st.floats(0, 2 * math.pi))
def test_an_ellipse_is_right_to_first_order_at_its_outline(a: float, b: float, angle: float) -> None:
    """A short step along the outward normal is the distance."""
    cos, sin = math.cos(angle), math.sin(angle)
    normal = torch.tensor([cos / a, sin / b])
    normal = normal / normal.norm()
    for step in (-0.002, 0.0, 0.002):
        u, v = torch.tensor([a * cos, b * sin]) + step * normal
        assert float(ellipse(u.view(1, 1, 1), v.view(1, 1, 1), a, b)) == pytest.approx(step, abs=3e-4)


def test_a_box_is_exact_on_its_sides_and_corners() -> None:
    u = torch.tensor([[[0.0, 0.5, 0.8, 0.5 + 0.3, 0.0]]])
    v = torch.tensor([[[0.0, 0.0, 0.0, 0.2 + 0.4, 0.25]]])
    sharp = rounded_box(u, v, 0.5, 0.2, 0.0).flatten()
    assert torch.allclose(sharp, torch.tensor([-0.2, 0.0, 0.3, 0.5, 0.05]), atol=1e-6)
    square = rounded_box(*grid(), 0.4, 0.4, 0.4)
    assert torch.allclose(square, disc(*grid(), 0.4), atol=1e-6)


@given(a=st.floats(-2, 2), b=st.floats(-2, 2), width=st.floats(0.01, 1))
def test_the_smooth_maximum_stays_within_a_quarter_of_its_width(a: float, b: float, width: float) -> None:
    one, other = (torch.full((1, 1, 1), value, dtype=torch.float64) for value in (a, b))
    value = float(smooth_max(one, other, width))
    assert max(a, b) - 1e-9 <= value <= max(a, b) + width / 4 + 1e-9
    if abs(a - b) >= width:
        assert value == pytest.approx(max(a, b))
    assert value == float(smooth_max(other, one, width))


def test_coverage_is_the_area_of_a_pixel_below_an_upright_edge() -> None:
    """Summed over pixels, the masks of an edge at x = c give its area exactly."""
    size = 16
    x = ((2 * torch.arange(size) + 1) / size - 1).view(1, 1, size)
    for edge in (-0.31, 0.0, 0.4444):
        assert float(coverage(x - edge, 2 / size).sum()) * 2 / size == pytest.approx(edge + 1, abs=1e-5)


def test_coverage_converges_to_the_area_of_a_disc() -> None:
    for size, error in ((16, 0.02), (128, 0.001)):
        axis = (2 * torch.arange(size) + 1) / size - 1
        mask = coverage(disc(axis[None, None, :], axis[None, :, None], 0.7), 2 / size)
        assert float(mask.mean()) * 4 == pytest.approx(math.pi * 0.49, abs=error)


def test_a_line_is_as_wide_as_twice_its_half_width() -> None:
    x = torch.linspace(-1, 1, 2001).view(1, 1, -1)
    assert float(line(x, 0.1, 0.01).mean()) * 2 == pytest.approx(0.2, abs=0.002)


def test_a_blob_falls_from_one_to_nothing() -> None:
    x = torch.tensor([0.0, 0.25, 0.5, 0.7]).view(1, 1, -1)
    assert torch.allclose(
        blob(x, torch.zeros(1, 1, 1), 0.5, 0.2).flatten(), torch.tensor([1.0, 0.5625, 0.0, 0.0])
    )


def test_a_wave_is_the_sine_of_its_phase() -> None:
    axis = torch.linspace(-1, 1, 13)
    x, y = axis[None, None, :], axis[None, :, None]
    fx, fy, phase = (torch.tensor(v).view(2, 1, 1) for v in ([1.3, -2.0], [0.7, 3.1], [0.1, 0.8]))
    wanted = torch.sin(2 * math.pi * (fx * x + fy * y + phase))
    assert torch.allclose(wave(x, y, fx, fy, phase), wanted, atol=1e-5)
