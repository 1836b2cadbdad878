"""The columns of a sheet of samples are found in the picture, and a phone shows four of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sheets_on_phones import PAPER, columns, on_phone


def sheet(count: int, *, side: int = 56, gap: int = 12, words: int = 200) -> Image.Image:
    """Two rows of dark squares on paper, with words at the left."""
    pixels = np.tile(PAPER.astype(np.uint8), (2 * (side + gap), words + count * (side + gap), 1))
    pixels[20:30, 5 : words - 40 : 2] = 30
    for row in range(2):
        for column in range(count):
            top, left = row * (side + gap), words + column * (side + gap)
            pixels[top : top + side, left : left + side] = 40 + 10 * column
    return Image.fromarray(pixels)


@pytest.mark.parametrize("count", [6, 10, 12])
def test_the_columns_of_a_sheet_are_counted(count: int) -> None:
    assert columns(sheet(count)) == (count, 68, 200)


def test_a_phone_shows_four_columns() -> None:
    picture = sheet(10)
    assert on_phone(picture) == (round(80 * picture.width / (4 * 68)), round(100 * 200 / picture.width))


@pytest.mark.parametrize("count", [1, 4])
def test_a_sheet_that_fits_is_shown_whole(count: int) -> None:
    assert on_phone(sheet(count)) is None


def test_a_photograph_has_no_columns() -> None:
    noise = np.random.default_rng(0).integers(0, 200, (80, 900, 3), dtype=np.uint8)
    assert on_phone(Image.fromarray(noise)) is None


def test_the_first_column_is_found_where_it_touches_the_second() -> None:
    pixels = np.array(sheet(10))
    pixels[:, 200 + 56 : 200 + 68] = 60
    assert columns(Image.fromarray(pixels)) == (8, 68, 200)
