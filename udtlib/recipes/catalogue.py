"""Everything that `udt train` and `udt reproduce` can do."""

from __future__ import annotations

from udtlib.recipes import digit_classifier, gans
from udtlib.recipes.base import Recipe, Reproduction

DIGIT_CLASSIFIER = Recipe(
    name="digit-classifier",
    summary="the bundled digit classifier, on all official MNIST digits (set UDT_DATA_DIR or fetch them)",
    seconds={"quick": 300.0},
    train=digit_classifier.train,
)

RECIPES: dict[str, Recipe] = {each.name: each for each in (*gans.RECIPES, DIGIT_CLASSIFIER)}

REPRODUCTIONS: dict[str, Reproduction] = {each.name: each for each in gans.REPRODUCTIONS}
