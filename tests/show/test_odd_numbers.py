"""Odd samples for pictures."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from tests.properties import examples
from udtlib.show import (
    Animation,
    LabelPainter,
    Panels,
    Picture,
    arrows2d,
    bar_with_spread,
    density2d,
    draw_curves,
    draw_points,
    image_grid,
    level_sets,
    panels,
    scatter2d,
    training_curves,
)
from udtlib.show.curves import smooth
from udtlib.show.painter import check_label, css_colour, make_palette
from udtlib.show.sheets import translated_rows, write_sheet
from udtlib.translators.base import Translator
from udtlib.types import Batch

pytestmark = pytest.mark.usefixtures("as_a_user")

WORDS = {"alt": "a", "caption": "c"}
GREY = torch.zeros(2, 1, 4, 4)
SQUARE = (0.0, 1.0, 0.0, 1.0)
LOG = [{"step": k, "a": 1.0 + k} for k in range(4)]

X = torch.randn(9, 2, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("draw", [scatter2d, density2d])
def test_points_of_every_kind_are_drawn_and_others_refused(draw, as_a_user):
    for points in (X.bfloat16(), X.numpy(), (3 * X).long(), X.clone().requires_grad_()):
        assert draw({"a": points}, alt="a", caption="c")
    for points in (X[0], torch.ones(5, 3)):
        with pytest.raises(ValueError, match=r"shape \(count, 2\), got"):
            draw({"a": points}, alt="a", caption="c")
    with pytest.raises(TypeError, match="must be a tensor"):
        draw({"a": X.tolist()}, alt="a", caption="c")


def test_bytes_are_no_images(as_a_user):
    with pytest.raises(ValueError, match="got bytes"):
        image_grid(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), alt="a", caption="c")
    assert image_grid(torch.zeros(2, 3, 4, 4).numpy(), alt="a", caption="c")


@examples(20)
@given(
    st.lists(st.sampled_from([0.5, -2.0, 3.25, math.nan, math.inf, -math.inf]), min_size=1, max_size=12),
    st.floats(0, 0.99),
)
def test_a_gap_has_no_average_and_enters_none(values, window):
    values = np.array(values)
    count, finite = len(values), np.isfinite(values)
    reach = round(window * count / 2)
    for k, mean in enumerate(smooth(values, window=window)):
        half = min(k, count - 1 - k, reach)
        beside = values[k - half : k + half + 1]
        if finite[k]:
            assert mean == pytest.approx(beside[np.isfinite(beside)].mean())
        else:
            assert math.isnan(mean)


def test_a_run_that_ends_in_nan_is_drawn_and_named_up_to_there():
    history = [{"step": k, "a": v} for k, v in enumerate([1.0, 2.0, math.nan, 4.0, math.nan])]
    with panels(1) as board:
        draw_curves(board[0], history, smoothing=0)
    np.testing.assert_array_equal(board[0].lines[0].get_ydata(), [1, 2, np.nan, 4, np.nan])
    assert board[0].texts[0].xy[1] == 4


def test_numbers_of_every_kind_are_logged():
    for one in (np.float32(2), torch.tensor(2.0, requires_grad=True), 2, np.array(2.0)):
        with panels(1) as board:
            draw_curves(board[0], [{"step": 0, "a": one}, {"step": 1, "a": one}])
        assert board[0].lines[0].get_ydata().tolist() == [2, 2]


DRAWN = {
    "no step": (lambda: training_curves([{"a": 1.0}], **WORDS), "each with its step"),
    "a step of NaN": (lambda: training_curves([{"step": math.nan, "a": 1.0}], **WORDS), "each with its step"),
    "steps alone": (lambda: training_curves([{"step": 1}], **WORDS), "hold no number but their steps"),
    "all NaN": (
        lambda: training_curves([{"step": 1, "a": math.nan}], **WORDS),
        "no value that an axis shows",
    ),
    "no logarithm": (
        lambda: training_curves([{"step": 1, "a": -1.0}], logarithmic=True, **WORDS),
        "'a' has no value that a logarithmic axis shows",
    ),
    "text in a log": (
        lambda: training_curves([*LOG, {"step": 9, "a": "x"}], **WORDS),
        "drawn through numbers",
    ),
    "reference": (
        lambda: training_curves(LOG, reference={"r": math.nan}, **WORDS),
        "reference 'r' must be a",
    ),
    "its logarithm": (
        lambda: training_curves(LOG, reference={"r": 0}, logarithmic=True, **WORDS),
        "a logarithmic axis shows no 0",
    ),
    "bar of NaN": (
        lambda: bar_with_spread({"a": [1, math.nan]}, **WORDS),
        "each value of 'a' must be a finite",
    ),
    "bar of a number": (
        lambda: bar_with_spread({"a": 1.0}, **WORDS),
        "'a' has 1.0, and no value for each seed",
    ),
    "caption": (lambda: scatter2d({"a": X}, alt="a", caption=None), "a picture needs caption=…, got None"),
    "alt": (lambda: scatter2d({"a": X}, alt=3, caption="c"), "a picture's alt must be text, got 3"),
    "no drawing": (lambda: Picture(None, **WORDS), "a drawing is a board of panels"),
    "ending": (lambda: Picture(Figure(), **WORDS).save("x.doc"), "x.doc names no format of pictures; end it"),
    "panels": (lambda: Panels(True), "columns counts and must be a whole number"),
    "size": (lambda: Panels(size=(1, math.nan)), "each of size must be a finite number"),
    "one size": (lambda: Panels(size=3), "width and its height in inches, got 3"),
    "whole images": (lambda: image_grid(GREY.long(), **WORDS), "pixels from −1 to 1, got int64; scale them"),
    "truths": (lambda: image_grid(GREY.bool(), **WORDS), "truth values as 2"),
    "one image": (lambda: image_grid(GREY[0], **WORDS), r"images\[None\] is one"),
    "no pixels": (lambda: image_grid(GREY[..., :0], **WORDS), "1 .grey. or 3"),
    "columns": (lambda: image_grid(GREY, columns=1.5, **WORDS), "columns counts and must be a whole number"),
    "scale": (lambda: image_grid(GREY, scale=-1, **WORDS), "scale must be positive, got scale=-1"),
    "labels": (
        lambda: image_grid(GREY, column_labels="ab", **WORDS),
        "column_labels must be a list of words",
    ),
    "no labels": (lambda: image_grid(GREY, row_labels=None, **WORDS), "row_labels must be a list of words"),
    "lost points": (
        lambda: scatter2d({"a": X / torch.zeros(9, 2)}, extent=SQUARE, **WORDS),
        "cannot draw 9 of the 9 points",
    ),
    "lost density": (
        lambda: density2d({"a": X * math.nan}, extent=SQUARE, **WORDS),
        "cannot draw 9 of the 9",
    ),
    "arrows": (lambda: arrows2d(X, X[:4], **WORDS), "9 points x have 4 points"),
    "classes": (lambda: arrows2d(X, X, labels=torch.zeros(3), **WORDS), "3 labels came for 9 points"),
    "classes of points": (lambda: draw_points(Figure().add_subplot(), X, labels=[0]), "1 labels came for 9"),
    "extent": (lambda: scatter2d({"a": X}, extent=(0, 1), **WORDS), "left, right, bottom and top, got"),
    "turned extent": (lambda: scatter2d({"a": X}, extent=(1, 0, 0, 1), **WORDS), "runs from left to right"),
    "endless extent": (
        lambda: level_sets(len, (0, math.inf, 0, 1), **WORDS),
        "each side of an extent must be",
    ),
    "no function of tensors": (lambda: level_sets(len, SQUARE, **WORDS), "must give a tensor, got 14400"),
    "centre": (lambda: level_sets(torch.sum, SQUARE, centre=math.nan, **WORDS), "centre must be a finite"),
    "labels of frames": (
        lambda: Animation([Figure()], [1], **WORDS),
        "labels must be one text for each frame",
    ),
    "start": (lambda: Animation([Figure()], ["a"], start=0.0, **WORDS), "start counts and must be a whole"),
    "brush": (
        lambda: LabelPainter(torch.zeros(2, 2).long(), len, names="a", colours=[(0, 0, 0)], brush=1.5),
        "brush counts and must be a whole number",
    ),
    "map": (lambda: check_label(np.zeros((2, 2), int), classes=2), "a label map is a tensor, got"),
    "colour": (lambda: css_colour(("a", 0, 0)), "a colour is red, green and blue"),
    "name": (lambda: make_palette([None], [(0, 0, 0)]), "each label needs a name of its own"),
    "row": (lambda: write_sheet("x.png", {"": GREY}), "each row's name must say something"),
}


@pytest.mark.parametrize(("draw", "message"), DRAWN.values(), ids=DRAWN)
def test_what_a_picture_would_hide_is_said(draw, message):
    with pytest.raises((ValueError, TypeError), match=message):
        draw()


def test_a_translator_without_weights_has_rows():
    class Same(Translator):
        def forward(self, x):
            return x

    assert translated_rows(Same(), Batch(GREY, GREY))["T(x)"] is not None
