"""The head with its ears, its shading and its nose."""

from __future__ import annotations

import torch

from udtlib.data.faces.canvas import Canvas
from udtlib.data.faces.layout import CHEEK_LINE, EYE_LINE, HEIGHT, NOSE_LINE, Layout, column
from udtlib.data.faces.palette import Colours
from udtlib.data.faces.person import FaceFactors, Grain, Part
from udtlib.data.faces.shapes import Plane, blob, coverage, ellipse, line

#: What shadow leaves of red, green and blue: shadows on skin are warm.
SHADOW = (0.74, 0.60, 0.58)


def shaded(colour: Colours) -> Colours:
    """The colour of skin in the shade."""
    return colour * colour.new_tensor(SHADOW)


def lit(colour: Colours, amount: float) -> Colours:
    """The colour moved towards a warm white."""
    return torch.lerp(colour, colour.new_tensor((1.0, 0.97, 0.90)), amount)


def head_radius(canvas: Canvas, layout: Layout) -> tuple[Plane, Plane]:
    r"""The head's own radius, which is 1 on its outline, and the horizontal coordinate that it is made of.

    .. math:: q = (1 - k)\sqrt{p^2 + r^2} + k \max(|p|, r), \qquad p = \frac{u - s t^2}{a (1 - c\,t^2)},\;
              r = \frac{v}{b},\; t = \max(r, 0)

    with the pinch c, the squareness k (below the middle only) and the shift s of a turned chin.
    """
    r = canvas.v / HEIGHT
    t = r.clamp(min=0)
    t2 = t * t
    p = torch.addcmul(canvas.u, t2, -0.16 * layout.turn).div_(layout.width * (1 - layout.pinch * t2))
    round_ = torch.addcmul(p * p, r, r).sqrt_()
    square = torch.maximum(p.abs(), r)
    return torch.lerp(round_, square, t.clamp_(max=1).mul_(layout.square)), p


def draw_head(canvas: Canvas, factors: FaceFactors, layout: Layout) -> tuple[Plane, Plane]:
    """Paint the ears and the head with its shading; return the distance to the head, and its coverage."""
    draw_ears(canvas.rows(canvas.span(-0.45, 0.5)), factors, layout)
    q, p = head_radius(canvas, layout)
    distance = (q - 1) * (0.5 * (layout.width + HEIGHT))
    mask = canvas.fill(distance, factors.skin, label="skin")
    light = column(factors.light)
    # The shade lies on the side away from the light and under the chin, with a soft edge.
    away = torch.addcmul(q - 0.85, p, -0.55 * light).add_(0.18 * canvas.v)
    canvas.tint(away.mul_(2.2).clamp_(0, 0.85).mul_(mask), shaded(factors.skin))
    glow = blob(canvas.u - 0.16 * light, canvas.v + 0.18, 0.42, 0.40).mul_(0.30).mul_(mask)
    canvas.tint(glow, lit(factors.skin, 0.6))
    return distance, mask


def draw_ears(canvas: Canvas, factors: FaceFactors, layout: Layout) -> None:
    """Paint both ears; turning the head hides the one ahead, and long hair covers them."""
    grow = ((0.52 - column(factors.hair_length)) * 8).clamp(0, 1)
    side = torch.where(canvas.u > 0, 1.0, -1.0)
    e = canvas.u.abs() - layout.width * (1 - 0.30 * side * layout.turn)
    f = canvas.v - EYE_LINE - 0.07
    inner = ellipse(e, f, 0.10, 0.15).add_(0.12 * (1 - grow))
    mask = canvas.fill(inner, factors.skin, label="skin")
    canvas.tint(coverage(inner + 0.035, canvas.pixel).mul_(mask).mul_(0.7), shaded(factors.skin))


