"""The Chinese characters inside the package, as three hands write them: printed, by brush, running."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from udtlib.data.collection import Collection, half_of

__all__ = ["CALLIGRAPHY", "SCRIPTS", "Character"]

#: How the characters are written, by the names that this library uses.
SCRIPTS = ("print", "brush", "running")


class Character(NamedTuple):
    """One character."""

    character: str

    @property
    def codepoints(self) -> str:
        """Its code point in hexadecimal digits."""
        return f"{ord(self.character):04x}"

    @property
    def split(self) -> str:
        """15 of 100 characters are for the test, 5 for choosing between settings, by a hash."""
        number = int(hashlib.sha256(str(ord(self.character)).encode()).hexdigest(), 16) % 100
        return "test" if number < 15 else "val" if number < 20 else "train"

    @property
    def half(self) -> int:
        """0 or 1, by a hash: which hand shows it for training where the hands share nothing."""
        return half_of(self.codepoints)


def read_index(text: str) -> tuple[Character, ...]:
    """The characters of level 1 of GB 2312, in the order of Unicode."""
    return tuple(Character(character) for character in text.strip())


CALLIGRAPHY = Collection(
    name="calligraphy",
    hands=SCRIPTS,
    index_file="characters.txt",
    read_index=read_index,
    notices=("README.md", "OFL-NOTO-SANS-SC.txt", "OFL-MA-SHAN-ZHENG.txt", "OFL-ZHI-MANG-XING.txt"),
)
