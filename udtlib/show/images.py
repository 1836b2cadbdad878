"""Grids of images, pixel for pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes

from udtlib.numerics.inputs import check_axes, real_tensor
from udtlib.numerics.options import described, number, whole, words
from udtlib.show.figure import Panels, Picture, panels
from udtlib.show.style import CARD, INK
from udtlib.types import Float, Tensor

__all__ = ["draw_images", "image_board", "image_grid", "mosaic"]

#: Gap between images, in pixels of the image, per 28 pixels of its size.
GAP = 2


def image_grid(
    images: Float[Tensor, "batch channel height width"],
    *,
    alt: str,
    caption: str,
    columns: int = 10,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    title: str = "",
    scale: float | int | None = None,
) -> Picture:
    """Images with values in [-1, 1], row by row, enlarged without smoothing.

    Args:
        images: grey (one channel) or colour (three channels).
        alt: what a reader who cannot see the picture needs to know.
        caption: what to look at.
        columns: images in a row.
        row_labels: one word for each row, to its left.
        column_labels: one word for each column, above it.
        title: a line above the grid.
        scale: CSS pixels for each pixel of an image; by default the grid is at most 640 pixels wide.
    """
    board = image_board(
        images, columns=columns, row_labels=row_labels, column_labels=column_labels, title=title, scale=scale
    )
    return board.picture(alt=alt, caption=caption)


def image_board(
    images: Float[Tensor, "batch channel height width"],
    *,
    columns: int = 10,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    title: str = "",
    scale: float | int | None = None,
) -> Panels:
    """The grid without its words: a frame of a player, sized so that the pixels stay square and sharp."""
    sheet = mosaic(images, columns=columns)
    for name, labels in (("row_labels", row_labels), ("column_labels", column_labels)):
        check_labels(labels, name=name)
    if scale is not None and number(scale, name="scale") <= 0:
        raise ValueError(f"scale must be positive, got scale={scale}; give CSS pixels for each pixel")
    height, width = sheet.shape[:2]
    scale = scale or max(1.0, min(2.0, 640 // width if width < 640 else 1.0))
    left = 8 + (round(8 * max(map(len, row_labels))) + 6 if len(row_labels) else 0)
    top = 8 + (20 if title else 0) + (18 if len(column_labels) else 0)
    across, down = width * scale + left + 8, height * scale + top + 8
    with panels(1, size=(across / 100, down / 100)) as board:
        # An exact place for the axes, so that a pixel of an image is a whole number of pixels on the screen.
        board[0].figure.set_layout_engine("none")
        board[0].set_position((left / across, 8 / down, width * scale / across, height * scale / down))
        draw_images(
            board[0], images, columns=columns, row_labels=row_labels, column_labels=column_labels, title=title
        )
    return board


def draw_images(
    axes: Axes,
    images: Float[Tensor, "batch channel height width"],
    *,
    columns: int = 10,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    title: str = "",
) -> None:
    """Draw the grid on an axes of a board."""
    sheet = mosaic(images, columns=columns)
    rows = -(-len(images) // columns)
    columns = min(columns, len(images))
    for name, labels, count in (("row", row_labels, rows), ("column", column_labels, columns)):
        check_labels(labels, name=f"{name}_labels")
        if len(labels) not in (0, count):
            raise ValueError(f"{len(labels)} {name} labels for {count} {name}s; give one each or none")
    axes.imshow(sheet, interpolation="nearest", interpolation_stage="data", aspect="equal", resample=False)
    axes.set_axis_off()
    height, width = sheet.shape[:2]
    for k, label in enumerate(row_labels):
        axes.text(-4, (k + 0.5) * height / rows - 0.5, label, ha="right", va="center", fontsize=10, color=INK)
    for k, label in enumerate(column_labels):
        axes.text(
            (k + 0.5) * width / columns - 0.5, -4, label, ha="center", va="bottom", fontsize=9, color=INK
        )
    if title:
        axes.set_title(title, pad=22 if len(column_labels) else 6)


def check_labels(labels: object, *, name: str) -> None:
    """Refuse one word in place of several, and what is no words."""
    if isinstance(labels, str) or not isinstance(labels, Sequence | np.ndarray):
        raise TypeError(f"{name} must be a list of words, got {described(labels)}; give one for each, or ()")


def gap_between(height: int, width: int) -> int:
    """Pixels between images of this size in a grid."""
    return max(1, round(GAP * max(height, width) / 28))


def mosaic(images: Float[Tensor, "batch channel height width"], *, columns: int = 10) -> np.ndarray:
    """One array ``(height, width, 3)`` of bytes that holds all the images, with gaps in the card's colour.

    Raises:
        ValueError: no images, a channel count that is neither 1 nor 3, or pixels that are not finite.
    """
    images = real_tensor(images, name="images")
    if images.dtype == torch.uint8:
        raise ValueError("images have pixels from −1 to 1, got bytes; give images / 127.5 − 1")
    if not images.is_floating_point():
        raise ValueError(
            f"images have pixels from −1 to 1, got {words(images.dtype)}; scale them, truth values as 2 * x − 1"
        )
    check_axes(
        images, name="images", words="(batch, channels, height, width)", count=4, remedy="images[None] is one"
    )
    columns = whole(columns, name="columns", at_least=None)
    if len(images) == 0 or columns < 1:
        raise ValueError(f"a grid needs at least one image and one column, got {len(images)} and {columns}")
    if images.shape[1] not in (1, 3) or not images.numel():
        raise ValueError(f"images have 1 (grey) or 3 (colour) channels, got shape {tuple(images.shape)}")
    pixels = images.detach().cpu().float()
    if not bool(pixels.isfinite().all()):
        raise ValueError("images hold NaN or infinity; look at what made them before showing them")
    grey = ((pixels.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).expand(-1, 3, -1, -1)
    count, _, height, width = grey.shape
    gap = gap_between(height, width)
    columns = min(columns, count)
    rows = -(-count // columns)
    card = np.array([int(CARD[k : k + 2], 16) for k in (1, 3, 5)], dtype=np.uint8)
    sheet = np.tile(card, (rows * (height + gap) - gap, columns * (width + gap) - gap, 1))
    for k, image in enumerate(grey.permute(0, 2, 3, 1).numpy()):
        top, left = (k // columns) * (height + gap), (k % columns) * (width + gap)
        sheet[top : top + height, left : left + width] = image
    return sheet
