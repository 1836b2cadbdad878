"""The wall behind, the clothes and the neck."""

from __future__ import annotations

import math

import torch

from udtlib.data.faces.canvas import Canvas
from udtlib.data.faces.head import shaded
from udtlib.data.faces.layout import Column, Layout, column
from udtlib.data.faces.palette import Colours, Fractions, hsv
from udtlib.data.faces.person import FaceFactors, Grain
from udtlib.data.faces.shapes import Plane, blob, line, rounded_box, smooth_max, wave


def pattern(canvas: Canvas, factors: FaceFactors, grains: tuple[Grain, ...], *, angle: Column) -> Plane:
    """A pattern in [0, 1] with soft edges: plain, stripes, dots or plaid, a fifth of the faces plain.

    Args:
        canvas: gives the coordinates; walls and clothes do not tilt with the head.
        factors: gives the texture.
        grains: the columns of kind, period, phase and shift.
        angle: of the stripes, in radians.
    """
    kind, period, phase, shift = (column(factors.texture[:, k]) for k in grains)
    frequency = 1 / (0.24 + 0.26 * period)  # a period is 4 to 8 pixels of an image of side 32
    cos, sin = frequency * angle.cos(), frequency * angle.sin()
    first = wave(canvas.x, canvas.y, cos, sin, phase)
    second = wave(canvas.x, canvas.y, -sin, cos, shift)
    stripes, dots, plaid = (
        (kind >= low) & (kind < high) for low, high in ((0.2, 0.5), (0.5, 0.75), (0.75, 2))
    )
    one = (stripes + 0.5 * plaid).to(first.dtype)
    value = torch.addcmul(one * first, 0.5 * plaid, second)
    value = torch.addcmul(value, (1.5 * dots) * first, second)
    sharp = torch.where(plaid, 1.5, 2.5)
    # Dots are the peaks of a product, the others' edges are where the wave changes its sign.
    return value.sub_(0.45 * dots).mul_(sharp).add_(0.5).clamp_(0, 1).mul_(stripes | dots | plaid)


def accent(colour: Colours, place: Fractions) -> Colours:
    """The second colour of a pattern: darker, lighter, or of another hue."""
    other = hsv(place * 5 % 1, 0.4 + 0.3 * place, 0.95 - 0.3 * place)
    t = place[:, None]
    return torch.where(t < 0.35, 0.5 * colour, torch.where(t < 0.7, 0.35 * colour + 0.65, other))


def draw_wall(canvas: Canvas, factors: FaceFactors) -> None:
    """A patterned wall, lighter on the side of the light, darker in the corners."""
    t = factors.texture
    canvas.image.copy_(factors.background[:, :, None, None].expand_as(canvas.image))
    grains = (Grain.WALL_KIND, Grain.WALL_PERIOD, Grain.WALL_PHASE, Grain.WALL_SHIFT)
    p = pattern(canvas, factors, grains, angle=math.pi * column(t[:, Grain.WALL_ANGLE]))
    canvas.tint(p.mul_(0.75), accent(factors.background, t[:, Grain.WALL_ACCENT]))
    glow = blob(canvas.x - 0.5 * column(factors.light), canvas.y + 0.2, 1.3, 1.3)
    canvas.tint(0.22 * glow, torch.ones_like(factors.skin))
    canvas.tint((0.28 - 0.45 * glow).clamp_(min=0), 0.3 * factors.background)


def draw_clothes(canvas: Canvas, factors: FaceFactors) -> None:
    """Round shoulders in a patterned fabric, shaded away from the light."""
    x, y = canvas.x, canvas.y
    slope = y - 0.67 - 0.16 * x * x - 1.4 * (x.abs() - 0.45).clamp(min=0).square()
    mask = canvas.fill((-slope).expand_as(canvas.u), factors.clothes, label="clothes")
    grains = (Grain.CLOTH_KIND, Grain.CLOTH_PERIOD, Grain.CLOTH_PHASE, Grain.CLOTH_SHIFT)
    upright = 0.5 * math.pi * (column(factors.texture[:, Grain.CLOTH_ACCENT]) * 7 % 1 > 0.5)
    p = pattern(canvas, factors, grains, angle=upright.to(x.dtype))
    second = accent(factors.clothes, factors.texture[:, Grain.CLOTH_ACCENT])
    canvas.tint(p.mul_(mask).mul_(0.85), second)
    shade = (-0.45 * column(factors.light) * x + 0.25 - 0.9 * slope).clamp_(0, 0.5)
    canvas.tint(shade.mul_(mask), 0.35 * factors.clothes)


def draw_neck(canvas: Canvas, factors: FaceFactors, layout: Layout) -> None:
    """The neck in a round collar, with the shadow of the chin."""
    x, y = canvas.x - 0.03 * column(factors.yaw), canvas.y
    half = 0.42 * layout.width + 0.02
    stem = rounded_box(x, y - 0.45, half, 0.22, 0.10)
    opening = ((x / (1.25 * half)).square() + ((y - 0.66) / 0.17).square()).sqrt_().sub_(1).mul_(0.2)
    opening = smooth_max(opening, 0.62 - y, 0.10)
    shape = -smooth_max(-stem, -opening, 0.10)
    mask = canvas.fill(shape, factors.skin, label="skin")
    shade = (1.0 - (y - 0.50) / 0.22).clamp(0, 0.85).expand_as(mask)
    canvas.tint(shade * mask, shaded(factors.skin))
    collar = line(opening - 0.03, 0.022, canvas.pixel).mul_((y > 0.68).to(mask.dtype))
    canvas.tint(collar, torch.lerp(factors.clothes, torch.ones_like(factors.clothes), 0.25))
    canvas.mark(collar, "clothes")
    canvas.scratch(collar)
