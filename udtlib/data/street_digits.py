"""Digits beside their street numbers: drawn in colour over textures, as negatives, and the real ones of SVHN."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from udtlib.data.digits import load_digits
from udtlib.data.edges import LUMA
from udtlib.data.pair import SPLITS, DomainPair, IndependentPair, Samples, stored_rows, stream
from udtlib.data.svhn import svhn_pair
from udtlib.data.textures import textures
from udtlib.types import Batch, Float, Split

__all__ = ["StreetPair", "draw_street", "negative_digits", "street_to_digits", "svhn_pair"]

#: The least difference in luma between the ink and every pixel of the texture, of 2 between black and white.
CONTRAST = 0.6


@final
@dataclass(frozen=True, eq=False)
class StreetPair(DomainPair):
    """Street digits, and *other* digits in plain; both labels are the class.

    Args:
        domains: the images of both sides.
        beneath: the plain digits that the street digits were drawn from, in their order, by the split's name.
    """

    domains: IndependentPair
    beneath: dict[Split, Tensor]

    @property
    def paired(self) -> bool:
        return False

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        return self.domains.batch(index, size=size, seed=seed, split=split)

    def answers(self, batch: Batch) -> Float[Tensor, "size channel side side"]:
        """The plain digits beneath the street digits."""
        plain = torch.cat([self.beneath[split] for split in SPLITS])
        return plain[stored_rows(batch)]

    def to(self, device: torch.device | str) -> StreetPair:
        beneath = {split: plain.to(device) for split, plain in self.beneath.items()}
        return StreetPair(self.domains.to(device), beneath)


def street_to_digits(
    *,
    size: int = 32,
    count: int = 4000,
    test: int = 500,
    seed: int = 0,
    source: str = "embedded",
    channels: int = 3,
) -> StreetPair:
    """Street digits x, (3, size, size), and plain digits y, (channels, size, size); no digit is on both sides.

    A street digit is a handwritten digit in one random colour over a texture of its own, see
    :func:`draw_street`; the answer is the digit as it was before: straight, in the middle, white on black.
    The numbers of SVHN as they would be if we knew what stands on them.

    Args:
        size: side of the images in pixels, at least 16.
        count: training digits of each side, at most half of what the source has.
        test: test digits of each side, likewise.
        seed: of the choice of digits and of the street.
        source: which digits, as in :func:`~udtlib.data.digits.load_digits`.
        channels: of the plain digits; 1, or 3 that repeat the grey.

    Raises:
        ValueError: a size below 16, a count below 1 or above half of the digits, other channels, or an
            unknown source.
        DataError: the files are missing or damaged.
    """
    if size < 16:
        raise ValueError(f"street digits need at least 16 pixels to be readable, got size={size}")
    digits = load_digits(source=source, size=size)
    street, plain = halves(digits, count=count, test=test, seed=seed)
    images = {
        split: draw_street(digit, seed=seed, split=split)
        for split, digit in (("train", street.train), ("test", street.test))
    }
    seen = Samples(images["train"], images["test"], street.train_label, street.test_label)
    beneath = {
        split: in_channels(digit, channels)
        for split, digit in (("train", street.train), ("test", street.test))
    }
    target = Samples(
        in_channels(plain.train, channels),
        in_channels(plain.test, channels),
        plain.train_label,
        plain.test_label,
    )
    return StreetPair(IndependentPair(seen, target), beneath)


def draw_street(
    digits: Float[Tensor, "batch 1 size size"], *, seed: int, split: Split = "train"
) -> Float[Tensor, "batch 3 size size"]:
    r"""Handwritten digits, moved a little, in a colour of their own over a texture of their own.

    .. math:: x = (1 - m)\, u + m\, c, \qquad |\ell(c) - \ell(u_p)| \ge \text{CONTRAST for every pixel } p

    with the moved digit :math:`m \in [0, 1]`, the texture :math:`u`, the ink :math:`c` and the luma
    :math:`\ell`. The texture's range of luma is narrowed about its mean where it would leave no room for such
    an ink. Digits are scaled by 0.9 to 1.15, turned by up to 8 degrees and shifted by up to a sixteenth of the
    side.
    """
    generator = stream(seed, 0, split, "street")
    drawn = torch.rand(len(digits), 9, generator=generator)
    mask = (move(digits, drawn[:, :4]) + 1) / 2
    # Training and test digits stand on different textures.
    start = SPLITS.index(split) * 10**6
    back = make_room(textures(range(start, start + len(digits)), size=digits.shape[-1], seed=seed))
    ink = choose_ink(back, drawn[:, 4:])
    return back.lerp(ink, mask).clamp_(-1, 1)  # rounding


def move(digits: Tensor, drawn: Float[Tensor, "batch 4"]) -> Tensor:
    """Scaled, turned and shifted on black, as the numbers in [0, 1) say."""
    scale = 1 / (0.9 + 0.25 * drawn[:, 0])
    angle = math.radians(8) * (2 * drawn[:, 1] - 1)
    shift = (2 * drawn[:, 2:] - 1) / 8  # the side is 2 wide
    turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1).view(-1, 2, 2)
    matrix = torch.cat([turn * scale.view(-1, 1, 1), shift.unsqueeze(-1)], -1)
    grid = affine_grid(matrix, list(digits.shape), align_corners=False)
    # One more than the image, so that what the grid leaves is black and not grey.
    return grid_sample(digits + 1, grid, align_corners=False) - 1


def luma_of(images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 1 height width"]:
    """How light each pixel is."""
    return (images * torch.tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)


def make_room(back: Float[Tensor, "batch 3 size size"]) -> Float[Tensor, "batch 3 size size"]:
    """Textures with a luma range of at most 2 - 2 CONTRAST, so that there is an ink beyond one of its ends."""
    luma = luma_of(back)
    spread = luma.amax((1, 2, 3), keepdim=True) - luma.amin((1, 2, 3), keepdim=True)
    # A little less than the limit, which rounding may not cross.
    share = ((2 - 2 * CONTRAST) * 0.999 / spread.clamp_min(1e-6)).clamp_max(1)
    return back.mean((2, 3), keepdim=True).lerp(back, share)


def choose_ink(
    back: Float[Tensor, "batch 3 size size"], drawn: Float[Tensor, "batch 5"]
) -> Float[Tensor, "batch 3 1 1"]:
    """One colour per image whose luma is at least CONTRAST below the texture's lowest or above its highest."""
    luma = luma_of(back)
    below = (luma.amin((1, 2, 3)) - CONTRAST + 1).clamp_min(0)  # the room beneath the texture, above black
    above = (1 - CONTRAST - luma.amax((1, 2, 3))).clamp_min(0)
    # Uniform over both intervals: each is hit in proportion to its length.
    place = drawn[:, 0] * (below + above)
    level = torch.where(place < below, place - 1, 1 - (place - below))
    hue = drawn[:, 1:4].view(-1, 3, 1, 1)
    chroma = hue - luma_of(hue)
    # As strong as the cube of colours allows, times a random share.
    room = torch.where(chroma > 0, 1 - level.view(-1, 1, 1, 1), 1 + level.view(-1, 1, 1, 1))
    most = (room / chroma.abs().clamp_min(1e-6)).amin(1, keepdim=True)
    return level.view(-1, 1, 1, 1) + chroma * most * drawn[:, 4].view(-1, 1, 1, 1)


