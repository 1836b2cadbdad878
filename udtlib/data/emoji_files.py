"""The emoji inside the package: what each is called, and how each of the five hands has drawn it."""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

from udtlib.data.collection import Collection, half_of

__all__ = ["EMOJI", "HANDS", "Emoji"]

#: Who drew, by the names that this library uses. The line art is grey, the others have three colour channels.
HANDS = ("noto", "twemoji", "fluent-flat", "fluent-3d", "fluent-line")


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
        return half_of(self.family)


def read_index(text: str) -> tuple[Emoji, ...]:
    """Every emoji in the order of Unicode's list."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return tuple(Emoji(*(row[field] for field in Emoji._fields)) for row in rows)


EMOJI = Collection(
    name="emoji",
    hands=HANDS,
    index_file="index.csv",
    read_index=read_index,
    notices=("README.md", "LICENSE-APACHE.txt", "LICENSE-MIT.txt"),
)
