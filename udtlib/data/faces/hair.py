"""Hair behind and before the head, with strands and gloss; and the beard."""

from __future__ import annotations

from typing import NamedTuple

import torch

from udtlib.data.faces.canvas import Canvas
from udtlib.data.faces.head import shaded
from udtlib.data.faces.layout import MOUTH_LINE, Column, Layout, column
from udtlib.data.faces.palette import Colours
from udtlib.data.faces.person import HAIR_STYLES, FaceFactors, Grain, Part
from udtlib.data.faces.shapes import Plane, coverage, disc, ellipse, smooth_max


class Style(NamedTuple):
    """What makes a hair style; lengths in the units of the canvas.

    Args:
        top: height of the hairline in its middle.
        slope: how the hairline slopes to the side of the parting.
        rise: how it falls to both sides of the parting.
        curve: how it curves down towards the temples.
        teeth: depth of the teeth of its edge.
        volume: how far the hair stands off the head.
        ripple: depth of the waves of its outline.
        curl: how curly the strands are.
        bun: radius of the bun on top, 0 for none.
    """

    top: Column | float
    slope: Column | float = 0.0
    rise: Column | float = 0.0
    curve: Column | float = 0.0
    teeth: Column | float = 0.0
    volume: Column | float = 0.0
    ripple: Column | float = 0.0
    curl: Column | float = 0.0
    bun: Column | float = 0.0


STYLES = {
    "parted": Style(-0.36, slope=0.22, curve=0.45, volume=0.03, curl=0.25),
    "fringe": Style(-0.235, curve=0.25, teeth=0.025, volume=0.04, curl=0.15),
    "middle": Style(-0.50, rise=0.62, volume=0.03, curl=0.30),
    "curly": Style(-0.34, curve=0.55, teeth=0.035, volume=0.11, ripple=0.035, curl=1.60),
    "spiky": Style(-0.37, slope=0.10, curve=0.30, teeth=0.055, volume=0.05, ripple=0.050, curl=0.10),
    "bun": Style(-0.43, rise=0.10, curve=0.90, curl=0.10, bun=0.17),
    "cropped": Style(-0.40, curve=0.50, volume=-0.03, curl=0.60),
}


def style_of(factors: FaceFactors) -> Style:
    """The style of each face, one column per number."""
    table = factors.skin.new_tensor([STYLES[name] for name in HAIR_STYLES])
    return Style(*(column(entry) for entry in table[factors.hair_style].T))


def hair_outline(canvas: Canvas, factors: FaceFactors, layout: Layout) -> Plane:
    """Distance to all of the hair: a dome over the skull whose sides go down as far as the hair is long."""
    style = style_of(factors)
    length = column(factors.hair_length)
    below = canvas.v.clamp(min=0)
    u = canvas.u + 0.25 * layout.turn * layout.width
    a = (layout.width + 0.055 + style.volume) * (1 + below * (0.22 * length))
    p, r = u / a, canvas.v.clamp(max=0) / (0.70 + style.volume)
    q = torch.addcmul(p * p, r, r).sqrt_()
    bumps = style.ripple * torch.sin(19 * canvas.u + 2) * torch.cos(17 * canvas.v)
    dome = (q - 1).mul_(0.6).add_(bumps)
    end = -0.02 + 1.05 * length
    tips = canvas.v - end + 0.5 * u * u + (0.015 + style.ripple) * torch.sin(22 * u)
    whole = smooth_max(dome, tips, 0.18)
    knot = disc(canvas.u + 0.10 * layout.turn, canvas.v + 0.74, style.bun) + (style.bun == 0) * 4.0
    return torch.minimum(whole, knot)


def hairline(canvas: Canvas, factors: FaceFactors, layout: Layout) -> Plane:
    """Distance to the opening that hair leaves for the face: below the hairline, and between the side locks."""
    style = style_of(factors)
    parting = column(factors.proportions[:, Part.PARTING])
    lean = torch.where(parting > 0.5, 1.0, -1.0)
    u = canvas.u - layout.middle * 0.8
    v = style.top + style.slope * lean * u + style.curve * u * u
    v = v + style.rise * (u - 0.10 * (parting - 0.5)).abs() + style.teeth * torch.sin(24 * u + 1.5 * lean)
    locks = (0.55 - column(factors.hair_length)).clamp(max=0.0)
    return smooth_max(v - canvas.v, u.abs() - layout.width * (1.02 + 0.35 * locks), 0.10)


