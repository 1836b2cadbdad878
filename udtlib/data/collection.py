"""Drawings of the same things by several hands, inside the package: read, checked and kept.

A hand's drawings are sheets of square tiles as lossless WebP; ``manifest.json`` beside them has every file's
SHA-256, and who drew under which licence. A thing's place in the index is its number everywhere in this library.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import avg_pool2d

from udtlib.data.formats import DataError
from udtlib.types import Float, Int

__all__ = ["NATIVE", "PARTS", "SIZES", "Collection", "Thing", "half_of"]

#: Pixels of a drawing's side, as stored.
NATIVE = 64
#: Pixels of a side that are to be had: as stored, and averaged over areas.
SIZES = (NATIVE, 32, 16)
#: The parts of the data; ``val`` is for choosing between settings, and is in no batch.
PARTS = ("train", "val", "test")


@runtime_checkable
class Thing(Protocol):
    """What is drawn."""

    @property
    def split(self) -> str:
        """The part of the data that it belongs to."""

    @property
    def half(self) -> int:
        """0 or 1: which hand shows it for training where the hands share nothing."""

    @property
    def codepoints(self) -> str:
        """Its code points in hexadecimal digits, which name its files."""


def half_of(family: str) -> int:
    """0 or 1, by a hash: things of one family are on one side."""
    return hashlib.sha256(f"half of {family}".encode()).digest()[0] % 2


@dataclass(frozen=True)
class Collection:
    """Things, and how each of some hands has drawn them.

    Args:
        name: of its folder, and what a message calls it.
        hands: who drew.
        index_file: what the things are.
        read_index: makes things of that file's content.
        notices: the files that the licences ask to hand on with the drawings.
        place: the folder; the package's own by default.
    """

    name: str
    hands: tuple[str, ...]
    index_file: str
    read_index: Callable[[str], tuple[Thing, ...]]
    notices: tuple[str, ...]
    place: Traversable | None = None

    @property
    def folder(self) -> Traversable:
        """Where its files are."""
        return self.place or resources.files("udtlib.data") / "embedded" / self.name

    @cache  # noqa: B019 - a collection lives as long as the package
    def manifest(self) -> dict[str, Any]:
        """What the files hold, who made it, and how.

        Raises:
            DataError: the package's files are missing or damaged.
        """
        path = self.folder / "manifest.json"
        try:
            return json.loads(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise DataError(f"the {self.name} are missing from {self.folder}; reinstall udtlib") from error
        except (OSError, ValueError) as error:
            raise DataError(f"{path} cannot be read ({error}); reinstall udtlib") from error

    def read_checked(self, name: str) -> bytes:
        """The content of a file, checked against the SHA-256 in the manifest.

        Raises:
            DataError: the file is missing or changed.
        """
        expected = self.manifest()["sha256"][name]
        try:
            content = (self.folder / name).read_bytes()
        except FileNotFoundError as error:
            raise DataError(
                f"{name} of the {self.name} is missing from {self.folder}; reinstall udtlib"
            ) from error
        except OSError as error:
            raise DataError(
                f"{name} of the {self.name} cannot be read ({error}); reinstall udtlib"
            ) from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != expected:
            raise DataError(
                f"{self.folder / name} has SHA-256 {digest}; expected {expected}: "
                "it was changed or damaged, reinstall udtlib"
            )
        return content

    def verify(self) -> None:
        """Check every file.

        Raises:
            DataError: a file is missing or changed.
        """
        for name in self.manifest()["sha256"]:
            self.read_checked(name)

    def check_hand(self, hand: str) -> None:
        """Refuse an unknown hand."""
        if hand not in self.hands:
            raise ValueError(f"there is no hand {hand!r}; expected one of {', '.join(self.hands)}")

    def check_size(self, size: int) -> None:
        """Refuse a size that is not to be had."""
        if size not in SIZES:
            raise ValueError(f"{self.name} have 64, 32 or 16 pixels, got size={size}")

    def channels_of(self, hand: str) -> int:
        """1 for a hand without colours, 3 for the others."""
        return 1 if self.manifest()["hands"][hand]["grey"] else 3

    @cache  # noqa: B019
    def index(self) -> tuple[Thing, ...]:
        """Everything that is drawn; its position is its number.

        Raises:
            DataError: the package's files are missing or changed.
        """
        return self.read_index(self.read_checked(self.index_file).decode())

    @cache  # noqa: B019
    def numbers_of(self, split: str, *, half: int | None = None) -> Int[Tensor, "count"]:
        """The numbers of a split, ascending; of one half of its families only where ``half`` is 0 or 1.

        The tensor is shared, and not to be changed.

        Raises:
            ValueError: there is no such split.
        """
        if split not in PARTS:
            raise ValueError(f"split is {split!r}; expected one of {', '.join(PARTS)}")
        return torch.tensor(
            [i for i, each in enumerate(self.index()) if each.split == split and half in (None, each.half)]
        )

    @cache  # noqa: B019
    def drawn_by(self, hand: str) -> Tensor:
        """How a hand has drawn everything: bytes ``(count, channels, 64, 64)``; shared, not to be changed.

        Raises:
            ValueError: there is no such hand.
            DataError: the package's files are missing or changed.
        """
        self.check_hand(hand)
        manifest = self.manifest()
        side = manifest["side"]
        parts = []
        for name in manifest["hands"][hand]["sheets"]:
            sheet = np.asarray(Image.open(io.BytesIO(self.read_checked(name))).convert("RGB"))
            parts.append(
                sheet.reshape(side, NATIVE, side, NATIVE, 3).swapaxes(1, 2).reshape(-1, NATIVE, NATIVE, 3)
            )
        tiles = torch.from_numpy(np.concatenate(parts)[: manifest["count"]]).permute(0, 3, 1, 2)
        # A grey hand's are stored with three equal channels.
        return (tiles[:, :1] if self.channels_of(hand) == 1 else tiles).contiguous()

    @cache  # noqa: B019
    def kept(self, hand: str, device: str) -> Tensor:
        """A hand's bytes on a device: one copy, whatever the number of pairs."""
        return self.drawn_by(hand).to(device)

    def pictures(
        self,
        hand: str,
        numbers: Int[Tensor, "batch"],
        *,
        size: int = NATIVE,
        device: torch.device | str = "cpu",
    ) -> Float[Tensor, "batch channels size size"]:
        """A hand's drawings of the things of these numbers, in [-1, 1]; below 64 pixels, averages over areas."""
        stored = self.kept(hand, str(device))
        values = stored[numbers.to(stored.device)].float()
        if size != NATIVE:
            values = avg_pool2d(values, NATIVE // size)
        return values.mul_(2 / 255).sub_(1)
