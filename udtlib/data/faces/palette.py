"""Colours of skin, hair, eyes, clothes and walls, as RGB in [0, 1]."""

from __future__ import annotations

import torch

from udtlib.types import Float, Int, Tensor

#: One colour per face.
Colours = Float[Tensor, "batch 3"]

#: One number in [0, 1] per face.
Fractions = Float[Tensor, "batch"]

#: What ``hair_kind`` indexes. "dyed" takes any hue.
HAIR_KINDS = ("black", "brown", "blond", "red", "grey", "dyed")

# The darkest and the lightest tone of each natural kind.
HAIR_TONES = (
    ((0.09, 0.08, 0.11), (0.20, 0.18, 0.22)),
    ((0.26, 0.15, 0.09), (0.50, 0.31, 0.17)),
    ((0.80, 0.60, 0.28), (0.98, 0.86, 0.54)),
    ((0.58, 0.20, 0.08), (0.84, 0.38, 0.15)),
    ((0.55, 0.55, 0.58), (0.88, 0.88, 0.90)),
    ((0.50, 0.50, 0.50), (0.90, 0.90, 0.90)),  # overwritten by a hue
)
SKIN_TONES = (
    (1.00, 0.87, 0.78),
    (0.97, 0.80, 0.67),
    (0.89, 0.69, 0.53),
    (0.76, 0.54, 0.38),
    (0.57, 0.38, 0.26),
    (0.39, 0.26, 0.18),
)
EYE_TONES = (
    (0.36, 0.21, 0.12),
    (0.25, 0.47, 0.72),
    (0.28, 0.54, 0.36),
    (0.52, 0.40, 0.20),
    (0.45, 0.52, 0.58),
    (0.20, 0.13, 0.10),
)


def hsv(hue: Fractions, saturation: Fractions, value: Fractions) -> Colours:
    """RGB of hue (turns), saturation and value, each in [0, 1]."""
    k = (hue[:, None] * 6 + hue.new_tensor([5.0, 3.0, 1.0])) % 6
    ramp = torch.minimum(k, 4 - k).clamp(0, 1)
    return value[:, None] * (1 - saturation[:, None] * ramp)


def ladder(tones: tuple[tuple[float, float, float], ...], position: Fractions) -> Colours:
    """A colour between neighbouring tones; position 0 is the first tone and 1 the last."""
    table = position.new_tensor(tones)
    place = position * (len(tones) - 1)
    below = place.floor().clamp(0, len(tones) - 2).long()
    return torch.lerp(table[below], table[below + 1], (place - below)[:, None])


def hair_tone(kind: Int[Tensor, "batch"], lightness: Fractions, hue: Fractions) -> Colours:
    """The colour of hair of a kind: lightness goes from its darkest to its lightest tone; hue is for dyed hair."""
    table = lightness.new_tensor(HAIR_TONES)[kind]
    natural = torch.lerp(table[:, 0], table[:, 1], lightness[:, None])
    dyed = hsv(hue, 0.45 + 0.3 * (1 - lightness), 0.55 + 0.4 * lightness)
    return torch.where((kind == HAIR_KINDS.index("dyed"))[:, None], dyed, natural)


def eye_tone(position: Fractions) -> Colours:
    """One of the eye colours; equal parts of [0, 1] belong to each."""
    table = position.new_tensor(EYE_TONES)
    return table[(position * len(EYE_TONES)).long().clamp(0, len(EYE_TONES) - 1)]
