"""Eyes, brows, mouth and glasses."""

from __future__ import annotations

import torch

from udtlib.data.faces.canvas import Canvas
from udtlib.data.faces.head import shaded
from udtlib.data.faces.layout import BROW_LINE, EYE_LINE, MOUTH_LINE, Column, Layout, column
from udtlib.data.faces.palette import Colours, hsv
from udtlib.data.faces.person import FaceFactors, Grain, Part
from udtlib.data.faces.shapes import Plane, blob, coverage, disc, ellipse, line, rounded_box


def plain(like: Colours, red: float, green: float, blue: float) -> Colours:
    """One colour for every face."""
    return like.new_tensor((red, green, blue)).expand_as(like)


def fold(canvas: Canvas, layout: Layout) -> tuple[Plane, Plane]:
    """The horizontal coordinate about the nearer eye, foreshortened, positive outwards; and its side's sign."""
    across = canvas.u - layout.middle
    side = torch.where(across > 0, 1.0, -1.0)
    return (across.abs() - layout.apart) / (layout.turn.cos() - side * layout.squeeze), side


def draw_eyes(canvas: Canvas, factors: FaceFactors, layout: Layout) -> None:
    """Whites, irises, pupils, highlights and the dark upper lids."""
    e, side = fold(canvas, layout)
    f = canvas.v - EYE_LINE
    px = canvas.pixel
    distance = ellipse(e, f + 0.9 * e * e, layout.eye_a, layout.eye_b)
    mask = canvas.fill(distance, plain(factors.skin, 0.98, 0.97, 0.96), label="eyes")
    # The upper lid shades the ball.
    lid_shade = ((-f / layout.eye_b) * 1.3 - 0.05).clamp_(0, 0.45)
    canvas.tint(lid_shade.mul_(mask), plain(factors.skin, 0.45, 0.42, 0.55))
    gaze = side * e - 0.12 * layout.turn  # in the image's direction: both eyes look the same way
    iris = disc(gaze, f, 0.92 * layout.eye_b)
    r = layout.eye_b
    canvas.tint(coverage(iris, px).mul_(mask), 0.45 * factors.eye_colour)
    canvas.tint(coverage(disc(gaze, f - 0.012, 0.74 * r), px).mul_(mask), factors.eye_colour)
    canvas.tint(
        coverage(disc(gaze, f - 0.05, 0.40 * r), px).mul_(mask).mul_(0.5), lighter(factors.eye_colour)
    )
    canvas.tint(coverage(disc(gaze, f, 0.42 * r), px).mul_(mask), plain(factors.skin, 0.05, 0.04, 0.06))
    spark = coverage(disc(gaze - 0.032 * column(factors.light).sign(), f + 0.038, 0.30 * r), max(px, 0.03))
    canvas.tint(spark.mul_(mask), plain(factors.skin, 1.0, 1.0, 1.0))
    upper = (-f * 30 + 0.3).clamp_(0, 1)
    lid = line(distance - 0.010, 0.017, px).mul_(upper)
    canvas.tint(lid, plain(factors.skin, 0.16, 0.10, 0.10))
    canvas.tint(line(distance - 0.012, 0.010, px).mul_(1 - upper).mul_(0.5), shaded(factors.skin))
    canvas.scratch(coverage(disc(gaze, f, 0.5 * r), px).mul_(mask))


def lighter(colour: Colours) -> Colours:
    """A lighter tone of a colour."""
    return 0.55 * colour + 0.45


def draw_brows(canvas: Canvas, factors: FaceFactors, layout: Layout, head: Plane) -> None:
    """Arched strokes that taper outwards; the trait makes them thicker, straighter and lower."""
    e, _ = fold(canvas, layout)
    trait = column(factors.brows)
    arch = (1.6 + 3.2 * column(factors.proportions[:, Part.BROW])) * (1 - 0.6 * trait)
    bend = e - 0.02
    f = canvas.v - BROW_LINE - 0.03 * trait + 0.03 * column(factors.mouth_open) + 0.035 - arch * bend * bend
    thick = (0.018 + 0.026 * trait) * (1 - 2.2 * e).clamp_(0.5, 1.3)
    half = thick.clamp_(min=0.52 * canvas.pixel)  # never thinner than a pixel, so that the label map shows it
    # A turned head hides the end of the far brow.
    distance = torch.maximum(rounded_box(e - 0.01, f, 0.14, half, 0.8 * half), head + 0.01)
    canvas.fill(distance, brow_colour(factors), label="brows", thin=True)


def brow_colour(factors: FaceFactors) -> Colours:
    """A little darker than the hair."""
    return 0.62 * factors.hair_colour + 0.02


