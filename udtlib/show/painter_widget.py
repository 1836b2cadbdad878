"""The traits that the label painter shares with its page. The only module that imports anywidget."""

from __future__ import annotations

from importlib import resources
from typing import final

import anywidget
import traitlets

from udtlib.show.style import CARD, FAINT, HAIR, INK, SOURCE, TARGET

__all__ = ["PainterWidget"]


def beside(name: str) -> str:
    """The text of a file beside this module."""
    return resources.files("udtlib.show").joinpath(name).read_text(encoding="utf-8")


def make_css() -> str:
    """The house colours as variables, and the rules that use them."""
    inks = {"card": CARD, "ink": INK, "faint": FAINT, "hair": HAIR, "focus": SOURCE, "warning": TARGET}
    variables = "".join(f"--udt-{name}:{value};" for name, value in inks.items())
    return f".udt-painter{{{variables}}}\n{beside('painter.css')}"


@final
class PainterWidget(anywidget.AnyWidget):
    """What the page and Python tell each other; :class:`~udtlib.show.painter.LabelPainter` answers.

    ``edited`` and ``answer`` change as a whole, so that neither side ever sees half a change. Both carry the
    number of the stroke: an equal picture is then still an answer, and the page knows which stroke it answers.
    """

    _esm = beside("painter.js")
    _css = make_css()

    #: ``{"name", "colour"}`` of each label.
    palette = traitlets.List().tag(sync=True)
    #: Side of the brush at the start, in pixels of the map.
    brush = traitlets.Int(1).tag(sync=True)
    #: The map to go back to, one byte for each pixel.
    original = traitlets.Bytes().tag(sync=True)
    #: ``{"stroke", "shape", "data"}``: the page writes it when a stroke ends.
    edited = traitlets.Dict().tag(sync=True)
    #: ``{"stroke", "image", "error"}``: a data URI, and what went wrong or nothing.
    answer = traitlets.Dict().tag(sync=True)
