"""Everything that `udt train` and `udt reproduce` can do."""

from __future__ import annotations

from udtlib.instruments.digits.training import INSTRUMENT as DIGITS
from udtlib.instruments.faces.training import INSTRUMENT as FACES
from udtlib.instruments.swap.training import INSTRUMENT as SWAP
from udtlib.recipes import (
    bicyclegan,
    gans,
    pix2pix,
)
from udtlib.recipes.base import Recipe, Reproduction

INSTRUMENTS = (DIGITS, FACES, SWAP)

#: The modules of the chapters, in the order of the book.
WITH_RECIPES = (gans, pix2pix, bicyclegan)
WITH_REPRODUCTIONS = (
    gans,
    pix2pix,
    bicyclegan,
)

RECIPES: dict[str, Recipe] = {
    each.name: each
    for each in (
        *(recipe for part in WITH_RECIPES for recipe in part.RECIPES),
        *(
            Recipe(name=each.name, summary=each.summary, seconds=each.seconds, train=each.train)
            for each in INSTRUMENTS
        ),
    )
}

REPRODUCTIONS: dict[str, Reproduction] = {
    each.name: each for part in WITH_REPRODUCTIONS for each in part.REPRODUCTIONS
}
