"""Pictures for a page: drawn once, stored in the page itself, with alternative text and a caption."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from udtlib.numerics.options import described, number, whole
from udtlib.show.encode import data_uri, encode
from udtlib.show.style import CARD, DENSITY, DPI, house_style

__all__ = ["Drawing", "Panels", "Picture", "panels", "render"]

CARD_STYLE = f"background:{CARD};border-radius:6px;max-width:100%;height:auto;display:block"
FIGURE_STYLE = "margin:1em 0;max-width:100%"
ROW_STYLE = "display:flex;flex-wrap:wrap;gap:8px"
CAPTION_STYLE = "font-size:.9em;line-height:1.45;margin-top:.5em;opacity:.85;max-width:46em"


@final
class Panels:
    """Axes side by side, each its own small figure, so that on a phone they stand below each other.

    Draw on ``board[0]``, ``board[1]``, …, then dress the board with :meth:`picture`, or hand several boards
    to a :class:`~udtlib.show.animate.Animation` as its frames.

    Args:
        columns: how many panels.
        size: width and height of each panel in inches; an inch is 100 CSS pixels.
    """

    def __init__(self, columns: int = 1, *, size: tuple[float | int, float | int] = (3.2, 3.2)) -> None:
        columns = whole(columns, name="columns", at_least=None)
        if not isinstance(size, tuple | list) or len(size) != 2:
            raise ValueError(f"a panel's size is its width and its height in inches, got {size!r}; give both")
        size = tuple(number(side, name="each of size") for side in size)
        if columns < 1 or min(size) <= 0:
            raise ValueError(f"a board needs at least one panel of positive size, got {columns} of {size}")
        with house_style():
            # Figures made without pyplot are unknown to the notebook, so nothing is ever shown twice.
            self.figures = tuple(Figure(figsize=size) for _ in range(columns))
            self.axes: tuple[Axes, ...] = tuple(figure.add_subplot() for figure in self.figures)

    def __getitem__(self, index: int) -> Axes:
        return self.axes[index]

    def __iter__(self) -> Iterator[Axes]:
        return iter(self.axes)

    def __len__(self) -> int:
        return len(self.axes)

    def picture(self, *, alt: str, caption: str) -> Picture:
        """The board as a picture with alternative text and a caption."""
        return Picture(self, alt=alt, caption=caption)


#: What can be shown: a board of panels, or any matplotlib figure.
Drawing = Panels | Figure


@contextmanager
def panels(columns: int = 1, *, size: tuple[float | int, float | int] = (3.2, 3.2)) -> Iterator[Panels]:
    """A board to draw on, in the house style inside the ``with`` block; call its ``picture`` at the end."""
    with house_style():
        yield Panels(columns, size=size)


@final
class Picture:
    """A drawing that shows itself in a notebook and in a static page, with alternative text and a caption.

    Args:
        drawing: what to show; it is rendered now, and later changes to it do not show.
        alt: what a reader who cannot see the picture needs to know.
        caption: what to look at, in a sentence or two.

    Raises:
        ValueError: the alternative text or the caption is empty.
    """

    def __init__(self, drawing: Drawing, *, alt: str, caption: str) -> None:
        check_words(alt=alt, caption=caption)
        self.alt, self.caption = alt.strip(), caption.strip()
        self.images = render(drawing)
        figures = figures_of(drawing)
        titles = [" ".join(axes.get_title(loc="left") for axes in figure.axes).strip() for figure in figures]
        count = len(self.images)
        # The first panel carries the description of the whole; the others say only which panel they are.
        self.alts = [self.alt] + [
            f"Panel {k} of {count}: {titles[k - 1]}".rstrip(": ") for k in range(2, count + 1)
        ]

    def __repr__(self) -> str:
        return f"<figure: {self.alt}>"

    def _repr_html_(self) -> str:
        images = "".join(
            f'<img alt="{escape(alt)}" width="{image.width // DENSITY}" src="{data_uri(encode(image))}" '
            f'style="{CARD_STYLE}">'
            for image, alt in zip(self.images, self.alts, strict=True)
        )
        return figure_html(images, caption=self.caption)

    def save(self, path: Path | str) -> None:
        """Write the picture to a file whose ending names the format: ``.png``, ``.webp`` or ``.jpg``.

        Raises:
            ValueError: an ending that names no format.
        """
        if Path(path).suffix.lower() not in Image.registered_extensions():
            raise ValueError(f"{path} names no format of pictures; end it in .png, .webp or .jpg")
        height = max(image.height for image in self.images)
        gap = 8 * DENSITY
        width = sum(image.width for image in self.images) + gap * (len(self.images) - 1)
        sheet = Image.new("RGB", (width, height), CARD)
        left = 0
        for image in self.images:
            sheet.paste(image, (left, 0))
            left += image.width + gap
        sheet.save(path)


def render(drawing: Drawing, *, like: Drawing | None = None) -> tuple[Image.Image, ...]:
    """The pixels of every panel, at twice the CSS size; the axes stand where they stand in ``like``."""
    images = []
    with house_style():
        for k, figure in enumerate(figures_of(drawing)):
            if like is not None:
                take_layout(figure, figures_of(like)[k])
            figure.set_dpi(DPI * DENSITY)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            images.append(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))
            figure.set_dpi(DPI)
    return tuple(images)


def figures_of(drawing: Drawing) -> tuple[Figure, ...]:
    """The figures that a drawing consists of."""
    if isinstance(drawing, Figure):
        return (drawing,)
    if not isinstance(drawing, Panels):
        raise TypeError(
            f"a drawing is a board of panels or a matplotlib figure, got {described(drawing)}; call its picture "
            "on the board, after the with block"
        )
    return drawing.figures


def take_layout(figure: Figure, like: Figure) -> None:
    """Put the axes where they stand in another figure that has been drawn and has as many."""
    if len(figure.axes) != len(like.axes):
        raise ValueError(
            f"a frame has {len(figure.axes)} axes and the first one {len(like.axes)}; draw equal frames"
        )
    figure.set_layout_engine("none")
    for axes, other in zip(figure.axes, like.axes, strict=True):
        axes.set_position(other.get_position(original=True))


def figure_html(content: str, *, caption: str, attributes: str = "", below: str = "") -> str:
    """Content and caption between the marks that keep pixels out of the comparison of stored outputs."""
    return (
        f'<!--measured--><figure class="udt-figure" style="{FIGURE_STYLE}"{attributes}>'
        f'<div style="{ROW_STYLE}">{content}</div>{below}'
        f'<figcaption style="{CAPTION_STYLE}">{escape(caption)}</figcaption></figure><!--/measured-->'
    )


def check_words(**words: str) -> None:
    """Refuse a picture without its words."""
    for name, text in words.items():
        if text is not None and not isinstance(text, str):
            raise TypeError(f"a picture's {name} must be text, got {described(text)}; give a string")
        if not text or not text.strip():
            raise ValueError(f"a picture needs {name}=…, got {text!r}; say what there is to see")
