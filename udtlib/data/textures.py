r"""Procedural textures that look like photographs: dead leaves and coloured noise, each a function of its number.

Two facts about natural images are imitated: things of every size hide one another, which makes sharp edges at
every scale; and the power spectrum falls off like a power of the frequency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from udtlib.data.edges import LUMA
from udtlib.data.pair import hash_words
from udtlib.types import Float

#: Textures made at once, so that thousands do not need several times their memory.
CHUNK = 250

#: Smallest and largest radius of a leaf, in sides of the image.
RADII = (0.09, 0.9)
LEAVES = 80

#: Numbers drawn for each leaf: place 2, radius, flatness, angle, luma, chroma 3.
DRAWN = 9


def textures(
    index: Sequence[int], *, size: int = 32, seed: int = 0, grain: float | int = 0.5
) -> Float[Tensor, "batch 3 size size"]:
    r"""Photograph-like textures in colour: leaves, each image with its own share of noise over them.

    .. math:: u = (1 - w)\, u_{\text{leaves}} + w\, u_{\text{noise}}, \qquad w \sim U(0, \text{grain})

    Args:
        index: the textures' numbers; texture ``i`` of a seed is the same whatever it is asked for with.
        size: side of the images in pixels.
        seed: of the endless row of textures.
        grain: the largest share of the noise, in [0, 1].

    Raises:
        ValueError: no or negative numbers, a size below 2, or a grain outside [0, 1].
    """
    check(index, size=size)
    if not 0 <= grain <= 1:
        raise ValueError(f"grain is {grain}; expected a share in [0, 1]")
    share = grain * uniforms(index, 1, seed=seed, name="grain").view(-1, 1, 1, 1)
    leaves = dead_leaves(index, size=size, seed=seed)
    return leaves.lerp(coloured_noise(index, size=size, seed=seed), share)


def dead_leaves(index: Sequence[int], *, size: int = 32, seed: int = 0) -> Float[Tensor, "batch 3 size size"]:
    r"""Ellipses of one colour each that fall on one another, in the colours of one palette per image.

    Their radii have the density :math:`\propto r^{-3}`, the only one for which an image and its enlargement look
    alike [lee2001]. Edges are antialiased. Arguments and errors are those of :func:`textures`.
    """
    check(index, size=size)
    parts = [
        paint_leaves(uniforms(part, LEAVES * DRAWN, seed=seed, name="leaves"), size=size)
        for part in chunks(index)
    ]
    return torch.cat(parts)


def paint_leaves(drawn: Float[Tensor, "batch numbers"], *, size: int) -> Float[Tensor, "batch 3 size size"]:
    """One leaf after the other on all images at once, the last on top."""
    drawn = drawn.view(len(drawn), LEAVES, DRAWN)
    # A palette: the colours of an image's leaves lie about the colour of its first one.
    luma = 1.2 * (drawn[:, :1, 5] - 0.5) + 1.4 * (drawn[..., 5] - 0.5)
    hue = drawn[:, :1, 6:] + 0.5 * drawn[..., 6:]
    colour = (luma.unsqueeze(-1) + 0.6 * (hue - (hue @ torch.tensor(LUMA)).unsqueeze(-1))).clamp(-1, 1)
    # The inverse of the distribution function of the density r**-3 between the smallest and the largest.
    low, high = (radius**-2 for radius in RADII)
    radius = (low + drawn[..., 2] * (high - low)).rsqrt() * size
    flat, angle = 0.4 + 0.6 * drawn[..., 3], math.pi * drawn[..., 4]
    # Centres may lie outside, or leaves at the border would be cut less often than others.
    centre = (1.5 * drawn[..., :2] - 0.25) * size
    place = torch.arange(size) + 0.5
    image = colour[:, 0, :, None, None].repeat(1, 1, size, size)
    for leaf in range(1, LEAVES):
        across, down = (place - centre[:, leaf, axis, None] for axis in (0, 1))
        cos, sin = angle[:, leaf].cos().view(-1, 1, 1), angle[:, leaf].sin().view(-1, 1, 1)
        along = across[:, None, :] * cos + down[:, :, None] * sin
        aside = (down[:, :, None] * cos - across[:, None, :] * sin) / flat[:, leaf].view(-1, 1, 1)
        outside = along.hypot(aside) - radius[:, leaf].view(-1, 1, 1)
        image.lerp_(colour[:, leaf, :, None, None], (0.5 - outside).clamp(0, 1).unsqueeze(1))
    return image


def coloured_noise(
    index: Sequence[int], *, size: int = 32, seed: int = 0
) -> Float[Tensor, "batch 3 size size"]:
    r"""Gaussian noise whose amplitude falls like :math:`|f|^{-\gamma}`, :math:`\gamma \sim U(0.9, 1.6)`.

    Mostly light and dark, a little colour, about a mean colour of its own. It is cut from a field of twice the
    side, since what the discrete Fourier transform makes is periodic. Arguments and errors as :func:`textures`.
    """
    check(index, size=size)
    return torch.cat([cloud(part, size=size, seed=seed) for part in chunks(index)])


def cloud(index: Sequence[int], *, size: int, seed: int) -> Float[Tensor, "batch 3 size size"]:
    """The noise of some images, shaped in the frequency domain."""
    shape = (3, 2 * size, size + 1)
    waves = torch.complex(*(normals(index, shape, seed=seed, name=name) for name in ("real", "imaginary")))
    drawn = uniforms(index, 5, seed=seed, name="noise").view(-1, 5, 1, 1)
    frequency = torch.fft.fftfreq(2 * size)[:, None].hypot(torch.fft.rfftfreq(2 * size)[None, :])
    frequency[0, 0] = math.inf  # no mean: the mean colour is drawn below
    exponent = 0.9 + 0.7 * drawn[:, :1]
    field = torch.fft.irfft2(waves * frequency.pow(-exponent), s=(2 * size, 2 * size))[..., :size, :size]
    field = field / field.std((1, 2, 3), keepdim=True)
    grey, chroma = field[:, :1], 0.12 * field
    mean = 1.4 * (drawn[:, 1:2] - 0.5) + 0.5 * (drawn[:, 2:] - 0.5)
    weight = torch.tensor(LUMA).view(1, 3, 1, 1)
    return (mean + 0.3 * grey + chroma - (chroma * weight).sum(1, keepdim=True)).clamp(-1, 1)


def uniforms(index: Sequence[int], count: int, *, seed: int, name: str) -> Float[Tensor, "batch count"]:
    """Numbers in [0, 1), each image's from a stream of its own."""
    return torch.stack([torch.rand(count, generator=source(seed, i, name)) for i in index])


def normals(index: Sequence[int], shape: tuple[int, ...], *, seed: int, name: str) -> Tensor:
    """Standard normal numbers, each image's from a stream of its own."""
    return torch.stack([torch.randn(shape, generator=source(seed, i, name)) for i in index])


def source(seed: int, number: int, name: str) -> torch.Generator:
    """The random stream of one image's one ingredient."""
    return torch.Generator().manual_seed(hash_words(seed, number, *name.encode()))


def chunks(index: Sequence[int]) -> list[Sequence[int]]:
    """The numbers, so many at once that the intermediate images fit into memory."""
    return [index[start : start + CHUNK] for start in range(0, len(index), CHUNK)]


def check(index: Sequence[int], *, size: int) -> None:
    """Refuse textures that cannot be made, saying why."""
    if len(index) == 0 or min(index) < 0:
        raise ValueError(f"textures are numbered from 0 and at least one is needed, got index={index!r}")
    if size < 2:
        raise ValueError(f"a texture needs a side of at least 2 pixels, got size={size}")
