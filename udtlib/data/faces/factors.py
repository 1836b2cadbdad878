"""The distribution of cartoon faces: drawn at random, repainted, and with one factor changed."""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Bool

from udtlib.data.faces.palette import (
    HAIR_KINDS,
    SKIN_TONES,
    Fractions,
    eye_tone,
    hair_tone,
    hsv,
    ladder,
)
from udtlib.data.faces.person import APPEARANCE, HAIR_STYLES, FaceFactors, Grain, Part
from udtlib.types import Labels, Tensor

__all__ = [
    "APPEARANCE",
    "HAIR_KINDS",
    "HAIR_STYLES",
    "TRAITS",
    "FaceFactors",
    "Grain",
    "Part",
    "change",
    "repaint",
    "sample_factors",
    "sample_traits",
]

#: How often each kind of hair is drawn for the young; with age, grey takes over.
HAIR_SHARES = (0.22, 0.24, 0.20, 0.12, 0.06, 0.16)


#: The typical draw of each colour, in the order of ``sample_appearance``: brown hair, blue clothes, bluish wall.
TYPICAL = (0.3, 0.3, 0.5, 0.6, 0.5, 0.5, 0.55, 0.4, 0.6, 0.5)


def sample_factors(
    count: int,
    *,
    generator: torch.Generator,
    correlation: float | int = 0.8,
    variety: float | int = 1.0,
) -> FaceFactors:
    r"""``count`` independent faces, on the CPU.

    Args:
        count: how many faces, at least one.
        generator: on the CPU, so that the faces do not depend on the device.
        correlation: :math:`\rho \in [0, 1]`, the correlation of every sex-typical trait with the recorded label:
            0 makes them independent, and 1 makes the label tell each trait's interval.
        variety: of the colours, in [0, 1]: how far hair, skin, clothes and wall stray from typical ones. At 0 they
            are nearly the same for everybody; patterns stay free.

    Raises:
        ValueError: no face is asked for, or the correlation or the variety is outside [0, 1].
    """
    if count < 1:
        raise ValueError(f"at least one face is needed, got count={count}")
    u = torch.rand(12, count, generator=generator)
    sex = (u[0] < 0.5).long()
    age = u[1]
    traits = sample_traits(sex, generator=generator, correlation=correlation)
    proportions = torch.rand(count, len(Part), generator=generator)
    return FaceFactors(
        sex=sex,
        **traits,
        age=age,
        glasses=u[2] < 0.35,
        hair_style=(u[3] * len(HAIR_STYLES)).long(),
        yaw=2 * u[4] - 1,
        # The mean of two: small tilts are more frequent.
        tilt=u[5] + u[6] - 1,
        smile=1.3 * u[7] - 0.3,
        # Half of the mouths are closed.
        mouth_open=(2 * u[8] - 1).clamp(min=0),
        proportions=proportions,
        **sample_appearance(age, generator=generator, variety=variety),
    )


def repaint(factors: FaceFactors, *, generator: torch.Generator, variety: float | int = 1.0) -> FaceFactors:
    """The same shapes with an appearance drawn anew: other true photos of the same label maps.

    Hair colour, skin, eye colour, clothes, background, light and textures are drawn from their distribution
    given the shape factors; no other factor changes, and so neither label map nor edge drawing does.
    ``variety`` is that of :func:`sample_factors`.
    """
    return replace(factors, **sample_appearance(factors.age, generator=generator, variety=variety))


def sample_appearance(
    age: Fractions, *, generator: torch.Generator, variety: float | int = 1.0
) -> dict[str, Tensor]:
    """Colours and textures of faces; of the shape they know only the age, which turns hair grey.

    Where ``variety`` is below 1, colours are drawn nearer to typical ones; patterns and their phases stay free.

    Raises:
        ValueError: the variety is outside [0, 1].
    """
    if not 0 <= variety <= 1:
        raise ValueError(f"the variety of colours lies in [0, 1], got {variety}")
    u = torch.rand(10, len(age), generator=generator).to(age.device)
    u = torch.lerp(u.new_tensor(TYPICAL)[:, None], u, variety)
    texture = torch.rand(len(age), len(Grain), generator=generator).to(age.device)
    for accent in (Grain.WALL_ACCENT, Grain.CLOTH_ACCENT):
        texture[:, accent] = variety * texture[:, accent]
    kind = sample_hair_kind(age, u[0])
    return {
        "hair_kind": kind,
        "hair_colour": hair_tone(kind, texture[:, Grain.HAIR_LIGHTNESS], texture[:, Grain.HAIR_HUE]),
        "skin": ladder(SKIN_TONES, u[1]),
        "eye_colour": eye_tone(u[2]),
        "clothes": hsv(u[3], 0.30 + 0.50 * u[4], 0.35 + 0.60 * u[5]),
        "background": hsv(u[6], 0.15 + 0.45 * u[7], 0.55 + 0.43 * u[8]),
        "light": 2 * u[9] - 1,
        "texture": texture,
    }