def draw_cheeks(canvas: Canvas, factors: FaceFactors, layout: Layout, skin: Plane) -> None:
    """Blush, and freckles on some faces."""
    e = (canvas.u - layout.middle).abs() - 1.15 * layout.apart
    f = canvas.v - CHEEK_LINE
    blush = factors.skin * factors.skin.new_tensor((1.0, 0.62, 0.58))
    canvas.tint(blob(e, f, 0.15, 0.11).mul_(0.55).mul_(skin), blush)
    phase = column(factors.texture[:, Grain.FRECKLE_PHASE])
    amount = ((column(factors.texture[:, Grain.FRECKLES]) - 0.7) * 5).clamp(0, 0.7)
    dots = (
        (torch.sin(43 * canvas.u + 6.3 * phase) * torch.sin(47 * canvas.v + 9 * canvas.u)).sub_(0.25).mul_(3)
    )
    near = blob(canvas.u - layout.nose, f + 0.04, 0.40, 0.15).mul_(2).clamp_(max=1)
    canvas.tint(dots.clamp_(0, 1).mul_(near).mul_(amount).mul_(skin), 0.7 * shaded(factors.skin))


def draw_nose(canvas: Canvas, factors: FaceFactors, layout: Layout) -> None:
    """A round nose: its shadow, the ball, a highlight on the side of the light."""
    size = 0.055 + 0.025 * column(factors.proportions[:, Part.NOSE])
    light = column(factors.light)
    u, v = canvas.u - layout.nose, canvas.v - NOSE_LINE
    # The bridge throws a soft shadow to the side away from the light.
    bridge = blob(canvas.u - 0.5 * (layout.nose + layout.middle) + 0.05 * light, v + 0.12, 0.055, 0.16)
    canvas.tint(bridge.mul_(0.50), shaded(factors.skin))
    shadow = ellipse(u + 0.02 * light, v - 0.028, 1.15 * size, 0.8 * size)
    canvas.tint(coverage(shadow, max(canvas.pixel, 0.03)).mul_(0.9), 0.85 * shaded(factors.skin))
    ball = ellipse(u, v, size, 0.85 * size)
    canvas.tint(coverage(ball, max(canvas.pixel, 0.03)), lit(factors.skin, 0.10))
    canvas.tint(blob(u - 0.022 * light, v + 0.025, 0.045, 0.035).mul_(0.8), lit(factors.skin, 0.8))
    canvas.scratch(line(ball, 0.5 * canvas.pixel, canvas.pixel).mul_((v * 40).clamp(0, 1)))


def draw_wrinkles(canvas: Canvas, factors: FaceFactors, layout: Layout, skin: Plane) -> None:
    """Lines on the forehead, under the eyes and from the nose to the mouth; they deepen from half the age on."""
    depth = ((column(factors.age) - 0.5) * 2.4).clamp(0, 1)
    e = (canvas.u - layout.middle).abs() - layout.apart
    bag = canvas.v - EYE_LINE - 0.145 + 1.6 * e * e
    bags = line(bag, 0.012, canvas.pixel).mul_(((0.10 - e.abs()) * 30).clamp_(0, 1))
    w = canvas.u - layout.mouth
    fold = w.abs() - 0.10 - 0.55 * (canvas.v - NOSE_LINE)
    folds = line(fold, 0.012, canvas.pixel).mul_(((0.085 - (canvas.v - 0.35).abs()) * 40).clamp_(0, 1))
    brow = torch.sin(42 * (canvas.v + 0.05 * w * w * 8)).sub_(0.55).mul_(2.5).clamp_(0, 1)
    forehead = brow.mul_(((canvas.v + 0.41) * 40).clamp_(0, 1)).mul_(((-0.20 - canvas.v) * 40).clamp_(0, 1))
    forehead = forehead.mul_(((0.22 - w.abs()) * 12).clamp_(0, 1))
    lines = torch.maximum(torch.maximum(bags, folds), forehead).mul_(depth).mul_(skin)
    canvas.tint(0.55 * lines, 0.8 * shaded(factors.skin))
    canvas.scratch(lines)
