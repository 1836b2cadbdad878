"""Pictures of functions and densities in the plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgba
from matplotlib.ticker import MaxNLocator
from scipy.ndimage import gaussian_filter

from udtlib.numerics.options import described, number, whole
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import (
    Extent,
    check_extent,
    draw_clouds,
    extent_of,
    frame_plane,
    names_of,
    shown_points,
)
from udtlib.show.style import DIVERGING, INK, SEQUENTIAL, TRANSLATED
from udtlib.types import Float, Tensor

__all__ = ["density2d", "draw_density", "draw_level_sets", "level_sets"]


def level_sets(
    function: Callable[[Tensor], Tensor],
    extent: Extent,
    *,
    alt: str,
    caption: str,
    clouds: Mapping[str, Tensor] | None = None,
    centre: float | int | None = None,
    title: str = "",
    size: tuple[float | int, float | int] = (5.0, 4.4),
) -> Picture:
    """A function of the plane as filled level sets, with clouds on top."""
    with panels(1, size=size) as board:
        draw_level_sets(board[0], function, extent=extent, centre=centre)
        draw_clouds(board[0], clouds or {}, extent=extent, title=title, outlined=True)
    return board.picture(alt=alt, caption=caption)


def density2d(
    clouds: Mapping[str, Tensor],
    *,
    alt: str,
    caption: str,
    title: str = "",
    colours: Mapping[str, str] | None = None,
    extent: Extent | None = None,
    size: tuple[float | int, float | int] = (4.4, 4.4),
) -> Picture:
    """Clouds as smoothed densities, each named in its own colour above the axes."""
    extent = extent or extent_of(*clouds.values())
    names = names_of(clouds, colours)
    with panels(1, size=size) as board:
        for name, points in clouds.items():
            draw_density(board[0], points, extent=extent, colour=names[name])
        frame_plane(board[0], extent=extent, title=title, names=names)
    return board.picture(alt=alt, caption=caption)


def draw_level_sets(
    axes: Axes,
    function: Callable[[Tensor], Tensor],
    *,
    extent: Extent,
    resolution: int = 120,
    levels: int | Sequence[float | int] = 12,
    centre: float | int | None = None,
    bar: bool = True,
) -> None:
    """Draw a function of the plane as filled level sets.

    Args:
        axes: where to draw.
        function: takes points ``(n, 2)`` and returns n values; called once, on a grid.
        extent: left, right, bottom, top.
        resolution: grid points along each side.
        levels: how many levels, or the levels themselves.
        centre: a value whose level is a thick line, between the source's and the target's colours.
        bar: whether to explain the colours by a bar.
    """
    if isinstance(levels, int):
        whole(levels, name="levels")
    if centre is not None:
        number(centre, name="centre")
    u, v, values = on_grid(function, extent=extent, resolution=resolution)
    steps = (
        level_steps(values, count=levels, centre=centre) if isinstance(levels, int) else np.asarray(levels)
    )
    filled = axes.contourf(
        u,
        v,
        values,
        levels=steps,
        cmap=SEQUENTIAL if centre is None else DIVERGING,
        alpha=0.85 if centre is None else 0.6,  # with a centre, clouds usually lie on top
        extend="neither" if isinstance(levels, int) else "both",
    )
    if centre is not None and values.min() < centre < values.max():
        axes.contour(u, v, values, levels=[centre], colors=INK, linewidths=1.1)
    if bar:
        scale = axes.figure.colorbar(filled, ax=axes, shrink=0.7, aspect=30, pad=0.02)
        scale.outline.set_visible(False)
        scale.ax.tick_params(length=0)
        scale.locator = MaxNLocator(5)
        scale.update_ticks()
    frame_plane(axes, extent=extent)


def on_grid(
    function: Callable[[Tensor], Tensor], *, extent: Extent, resolution: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The grid's coordinates and the function's values on it, ``(resolution, resolution)``."""
    check_extent(extent)
    resolution = whole(resolution, name="resolution", at_least=2)
    left, right, bottom, top = extent
    u, v = torch.linspace(left, right, resolution), torch.linspace(bottom, top, resolution)
    grid = torch.stack(torch.meshgrid(u, v, indexing="xy"), dim=-1).reshape(-1, 2)
    with torch.no_grad():
        values = function(grid)
    if not isinstance(values, Tensor):
        raise TypeError(
            f"the function must give a tensor, got {described(values)}; give one value for each point"
        )
    if values.numel() != len(grid):
        raise ValueError(f"the function must give one value for each point, got shape {tuple(values.shape)}")
    if not bool(values.isfinite().all()):
        raise ValueError("the function is not finite on the grid; draw a smaller extent or clamp its values")
    return u.numpy(), v.numpy(), values.reshape(resolution, resolution).cpu().double().numpy()


def level_steps(values: np.ndarray, *, count: int, centre: float | int | None) -> np.ndarray:
    """Equally spaced levels over the values, symmetric about the centre where there is one."""
    low, high = float(values.min()), float(values.max())
    if centre is not None:
        reach = max(high - centre, centre - low)
        low, high = centre - reach, centre + reach
    if high - low < 1e-12:  # a constant function still has a picture
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, count + 1)


def draw_density(
    axes: Axes,
    points: Float[Tensor, "batch 2"],
    *,
    extent: Extent,
    colour: str = TRANSLATED,
    resolution: int = 160,
    bandwidth: float = 0.02,
) -> None:
    """Draw a cloud's smoothed histogram; ``bandwidth``, its deviation, is a share of the width."""
    where = shown_points(points).double().numpy()
    check_extent(extent)
    left, right, bottom, top = extent
    counts, u, v = np.histogram2d(
        where[:, 0], where[:, 1], bins=resolution, range=[[left, right], [bottom, top]]
    )
    height = gaussian_filter(counts.T, bandwidth * resolution)
    if height.max() == 0:
        raise ValueError(f"none of the {len(where)} points lies within the extent {extent}")
    # From transparent to the colour: several densities on one axes stay readable where they overlap.
    shades = ListedColormap([to_rgba(colour, alpha) for alpha in np.linspace(0.12, 0.85, 7)])
    steps = height.max() * np.linspace(0.06, 1, 8)
    middle = (u[:-1] + u[1:]) / 2, (v[:-1] + v[1:]) / 2
    axes.contourf(*middle, height, levels=steps, cmap=shades)
    axes.contour(*middle, height, levels=steps[:1], colors=colour, linewidths=0.7)
