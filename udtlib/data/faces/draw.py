"""Cartoon faces drawn from their factors, on the factors' device: image, label map and edge drawing."""

from __future__ import annotations

from typing import NamedTuple

import torch

from udtlib.data.faces.canvas import LABELS, Canvas
from udtlib.data.faces.features import draw_brows, draw_eyes, draw_glasses, draw_mouth
from udtlib.data.faces.hair import (
    draw_beard,
    draw_hair_before,
    draw_hair_behind,
    hair_outline,
    hairline,
    shade_forehead,
    strands,
)
from udtlib.data.faces.head import draw_cheeks, draw_head, draw_nose, draw_wrinkles
from udtlib.data.faces.label_maps import PALETTE, paint_labels, read_labels
from udtlib.data.faces.layout import head_frame, lay_out
from udtlib.data.faces.person import FaceFactors, check_ranges
from udtlib.data.faces.scene import draw_clothes, draw_neck, draw_wall
from udtlib.types import Float, Int, Tensor

__all__ = ["LABELS", "PALETTE", "Drawing", "draw_faces", "edge_drawing", "paint_labels", "read_labels"]

#: The least side of an image, in pixels: below it, eyes are no longer eyes.
LEAST = 16

#: Pixels that are drawn at a time: on a CPU the planes should fit its cache, on a GPU they should fill it.
CPU_PIXELS, GPU_PIXELS = 2**17, 2**23


class Drawing(NamedTuple):
    """Faces, and what is where in them.

    ``image`` is in [-1, 1]; ``label`` are indices into ``LABELS``.
    """

    image: Float[Tensor, "n 3 size size"]
    label: Int[Tensor, "n size size"]


def draw_faces(factors: FaceFactors, *, size: int) -> Drawing:
    """Draw every face, antialiased, on the factors' device; the same factors always give the same drawing.

    Args:
        factors: the faces.
        size: side of the images in pixels, at least 16.

    Returns:
        images ``(n, 3, size, size)`` in [-1, 1], and label maps ``(n, size, size)``, which depend on the shape
        factors alone.

    Raises:
        ValueError: the size is too small, there is no face, or a factor is out of its range.
    """
    image, label, _ = draw(factors, size=size, inked=False)
    return Drawing(image.mul_(2).sub_(1), label.long())


def edge_drawing(factors: FaceFactors, *, size: int) -> Float[Tensor, "n 1 size size"]:
    """Line drawings of the faces: the outlines of all parts, nose, lids, lips and wrinkles.

    Paper is +1 and ink -1; lines are a pixel wide and antialiased. They depend on the shape factors alone, and so
    do not change when a face is repainted.

    Raises:
        ValueError: the size is too small, there is no face, or a factor is out of its range.
    """
    ink = draw(factors, size=size, inked=True)[2]
    return 1 - 2 * ink[:, None]


def draw(factors: FaceFactors, *, size: int, inked: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Image in [0, 1], label map and ink of all faces, a few at a time so that the planes stay in the cache."""
    if size < LEAST:
        raise ValueError(f"faces need at least {LEAST} × {LEAST} pixels, got size={size}")
    if len(factors) == 0:
        raise ValueError("there is no face to draw; the factors are empty")
    check_ranges(factors)
    shape, device = (len(factors), size, size), factors.skin.device
    image = torch.empty(len(factors), 3, size, size, device=device)
    label = torch.zeros(shape, dtype=torch.int8, device=device)
    ink = torch.zeros(shape if inked else (len(factors), 0, 0), device=device)
    step = max(1, (CPU_PIXELS if device.type == "cpu" else GPU_PIXELS) // size**2)
    for start in range(0, len(factors), step):
        part = slice(start, start + step)
        draw_some(factors[part], image[part], label[part], ink[part] if inked else None)
    return image, label, ink


def draw_some(factors: FaceFactors, image: Tensor, label: Tensor, ink: Tensor | None) -> None:
    """Draw faces onto the given planes: from the wall to the glasses, each part over those before."""
    size = image.shape[-1]
    grid = (2 * torch.arange(size, device=image.device, dtype=image.dtype) + 1) / size - 1
    x, y = grid[None, None, :], grid[None, :, None]
    u, v = head_frame(x, y, factors)
    canvas = Canvas(image=image, label=label, ink=ink, x=x, y=y, u=u, v=v, pixel=2 / size)
    layout = lay_out(factors)
    outline, opening = hair_outline(canvas, factors, layout), hairline(canvas, factors, layout)
    wave = strands(canvas, factors)
    draw_wall(canvas, factors)
    draw_clothes(canvas.rows(canvas.span(0.6, 1.0)), factors)
    draw_hair_behind(canvas, factors, outline, wave)
    draw_neck(canvas.rows(canvas.span(0.2, 1.0)), factors, layout)
    head, skin = draw_head(canvas, factors, layout)
    shade_forehead(canvas, factors, opening, skin)
    # The parts of the face lie in bands; a band is wide enough for every tilt of the head.
    for paint, plane, part in (
        (draw_cheeks, skin, canvas.span(-0.15, 0.60)),
        (draw_wrinkles, skin, canvas.span(-0.55, 0.60)),
        (draw_beard, head, canvas.span(-0.05, 0.85)),
        (draw_mouth, head, canvas.span(0.15, 0.75)),
    ):
        paint(canvas.rows(part), factors, layout, plane[:, part])
    draw_nose(canvas.rows(canvas.span(-0.15, 0.5)), factors, layout)
    draw_eyes(canvas.rows(canvas.span(-0.25, 0.35)), factors, layout)
    draw_hair_before(canvas, factors, outline, opening, wave)
    brows = canvas.span(-0.40, 0.15)
    draw_brows(canvas.rows(brows), factors, layout, head[:, brows])
    draw_glasses(canvas.rows(canvas.span(-0.25, 0.40)), factors, layout)
    image.clamp_(0, 1)  # mixtures of colours stay in range but for their rounding
