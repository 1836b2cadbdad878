r"""Stored samples that belong together: in supervised translation :math:`x_i` and :math:`y_i` are two views of one
thing, and :math:`y_i` is the answer to :math:`x_i`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.types import Batch, Split


@final
@dataclass(frozen=True)
class PairedSamples(DomainPair):
    """Stored samples that correspond one to one, held on the training device and indexed there.

    Args:
        train: corresponding samples to train on; ``x[i]`` belongs to ``y[i]``.
        test: corresponding samples kept apart for evaluation.

    Raises:
        ValueError: a split is empty, its two halves have unequal counts, or the splits differ in shape.
    """

    train: Batch
    test: Batch

    def __post_init__(self) -> None:
        for name, part in (("train", self.train), ("test", self.test)):
            counts = {len(t) for t in part if t is not None}
            if len(counts) != 1 or 0 in counts:
                raise ValueError(
                    f"the {name} split has {len(part.x)} sources and {len(part.y)} targets; a paired split "
                    "needs at least one sample, and as many of each"
                )
        for side in ("x", "y"):
            shapes = [tuple(getattr(part, side).shape[1:]) for part in (self.train, self.test)]
            if shapes[0] != shapes[1]:
                raise ValueError(
                    f"training samples {side} have shape {shapes[0]} but test samples {shapes[1]}; "
                    "resize one of them"
                )

    @property
    def paired(self) -> bool:
        return True

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        part = self.train if split == "train" else self.test
        # Drawn with replacement: independent samples of the empirical joint distribution.
        rows = torch.randint(len(part.x), (size,), generator=stream(seed, index, split, "pair"))
        rows = rows.to(part.x.device)
        drawn = Batch(*(None if t is None else t[rows] for t in part))
        return drawn._replace(x_row=rows if split == "train" else rows + len(self.train.x))

    def answers(self, batch: Batch) -> Tensor:
        """The partners; several targets may belong to one source, and each is an answer to it."""
        return batch.y

    def to(self, device: torch.device | str) -> PairedSamples:
        return PairedSamples(self.train.to(device), self.test.to(device))
