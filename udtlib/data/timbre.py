r"""Phrases of music by several instruments as spectrograms, from a folder: the same notes, another sound.

A spectrogram here is an image: 64 mel bands from 100 to 7,800 Hz, low ones at the bottom, by 64 moments of 31 ms,
decibels from -45 to 30 as values in [-1, 1]. The phrases are made up; recorded samples of real instruments play
them (MuseScore_General, MIT licence, parts in the public domain). The folder ``timbre`` in the one that
``UDT_DATA_DIR`` names holds ``spectrograms.npz``, one array of all phrases for each instrument, and ``index.csv``.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import final

import numpy as np
import torch
from torch import Tensor

from udtlib.data.files import given_folder
from udtlib.data.formats import DataError
from udtlib.data.pair import DomainPair, check_request, stream
from udtlib.data.text_files import UnreadableError, read_text
from udtlib.types import Batch, Float, Split

__all__ = ["BANDS", "DECIBELS", "INSTRUMENTS", "TimbrePair", "phrases_of", "spectrograms"]

#: Who plays, by the names of the arrays.
INSTRUMENTS = ("piano", "guitar", "violin", "trumpet", "clarinet", "flute")
#: Mel bands, and moments, of a phrase.
BANDS = 64
#: The levels that -1 and 1 stand for.
DECIBELS = (-45.0, 30.0)
#: The parts of the data; ``val`` is for choosing between settings, and is in no batch.
PARTS = ("train", "val", "test")


@final
@dataclass(frozen=True)
class TimbrePair(DomainPair):
    r"""Two instruments, each with phrases that the other does not play: spectrograms (1, 64, 64) in [-1, 1].

    The training phrases are divided between the instruments, so that no training sample's partner is ever seen.
    Both play all test phrases, and the right answer to :math:`x` is the target's spectrogram of the same phrase. A
    batch's ``x_row`` is the number of the phrase.

    Args:
        source: who plays :math:`x`: ``piano``, ``guitar``, ``violin``, ``trumpet``, ``clarinet`` or ``flute``.
        target: who plays :math:`y`.
        folder: the folder described above; None for ``timbre`` in the one that ``UDT_DATA_DIR`` names.
        device: where the spectrograms are kept.

    Raises:
        ValueError: an unknown instrument, or twice the same.
        DataError: the folder or a file is missing or damaged.
    """

    source: str = "piano"
    target: str = "violin"
    folder: Path | None = field(default=None, kw_only=True)
    device: torch.device | str = field(default="cpu", kw_only=True)

    def __post_init__(self) -> None:
        for name in (self.source, self.target):
            if name not in INSTRUMENTS:
                raise ValueError(f"nobody plays {name!r}; expected one of {', '.join(INSTRUMENTS)}")
        if self.source == self.target:
            others = ", ".join(name for name in INSTRUMENTS if name != self.source)
            raise ValueError(f"source and target are both {self.source!r}; choose another target: {others}")
        phrases_of(self.place, "train")

    @property
    def place(self) -> Path:
        """The folder with the files."""
        return default_folder() if self.folder is None else Path(self.folder)

    @property
    def paired(self) -> bool:
        return False

    def numbers(self, side: str, *, split: Split) -> Tensor:
        """The numbers of the phrases that ``source`` or ``target`` plays in a split."""
        if side not in ("source", "target"):
            raise ValueError(f"side is {side!r}; expected 'source' or 'target'")
        numbers = phrases_of(self.place, split)
        return numbers[("source", "target").index(side) :: 2] if split == "train" else numbers

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        check_request(index, size=size, split=split)
        rows = []
        for side in ("source", "target"):
            numbers = self.numbers(side, split=split)
            drawn = torch.randint(len(numbers), (size,), generator=stream(seed, index, split, side))
            rows.append(numbers[drawn])
        return self._show(*rows)

    def whole(self, split: Split = "test") -> Batch:
        """Every phrase of ``train``, ``val`` or ``test`` by both instruments: for evaluation only."""
        numbers = phrases_of(self.place, split)
        return self._show(numbers, numbers)

    def answers(self, batch: Batch) -> Tensor:
        """The target's spectrograms of the same phrases, whose numbers are the batch's ``x_row``.

        Raises:
            ValueError: the batch is no batch of phrases.
        """
        if batch.x_row is None:
            raise ValueError(
                "the batch does not say which phrases it holds; pass a batch of a TimbrePair, unchanged"
            )
        return self._played(self.target, batch.x_row)

    def to(self, device: torch.device | str) -> TimbrePair:
        return replace(self, device=device)

    def _show(self, x_row: Tensor, y_row: Tensor) -> Batch:
        x, y = self._played(self.source, x_row), self._played(self.target, y_row)
        return Batch(x, y, x_row=x_row.to(self.device))

    def _played(self, name: str, numbers: Tensor) -> Float[Tensor, "batch 1 64 64"]:
        stored = kept(self.place, name, str(self.device))
        return stored[numbers.to(stored.device)].float().mul_(2 / 255).sub_(1)


def default_folder() -> Path:
    """The folder ``timbre`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        DataError: the variable is not set, or names no folder.
    """
    why = "the phrases are not part of the package"
    return given_folder(why, has="timbre/spectrograms.npz and timbre/index.csv") / "timbre"


@lru_cache(maxsize=8)
def phrases_of(folder: Path, split: Split) -> Tensor:
    """The numbers of a split's phrases, ascending. The tensor is shared, and not to be changed.

    Raises:
        ValueError: there is no such split.
        DataError: ``index.csv`` is missing, or lacks a column, a number or the split.
    """
    if split not in PARTS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(PARTS)}")
    path = folder / "index.csv"
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path), newline="")))
        numbers = [int(row["i"]) for row in rows if row["split"] == split]
    except UnreadableError as error:
        raise DataError(f"{path} cannot be read ({error}); give a folder with the phrases' index") from error
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(f"{path} has no column or number i and split ({error}); copy it again") from error
    if not numbers:
        raise DataError(f"{path} names no {split} phrase; copy it again")
    return torch.tensor(sorted(numbers))


@cache
def spectrograms(folder: Path, name: str) -> Tensor:
    """All phrases as one instrument plays them: bytes, shape (phrases, 1, 64, 64).

    Raises:
        DataError: the file is missing or damaged, or lacks the instrument or a phrase.
    """
    path = folder / "spectrograms.npz"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            values = arrays[name]
    except KeyError as error:
        raise DataError(f"{path} has no array {name!r}; copy it again") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read ({error}); give a folder with the spectrograms") from error
    least = 1 + max(phrases_of(folder, split)[-1].item() for split in PARTS)
    if values.dtype != np.uint8 or values.shape[1:] != (BANDS, BANDS) or len(values) < least:
        raise DataError(
            f"{path} has {values.dtype} of shape {values.shape} for {name!r}; expected uint8 of shape "
            f"({least}, {BANDS}, {BANDS}): copy it again"
        )
    return torch.from_numpy(values)[:, None]


@cache
def kept(folder: Path, name: str, device: str) -> Tensor:
    """An instrument's phrases on a device: one copy, whatever the number of pairs."""
    return spectrograms(folder, name).to(device)
