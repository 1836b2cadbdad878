"""Two hands that drew the same things, as a pair of domains: partners are known, whether or not they are shown."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from udtlib.data.collection import NATIVE, Collection
from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.types import Batch, Int, Split

__all__ = ["TwoHands", "drawn", "mirrored"]


@dataclass(frozen=True)
class TwoHands(DomainPair):
    """Two hands' drawings from one collection.

    Args:
        source: the hand that drew :math:`x`.
        target: the hand that drew :math:`y`.
        size: pixels: 64, or the average over areas at 32 or 16.
        paired: :math:`x_i` and :math:`y_i` show the same thing.
        device: where the pictures are kept.

    Raises:
        ValueError: an unknown hand or size, or twice the same hand.
        DataError: the package's files are missing or changed.
    """

    source: str
    target: str
    size: int = field(default=NATIVE, kw_only=True)
    paired: bool = field(default=False, kw_only=True)
    device: torch.device | str = field(default="cpu", kw_only=True)

    @property
    @abstractmethod
    def collection(self) -> Collection:
        """Whose drawings they are."""

    def __post_init__(self) -> None:
        for hand in (self.source, self.target):
            self.collection.check_hand(hand)
        if self.source == self.target:
            others = ", ".join(hand for hand in self.collection.hands if hand != self.source)
            raise ValueError(f"source and target are both {self.source!r}; choose another target: {others}")
        self.collection.check_size(self.size)

    def numbers(self, side: str, *, split: Split) -> Int[Tensor, "count"]:
        """The numbers (positions in the index) of what ``source`` or ``target`` shows in a split."""
        if side not in ("source", "target"):
            raise ValueError(f"side is {side!r}; expected 'source' or 'target'")
        if self.paired or split != "train":
            return self.collection.numbers_of(split)
        return self.collection.numbers_of(split, half=("source", "target").index(side))

    @property
    def streams(self) -> tuple[str, str]:
        """What either side's draws are named: one stream for both where they correspond."""
        return ("pair", "pair") if self.paired else ("source", "target")

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        # Drawn with replacement, as from any stored sample.
        x_row, y_row = (
            drawn(self.numbers(side, split=split), size, stream(seed, index, split, name))
            for side, name in zip(("source", "target"), self.streams, strict=True)
        )
        return self.shown(x_row, y_row)

    def whole(self, split: Split = "test") -> Batch:
        """Both hands' pictures of everything in ``train``, ``val`` or ``test``, in the order of the index.

        ``y[i]`` is the partner of ``x[i]`` whether or not the pair is ``paired``: for evaluation only.
        """
        numbers = self.collection.numbers_of(split)
        return self.shown(numbers, numbers)

    def answers(self, batch: Batch) -> Tensor:
        """The target's drawings of the same things, whose numbers are the batch's ``x_row``.

        Raises:
            ValueError: the batch does not say what it shows.
        """
        if batch.x_row is None:
            raise ValueError(
                f"the batch does not say which {self.collection.name} it shows; pass a batch of "
                f"{type(self).__name__}, unchanged"
            )
        return self.collection.pictures(self.target, batch.x_row, size=self.size, device=self.device)

    def to(self, device: torch.device | str) -> TwoHands:
        return replace(self, device=device)

    def shown(self, x_row: Int[Tensor, "batch"], y_row: Int[Tensor, "batch"]) -> Batch:
        """The source's drawings of these numbers, and the target's of those."""
        x, y = (
            self.collection.pictures(hand, rows, size=self.size, device=self.device)
            for hand, rows in ((self.source, x_row), (self.target, y_row))
        )
        return Batch(x, y, x_row=x_row.to(self.device))


def drawn(numbers: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """``count`` of the numbers, drawn with replacement."""
    return numbers[torch.randint(len(numbers), (count,), generator=generator)]


def mirrored(images: Tensor, generator: torch.Generator) -> Tensor:
    """Each image as it is or with left and right exchanged, by chance."""
    turned = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(turned.to(images.device)[:, None, None, None], images.flip(3), images)
