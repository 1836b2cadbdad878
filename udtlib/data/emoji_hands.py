r"""Line art that any of four hands may have coloured: one input, and several right answers that are known.

The line art says what is drawn and not by whom. So :math:`y` given :math:`x` has four modes, all equally likely,
and each is a picture that exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import final

import torch
from torch import Tensor

from udtlib.data.collection import NATIVE
from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.data.hands_pair import drawn, mirrored
from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.types import Batch, Float, Int, Split

__all__ = ["COLOURISTS", "LINES", "HandsPair"]

#: The hand that draws x, and those that may draw y.
LINES = "fluent-line"
COLOURISTS = tuple(hand for hand in HANDS if hand != LINES)


@final
@dataclass(frozen=True)
class HandsPair(DomainPair):
    r"""Line art :math:`x` and the same emoji by one of four hands, each with probability one quarter.

    A batch's ``y_label`` is the hand's place in ``COLOURISTS``, ``x_row`` the emoji's number in the index.

    Args:
        size: pixels: 64, or the average over areas at 32 or 16.
        mirrored: every second training pair, drawn at random, is shown as in a mirror.
        device: where the pictures are kept.

    Raises:
        ValueError: another size.
        DataError: the package's files are missing or changed.
    """

    size: int = field(default=NATIVE, kw_only=True)
    mirrored: bool = field(default=False, kw_only=True)
    device: torch.device | str = field(default="cpu", kw_only=True)

    def __post_init__(self) -> None:
        EMOJI.check_size(self.size)

    @property
    def paired(self) -> bool:
        return True

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        rows = drawn(EMOJI.numbers_of(split), size, stream(seed, index, split, "emoji"))
        hand = torch.randint(len(COLOURISTS), (size,), generator=stream(seed, index, split, "hand"))
        x, y = self.lines(rows), self.by(hand, rows)
        rows, hand = rows.to(self.device), hand.to(self.device)
        if not self.mirrored or split != "train":
            return Batch(x, y, y_label=hand, x_row=rows)
        # The same draw for both; without numbers, as the stored drawings are no answers to mirrored ones.
        x, y = (mirrored(images, stream(seed, index, split, "mirrored")) for images in (x, y))
        return Batch(x, y, y_label=hand)

    def lines(self, numbers: Int[Tensor, "batch"]) -> Float[Tensor, "batch 1 size size"]:
        """The line art of these emoji."""
        return EMOJI.pictures(LINES, numbers, size=self.size, device=self.device)

    def variants(self, numbers: Int[Tensor, "batch"]) -> Float[Tensor, "batch 4 3 size size"]:
        """All right answers for these emoji, in the order of ``COLOURISTS``."""
        each = [EMOJI.pictures(hand, numbers, size=self.size, device=self.device) for hand in COLOURISTS]
        return torch.stack([images.expand(-1, 3, -1, -1) for images in each], dim=1)

    def by(
        self, hand: Int[Tensor, "batch"], numbers: Int[Tensor, "batch"]
    ) -> Float[Tensor, "batch 3 size size"]:
        """These emoji, each by the hand of this place in ``COLOURISTS``."""
        every = self.variants(numbers)
        return every[torch.arange(len(numbers), device=every.device), hand.to(every.device)]

    def answers(self, batch: Batch) -> Tensor:
        """The drawings by the hands of the batch's ``y_label``; every x has three more right answers.

        Raises:
            ValueError: the batch is no batch of this pair.
        """
        if batch.x_row is None or batch.y_label is None:
            raise ValueError(
                "the batch does not say which emoji it shows and by whom; pass a batch of a HandsPair, unchanged"
            )
        return self.by(batch.y_label, batch.x_row)

    def to(self, device: torch.device | str) -> HandsPair:
        return replace(self, device=device)
