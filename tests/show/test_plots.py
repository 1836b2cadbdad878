"""Every kind of picture can be drawn without a warning, and draws what it was given."""

import math

import numpy as np
import pytest
import torch

from udtlib import show
from udtlib.show.curves import smooth
from udtlib.show.fields2d import level_steps, on_grid
from udtlib.show.images import mosaic
from udtlib.show.plots2d import extent_of
from udtlib.show.style import CARD, SOURCE, TARGET

WORDS = {"alt": "a picture", "caption": "what to look at"}
X = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
EXTENT = (-4, 4, -4, 4)
HISTORY = [{"step": k, "critic/gap": 1.0 / k, "generator/adversarial": float(k % 3)} for k in range(1, 40)]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: show.scatter2d({"α": X, "β": X + 2, "T#α": X + 1.9}, title="W₂ ≤ 0.1", **WORDS),
        lambda: show.scatter2d({"one point": X[:1]}, **WORDS),
        lambda: show.arrows2d(X, X + 2, labels=torch.arange(40) % 3, **WORDS),
        lambda: show.level_sets(lambda p: p[:, 0].sigmoid(), EXTENT, clouds={"α": X}, centre=0.5, **WORDS),
        lambda: show.level_sets(lambda p: torch.zeros(len(p)), EXTENT, **WORDS),
        lambda: show.density2d({"α": X, "β": X + 2}, **WORDS),
        lambda: show.training_curves(HISTORY, reference={"log 2": 0.69}, title="Losses", **WORDS),
        lambda: show.training_curves(HISTORY, terms={"critic/gap": "gap"}, logarithmic=True, **WORDS),
        lambda: show.bar_with_spread({"plain": [1, 2, 2], "penalty": [8]}, reference={"all": 8}, **WORDS),
        lambda: show.image_grid(torch.zeros(4, 3, 8, 8), columns=2, row_labels=["x", "T(x)"], **WORDS),
    ],
)
def test_every_kind_of_picture(draw) -> None:
    picture = draw()
    assert repr(picture) == "<figure: a picture>"
    assert len(picture._repr_html_()) < 150_000


def test_points_and_colours_are_the_given_ones() -> None:
    with show.panels(1) as board:
        show.draw_clouds(board[0], {"α": X, "β": X + 1})
    first, second = board[0].collections
    np.testing.assert_allclose(first.get_offsets(), X.numpy())
    assert [tuple(c.get_facecolor()[0][:3]) for c in (first, second)] == [
        tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)) for colour in (SOURCE, TARGET)
    ]


def test_extent_is_a_square_around_all_points() -> None:
    extent = extent_of(torch.tensor([[0.0, 0.0], [2.0, 1.0]]))
    assert extent == pytest.approx((-0.08, 2.08, -0.58, 1.58))
    assert extent_of(torch.zeros(1, 2)) == (-1, 1, -1, 1)
    with pytest.raises(ValueError, match="nothing to draw"):
        extent_of()
    with pytest.raises(ValueError, match="finite"):
        extent_of(torch.tensor([[math.nan, 0.0]]))


def test_a_function_is_evaluated_where_the_axes_say() -> None:
    u, v, values = on_grid(lambda p: 10 * p[:, 0] + p[:, 1], extent=(0, 1, 5, 6), resolution=3)
    np.testing.assert_allclose(values, 10 * u[None, :] + v[:, None])
    with pytest.raises(ValueError, match="not finite"):
        on_grid(lambda p: p[:, 0] / 0, extent=EXTENT, resolution=3)
    with pytest.raises(ValueError, match="one value for each point"):
        on_grid(lambda p: p, extent=EXTENT, resolution=3)


def test_levels_are_symmetric_about_the_centre() -> None:
    steps = level_steps(np.array([[0.0, 0.9]]), count=4, centre=0.5)
    np.testing.assert_allclose(steps, [0.0, 0.25, 0.5, 0.75, 1.0])


def test_a_density_outside_its_extent_is_refused() -> None:
    with show.panels(1) as board, pytest.raises(ValueError, match="none of the 40 points"):
        show.draw_density(board[0], X + 100, extent=EXTENT)


