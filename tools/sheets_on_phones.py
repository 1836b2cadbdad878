"""How a sheet of samples is shown on a phone: four of its columns at a time, the others under the finger.

A sheet of ten small pictures to the row is ten specks on a phone. Its columns are found in the picture itself, by
the strips of paper between them, and the page is told how wide to show it.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

#: The ground of the library's figures.
PAPER = np.array([251, 250, 247])
#: Columns that a phone shows at a time; a sheet with hardly more is shown whole.
SHOWN, MORE = 4, 6
#: The share of a phone's width that is theirs; on the rest stand the ends of the names of the rows.
SHARE = 0.8
#: A strip counts as paper from this share on: titles of rows may reach across it.
MOSTLY = 0.8


def columns(image: Image.Image) -> tuple[int, int, int] | None:
    """How many equal columns a sheet has, from one to the next and to the first in pixels; None if it has none."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    share = (np.abs(pixels - PAPER).max(axis=-1) < 10).mean(axis=0)
    paper = share > MOSTLY
    borders = np.flatnonzero(np.diff(np.concatenate([[True], paper, [True]]).astype(int)))
    starts, ends = borders[::2], borders[1::2]
    widths = ends - starts
    if len(widths) < MORE:
        return None
    usual = int(np.median(widths))
    like = starts[np.abs(widths - usual) <= max(2, usual // 10)]
    if usual < 16 or len(like) < MORE:
        return None
    step, first = int(np.median(np.diff(like))), int(like[0])
    # a name that reaches into the first pictures hides that they are a column
    while first >= step and share[first - step : first - step + usual].mean() < MOSTLY / 2:
        first -= step
    return len(like), step, first


def on_phone(image: Image.Image) -> tuple[int, int] | None:
    """The width at which four columns are seen, in per cent of the text's, and where the first begins, in its own.

    None for what is no wide sheet.
    """
    found = columns(image)
    if found is None:
        return None
    _, step, first = found
    return round(100 * SHARE * image.width / (SHOWN * step)), round(100 * first / image.width)
