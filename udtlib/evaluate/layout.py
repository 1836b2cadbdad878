"""How a table fits the column of a page: which way round it stands, and in how many bands its columns are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate

__all__ = ["FITS", "bands", "stands_turned", "width"]

#: Characters that fit a page's column at 1280 pixels, with digits of 8.5 pixels and some to spare.
FITS = 78
#: What a column takes beside its text, in characters.
GAP = 2
#: A column of names is not squeezed below this by breaking them between words.
NAMES = 16


def width(texts: Sequence[str], *, names: bool = False) -> int:
    """The least width of a column in characters: its longest word, since a cell breaks between words."""
    least = max((len(word) for text in texts for word in re.split(r"[ \n]", text)), default=0)
    if names:
        least = max(least, min(NAMES, max(map(len, texts), default=0)))
    return least + GAP


def bands(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[range]:
    """Which columns stand side by side: runs of about equal length, none wider than the page.

    Args:
        names: the first column, which every band repeats.
        columns: the texts of each further column, its heading included.
    """
    room = FITS - width(names, names=True)
    widths = [width(column) for column in columns]
    for count in range(1, len(columns) + 1):
        sizes = [len(columns) // count + (index < len(columns) % count) for index in range(count)]
        ends = [0, *accumulate(sizes)]
        runs = [range(start, end) for start, end in zip(ends, ends[1:], strict=False)]
        if all(sum(widths[index] for index in run) <= room for run in runs):
            return runs
    return [range(index, index + 1) for index in range(len(columns))]  # one is too wide even alone


def stands_turned(rows: Sequence[str], headings: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    """Whether fewer bands do when each heading has a row and each row a column.

    Args:
        rows: the names of the rows.
        headings: the names of the columns.
        cells: the texts, row by row.
    """
    upright = bands(rows, [[heading, *(row[k] for row in cells)] for k, heading in enumerate(headings)])
    turned = bands(headings, [[name, *row] for name, row in zip(rows, cells, strict=True)])
    return len(turned) < len(upright)
