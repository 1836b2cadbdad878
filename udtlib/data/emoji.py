r"""Emoji drawn by several hands: pictures of the same things, whose partners are known exactly.

A code point says what is drawn; the hand says how. Between two hands, the right answer to a picture is the other
hand's picture of the same code point. Noto's and Twemoji's drawings of one thing differ in shape, pose and colour;
the three Fluent hands (flat, 3D, lines) are renderings of one design.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import final

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from udtlib.data.emoji_files import HANDS, NATIVE, PARTS, check_hand, drawn_by, emoji_index
from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.types import Batch, Float, Int, Split

#: Pixels of a side: as stored, and averaged over areas.
SIZES = (64, 32, 16)


@final
@dataclass(frozen=True)
class EmojiPair(DomainPair):
    r"""Two hands' drawings of emoji, in [-1, 1] on white: (3, size, size), line art (1, size, size).

    Test emoji belong to families of names (``family`` in the index) that no training batch shows. Where the pair
    is not ``paired``, the training families are divided between the hands as well, so that no training picture's
    partner is ever seen. Both hands show all test emoji. A batch's ``x_row`` is the emoji's number in the index.

    Args:
        source: the hand that drew :math:`x`, one of ``noto``, ``twemoji``, ``fluent-flat``, ``fluent-3d`` and
            ``fluent-line``.
        target: the hand that drew :math:`y`.
        size: pixels: 64, or the average over areas at 32 or 16.
        paired: :math:`x_i` and :math:`y_i` show the same emoji.
        mirrored: every second training picture, drawn at random, is shown as in a mirror; partners together.
        device: where the pictures are kept.

    Raises:
        ValueError: an unknown hand or size, or twice the same hand.
        DataError: the package's files are missing or changed.
    """

    source: str = "noto"
    target: str = "twemoji"
    size: int = field(default=NATIVE, kw_only=True)
    paired: bool = field(default=False, kw_only=True)
    mirrored: bool = field(default=False, kw_only=True, metadata={"added": True})
    device: torch.device | str = field(default="cpu", kw_only=True)

    def __post_init__(self) -> None:
        for hand in (self.source, self.target):
            check_hand(hand)
        if self.source == self.target:
            others = ", ".join(hand for hand in HANDS if hand != self.source)
            raise ValueError(f"source and target are both {self.source!r}; choose another target: {others}")
        if self.size not in SIZES:
            raise ValueError(f"emoji have 64, 32 or 16 pixels, got size={self.size}")

    def numbers(self, side: str, *, split: Split) -> Int[Tensor, "count"]:
        """The numbers (positions in the index) of the emoji that ``source`` or ``target`` shows in a split."""
        if side not in ("source", "target"):
            raise ValueError(f"side is {side!r}; expected 'source' or 'target'")
        if self.paired or split != "train":
            return numbers_of(split)
        return numbers_of(split, half=("source", "target").index(side))

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        # Drawn with replacement, as from any stored sample; one stream for both where they correspond.
        names = ("pair", "pair") if self.paired else ("source", "target")
        x_row, y_row = (
            drawn(self.numbers(side, split=split), size, stream(seed, index, split, name))
            for side, name in zip(("source", "target"), names, strict=True)
        )
        batch = self._show(x_row, y_row)
        if not self.mirrored or split != "train":
            return batch
        x, y = (
            mirrored(images, stream(seed, index, split, f"{name}, mirrored"))
            for images, name in zip((batch.x, batch.y), names, strict=True)
        )
        # Without numbers: the stored drawings are no answers to mirrored ones.
        return Batch(x, y)

    def whole(self, split: Split = "test") -> Batch:
        """Both hands' pictures of every emoji of ``train``, ``val`` or ``test``, in the order of the index.

        ``y[i]`` is the partner of ``x[i]`` whether or not the pair is ``paired``: for evaluation only.
        """
        numbers = numbers_of(split)
        return self._show(numbers, numbers)

    def answers(self, batch: Batch) -> Tensor:
        """The target's drawings of the same emoji, whose numbers are the batch's ``x_row``.

        Raises:
            ValueError: the batch is no batch of emoji.
        """
        if batch.x_row is None:
            raise ValueError(
                "the batch does not say which emoji it shows; pass a batch of an EmojiPair, unchanged"
            )
        return pictures(self.target, batch.x_row, size=self.size, device=self.device)

    def to(self, device: torch.device | str) -> EmojiPair:
        return replace(self, device=device)

    def _show(self, x_row: Tensor, y_row: Tensor) -> Batch:
        x, y = (
            pictures(hand, rows, size=self.size, device=self.device)
            for hand, rows in ((self.source, x_row), (self.target, y_row))
        )
        return Batch(x, y, x_row=x_row.to(self.device))


def pictures(
    hand: str, numbers: Int[Tensor, "batch"], *, size: int = NATIVE, device: torch.device | str = "cpu"
) -> Float[Tensor, "batch channels size size"]:
    """A hand's drawings of the emoji of these numbers, in [-1, 1]; below 64 pixels, averages over areas."""
    stored = kept(hand, str(device))
    values = stored[numbers.to(stored.device)].float()
    if size != NATIVE:
        values = avg_pool2d(values, NATIVE // size)
    return values.mul_(2 / 255).sub_(1)


@cache
def numbers_of(split: Split, *, half: int | None = None) -> Int[Tensor, "count"]:
    """The numbers of a split's emoji, ascending; of one half of its families only where ``half`` is 0 or 1.

    The tensor is shared, and not to be changed.

    Raises:
        ValueError: there is no such split.
    """
    if split not in PARTS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(PARTS)}")
    return torch.tensor(
        [
            number
            for number, emoji in enumerate(emoji_index())
            if emoji.split == split and half in (None, emoji.half)
        ]
    )


def drawn(numbers: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """``count`` of the numbers, drawn with replacement."""
    return numbers[torch.randint(len(numbers), (count,), generator=generator)]


def mirrored(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image as it is or with left and right exchanged, by chance."""
    turned = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(turned.to(images.device)[:, None, None, None], images.flip(3), images)


@cache
def kept(hand: str, device: str) -> Tensor:
    """A hand's bytes on a device: one copy, whatever the number of pairs."""
    return drawn_by(hand).to(device)
