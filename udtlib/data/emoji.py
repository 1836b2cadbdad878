r"""Emoji drawn by several hands: pictures of the same things, whose partners are known exactly.

A code point says what is drawn; the hand says how. Between two hands, the right answer to a picture is the other
hand's picture of the same code point. Noto's and Twemoji's drawings of one thing differ in shape, pose and colour;
the three Fluent hands (flat, 3D, lines) are renderings of one design.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from udtlib.data.collection import Collection
from udtlib.data.emoji_files import EMOJI
from udtlib.data.hands_pair import TwoHands, mirrored
from udtlib.data.pair import stream
from udtlib.types import Batch, Split

__all__ = ["EmojiPair"]


@final
@dataclass(frozen=True)
class EmojiPair(TwoHands):
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
    mirrored: bool = field(default=False, kw_only=True, metadata={"added": True})

    @property
    def collection(self) -> Collection:
        return EMOJI

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        batch = super().batch(index, size=size, seed=seed, split=split)
        if not self.mirrored or split != "train":
            return batch
        x, y = (
            mirrored(images, stream(seed, index, split, f"{name}, mirrored"))
            for images, name in zip((batch.x, batch.y), self.streams, strict=True)
        )
        # Without numbers: the stored drawings are no answers to mirrored ones.
        return Batch(x, y)
