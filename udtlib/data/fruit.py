"""Photographs of apples, tomatoes and cherries on a turntable, from a folder: the course's horses and zebras.

The photographs are Mihai Oltean's (Fruits-360, CC BY-SA 4.0) and are not part of this package: pictures that are
made from them carry their licence. The folder ``fruit`` in the one that ``UDT_DATA_DIR`` names holds ``index.csv``
and ``sheets/*.webp``: each sheet is one full turn of one fruit, tiles of 100 pixels in rows of eleven.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from udtlib.data.files import given_folder
from udtlib.data.formats import DataError
from udtlib.data.image_files import read_image
from udtlib.data.pair import IndependentPair, Samples
from udtlib.data.text_files import UnreadableError, read_text
from udtlib.types import Float

__all__ = ["FRUITS", "Photograph", "fruit_pair", "fruit_photographs", "full_turn", "read_index", "turns"]

#: The kinds of fruit, as the index writes them in small letters; their place is their label.
FRUITS = ("apple", "tomato", "cherry")
#: Pixels of a tile's side, and tiles in a row of a sheet.
TILE, COLUMNS = 100, 11
#: Tiles that are made smaller at once.
AT_ONCE = 256
#: The index's words for the parts of the data: other varieties, and not other views of the same ones.
PARTS = {"train": "training", "test": "test"}
#: What the index must have.
FIELDS = ("sheet", "tile", "split", "class", "variety", "axis", "phase")


class Photograph(NamedTuple):
    """Where a photograph is, and what it shows."""

    sheet: str
    tile: int
    split: str
    fruit: str
    variety: str
    #: how the fruit lies; ``r`` and its like show the stem
    axis: str
    #: the share of a full turn
    phase: float


def fruit_pair(
    source: str = "apple", target: str = "tomato", *, size: int = 64, folder: Path | None = None
) -> IndependentPair:
    """Photographs of one kind of fruit and of another; nothing corresponds, and no true map is known.

    Args:
        source: ``apple``, ``tomato`` or ``cherry``.
        target: another of them.
        size: pixels of the square images, at most 100.
        folder: the folder described above; None for ``fruit`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        ValueError: an unknown fruit, twice the same, or a size that is not from 8 to 100.
        DataError: the folder or a file is missing or damaged.
    """
    if source == target:
        raise ValueError(f"source and target are both {source!r}; choose two of {', '.join(FRUITS)}")
    return IndependentPair(
        *(fruit_photographs(fruit, size=size, folder=folder) for fruit in (source, target))
    )


def fruit_photographs(fruit: str, *, size: int = 64, folder: Path | None = None) -> Samples:
    """All photographs of a kind of fruit in [-1, 1] on white, shape (3, size, size); test varieties are others.

    The arguments and errors are those of :func:`fruit_pair`.
    """
    if fruit not in FRUITS:
        raise ValueError(f"there is no fruit {fruit!r}; expected one of {', '.join(FRUITS)}")
    if not 8 <= size <= TILE:
        raise ValueError(f"photographs have {TILE} pixels a side; give a size from 8 to {TILE}, got {size}")
    folder = default_folder() if folder is None else Path(folder)
    parts = []
    for split in PARTS:
        shown = [each for each in read_index(folder) if (each.fruit, each.split) == (fruit, split)]
        if not shown:
            raise DataError(
                f"{folder / 'index.csv'} names no {split} photograph of a fruit {fruit!r}; copy it again"
            )
        tiles = torch.stack([tile_of(folder, each) for each in shown])
        parts.append(torch.cat([smaller(some, size) for some in tiles.split(AT_ONCE)]))
    label = FRUITS.index(fruit)
    return Samples(*parts, *(torch.full((len(part),), label) for part in parts))


def turns(fruit: str, *, least: int = 1, folder: Path | None = None) -> list[tuple[str, str]]:
    """One full turn of every variety of a fruit that shows the stem: (variety, axis), in the alphabet's order.

    Args:
        fruit: ``apple``, ``tomato`` or ``cherry``.
        least: turns of fewer photographs are left out.
        folder: as in :func:`fruit_pair`.

    Raises:
        ValueError: an unknown fruit.
        DataError: as in :func:`fruit_pair`.
    """
    if fruit not in FRUITS:
        raise ValueError(f"there is no fruit {fruit!r}; expected one of {', '.join(FRUITS)}")
    count = Counter(
        (each.variety, each.axis)
        for each in read_index(default_folder() if folder is None else Path(folder))
        if each.fruit == fruit and each.axis.startswith("r")
    )
    first: dict[str, str] = {}
    for variety, axis in sorted(turn for turn, photographs in count.items() if photographs >= least):
        first.setdefault(variety, axis)
    return list(first.items())


def full_turn(
    variety: str, axis: str = "r", *, size: int = 32, folder: Path | None = None
) -> Float[Tensor, "n 3 size size"]:
    """The photographs of one turn in [-1, 1]: photograph k of n shows the fruit after the share k / n of it.

    Args:
        variety: as the index writes it, such as ``Tomato 2``.
        axis: how the fruit lies; ``r`` and its like show the stem.
        size: pixels of the square images, from 8 to 100.
        folder: as in :func:`fruit_pair`.

    Raises:
        ValueError: there is no such turn, or a size that is not from 8 to 100.
        DataError: as in :func:`fruit_pair`.
    """
    if not 8 <= size <= TILE:
        raise ValueError(f"photographs have {TILE} pixels a side; give a size from 8 to {TILE}, got {size}")
    folder = default_folder() if folder is None else Path(folder)
    index = read_index(folder)
    shown = sorted((e for e in index if (e.variety, e.axis) == (variety, axis)), key=lambda e: e.phase)
    if not shown:
        axes = sorted({e.axis for e in index if e.variety == variety})
        known = f"its axes are {', '.join(axes)}" if axes else "the index names no such variety"
        raise ValueError(f"there is no turn of {variety!r} about {axis!r}; {known}")
    return smaller(torch.stack([tile_of(folder, each) for each in shown]), size)


def default_folder() -> Path:
    """The folder ``fruit`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        DataError: the variable is not set, or names no folder.
    """
    why = "the photographs of fruit are not part of the package (their licence is CC BY-SA 4.0)"
    return given_folder(why, has="fruit/index.csv and fruit/sheets") / "fruit"


@lru_cache(maxsize=4)
def read_index(folder: Path) -> tuple[Photograph, ...]:
    """What the folder's ``index.csv`` lists.

    Raises:
        DataError: it is missing, or lacks a column or a number.
    """
    path = folder / "index.csv"
    try:
        rows = list(csv.DictReader(io.StringIO(read_text(path), newline="")))
    except UnreadableError as error:
        raise DataError(
            f"{path} cannot be read ({error}); give a folder with the photographs' index"
        ) from error
    if not rows or (missing := [field for field in FIELDS if rows[0].get(field) is None]):
        lacks = f"has no column {missing[0]!r}" if rows else "lists nothing"
        raise DataError(f"{path} {lacks}; expected {', '.join(FIELDS)}: copy it again")
    back = {word: split for split, word in PARTS.items()}
    try:
        return tuple(
            Photograph(
                sheet=row["sheet"],
                tile=int(row["tile"]),
                split=back[row["split"]],
                fruit=row["class"].lower(),
                variety=row["variety"],
                axis=row["axis"],
                phase=float(row["phase"]),
            )
            for row in rows
        )
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise DataError(f"{path} has an entry that is none ({error}); copy it again") from error


def tile_of(folder: Path, photograph: Photograph) -> Tensor:
    """A photograph's bytes, (3, 100, 100).

    Raises:
        DataError: its sheet is missing, damaged, or has no such tile.
    """
    sheet = read_sheet(folder, photograph.sheet)
    row, column = divmod(photograph.tile, COLUMNS)
    top, left = row * TILE, column * TILE
    if photograph.tile < 0 or top + TILE > sheet.shape[1] or left + TILE > sheet.shape[2]:
        raise DataError(
            f"{folder / 'sheets' / photograph.sheet} has no tile {photograph.tile}: its size is "
            f"{sheet.shape[2]} × {sheet.shape[1]} pixels; copy it again"
        )
    return sheet[:, top : top + TILE, left : left + TILE]


@lru_cache(maxsize=2)
def read_sheet(folder: Path, name: str) -> Tensor:
    """A sheet's bytes; its photographs stand together in the index, so that two sheets are kept at most."""
    if Path(name).name != name:
        raise DataError(f"{folder / 'index.csv'} names a sheet {name!r} outside of its folder; copy it again")
    return torch.from_numpy(np.array(read_image(folder / "sheets" / name).convert("RGB"))).permute(2, 0, 1)


def smaller(tiles: Tensor, size: int) -> Float[Tensor, "n 3 size size"]:
    """Tiles in [-1, 1], averaged down to ``size``."""
    values = tiles.float()
    if size != TILE:
        values = interpolate(values, (size, size), mode="bilinear", antialias=True, align_corners=False)
    return values.clamp(0, 255).mul(2 / 255).sub(1)