def sample_hair_kind(age: Fractions, draw: Fractions) -> Labels:
    """Inverse transform sampling: from 0.6 of the age on, grey takes up to 0.8 of the other kinds' shares."""
    shares = age.new_tensor(HAIR_SHARES).repeat(len(age), 1)
    greyed = 0.8 * ((age - 0.6) / 0.4).clamp(0, 1)[:, None]
    grey = torch.zeros_like(shares)
    grey[:, HAIR_KINDS.index("grey")] = 1
    steps = torch.lerp(shares, grey, greyed).cumsum(1)
    return (draw[:, None] >= steps[:, :-1]).sum(1)


def change(
    factors: FaceFactors,
    *,
    glasses: bool | Bool[Tensor, "batch"] | None = None,
    hair_kind: int | Labels | None = None,
    yaw: float | int | Fractions | None = None,
    sex: int | Labels | None = None,
    generator: torch.Generator | None = None,
    correlation: float | int = 0.8,
) -> FaceFactors:
    """The same people with one factor changed (or several); what is None stays as it is.

    Args:
        factors: the people.
        glasses: with or without.
        hair_kind: index into ``HAIR_KINDS``; lightness within the kind stays, so that the answer is one face.
        yaw: the new turn of the head, in [-1, 1].
        sex: the new recorded label; the sex-typical traits are drawn anew given it, from ``generator``.
        generator: on the CPU; needed for ``sex`` alone, because many faces then answer.
        correlation: of the traits with the label, as in ``sample_factors``.

    Raises:
        ValueError: a value out of range, or ``sex`` without a generator.
    """
    new: dict[str, Tensor] = {}
    if glasses is not None:
        new["glasses"] = filled(factors.glasses, glasses)
    if yaw is not None:
        new["yaw"] = within("yaw", filled(factors.yaw, yaw), -1, 1)
    if hair_kind is not None:
        kind = within("hair_kind", filled(factors.hair_kind, hair_kind), 0, len(HAIR_KINDS) - 1)
        lightness, hue = (factors.texture[:, k] for k in (Grain.HAIR_LIGHTNESS, Grain.HAIR_HUE))
        new |= {"hair_kind": kind, "hair_colour": hair_tone(kind, lightness, hue)}
    if sex is not None:
        if generator is None:
            raise ValueError("changing sex draws the sex-typical traits anew; pass generator=")
        label = within("sex", filled(factors.sex, sex), 0, 1)
        new |= {"sex": label, **sample_traits(label, generator=generator, correlation=correlation)}
    return replace(factors, **new)


#: The sex-typical traits, and the intervals they are drawn from: typical of the label 0, and of the label 1.
TRAITS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "beard": ((0.0, 0.2), (0.3, 1.0)),
    "jaw": ((0.0, 0.4), (0.6, 1.0)),
    "hair_length": ((0.55, 1.0), (0.0, 0.35)),
    "brows": ((0.0, 0.4), (0.6, 1.0)),
}


def sample_traits(
    sex: Labels, *, generator: torch.Generator, correlation: float | int
) -> dict[str, Fractions]:
    r"""The sex-typical traits given the recorded label :math:`s`.

    .. math:: t = \begin{cases} s & \text{with probability } \rho \\ \text{a fair coin} & \text{otherwise}
              \end{cases} \qquad \Rightarrow \qquad \operatorname{corr}(t, s) = \rho

    independently for every trait; its value is then uniform on the interval that is typical of :math:`t`.

    Raises:
        ValueError: the correlation is outside [0, 1].
    """
    if not 0 <= correlation <= 1:
        raise ValueError(f"the correlation of traits with sex lies in [0, 1], got {correlation}")
    traits = {}
    for name, intervals in TRAITS.items():
        follow, coin, place = torch.rand(3, len(sex), generator=generator).to(sex.device)
        typical = torch.where(follow < correlation, sex, (coin < 0.5).long())
        low, high = place.new_tensor(intervals)[typical].T
        traits[name] = torch.lerp(low, high, place)
    return traits


def filled(like: Tensor, value: Tensor | float | int | bool) -> Tensor:
    """``value`` for every face, with the type and the device of ``like``."""
    return torch.as_tensor(value, dtype=like.dtype, device=like.device).expand_as(like).clone()


def within(name: str, value: Tensor, low: int, high: int) -> Tensor:
    """``value``, refused where it leaves [low, high]."""
    if len(value) and not ((value >= low) & (value <= high)).all():
        raise ValueError(f"{name} lies in [{low}, {high}], got {value.min()} … {value.max()}")
    return value
