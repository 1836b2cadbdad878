"""A label map that the reader draws on, beside its translation: a widget for a notebook with a live kernel.

The widget's traits are in ``painter_widget.py`` and its script in ``painter.js``; what crosses between Python and
the page is made and checked by the functions here.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any, final

import torch
from PIL import Image

from udtlib.numerics.options import described, is_number, whole
from udtlib.types import Int, Tensor

__all__ = ["LabelPainter", "check_label", "css_colour", "label_from_bytes", "label_to_bytes", "png_uri"]

#: A label travels to the page as one byte.
MOST_CLASSES = 256


@final
class LabelPainter:
    """A label map to draw on with mouse, touch or keyboard, and the image that it is translated into.

    After each stroke the edited map is given to ``translate``; ``label`` and ``image`` always hold the newest map
    and its translation. The first translation is made at once, and what it raises is raised here. Later errors
    happen while no cell runs, so that they are shown in the widget.

    Args:
        label: the map to start from, entries in ``0 … len(names) - 1``.
        translate: takes a label map ``(height, width)`` of int64 on the device of ``label``; returns an image
            ``(channel, height, width)`` in [-1, 1] with 1 or 3 channels. It runs without gradients.
        names: what each label means, in a word.
        colours: red, green and blue in [-1, 1] of each label.
        brush: the side of the square brush in pixels of the map.

    Raises:
        ImportError: anywidget is not installed.
        ValueError: a map, palette, brush or first translation that does not fit.
    """

    def __init__(
        self,
        label: Int[Tensor, "height width"],
        translate: Callable[[Tensor], Tensor],
        *,
        names: Sequence[str],
        colours: Sequence[tuple[float | int, float | int, float | int]],
        brush: int = 1,
    ) -> None:
        brush = whole(brush, name="brush", at_least=None)
        palette = make_palette(names, colours)
        check_label(label, classes=len(palette))
        if not 1 <= brush <= min(label.shape):
            raise ValueError(f"a brush is 1 to {min(label.shape)} pixels of this map wide, got {brush}")
        self._translate, self._device, self._classes = translate, label.device, len(palette)
        self.label = label.detach().to(torch.int64, copy=True)
        self.image = self._translation(self.label)
        data = label_to_bytes(self.label)
        self.widget = widget_class()(
            palette=palette,
            brush=brush,
            original=data,
            edited={"stroke": 0, "shape": list(label.shape), "data": data},
            answer={"stroke": 0, "image": png_uri(self.image), "error": ""},
        )
        self.widget.observe(self._on_stroke, names="edited")

    def __repr__(self) -> str:
        height, width = self.label.shape
        return f"<label painter: {height}×{width}, {self._classes} labels>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        data, metadata = self.widget._repr_mimebundle_()
        return data | {"text/plain": repr(self)}, metadata

    def _translation(self, label: Int[Tensor, "height width"]) -> Tensor:
        """The image that ``translate`` makes, checked; it gets a copy, so that it may write on its argument."""
        with torch.no_grad():
            image = self._translate(label.clone())
        check_image(image)
        return image

    def _on_stroke(self, change: Mapping[str, Any]) -> None:
        """Translate the map that the page has sent, and answer with the picture or with what went wrong."""
        edited = change["new"]
        answer = {"stroke": edited.get("stroke", 0), "image": self.widget.answer["image"], "error": ""}
        try:
            shape = tuple(self.label.shape)
            if tuple(edited.get("shape", ())) != shape:
                raise ValueError(f"the map is {shape}, got {edited.get('shape')}; run the cell again")
            label = label_from_bytes(edited["data"], shape=shape, classes=self._classes).to(self._device)
            image = self._translation(label)
            answer["image"] = png_uri(image)
            self.label, self.image = label, image
        # Whatever the reader's own code raises: there is no cell to show it under, and a comm would only log it.
        except Exception as error:
            answer["error"] = f"{type(error).__name__}: {error}"
        self.widget.answer = answer


def widget_class() -> type:
    """The class of the widget, imported only now: the library works without anywidget, the painter does not."""
    try:
        from udtlib.show.painter_widget import PainterWidget
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in ("anywidget", "ipywidgets", "psygnal"):
            raise
        raise ImportError(
            f"drawing in the notebook needs {error.name}; run `pip install anywidget`, then restart the kernel "
            "and reload the page"
        ) from error
    return PainterWidget


def make_palette(
    names: Sequence[str], colours: Sequence[tuple[float | int, float | int, float | int]]
) -> list[dict[str, str]]:
    """The name and the CSS colour of each label."""
    if len(names) != len(colours) or not 1 <= len(names) <= MOST_CLASSES:
        raise ValueError(
            f"a palette has 1 to {MOST_CLASSES} names with a colour each, got {len(names)} names and "
            f"{len(colours)} colours"
        )
    if not all(isinstance(name, str) and name.strip() for name in names) or len(set(names)) < len(names):
        raise ValueError(f"each label needs a name of its own, got {list(names)}")
    return [{"name": name, "colour": css_colour(rgb)} for name, rgb in zip(names, colours, strict=True)]


def css_colour(colour: tuple[float | int, float | int, float | int]) -> str:
    """A colour with red, green and blue in [-1, 1] as ``#rrggbb``."""
    # Written so that NaN, which compares false with everything, is refused too.
    if len(colour) != 3 or not all(map(is_number, colour)) or not all(-1 <= part <= 1 for part in colour):
        raise ValueError(f"a colour is red, green and blue in [-1, 1], got {tuple(colour)}")
    return "#" + "".join(f"{round((part + 1) * 127.5):02x}" for part in colour)


