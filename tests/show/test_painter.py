"""The label painter without a browser: what crosses to the page, what it refuses, and how it answers a stroke."""

import base64
import re
import subprocess
import sys
from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from udtlib.show.painter import (
    LabelPainter,
    check_label,
    css_colour,
    label_from_bytes,
    label_to_bytes,
    make_palette,
    png_uri,
)

NAMES = ("wall", "door", "window")
COLOURS = ((-1, -1, -1), (1, 0.0, -1), (1, 1, 1))
START = torch.tensor([[0, 1, 2], [2, 1, 0]])


def paint(label: Tensor) -> Tensor:
    """Each label as its colour."""
    return torch.tensor(COLOURS, dtype=torch.float32)[label].permute(2, 0, 1)


def painter(translate=paint, **options) -> LabelPainter:
    return LabelPainter(START, translate, **({"names": NAMES, "colours": COLOURS} | options))


def stroke(widget, label: Tensor, *, number: int = 1, **parts) -> dict:
    """What the page sends when a stroke ends; the answer."""
    # a front end's bytes arrive as a memoryview
    message = {"stroke": number, "shape": list(label.shape), "data": memoryview(label_to_bytes(label))}
    widget.edited = message | parts
    return widget.answer


def pixels(uri: str) -> np.ndarray:
    assert uri.startswith("data:image/png;base64,")
    return np.asarray(Image.open(BytesIO(base64.b64decode(uri.split(",")[1]))))


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 256), st.integers(0, 2**32 - 1))
def test_a_label_map_survives_the_way_to_the_page_and_back(height, width, classes, seed) -> None:
    generator = torch.Generator().manual_seed(seed)
    label = torch.randint(classes, (height, width), generator=generator)
    data = label_to_bytes(label)
    assert len(data) == height * width
    back = label_from_bytes(data, shape=(height, width), classes=classes)
    assert back.dtype == torch.int64
    assert torch.equal(back, label)


def test_bytes_run_along_the_rows() -> None:
    assert label_to_bytes(START) == bytes([0, 1, 2, 2, 1, 0])
    # a view whose memory runs down the columns
    assert label_to_bytes(START.T) == bytes([0, 2, 1, 1, 2, 0])


