r"""Chinese characters as three hands write them: pictures of the same things, whose partners are known exactly.

Print says where strokes belong; a brush bends, thickens and moves them, and running script joins and leaves out
some. All ink is black: what a method gets wrong here is shapes, and nothing hides in colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from udtlib.data.calligraphy_files import CALLIGRAPHY
from udtlib.data.collection import Collection
from udtlib.data.hands_pair import TwoHands

__all__ = ["CalligraphyPair"]


@final
@dataclass(frozen=True)
class CalligraphyPair(TwoHands):
    r"""Characters by two hands, in [-1, 1], black on white: (1, size, size).

    No training batch shows a test character. Where the pair is not ``paired``, the training characters are divided
    between the hands, so that no training picture's partner is ever seen. Both hands show all test characters. A
    batch's ``x_row`` is the character's number in the index.

    Args:
        source: the hand that wrote :math:`x`, one of ``print``, ``brush`` and ``running``.
        target: the hand that wrote :math:`y`.
        size: pixels: 64, or the average over areas at 32 or 16.
        paired: :math:`x_i` and :math:`y_i` show the same character.
        device: where the pictures are kept.

    Raises:
        ValueError: an unknown hand or size, or twice the same hand.
        DataError: the package's files are missing or changed.
    """

    source: str = "print"
    target: str = "brush"

    @property
    def collection(self) -> Collection:
        return CALLIGRAPHY
