"""What a drawing is made on: the image, the label map and, where it is wanted, the ink of the edge drawing."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.data.faces.palette import Colours
from udtlib.data.faces.shapes import Plane, coverage, line
from udtlib.types import Float, Int, Tensor

LABELS = ("background", "skin", "hair", "brows", "eyes", "mouth", "glasses", "beard", "clothes")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Canvas:
    """Planes that shapes are painted on, one over the other, in place.

    Args:
        image: RGB in [0, 1].
        label: indices into ``LABELS``.
        ink: coverage by the lines of the edge drawing, or None where none is wanted.
        x: the columns' coordinates, -1 left to 1 right.
        y: the rows' coordinates, -1 top to 1 bottom.
        u: the horizontal coordinate in the head's own, tilted frame.
        v: the vertical one.
        pixel: the side of a pixel in these coordinates.
    """

    image: Float[Tensor, "n 3 h w"]
    label: Int[Tensor, "n h w"]
    ink: Float[Tensor, "n h w"] | None
    x: Float[Tensor, "1 1 w"]
    y: Float[Tensor, "1 h 1"]
    u: Float[Tensor, "n h w"]
    v: Float[Tensor, "n h w"]
    pixel: float

    def span(self, top: float, bottom: float) -> slice:
        """The rows between two heights, and one more on either side."""
        size = self.y.shape[1]
        return slice(max(math.floor((top + 1) / 2 * size) - 1, 0), math.ceil((bottom + 1) / 2 * size) + 1)

    def rows(self, part: slice) -> Canvas:
        """Some rows of the canvas; painting on them paints on the whole, and costs less."""
        return replace(
            self,
            image=self.image[:, :, part],
            label=self.label[:, part],
            ink=None if self.ink is None else self.ink[:, part],
            y=self.y[:, part],
            u=self.u[:, part],
            v=self.v[:, part],
        )

    def fill(self, distance: Plane, colour: Colours, *, label: str, thin: bool = False) -> Plane:
        """Paint a shape of one colour over everything, and return its coverage.

        The edge drawing gets its outline; a ``thin`` shape is itself a line.
        """
        mask = coverage(distance, self.pixel)
        self.tint(mask, colour)
        self.mark(mask, label)
        if thin:
            self.scratch(mask)
        else:
            self.outline(distance, mask)
        return mask

    def tint(self, mask: Plane, colour: Colours) -> None:
        """Mix a colour into the image where the mask is above 0; the label map stays as it is."""
        self.image.lerp_(colour[:, :, None, None], mask[:, None])

    def mark(self, mask: Plane, label: str) -> None:
        """Write a label wherever more than half of the pixel is covered."""
        self.label.masked_fill_(mask > 0.5, LABELS.index(label))

    def outline(self, distance: Plane, mask: Plane) -> None:
        """In the edge drawing, cover what lies under a shape and draw its outline."""
        if self.ink is not None:
            self.ink.mul_(1 - mask)
            torch.maximum(self.ink, line(distance, 0.25 * self.pixel, self.pixel), out=self.ink)

    def scratch(self, mask: Plane) -> None:
        """Add a line to the edge drawing only."""
        if self.ink is not None:
            torch.maximum(self.ink, mask, out=self.ink)
