"""Pictures, players and the house style: all that a chapter draws with."""

from udtlib.show.animate import Animation
from udtlib.show.curves import bar_with_spread, draw_bars, draw_curves, training_curves
from udtlib.show.fields2d import density2d, draw_density, draw_level_sets, level_sets
from udtlib.show.figure import Panels, Picture, panels
from udtlib.show.images import draw_images, image_board, image_grid
from udtlib.show.painter import LabelPainter
from udtlib.show.plots2d import (
    arrows2d,
    draw_arrows,
    draw_clouds,
    draw_points,
    extent_of,
    frame_plane,
    scatter2d,
)
from udtlib.show.style import CYCLE, SOURCE, TARGET, TRANSLATED, TRUTH, house_style

__all__ = [
    "CYCLE",
    "SOURCE",
    "TARGET",
    "TRANSLATED",
    "TRUTH",
    "Animation",
    "LabelPainter",
    "Panels",
    "Picture",
    "arrows2d",
    "bar_with_spread",
    "density2d",
    "draw_arrows",
    "draw_bars",
    "draw_clouds",
    "draw_curves",
    "draw_density",
    "draw_images",
    "draw_level_sets",
    "draw_points",
    "extent_of",
    "frame_plane",
    "house_style",
    "image_board",
    "image_grid",
    "level_sets",
    "panels",
    "scatter2d",
    "training_curves",
]
