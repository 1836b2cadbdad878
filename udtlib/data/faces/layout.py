r"""Where the parts of a face are: lengths and positions in the head's frame, one column per face.

The frame's origin is the middle of the head, u points right and v down. The features lie on a round head that is
turned by an angle :math:`\theta`: what stood at :math:`a \sin \varphi` comes to :math:`a \sin(\varphi + \theta)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch

from udtlib.data.faces.palette import Fractions
from udtlib.data.faces.person import FaceFactors, Part
from udtlib.types import Float, Tensor

#: One number per face, shaped to broadcast over its pixels.
Column = Float[Tensor, "n 1 1"]

#: The greatest turn and the greatest tilt, in radians, and the height that the head tilts about.
TURN, TILT, PIVOT = 0.36, 0.18, 0.62

#: The heights of the features in the head's frame.
EYE_LINE, BROW_LINE, NOSE_LINE, MOUTH_LINE, CHEEK_LINE = 0.06, -0.13, 0.25, 0.41, 0.25


def column(values: Fractions) -> Column:
    """One value per face, shaped to broadcast over its pixels."""
    return values[:, None, None]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """Positions and lengths of a face's parts, in units of half the image's side.

    Args:
        width: half the width of the head; its half height is ``HEIGHT``.
        pinch: how much narrower the head is at the chin.
        square: how square the jaw is, 0 round to 1.
        turn: sine of the turn of the head.
        middle: where the line between the eyes is.
        apart: half the distance between the eyes.
        squeeze: how much the far eye is narrower, and the near one wider.
        eye_a: half width of the eyes.
        eye_b: half height of the eyes.
        nose: where the nose is; it stands out, and so moves most.
        mouth: where the middle of the mouth is.
    """

    width: Column
    pinch: Column
    square: Column
    turn: Column
    middle: Column
    apart: Column
    squeeze: Column
    eye_a: Column
    eye_b: Column
    nose: Column
    mouth: Column


#: Half the height of every head.
HEIGHT = 0.60


def lay_out(factors: FaceFactors) -> Layout:
    """The layout that follows from the shape factors."""
    part = {p: column(factors.proportions[:, p]) for p in Part}
    theta = TURN * column(factors.yaw)
    turn, facing = theta.sin(), theta.cos()
    width = 0.45 + 0.05 * part[Part.WIDTH] + 0.03 * column(factors.jaw)
    at = 0.40 + 0.07 * part[Part.SPACING]  # the sine of the eye's place on the round head
    depth = (1 - at * at).sqrt()
    smile, age = column(factors.smile), column(factors.age)
    return Layout(
        width=width,
        pinch=0.36 - 0.30 * column(factors.jaw),
        square=0.5 * column(factors.jaw),
        turn=turn,
        middle=width * depth * turn,
        apart=width * at * facing,
        squeeze=turn * at / depth,
        eye_a=0.108 + 0.025 * part[Part.EYE],
        eye_b=(0.085 + 0.025 * part[Part.EYE]) * (1 - 0.2 * age) * (1 - 0.15 * smile.clamp(min=0)),
        nose=1.3 * width * turn,
        mouth=0.95 * width * turn,
    )


def head_frame(
    x: Float[Tensor, "1 1 w"], y: Float[Tensor, "1 h 1"], factors: FaceFactors
) -> tuple[Float[Tensor, "n h w"], Float[Tensor, "n h w"]]:
    r"""The coordinates of every pixel in the head's frame.

    .. math:: (u, v) = R_{-\omega} \left( (x, y) - p \right) + p - c

    with the tilt :math:`\omega`, the pivot p in the neck and the middle c of the head, which leads in the turn.
    """
    omega = TILT * column(factors.tilt)
    across, down = x, y - PIVOT
    cos, sin = omega.cos(), omega.sin()
    u = torch.addcmul(cos * across - 0.07 * column(factors.yaw), sin, down)
    v = torch.addcmul(cos * down + PIVOT, sin, across, value=-1)
    return u, v