def check_label(label: Tensor, *, classes: int) -> None:
    """Raise ValueError unless ``label`` is a non-empty integer map with entries in ``0 … classes - 1``."""
    if not isinstance(label, Tensor):
        raise TypeError(f"a label map is a tensor, got {described(label)}; convert it with torch.as_tensor")
    if label.ndim != 2 or label.numel() == 0:
        raise ValueError(f"a label map is (height, width), not empty, got shape {tuple(label.shape)}")
    if label.is_floating_point() or label.is_complex() or label.dtype == torch.bool:
        raise ValueError(f"a label map holds integers, got {label.dtype}; convert it with .long()")
    low, high = int(label.min()), int(label.max())
    if low < 0 or high >= classes:
        raise ValueError(
            f"labels run from 0 to {classes - 1}, got {low} to {high}; give a name and a colour for each label"
        )


def label_to_bytes(label: Int[Tensor, "height width"]) -> bytes:
    """The map row by row, one byte for each pixel."""
    check_label(label, classes=MOST_CLASSES)
    return label.to("cpu", torch.uint8).contiguous().numpy().tobytes()


def label_from_bytes(
    data: bytes | bytearray | memoryview, *, shape: tuple[int, int], classes: int
) -> Int[Tensor, "height width"]:
    """The inverse of :func:`label_to_bytes`: a map of int64.

    Raises:
        ValueError: too many or too few bytes for ``shape``, or a byte that is no label.
    """
    height, width = shape
    held = bytes(data)
    if height < 1 or width < 1 or len(held) != height * width:
        raise ValueError(f"a map of {height}×{width} pixels takes one byte each, got {len(held)} bytes")
    # A copy, because a tensor must not share memory with bytes, which cannot be written to.
    label = torch.frombuffer(bytearray(held), dtype=torch.uint8).to(torch.int64).reshape(height, width)
    check_label(label, classes=classes)
    return label


def check_image(image: object) -> None:
    """Raise unless ``image`` is a finite float tensor ``(1 or 3, height, width)``."""
    if not isinstance(image, Tensor):
        raise TypeError(f"translate must return a tensor, got {type(image).__name__}")
    if image.ndim != 3 or image.shape[0] not in (1, 3) or image.numel() == 0:
        raise ValueError(
            f"translate must return one image (1 or 3, height, width), got shape {tuple(image.shape)}; "
            "take image[0] of a batch"
        )
    if not image.is_floating_point():
        raise ValueError(f"an image is float in [-1, 1], got {image.dtype}; bytes become image / 127.5 - 1")
    if not bool(image.isfinite().all()):
        raise ValueError(
            "the image holds NaN or infinity; look at the translator before showing what it makes"
        )


def png_uri(image: Tensor) -> str:
    """An image ``(1 or 3, height, width)`` as an address that needs no request; values are clipped to [-1, 1].

    Raises:
        ValueError: another shape, no float, or pixels that are not finite.
    """
    check_image(image)
    pixels = ((image.detach().cpu().float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    buffer = BytesIO()
    # PNG: exact, and small enough for a stroke's answer; WebP would blur the single pixels that are the point here
    Image.fromarray(pixels.expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy()).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
