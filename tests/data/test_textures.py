"""Procedural textures: each is a function of its number alone, and has the statistics of photographs."""

import pytest
import torch

from udtlib.data.edges import LUMA
from udtlib.data.textures import CHUNK, coloured_noise, dead_leaves, textures
from udtlib.types import Tensor

KINDS = [textures, dead_leaves, coloured_noise]


def grey(images: Tensor) -> Tensor:
    return (images * torch.tensor(LUMA).view(1, 3, 1, 1)).sum(1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_texture_is_a_function_of_its_number_and_the_seed(kind) -> None:
    several, other = kind([5, 2, 9]), kind([5, 2, 9], seed=1)
    for place, number in enumerate((5, 2, 9)):
        assert torch.equal(kind([number])[0], several[place])
        assert not torch.equal(other[place], several[place])
    assert not torch.equal(several[0], several[1])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [2, 17, 32])
def test_colours_in_range_at_any_size(kind, size: int) -> None:
    images = kind(range(3), size=size)
    assert images.shape == (3, 3, size, size)
    assert images.dtype == torch.float32
    assert images.abs().max() <= 1


def test_what_is_made_in_several_chunks_is_one_row() -> None:
    count = CHUNK + 2
    images = textures(range(count), size=4)
    assert len(images) == count
    assert torch.equal(images[CHUNK:], textures(range(CHUNK, count), size=4))


@pytest.mark.parametrize("kind", KINDS)
def test_textures_are_varied_and_not_flat(kind) -> None:
    images = grey(kind(range(100)))
    assert images.flatten(1).std(1).quantile(0.1) > 0.03
    means = images.mean((1, 2))
    assert means.std() > 0.2
    assert abs(means.mean()) < 0.2


def test_colour_comes_second_to_light() -> None:
    """In photographs the channels go up and down together."""
    images = textures(range(200))
    inner = images - images.mean((2, 3), keepdim=True)
    red, green, blue = inner.unbind(1)
    for a, b in ((red, green), (green, blue), (red, blue)):
        assert (a * b).sum() / (a.norm() * b.norm()) > 0.6


def test_leaves_hide_one_another() -> None:
    """Most neighbouring pixels are of one leaf and equal; the others are edges, at which the light jumps."""
    light = grey(dead_leaves(range(100)))
    step = (light[..., 1:] - light[..., :-1]).abs()
    assert (step < 1e-6).float().mean() > 0.5
    assert (step > 0.1).float().mean() > 0.05


def test_the_noise_has_a_spectrum_that_falls_like_a_power() -> None:
    """Between 1/16 and 1/4 the mean log amplitude falls with the mean exponent, 1.25."""
    size = 64
    light = grey(coloured_noise(range(60), size=size))
    window = torch.hann_window(size)
    field = (light - light.mean((1, 2), keepdim=True)) * window[:, None] * window
    amplitude = torch.fft.rfft2(field).abs().log().mean(0)
    frequency = torch.fft.fftfreq(size)[:, None].hypot(torch.fft.rfftfreq(size)[None, :])
    inside = (frequency > 1 / 16) & (frequency < 1 / 4)
    x, y = frequency[inside].log(), amplitude[inside]
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()
    assert slope.item() == pytest.approx(-1.25, abs=0.25)


def test_no_grain_leaves_the_leaves() -> None:
    assert torch.equal(textures(range(4), grain=0), dead_leaves(range(4)))


@pytest.mark.parametrize("kind", KINDS)
def test_what_cannot_be_made_is_refused(kind) -> None:
    with pytest.raises(ValueError, match=r"at least one is needed, got index=\[\]"):
        kind([])
    with pytest.raises(ValueError, match=r"numbered from 0 .* got index=\[3, -1\]"):
        kind([3, -1])
    with pytest.raises(ValueError, match="at least 2 pixels, got size=1"):
        kind([0], size=1)


@pytest.mark.parametrize("grain", [-0.1, 1.1, float("nan")])
def test_grain_is_a_share(grain: float) -> None:
    with pytest.raises(ValueError, match=r"expected a share in \[0, 1\]"):
        textures([0], grain=grain)
