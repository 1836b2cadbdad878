"""Where the ink of digits and of their negatives is: pixel by pixel, and after a shift of all together."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch.nn.functional import pad

from udtlib.data.pair import DomainPair
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.steganography import rounded
from udtlib.evaluate.translations import Reference, mean_difference, translate_back, translations
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Float, Tensor

__all__ = ["CommonShift", "common_shift", "ink_scores"]


class CommonShift(NamedTuple):
    """By how many pixels all translations together are out of place, and the error when they are put back."""

    pixels: float
    error: float


def ink_scores(translator: Translator | Reference, pair: DomainPair, *, size: int = 500) -> Scores:
    r"""Digits to their negatives: is white where black was, and the other way round?

    Ink is where :math:`x > 0`; it is in its place where :math:`T(x) < 0`. With a way back, also the error of the
    cycle when the translation is stored in an image file, in 256 steps.
    """
    batch, made, _, _ = translations(translator, pair, size=size)
    x = batch.x
    shift = common_shift(made, -x)
    other = {}
    if isinstance(translator, InvertibleTranslator):
        home = translate_back(translator, rounded(made))
        other["mean |S(T(x)) − x| through an image file"] = mean_difference(home, x)
    return Scores(
        alignment={
            "pixels inverted": ((made < 0) == (x > 0)).float().mean().item(),
            "ink in its place": (made[x > 0] < 0).float().mean().item(),
            "all shifted by so many pixels": shift.pixels,
            "mean |T(x) − (−x)|, shifted back": shift.error,
        },
        other=other,
    )


def common_shift(
    made: Float[Tensor, "n 1 rows columns"], wanted: Float[Tensor, "n 1 rows columns"], *, reach: int = 4
) -> CommonShift:
    """One shift for the whole set, the best of all up to ``reach`` pixels; the border is filled with white."""
    shifts = [(a, b) for a in range(-reach, reach + 1) for b in range(-reach, reach + 1)]
    rows, columns = made.shape[-2:]
    framed = pad(made, (reach, reach, reach, reach), value=1.0)
    errors = [
        mean_difference(framed[..., reach + a : reach + a + rows, reach + b : reach + b + columns], wanted)
        for a, b in shifts
    ]
    least = min(errors)
    return CommonShift(math.hypot(*shifts[errors.index(least)]), least)
