"""Edge drawings: closed forms of steps, ramps and discs, and the symmetries of the detector."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.properties import examples
from udtlib.data.edges import INK, PAPER, connected, dilate, edges_of, gradient, smooth, to_luma

SIZE = 16


def step(height: float = 2.0, *, at: int = 8) -> Tensor:
    """Dark on the left, brighter by ``height`` from column ``at`` on."""
    image = torch.full((1, 1, SIZE, SIZE), -height / 2)
    image[..., at:] = height / 2
    return image


def ink(drawing: Tensor) -> Tensor:
    assert set(drawing.unique().tolist()) <= {INK, PAPER}
    return drawing[:, 0] == INK


def blotches(count: int, *, channels: int = 1, seed: int = 0, size: int = 24) -> Tensor:
    """Smooth random images in [-1, 1] with edges of every strength and direction."""
    coarse = torch.rand(count, channels, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, (size, size), mode="bicubic").clamp(0, 1) * 2 - 1


@given(
    grey=st.floats(-1, 1, width=32),
    channels=st.sampled_from([1, 3]),
    sides=st.tuples(*[st.integers(3, 20)] * 2),
    sigma=st.floats(0, 3),
)
def test_a_constant_has_no_edges(grey: float, channels: int, sides: tuple[int, int], sigma: float) -> None:
    drawing = edges_of(torch.full((2, channels, *sides), grey), sigma=sigma)
    assert torch.equal(drawing, torch.full((2, 1, *sides), PAPER))


@pytest.mark.parametrize("sigma", [0, 0.5, 0.8, 1.0, 1.5])
@pytest.mark.parametrize("at", [3, 8, 13])
def test_a_step_is_one_line_on_its_brighter_side(sigma: float, at: int) -> None:
    expected = torch.zeros(SIZE, SIZE, dtype=torch.bool)
    expected[:, at] = True
    assert torch.equal(ink(edges_of(step(at=at), sigma=sigma))[0], expected)
    # Seen in a mirror the brighter side is the other one: the line stays on the thing, not on its background.
    assert torch.equal(ink(edges_of(step(at=at).flip(-1), sigma=sigma))[0], expected.flip(-1))


def test_a_disc_has_a_closed_outline() -> None:
    y, x = torch.meshgrid(*[torch.arange(32.0) - 15.5] * 2, indexing="ij")
    radius = torch.hypot(x, y)
    line = ink(edges_of(torch.where(radius < 10, 1.0, -1.0)[None, None]))[0]
    assert ((radius[line] > 8) & (radius[line] < 11)).all()
    neighbours = torch.nn.functional.conv2d(line.float()[None, None], torch.ones(1, 1, 3, 3), padding=1)[0, 0]
    assert (neighbours[line] - 1).min() >= 2
    # All directions are there, and the line is thin: about as many pixels as the octagon of its size.
    angle = torch.atan2(y[line], x[line]).sort().values
    assert angle.diff().max() < 2.5 / 10
    assert line.sum() < 1.2 * 2 * math.pi * 10


@examples(20)
@given(seed=st.integers(0, 10**6), turns=st.integers(1, 3))
def test_turning_commutes_with_drawing(seed: int, turns: int) -> None:
    images = blotches(2, seed=seed)
    turned = edges_of(torch.rot90(images, turns, (-2, -1)))
    differing = (turned != torch.rot90(edges_of(images), turns, (-2, -1))).float().mean()
    # Turning also turns the order of the sums: once in a thousand pixels rounding may decide.
    assert differing < 2e-3


@pytest.mark.parametrize("axis", [-1, -2])
def test_mirroring_commutes_with_drawing(axis: int) -> None:
    images = blotches(8)
    assert torch.equal(edges_of(images.flip(axis)), edges_of(images).flip(axis))
    assert 0.02 < ink(edges_of(images)).float().mean() < 0.3


def test_turning_a_sharp_step_is_exact() -> None:
    """Here every pixel of the line is a tie of two equal slopes."""
    for turns in range(4):
        turned = torch.rot90(step(), turns, (-2, -1))
        assert torch.equal(edges_of(turned), torch.rot90(edges_of(step()), turns, (-2, -1)))


@examples(20)
@given(first=st.integers(1, 3), second=st.integers(1, 3), seed=st.integers(0, 10**6))
def test_every_image_is_drawn_for_itself(first: int, second: int, seed: int) -> None:
    images = blotches(first + second, seed=seed)
    apart = torch.cat([edges_of(images[:first]), edges_of(images[first:])])
    assert torch.equal(edges_of(images), apart)


def test_the_image_is_not_changed() -> None:
    images = blotches(2)
    before = images.clone()
    edges_of(images)
    assert torch.equal(images, before)


def test_a_step_is_drawn_if_its_slope_reaches_the_threshold() -> None:
    """Unsmoothed, the central difference beside a step of height h is h / 2."""
    assert ink(edges_of(step(0.52), sigma=0, low=0.25, high=0.25)).sum() == SIZE
    assert ink(edges_of(step(0.48), sigma=0, low=0.25, high=0.25)).sum() == 0


def test_a_weak_line_is_drawn_only_where_it_hangs_on_a_strong_one() -> None:
    weak, strong = step(0.3), step(1.0)
    assert ink(edges_of(weak, sigma=0)).sum() == 0
    joined = torch.cat([strong[..., :4, :], weak[..., 4:, :]], dim=-2)
    column = ink(edges_of(joined, sigma=0))[0, :, 8]
    assert column.sum() == SIZE
    # A gap as wide as two pixels keeps the lower part off.
    joined[..., 7:9, :] = 0.0
    lower = ink(edges_of(joined, sigma=0))[0, 11:, 8]
    assert lower.sum() == 0


def test_higher_thresholds_draw_less() -> None:
    images = blotches(4)
    amounts = [ink(edges_of(images, low=high / 2, high=high)).sum() for high in (0.05, 0.1, 0.2, 0.4)]
    assert amounts == sorted(amounts, reverse=True)
    assert amounts[0] > amounts[-1]


def test_a_path_is_followed_to_its_end() -> None:
    """A spiral of weak pixels, one strong one at its centre; beside it a weak pixel without connection."""
    weak = torch.zeros(1, 1, 9, 9, dtype=torch.bool)
    for row, column in [
        (4, 4),
        (4, 5),
        (3, 6),
        (2, 5),
        (2, 4),
        (2, 3),
        (3, 2),
        (4, 2),
        (5, 2),
        (6, 3),
        (6, 4),
    ]:
        weak[..., row, column] = True
    path = weak.clone()
    weak[..., 8, 8] = True
    strong = torch.zeros_like(weak)
    strong[..., 4, 4] = True
    assert torch.equal(connected(strong, weak), path)
    assert connected(torch.zeros_like(strong), weak).sum() == 0


def test_dilation_goes_one_pixel_along_one_axis() -> None:
    mask = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    mask[..., 0, 2] = True
    assert dilate(mask, along=-1)[0, 0, 0].tolist() == [False, True, True, True]
    assert dilate(mask, along=-1).sum() == 3
    assert dilate(mask, along=-2)[0, 0, :, 2].tolist() == [True, True, False, False]
    assert mask.sum() == 1


def test_the_gradient_of_a_ramp() -> None:
    y, x = torch.meshgrid(*[torch.arange(6.0)] * 2, indexing="ij")
    along_x, along_y = gradient((0.1 * x - 0.05 * y)[None, None])
    inner = (..., slice(1, -1), slice(1, -1))
    torch.testing.assert_close(along_x[inner], torch.full((1, 1, 4, 4), 0.1))
    torch.testing.assert_close(along_y[inner], torch.full((1, 1, 4, 4), -0.05))


@pytest.mark.parametrize("sigma", [0.8, 1.0, 2.0])
def test_smoothing_spreads_a_dot_to_a_gaussian(sigma: float) -> None:
    dot = torch.zeros(1, 1, 31, 31, dtype=torch.float64)
    dot[..., 15, 15] = 1.0
    spread = smooth(dot, sigma=sigma)[0, 0]
    offset = torch.arange(31.0, dtype=torch.float64) - 15
    assert spread.sum().item() == pytest.approx(1, abs=1e-12)
    for axis in (0, 1):
        variance = (spread.sum(axis) * offset**2).sum().item()
        # Cut off at three standard deviations, and sampled at pixels.
        assert math.sqrt(variance) == pytest.approx(sigma, rel=0.05)
    assert torch.equal(smooth(dot, sigma=0), dot)


def test_colours_count_by_their_luma() -> None:
    grey = step()
    torch.testing.assert_close(to_luma(grey.expand(-1, 3, -1, -1)), grey)
    assert torch.equal(edges_of(grey.expand(-1, 3, -1, -1)), edges_of(grey))
    parts = to_luma(torch.eye(3)[:, :, None, None].expand(-1, -1, 3, 3))[:, 0, 0, 0]
    torch.testing.assert_close(parts, torch.tensor([0.299, 0.587, 0.114]))


def test_types_and_empty_batches_are_kept() -> None:
    assert edges_of(step().double()).dtype == torch.float64
    assert edges_of(step().expand(0, -1, -1, -1)).shape == (0, 1, SIZE, SIZE)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_another_device_draws_the_same() -> None:
    images = blotches(8)
    differing = edges_of(images.cuda()).cpu() != edges_of(images)
    assert differing.float().mean() < 2e-3


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (torch.zeros(1, 2, 8, 8), r"1 or 3 channels.*got torch.float32 \(1, 2, 8, 8\)"),
        (torch.zeros(8, 8), r"got torch.float32 \(8, 8\)"),
        (torch.zeros(1, 1, 8, 8, dtype=torch.uint8), "floating-point images .* got torch.uint8"),
        (torch.zeros(1, 1, 1, 1), "at least 3 × 3 pixels, got 1 × 1"),
        (torch.zeros(1, 1, 8, 2), "at least 3 × 3 pixels, got 8 × 2"),
        (torch.full((1, 1, 8, 8), math.nan), r"in \[-1, 1\], got nan"),
        (torch.full((1, 1, 8, 8), -math.inf), r"in \[-1, 1\], got -inf"),
        (torch.full((1, 1, 8, 8), 255.0), "got 255 to 255; scale the images"),
    ],
)
def test_other_images_are_refused(images: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        edges_of(images)


def test_one_bad_pixel_is_enough() -> None:
    images = step().repeat(3, 1, 1, 1)
    images[1, 0, 5, 5] = math.nan
    with pytest.raises(ValueError, match="look for NaN"):
        edges_of(images)


@pytest.mark.parametrize(
    ("sigma", "low", "high"), [(-1.0, 0.1, 0.2), (math.nan, 0.1, 0.2), (1.0, 0.0, 0.2), (1.0, 0.3, 0.2)]
)
def test_impossible_parameters_are_refused(sigma: float, low: float, high: float) -> None:
    with pytest.raises(ValueError, match="expected sigma ≥ 0 and 0 < low ≤ high, got sigma="):
        edges_of(step(), sigma=sigma, low=low, high=high)
