r"""Signed distances of plane shapes, negative inside, and the masks that are made of them.

The first axis counts faces; the others are the image's, of which any may be 1. Distances are exact on the outline
and first-order right near it, which is all that antialiasing needs. y points down, as the rows of an image do.
"""

from __future__ import annotations

import math

import torch

from udtlib.types import Float, Tensor

#: A number for every pixel of every face; axes of length 1 broadcast.
Plane = Float[Tensor, "_n _h _w"]


def ellipse(u: Plane, v: Plane, a: Plane | float, b: Plane | float) -> Plane:
    r"""Distance to the ellipse with half axes a and b, to first order.

    .. math:: d \approx \frac{q\,(q - 1)}{\|\nabla q^2 / 2\|}, \qquad q^2 = (u/a)^2 + (v/b)^2
    """
    p, r = u / a, v / b
    q = torch.addcmul(p * p, r, r).sqrt_()
    p, r = p / a, r / b
    slope = torch.addcmul(p * p, r, r).sqrt_().clamp_(min=1e-6)
    return (q * (q - 1)).div_(slope)


def disc(u: Plane, v: Plane, radius: Plane | float) -> Plane:
    """Distance to a disc; exact."""
    return torch.addcmul(u * u, v, v).sqrt_().sub_(radius)


def rounded_box(u: Plane, v: Plane, a: Plane | float, b: Plane | float, corner: Plane | float) -> Plane:
    """Distance to the box with half sides a and b, its corners rounded; exact."""
    p, r = u.abs() - (a - corner), v.abs() - (b - corner)
    inside = torch.maximum(p, r).clamp_(max=0)
    p, r = p.clamp_(min=0), r.clamp_(min=0)
    return torch.addcmul(p * p, r, r).sqrt_().add_(inside).sub_(corner)


def smooth_max(a: Plane, b: Plane, width: float) -> Plane:
    r"""The maximum with a rounded corner, that is the intersection of two shapes.

    .. math:: \max(a, b) + \frac{\max(w - |a - b|, 0)^2}{4 w}
    """
    bump = (width - (a - b).abs()).clamp_(min=0)
    return torch.maximum(a, b).addcmul_(bump, bump, value=1 / (4 * width))


def coverage(distance: Plane, pixel: float) -> Plane:
    """How much of a pixel a shape covers, in [0, 1]: its outline is blurred by the width of a pixel."""
    return (0.5 - distance / pixel).clamp_(0, 1)


def line(distance: Plane, half_width: Plane | float, pixel: float) -> Plane:
    """The coverage of a stroke along the zero set of ``distance``; strokes thinner than a pixel turn pale."""
    return coverage(distance.abs() - half_width, pixel)


def blob(u: Plane, v: Plane, a: Plane | float, b: Plane | float) -> Plane:
    """A soft spot: 1 in the middle, smoothly 0 on the ellipse with half axes a and b."""
    p, r = u / a, v / b
    fall = (1 - torch.addcmul(p * p, r, r)).clamp_(min=0)
    return fall * fall


def wave(x: Plane, y: Plane, fx: Plane, fy: Plane, phase: Plane) -> Plane:
    r""":math:`\sin 2\pi (f_x x + f_y y + \varphi)` on a grid, from sines of its rows and its columns only."""
    a, b = 2 * math.pi * (fx * x + phase), 2 * math.pi * fy * y
    return torch.addcmul(a.sin() * b.cos(), a.cos(), b.sin())