def strands(canvas: Canvas, factors: FaceFactors) -> Plane:
    """The texture of hair in [-1, 1]: waves across a fan that spreads from above the head."""
    curl, t = style_of(factors).curl, factors.texture
    phase, period = growth(factors), column(t[:, Grain.HAIR_PERIOD])
    fan = (canvas.u - 0.3 * (phase - 0.5)) / (canvas.v + 2.0).clamp(min=0.6)
    bend = torch.sin((7 + 6 * curl) * canvas.v + 40 * phase).mul_(0.5 + 1.2 * curl)
    return torch.sin((36 + 30 * period) * fan * 1.3 + bend + 44 * phase)


def brighter(colour: Colours) -> Colours:
    """The colour of hair in the light; even black hair has some."""
    return torch.lerp(colour, torch.ones_like(colour), 0.30)


def draw_hair_behind(canvas: Canvas, factors: FaceFactors, outline: Plane, wave: Plane) -> None:
    """Paint the hair behind the head, in its own shade, with the strands' dark sides."""
    colour = 0.74 * factors.hair_colour
    mask = canvas.fill(outline, colour, label="hair")
    canvas.tint(wave.clamp(min=0).mul_(mask).mul_(0.55), 0.58 * colour)


def draw_hair_before(
    canvas: Canvas, factors: FaceFactors, outline: Plane, opening: Plane, wave: Plane
) -> None:
    """Paint the hair over the forehead and beside the face, with its strands and a band of gloss."""
    colour = factors.hair_colour
    mask = canvas.fill(torch.maximum(outline, -opening), colour, label="hair")
    canvas.tint(wave.clamp(min=0).mul_(mask).mul_(0.55), 0.58 * colour)
    canvas.tint((-wave).clamp_(min=0).mul_(mask).mul_(0.40), brighter(colour))
    light = column(factors.light)
    u = canvas.u - 0.14 * light
    band = (canvas.v + 0.52 - 0.5 * u * u) / 0.085
    gloss = (1 - band * band).clamp_(min=0).mul_((1 - (u / 0.42).square()).clamp_(min=0)).mul_(mask)
    canvas.tint(gloss.mul_(0.55), torch.lerp(colour, torch.ones_like(colour), 0.6))


def shade_forehead(canvas: Canvas, factors: FaceFactors, opening: Plane, skin: Plane) -> None:
    """The shadow that the hair throws on the face."""
    near = (1 + opening / 0.11).clamp_(0, 1)
    canvas.tint(near.mul_(0.6).mul_(skin), shaded(factors.skin))


def draw_beard(canvas: Canvas, factors: FaceFactors, layout: Layout, head: Plane) -> None:
    """Stubble or a full beard over jaw and lip: the head's outline grown a little, without the cheeks."""
    trait = column(factors.beard)
    full = ((trait - 0.60) * 10).clamp(0, 1)
    u = canvas.u - 0.7 * layout.mouth
    cheeks = ellipse(u, canvas.v - 0.06, 0.93 * layout.width, 0.27)
    shape = smooth_max(head - 0.05 * full * (trait + 0.2), -cheeks, 0.03)
    shape = torch.maximum(shape, 0.10 - canvas.v) + 4 * (trait < 0.45)
    mask = coverage(shape, max(canvas.pixel, 0.04))
    colour = 0.80 * factors.hair_colour
    hairs = torch.sin(60 * u + 9 * canvas.v) * torch.sin(48 * canvas.v + 30 * growth(factors))
    opacity = 0.42 + 0.25 * hairs * (1 - full) + 0.53 * full
    canvas.tint(mask * opacity, colour)
    wave = torch.sin(46 * u + 6 * torch.sin(9 * canvas.v + 30 * growth(factors)))
    canvas.tint((wave.clamp(min=0) * mask).mul_(0.5 * full), 0.60 * colour)
    canvas.tint(((-wave).clamp_(min=0) * mask).mul_(0.3 * full), brighter(colour))
    # The lip shows through a full beard's shadow.
    canvas.tint(mask * full * (1 - (canvas.v - MOUTH_LINE).abs() * 8).clamp_(0, 0.25), 0.5 * colour)
    canvas.mark(mask, "beard")
    canvas.outline(shape, mask)


def growth(factors: FaceFactors) -> Column:
    """The phase that strands share, so that hair and beard are of one growth."""
    return column(factors.texture[:, Grain.HAIR_PHASE])
