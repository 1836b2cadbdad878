"""What several hands have drawn, complete inside the package."""

from __future__ import annotations

from udtlib.data.calligraphy_files import CALLIGRAPHY
from udtlib.data.collection import Collection
from udtlib.data.emoji_files import EMOJI

__all__ = ["COLLECTIONS"]

COLLECTIONS: dict[str, Collection] = {each.name: each for each in (EMOJI, CALLIGRAPHY)}
