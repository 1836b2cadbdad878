"""Traits of cartoon faces: exactly, as the drawing knows them, and as they are read of a translation."""

from __future__ import annotations

from statistics import fmean

import torch

from udtlib.data.faces.attributes import AttributePair
from udtlib.data.faces.factors import FaceFactors, Grain
from udtlib.instruments.faces.reader import TRAITS, FaceReader, traits_read
from udtlib.types import Batch, Float, Tensor

__all__ = ["FACTORS", "exact_traits", "factors_kept", "trait_values"]

#: A beard shows from this length on.
BEARD_SHOWS = 0.45
#: What is looked for in a translation, and the traits that tell it. (The reader cannot tell a smile at 32 pixels.)
FACTORS: dict[str, tuple[str, ...]] = {
    "glasses": ("glasses",),
    "beard": ("beard",),
    "jaw": ("jaw",),
    "hair length": ("hair_length",),
    "hair colour": ("hair_r", "hair_g", "hair_b"),
    "age": ("age",),
    "skin": ("skin_r", "skin_g", "skin_b"),
    "clothes": ("clothes_r", "clothes_g", "clothes_b"),
    "wall": ("background_r", "background_g", "background_b"),
    "light": ("light",),
    "yaw": ("yaw",),
    "tilt": ("tilt",),
    "open mouth": ("mouth_open",),
}


def trait_values(factors: FaceFactors) -> Float[Tensor, "batch traits"]:
    """What the reader is to say of these faces, in the order of its ``TRAITS``."""
    shown = ((factors.beard - BEARD_SHOWS) / (1 - BEARD_SHOWS)).clamp(min=0)
    scalars = (
        *(factors.sex.float(), shown, factors.jaw, factors.hair_length, factors.brows, factors.age),
        *(
            factors.glasses.float(),
            factors.yaw,
            factors.tilt,
            factors.smile,
            factors.mouth_open,
            factors.light,
        ),
    )
    colours = (factors.hair_colour, factors.skin, factors.clothes, factors.background)
    grains = factors.texture[:, [Grain.WALL_PERIOD, Grain.CLOTH_PERIOD, Grain.FRECKLES]]
    return torch.cat([torch.stack(scalars, dim=1), *colours, grains], dim=1)


def factors_kept(reader: FaceReader, exact: Tensor, made: Tensor) -> dict[str, float]:
    """For each factor the correlation of what it was with what is read of the translation."""
    read = traits_read(reader, made)
    kept = {}
    for factor, names in FACTORS.items():
        columns = [TRAITS.index(name) for name in names]
        pairs = [torch.stack([exact[:, k], read[:, k]]) for k in columns]
        if all(both[0].std() > 1e-6 for both in pairs):
            kept[factor] = fmean(torch.corrcoef(both)[0, 1].item() for both in pairs)
    return kept


def exact_traits(pair: AttributePair, batch: Batch) -> Float[Tensor, "batch traits"]:
    """The traits of the people whose photos are the sources of one of the pair's batches, on the CPU."""
    return trait_values(pair.people_of(batch)).cpu()