def test_a_mosaic_holds_the_pixels_and_gaps_of_the_card() -> None:
    images = torch.tensor([-1.0, 1.0, 5.0]).reshape(3, 1, 1, 1).expand(3, 1, 14, 14)
    sheet = mosaic(images, columns=2)
    card = [int(CARD[k : k + 2], 16) for k in (1, 3, 5)]
    assert sheet.shape == (29, 29, 3)
    assert sheet[0, 0].tolist() == [0, 0, 0]
    assert sheet[0, 28].tolist() == [255, 255, 255]
    assert sheet[28, 0].tolist() == [255, 255, 255]  # clamped, not wrapped around
    assert sheet[0, 14].tolist() == sheet[28, 28].tolist() == card


@pytest.mark.parametrize("channels", [1, 3])
def test_image_pixels_stay_square_and_sharp(channels: int) -> None:
    images = torch.rand(6, channels, 8, 8) * 2 - 1
    picture = show.image_grid(images, columns=3, scale=2, **WORDS)
    pixels = np.asarray(picture.images[0])
    sheet = mosaic(images, columns=3)
    height, width = sheet.shape[:2]
    top, left = 8 * 2, 8 * 2
    shown = pixels[top : top + 4 * height, left : left + 4 * width]
    np.testing.assert_array_equal(shown, sheet.repeat(4, axis=0).repeat(4, axis=1))


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (torch.zeros(0, 1, 4, 4), {}, "at least one image"),
        (torch.zeros(2, 2, 4, 4), {}, "1 .grey. or 3"),
        (torch.full((1, 1, 4, 4), math.nan), {}, "NaN"),
        (torch.zeros(4, 1, 4, 4), {"columns": 2, "row_labels": ["one"]}, "1 row labels for 2 rows"),
    ],
)
def test_bad_grids_are_refused(images, options, message) -> None:
    with pytest.raises(ValueError, match=message):
        show.image_grid(images, **options, **WORDS)


def test_smoothing_keeps_lines_and_means_and_ends() -> None:
    line = np.linspace(0, 1, 50)
    np.testing.assert_allclose(smooth(line, window=0.2), line)
    np.testing.assert_allclose(smooth(np.ones(5), window=0.9), np.ones(5))
    impulse = np.zeros(11)
    impulse[5] = 1
    np.testing.assert_allclose(smooth(impulse, window=0.2)[3:8], [0, 1 / 3, 1 / 3, 1 / 3, 0], atol=1e-12)
    np.testing.assert_array_equal(smooth(impulse, window=0), impulse)
    with pytest.raises(ValueError, match="share of the run"):
        smooth(line, window=1)


def test_curves_need_steps_and_known_terms() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        show.training_curves([], **WORDS)
    with pytest.raises(ValueError, match=r"no \['loss'\]; it has step, critic/gap"):
        show.training_curves(HISTORY, terms=["loss"], **WORDS)


def test_rows_without_a_term_are_left_out() -> None:
    history = [{"step": 0, "loss": 1.0}, {"step": 1}, {"step": 2, "loss": 3.0}]
    with show.panels(1) as board:
        show.draw_curves(board[0], history, smoothing=0)
    assert board[0].lines[0].get_xdata().tolist() == [0.0, 2.0]


def test_names_at_the_ends_do_not_overlap() -> None:
    history = [{"step": k, "a": 1.0, "b": 1.0, "c": 1.001} for k in range(5)]
    with show.panels(1, size=(4, 3)) as board:
        show.draw_curves(board[0], history)
    heights = sorted(
        text.xyann[1] + board[0].transData.transform(text.xy)[1] * 0.72 for text in board[0].texts
    )
    assert min(np.diff(heights)) > 8


def test_bars_end_at_the_mean_and_show_every_seed() -> None:
    with show.panels(1) as board:
        show.draw_bars(board[0], {"plain": [1, 2, 6], "other": [4]})
    assert [bar.get_width() for bar in board[0].patches] == [3, 4]
    assert len({tuple(dot) for dot in board[0].collections[0].get_offsets()}) == 3
    with pytest.raises(ValueError, match="at least one value"):
        show.bar_with_spread({"plain": []}, **WORDS)
