r"""What is known about a cartoon face: its factors.

The factors fall into two groups. *Shape* factors decide where things are; the label map and the edge drawing are
functions of them alone. *Appearance* factors decide colours and textures, and ``factors.repaint`` redraws them:
one label map therefore has many true photos, and their distribution is known.

Sex is a recorded label. Nothing is drawn from it: it only sets how probable the traits are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import final

import torch
from jaxtyping import Bool

from udtlib.data.faces.palette import HAIR_KINDS, Colours, Fractions
from udtlib.types import Float, Labels, Tensor

HAIR_STYLES = ("parted", "fringe", "middle", "curly", "spiky", "bun", "cropped")


class Part(IntEnum):
    """Columns of ``FaceFactors.proportions``: what makes a face that of one person."""

    WIDTH = 0
    EYE = 1
    SPACING = 2
    NOSE = 3
    MOUTH = 4
    FRAME = 5  # of the glasses: round to square
    PARTING = 6  # where the hair parts, left to right
    BROW = 7  # arch of the brows


class Grain(IntEnum):
    """Columns of ``FaceFactors.texture``: what no label map tells."""

    WALL_KIND = 0
    WALL_ANGLE = 1
    WALL_PERIOD = 2
    WALL_PHASE = 3
    WALL_SHIFT = 4
    WALL_ACCENT = 5
    CLOTH_KIND = 6
    CLOTH_PERIOD = 7
    CLOTH_PHASE = 8
    CLOTH_SHIFT = 9
    CLOTH_ACCENT = 10
    HAIR_PHASE = 11
    HAIR_PERIOD = 12
    HAIR_LIGHTNESS = 13
    HAIR_HUE = 14
    FRECKLES = 15
    FRECKLE_PHASE = 16
    FRAME_TONE = 17
    LIP_TONE = 18


#: Where each factor lies, its ends included; colours and textures entry by entry.
RANGES: dict[str, tuple[int, int]] = {
    "sex": (0, 1),
    "hair_style": (0, len(HAIR_STYLES) - 1),
    "hair_kind": (0, len(HAIR_KINDS) - 1),
    **dict.fromkeys(("beard", "jaw", "hair_length", "brows", "age", "mouth_open", "proportions"), (0, 1)),
    **dict.fromkeys(("hair_colour", "skin", "eye_colour", "clothes", "background", "texture"), (0, 1)),
    **dict.fromkeys(("yaw", "tilt", "smile", "light"), (-1, 1)),
}

#: The appearance factors; all the others are shape factors, or the recorded label.
APPEARANCE = ("hair_kind", "hair_colour", "skin", "eye_colour", "clothes", "background", "light", "texture")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FaceFactors:
    """All that a drawing of faces depends on; every tensor has the leading axis ``batch``.

    Args:
        sex: the recorded label, 0 female, 1 male; the drawing never reads it.
        beard: 0 none to 1 full; a beard shows from 0.45 on, and is stubble up to 0.65.
        jaw: 0 narrow and pointed to 1 wide and square.
        hair_length: 0 above the ears to 1 below the shoulders.
        brows: 0 thin and arched to 1 thick and straight.
        age: 0 young to 1 old; wrinkles show from 0.5 on, and the lids sink.
        glasses: whether the face wears glasses.
        hair_style: index into ``HAIR_STYLES``.
        yaw: turn of the head, -1 (towards the left of the image) to 1, about 20 degrees each.
        tilt: tilt of the head, -1 to 1, about 10 degrees each; positive is clockwise.
        smile: -1 corners of the mouth down to 1 up; few of the sampled are sad, down to -0.3.
        mouth_open: 0 closed to 1 wide open.
        proportions: in [0, 1], one column for each ``Part``.
        hair_kind: index into ``HAIR_KINDS``; a kind of colour.
        hair_colour: RGB in [0, 1], as are the colours below.
        skin: colour of the skin.
        eye_colour: colour of the irises.
        clothes: main colour of the clothes.
        background: main colour of the wall.
        light: where the light comes from, -1 left to 1 right.
        texture: in [0, 1], one column for each ``Grain``: patterns, their phases, strands, freckles.

    Raises:
        ValueError: the factors are not of equally many faces.
    """

    sex: Labels
    beard: Fractions
    jaw: Fractions
    hair_length: Fractions
    brows: Fractions
    age: Fractions
    glasses: Bool[Tensor, "batch"]
    hair_style: Labels
    yaw: Fractions
    tilt: Fractions
    smile: Fractions
    mouth_open: Fractions
    proportions: Float[Tensor, "batch parts"]
    hair_kind: Labels
    hair_colour: Colours
    skin: Colours
    eye_colour: Colours
    clothes: Colours
    background: Colours
    light: Fractions
    texture: Float[Tensor, "batch grains"]

    def __post_init__(self) -> None:
        counts = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(counts.values())) != 1:
            raise ValueError(f"factors need the same number of faces each, got {counts}")

    def __len__(self) -> int:
        return len(self.sex)

    def __getitem__(self, rows: Tensor | slice | list[int]) -> FaceFactors:
        """The factors of some faces, in the order of ``rows``: a slice, indices, or a mask."""
        return FaceFactors(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def to(self, device: torch.device | str) -> FaceFactors:
        """The same factors on another device."""
        return FaceFactors(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def check_ranges(factors: FaceFactors) -> None:
    """Refuse factors that no face can have, saying which; NaN is outside every range.

    Raises:
        ValueError: an entry is outside its range.
    """
    values = {name: getattr(factors, name) for name in RANGES}
    # One answer for all factors, so that a GPU is waited for once.
    fits = torch.stack([((v >= RANGES[k][0]) & (v <= RANGES[k][1])).all() for k, v in values.items()])
    for name, fit in zip(values, fits.tolist(), strict=True):
        if not fit:
            low, high = RANGES[name]
            got = f"{values[name].min():g} … {values[name].max():g}"
            raise ValueError(f"{name} lies in [{low}, {high}], got {got}; see FaceFactors")