def test_wrong_bytes_are_refused() -> None:
    for data in (b"", bytes(5), bytes(7)):
        with pytest.raises(ValueError, match=f"2×3 pixels takes one byte each, got {len(data)}"):
            label_from_bytes(data, shape=(2, 3), classes=3)
    with pytest.raises(ValueError, match="from 0 to 2, got 0 to 3"):
        label_from_bytes(bytes([0, 1, 2, 3]), shape=(2, 2), classes=3)
    with pytest.raises(ValueError, match="0×3"):
        label_from_bytes(b"", shape=(0, 3), classes=3)


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (torch.zeros(3, 2, 2, dtype=torch.int64), r"\(height, width\).*\(3, 2, 2\)"),
        (torch.zeros(0, 4, dtype=torch.int64), r"not empty.*\(0, 4\)"),
        (torch.zeros(2, 2), r"integers, got torch\.float32"),
        (torch.zeros(2, 2, dtype=torch.bool), r"integers, got torch\.bool"),
        (torch.tensor([[0, -1]]), "from 0 to 2, got -1 to 0"),
        (torch.tensor([[0, 3]]), "from 0 to 2, got 0 to 3"),
    ],
)
def test_what_is_no_label_map_is_refused(label: Tensor, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_label(label, classes=3)


def test_colours_become_css() -> None:
    assert css_colour((-1, 0.0, 1)) == "#0080ff"
    assert [entry["colour"] for entry in make_palette(NAMES, COLOURS)] == ["#000000", "#ff8000", "#ffffff"]
    for wrong in ((0, 0, 1.01), (float("nan"), 0, 0)):
        with pytest.raises(ValueError, match="red, green and blue in"):
            css_colour(wrong)


def test_wrong_palettes_are_refused() -> None:
    with pytest.raises(ValueError, match="3 names and 2 colours"):
        make_palette(NAMES, COLOURS[:2])
    with pytest.raises(ValueError, match="0 names"):
        make_palette([], [])
    for names in (("wall", "wall", "door"), ("wall", " ", "door")):
        with pytest.raises(ValueError, match="a name of its own"):
            make_palette(names, COLOURS)


def test_the_picture_is_exact() -> None:
    image = torch.tensor([[[-1.0, 0.0, 1.0], [2.0, -7.0, 0.5]]])
    expected = np.array([[0, 128, 255], [255, 0, 191]])
    # grey becomes three equal channels, and values outside [-1, 1] are clipped
    assert np.array_equal(pixels(png_uri(image)), np.repeat(expected[..., None], 3, axis=2))
    assert np.array_equal(pixels(png_uri(paint(START)))[0], [[0, 0, 0], [255, 128, 0], [255, 255, 255]])


@pytest.mark.parametrize(
    ("image", "error", "words"),
    [
        (torch.zeros(1, 3, 4, 4), ValueError, r"\(1, 3, 4, 4\); take image\[0\]"),
        (torch.zeros(2, 4, 4), ValueError, r"got shape \(2, 4, 4\)"),
        (torch.zeros(3, 0, 4), ValueError, r"got shape \(3, 0, 4\)"),
        (torch.zeros(3, 4, 4, dtype=torch.uint8), ValueError, r"torch\.uint8; bytes become"),
        (torch.full((1, 2, 2), torch.nan), ValueError, "NaN or infinity"),
        (torch.full((1, 2, 2), torch.inf), ValueError, "NaN or infinity"),
        ([[0.0]], TypeError, "must return a tensor, got list"),
    ],
)
def test_a_translation_that_is_no_image_is_refused(image, error, words) -> None:
    with pytest.raises(error, match=words):
        painter(lambda label: image)


def test_it_starts_with_the_map_and_its_translation() -> None:
    shown = painter(brush=2)
    widget = shown.widget
    assert widget.palette[1] == {"name": "door", "colour": "#ff8000"}
    assert widget.brush == 2
    assert widget.original == widget.edited["data"] == label_to_bytes(START)
    assert widget.edited["shape"] == [2, 3]
    assert (widget.answer["stroke"], widget.answer["error"]) == (0, "")
    assert widget.answer["image"] == png_uri(paint(START))
    assert torch.equal(shown.label, START)


def test_a_stroke_is_translated() -> None:
    seen = []

    def remember(label: Tensor) -> Tensor:
        seen.append((label.clone(), torch.is_grad_enabled()))
        label.fill_(0)  # writing on the argument must not spoil the painter's map
        return paint(seen[-1][0])

    shown = painter(remember)
    edited = torch.tensor([[0, 1, 2], [2, 2, 2]])
    answer = stroke(shown.widget, edited, number=7)
    assert answer == {"stroke": 7, "image": png_uri(paint(edited)), "error": ""}
    assert torch.equal(shown.label, edited)
    assert torch.equal(shown.image, paint(edited))
    assert [torch.equal(label, wanted) for (label, _), wanted in zip(seen, (START, edited), strict=True)] == [
        True,
        True,
    ]
    assert not any(gradients for _, gradients in seen)
    # the same map again is answered again: the page waits for the number
    assert stroke(shown.widget, edited, number=8)["stroke"] == 8


def test_the_readers_map_is_left_alone() -> None:
    start = START.clone()
    shown = LabelPainter(start, paint, names=NAMES, colours=COLOURS)
    start.fill_(0)
    assert torch.equal(shown.label, START)


def test_an_error_of_translate_is_shown_and_the_next_stroke_forgets_it() -> None:
    def translate(label: Tensor) -> Tensor:
        if (label == 2).all():
            raise RuntimeError("only windows")
        return paint(label)

    shown = painter(translate)
    before = shown.widget.answer["image"]
    answer = stroke(shown.widget, torch.full((2, 3), 2))
    assert answer == {"stroke": 1, "image": before, "error": "RuntimeError: only windows"}
    assert torch.equal(shown.label, START)
    assert stroke(shown.widget, torch.zeros(2, 3, dtype=torch.int64), number=2)["error"] == ""


def test_the_first_error_is_raised() -> None:
    def broken(label: Tensor) -> Tensor:
        raise RuntimeError("no net")

    with pytest.raises(RuntimeError, match="no net"):
        painter(broken)


def test_a_wrong_message_from_the_page_is_shown() -> None:
    widget = painter().widget
    assert "from 0 to 2, got 0 to 9" in stroke(widget, torch.tensor([[0, 9, 0], [0, 0, 0]]))["error"]
    assert "the map is (2, 3), got [3, 2]" in stroke(widget, START, number=2, shape=[3, 2])["error"]
    assert "got 2 bytes" in stroke(widget, START, number=3, data=b"\0\1")["error"]


def test_wrong_arguments_are_refused() -> None:
    for brush in (0, 3):
        with pytest.raises(ValueError, match=f"1 to 2 pixels of this map wide, got {brush}"):
            painter(brush=brush)
    with pytest.raises(ValueError, match="from 0 to 1, got 0 to 2"):
        painter(names=NAMES[:2], colours=COLOURS[:2])


def test_a_notebook_shows_the_widget() -> None:
    shown = painter()
    data, _ = shown._repr_mimebundle_(include=None, exclude=None)
    assert data["text/plain"] == repr(shown) == "<label painter: 2×3, 3 labels>"
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.widget.model_id


def test_the_page_needs_no_request() -> None:
    widget = painter().widget
    assert "export default { render }" in str(widget._esm)
    for text in (str(widget._esm), str(widget._css)):
        assert not re.search(r"https?://|@import|url\(|\bimport\b|fetch\(", text)


@pytest.mark.slow
def test_without_anywidget_the_library_works_and_the_painter_says_what_to_do() -> None:
    code = """
import sys
sys.modules["anywidget"] = None
import torch
from udtlib.show import LabelPainter
try:
    LabelPainter(torch.zeros(2, 2).long(), lambda label: torch.zeros(1, 2, 2), names=["a"], colours=[(0, 0, 0)])
except ImportError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert "needs anywidget; run `pip install anywidget`" in done.stdout
