"""The emoji inside the package: what each is called, and how each of the five hands has drawn it.

A hand's drawings are sheets of 12 × 12 tiles as lossless WebP; ``manifest.json`` beside them has every file's
SHA-256, and who drew under which licence.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from udtlib.data.formats import DataError

#: Who drew, by the names that this library uses. The line art is grey, the others have three colour channels.
HANDS = ("noto", "twemoji", "fluent-flat", "fluent-3d", "fluent-line")

#: Pixels of a drawing's side, as stored.
NATIVE = 64

#: The parts of the data; ``val`` is for choosing between settings, and is in no batch.
PARTS = ("train", "val", "test")

#: What the licences ask to hand on with the drawings.
NOTICES = ("README.md", "LICENSE-APACHE.txt", "LICENSE-MIT.txt")


class Emoji(NamedTuple):
    """One emoji: its code points (``1f44d``), Unicode's name and group for it, and where it belongs.

    A family has one split and one half: the names without the words for a person (``man``, ``woman``, …) agree.
    """

    codepoints: str
    name: str
    group: str
    family: str
    split: str

    @property
    def half(self) -> int:
        """0 or 1, by a hash of the family: which hand shows it for training where the hands share nothing."""
        return hashlib.sha256(f"half of {self.family}".encode()).digest()[0] % 2


def folder() -> Traversable:
    """Where the package keeps its emoji."""
    return resources.files("udtlib.data") / "embedded" / "emoji"


@cache
def emoji_manifest() -> dict[str, Any]:
    """What the files hold, who made it, and how.

    Raises:
        DataError: the package's files are missing or damaged.
    """
    try:
        return json.loads((folder() / "manifest.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"the emoji are missing from {folder()}; reinstall udtlib") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{folder() / 'manifest.json'} cannot be read ({error}); reinstall udtlib") from error


@cache
def emoji_index() -> tuple[Emoji, ...]:
    """Every emoji in the order of Unicode's list; its position is its number everywhere in this library.

    Raises:
        DataError: the package's files are missing or changed.
    """
    rows = csv.DictReader(io.StringIO(read_checked("index.csv").decode(), newline=""))
    return tuple(Emoji(*(row[field] for field in Emoji._fields)) for row in rows)


@cache
def drawn_by(hand: str) -> Tensor:
    """How a hand has drawn every emoji: bytes ``(count, channels, 64, 64)`` on white; shared, not to be changed.

    Raises:
        ValueError: there is no such hand.
        DataError: the package's files are missing or changed.
    """
    check_hand(hand)
    manifest = emoji_manifest()
    side = manifest["side"]
    parts = []
    for name in manifest["hands"][hand]["sheets"]:
        sheet = np.asarray(Image.open(io.BytesIO(read_checked(name))).convert("RGB"))
        parts.append(
            sheet.reshape(side, NATIVE, side, NATIVE, 3).swapaxes(1, 2).reshape(-1, NATIVE, NATIVE, 3)
        )
    tiles = torch.from_numpy(np.concatenate(parts)[: manifest["count"]]).permute(0, 3, 1, 2)
    # Line art is stored with three equal channels.
    return (tiles[:, :1] if channels_of(hand) == 1 else tiles).contiguous()


def channels_of(hand: str) -> int:
    """1 for line art, 3 for the others."""
    return 1 if emoji_manifest()["hands"][hand]["grey"] else 3


def check_hand(hand: str) -> None:
    """Refuse an unknown hand."""
    if hand not in HANDS:
        raise ValueError(f"there is no hand {hand!r}; expected one of {', '.join(HANDS)}")


def read_checked(name: str) -> bytes:
    """The content of one of the emoji's files, checked against the SHA-256 in the manifest.

    Raises:
        DataError: the file is missing or changed.
    """
    expected = emoji_manifest()["sha256"][name]
    try:
        content = (folder() / name).read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"{name} of the emoji is missing from {folder()}; reinstall udtlib") from error
    except OSError as error:
        raise DataError(f"{name} of the emoji cannot be read ({error}); reinstall udtlib") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise DataError(
            f"{folder() / name} has SHA-256 {digest}; expected {expected}: "
            "it was changed or damaged, reinstall udtlib"
        )
    return content


def verify_emoji() -> None:
    """Check every one of the emoji's files.

    Raises:
        DataError: a file is missing or changed.
    """
    for name in emoji_manifest()["sha256"]:
        read_checked(name)