def negative_digits(*, size: int = 28, source: str = "embedded", seed: int = 0) -> IndependentPair:
    r"""Digits x and negatives y of *other* digits, (1, size, size); the true map is :math:`T^\star(x) = -x`.

    Args:
        size: pixels, as in :func:`~udtlib.data.digits.load_digits`.
        source: which digits, likewise; each side has half of them.
        seed: of the halving.

    Raises:
        ValueError: an unknown source or a size below 1.
        DataError: the files are missing or damaged.
    """
    digits = load_digits(source=source, size=size)
    count, test = len(digits.train) // 2, len(digits.test) // 2
    first, second = halves(digits, count=count, test=test, seed=seed)
    negative = Samples(-second.train, -second.test, second.train_label, second.test_label)
    return IndependentPair(first, negative, truth=torch.neg)


def halves(digits: Samples, *, count: int, test: int, seed: int) -> tuple[Samples, Samples]:
    """Two domains of so many digits each that share none."""
    parts: tuple[list[Tensor], list[Tensor]] = ([], [])
    labels: tuple[list[Tensor], list[Tensor]] = ([], [])
    sides = (
        (count, "train", digits.train, digits.train_label),
        (test, "test", digits.test, digits.test_label),
    )
    for wanted, split, image, label in sides:
        if not 1 <= wanted <= len(image) // 2:
            raise ValueError(
                f"{wanted} {split} digits of each side were asked for; the source has {len(image)}, expected "
                f"1 to {len(image) // 2}: ask for fewer, or take source='official'"
            )
        assert label is not None, "digits have classes"
        order = torch.randperm(len(image), generator=stream(seed, 0, split, "halves"))
        for side in (0, 1):
            rows = order[side * wanted : (side + 1) * wanted]
            parts[side].append(image[rows])
            labels[side].append(label[rows])
    return Samples(*parts[0], *labels[0]), Samples(*parts[1], *labels[1])


def in_channels(digits: Float[Tensor, "batch 1 size size"], channels: int) -> Tensor:
    """Grey digits in one channel, or repeated in three."""
    if channels not in (1, 3):
        raise ValueError(f"plain digits have 1 channel, or 3 that repeat the grey; got channels={channels}")
    return digits.repeat(1, channels, 1, 1)