def draw_mouth(canvas: Canvas, factors: FaceFactors, layout: Layout, head: Plane) -> None:
    """Lips that follow the smile; where they are open, what is inside, else the line where they meet."""
    px = canvas.pixel
    wide = 0.15 + 0.06 * column(factors.proportions[:, Part.MOUTH]) + 0.03 * column(factors.smile)
    wide = wide * (1 - 0.5 * layout.turn.abs())
    opening = 0.085 * column(factors.mouth_open)
    s = (canvas.u - layout.mouth) / wide
    s2 = s * s
    bend = 0.10 * column(factors.smile)
    f = canvas.v - MOUTH_LINE - 0.35 * opening + bend * s2 - 0.4 * bend
    taper = (1 - s2 * s2).clamp(min=-0.5)  # rounder than a parabola, which makes a pointed mouth
    lip = 0.034 + 0.010 * (1 - column(factors.age))
    # The lower lip is fuller than the upper one; both end at the corners.
    shape = torch.maximum((f - 0.008).abs() - (opening + lip) * taper, (s.abs() - 1) * wide)
    tone = factors.texture[:, Grain.LIP_TONE]
    lips = 0.45 * factors.skin + 0.50 * hsv(0.97 + 0.02 * tone, 0.45 + 0.35 * tone, 0.75 + 0.1 * tone)
    shape = torch.maximum(shape, head + 0.02)
    mask = canvas.fill(shape, lips, label="mouth")
    canvas.tint((-f * 18).clamp_(0, 0.5).mul_(mask), 0.6 * lips)
    shine = blob(s, f - opening - 0.55 * lip, 0.5, 0.03)
    canvas.tint(shine.mul_(0.4).mul_(mask), torch.lerp(lips, torch.ones_like(lips), 0.7))
    is_open = opening > 0.012
    inside = coverage(f.abs() - opening * taper.clamp(min=0), px).mul_(mask).mul_(is_open)
    closed = line(f, 0.008, px).mul_(s2 < 0.85).mul_(~is_open)
    canvas.tint(0.8 * closed, 0.45 * lips)
    paint_inside(canvas, s * wide, f, inside, opening, wide)
    canvas.scratch(torch.maximum(closed, inside * (opening > 0.03)))


def paint_inside(canvas: Canvas, u: Plane, f: Plane, inside: Plane, opening: Column, wide: Column) -> None:
    """The dark of an open mouth, the tongue at its bottom and the upper teeth."""
    like = canvas.image[:, :, 0, 0]
    canvas.tint(inside, plain(like, 0.30, 0.07, 0.09))
    tongue = coverage(ellipse(u, f - opening, 0.6 * wide, 0.6 * opening + 0.01), canvas.pixel)
    canvas.tint(tongue.mul_(inside), plain(like, 0.85, 0.40, 0.42))
    teeth = coverage(f + 0.35 * opening, canvas.pixel)
    canvas.tint(teeth.mul_(inside), plain(like, 0.97, 0.96, 0.93))


def draw_glasses(canvas: Canvas, factors: FaceFactors, layout: Layout) -> None:
    """Two rims, the bridge and the arms as one shape, tinted lenses, and a glint on the side of the light."""
    on = column(factors.glasses.float())
    px = canvas.pixel
    e, side = fold(canvas, layout)
    f = canvas.v - EYE_LINE - 0.01
    square = column(factors.proportions[:, Part.FRAME])
    lens = rounded_box(e, f, 0.165 + 0.01 * square, 0.15 - 0.02 * square, 0.14 - 0.09 * square)
    half = max(0.017, 0.55 * px)  # never thinner than a pixel, so that the label map shows it
    q = canvas.u.abs() - 0.98 * layout.width
    bar = torch.maximum(torch.maximum((f + 0.05).abs() - half, q), -lens)
    frame = torch.minimum(lens.abs() - half, bar) + 4 * (1 - on)
    glass = coverage(lens, px).mul_(on)
    canvas.tint(0.14 * glass, plain(factors.skin, 0.85, 0.95, 1.0))
    slant = side * e * column(factors.light).sign() + f
    glint = coverage((slant - 0.03).abs() - 0.035, max(px, 0.03))
    canvas.tint(glint.mul_(glass).mul_(0.38), plain(factors.skin, 1.0, 1.0, 1.0))
    tone = factors.texture[:, Grain.FRAME_TONE]
    canvas.fill(frame, hsv(tone * 3 % 1, 0.3 + 0.5 * tone, 0.12 + 0.45 * tone), label="glasses", thin=True)
