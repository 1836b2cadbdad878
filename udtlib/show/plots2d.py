"""Pictures of point clouds and maps in the plane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from udtlib.numerics.inputs import full_precision
from udtlib.numerics.options import number
from udtlib.show.figure import Picture, panels
from udtlib.show.style import (
    CARD,
    CYCLE,
    FAINT,
    INK,
    TRANSLATED,
    colour_of,
    house_style,
)
from udtlib.types import Float, Int, Tensor

__all__ = [
    "arrows2d",
    "draw_arrows",
    "draw_clouds",
    "draw_points",
    "extent_of",
    "frame_plane",
    "scatter2d",
]

#: Left, right, bottom, top.
Extent = tuple[float | int, float | int, float | int, float | int]


def scatter2d(
    clouds: Mapping[str, Tensor],
    *,
    alt: str,
    caption: str,
    title: str = "",
    colours: Mapping[str, str] | None = None,
    extent: Extent | None = None,
    size: tuple[float | int, float | int] = (4.4, 4.4),
) -> Picture:
    """Point clouds in one plane, each named in its own colour above it."""
    with panels(1, size=size) as board:
        draw_clouds(board[0], clouds, colours=colours, extent=extent, title=title)
    return board.picture(alt=alt, caption=caption)


def arrows2d(
    x: Float[Tensor, "batch 2"],
    y: Float[Tensor, "batch 2"],
    *,
    alt: str,
    caption: str,
    title: str = "",
    labels: Int[Tensor, "batch"] | None = None,
    extent: Extent | None = None,
    size: tuple[float | int, float | int] = (4.4, 4.4),
) -> Picture:
    """A map drawn as a line from every x to its T(x), coloured by the class of x."""
    with panels(1, size=size) as board:
        draw_arrows(board[0], x, y, labels=labels, extent=extent, title=title)
    return board.picture(alt=alt, caption=caption)


def draw_clouds(
    axes: Axes,
    clouds: Mapping[str, Tensor],
    *,
    colours: Mapping[str, str] | None = None,
    extent: Extent | None = None,
    title: str = "",
    outlined: bool = False,
) -> None:
    """Draw named clouds on an axes; a colour not given is the one that the name has in the whole course."""
    names = names_of(clouds, colours)
    for name, points in clouds.items():
        draw_points(axes, points, colour=names[name], outlined=outlined)
    frame_plane(axes, extent=extent or extent_of(*clouds.values()), title=title, names=names)


def draw_points(
    axes: Axes,
    points: Float[Tensor, "batch 2"],
    *,
    colour: str = TRANSLATED,
    labels: Int[Tensor, "batch"] | None = None,
    size: float | int | None = None,
    outlined: bool = False,
) -> None:
    """Draw one cloud, in one colour per class with ``labels``; ``outlined`` for a coloured ground."""
    where = shown_points(points, labels=labels).numpy()
    # Smaller and fainter the more there are, so that a dense cloud still shows where it is densest.
    size = size or float(np.clip(6000 / max(len(where), 1), 4, 22))
    alpha = float(np.clip(250 / max(len(where), 1), 0.35, 0.85))
    colours = colour if labels is None else [CYCLE[int(label) % len(CYCLE)] for label in labels]
    if outlined:
        edge = {"edgecolors": CARD, "linewidths": 0.5, "alpha": 0.9}
        axes.scatter(where[:, 0], where[:, 1], s=1.6 * size, c=colours, **edge)
    else:
        axes.scatter(where[:, 0], where[:, 1], s=size, c=colours, alpha=alpha, linewidths=0)


def draw_arrows(
    axes: Axes,
    x: Float[Tensor, "batch 2"],
    y: Float[Tensor, "batch 2"],
    *,
    labels: Int[Tensor, "batch"] | None = None,
    colour: str = TRANSLATED,
    extent: Extent | None = None,
    title: str = "",
) -> None:
    """Draw a line from every x to its T(x), thin at x and with a dot at T(x)."""
    start, end = shown_points(x, labels=labels).numpy(), shown_points(y).numpy()
    if len(start) != len(end):
        raise ValueError(f"{len(start)} points x have {len(end)} points T(x); give one for each")
    colours = [colour if labels is None else CYCLE[int(labels[k]) % len(CYCLE)] for k in range(len(start))]
    alpha = float(np.clip(60 / max(len(start), 1), 0.25, 0.7))
    lines = LineCollection(
        np.stack([start, end], axis=1), colors=[to_rgba(c, alpha) for c in colours], linewidths=0.9
    )
    axes.add_collection(lines)
    axes.scatter(start[:, 0], start[:, 1], s=9, facecolors=CARD, edgecolors=colours, linewidths=0.8, zorder=3)
    axes.scatter(end[:, 0], end[:, 1], s=13, c=colours, linewidths=0, zorder=3)
    names = {} if labels is not None else None
    frame_plane(axes, extent=extent or extent_of(x, y), title=title, names=names)


def frame_plane(
    axes: Axes, *, extent: Extent, title: str = "", names: Mapping[str, str] | None = None
) -> None:
    """Equal scales, few ticks, a title, and the clouds' names in their colours."""
    check_extent(extent)
    with house_style():
        axes.set_xlim(extent[0], extent[1])
        axes.set_ylim(extent[2], extent[3])
        axes.set_aspect("equal")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4, integer=False))
        axes.tick_params(colors=FAINT, labelcolor=INK)
        if names:
            marks = [Line2D([], [], linestyle="", marker="o", markersize=5, color=c) for c in names.values()]
            axes.legend(
                marks,
                list(names),
                loc="lower left",
                bbox_to_anchor=(-0.02, 1.0),
                ncols=len(names),
                handletextpad=0.1,
                columnspacing=1.1,
                borderaxespad=0.1,
                labelcolor=list(names.values()),
            )
        if title:
            axes.set_title(title, pad=24 if names else 8)


def names_of(clouds: Mapping[str, Tensor], colours: Mapping[str, str] | None) -> dict[str, str]:
    """The colour of each cloud: the given one, or the one that its name has in the whole course."""
    return {name: (colours or {}).get(name) or colour_of(name, k) for k, name in enumerate(clouds)}


def plane_points(points: Tensor) -> Tensor:
    """Points of the plane, ready to be drawn."""
    points = full_precision(points, name="points").detach().cpu()
    if points.ndim < 2 or points.shape[-1] != 2:
        raise ValueError(
            f"points of the plane have shape (count, 2), got {tuple(points.shape)}; take two of them"
        )
    return points


def shown_points(points: Tensor, *, labels: Tensor | None = None) -> Tensor:
    """Points of the plane, all of which can be seen, with as many labels if any."""
    points = plane_points(points)
    if labels is not None and len(labels) != len(points):
        raise ValueError(f"{len(labels)} labels came for {len(points)} points; give one for each")
    bad = int((~points.isfinite()).any(-1).sum())
    if bad:
        raise ValueError(
            f"cannot draw {bad} of the {len(points)} points: they must be finite; leave them out, and say so"
        )
    return points


def check_extent(extent: object) -> None:
    """Refuse what is no left, right, bottom and top."""
    if not isinstance(extent, tuple | list | np.ndarray) or len(extent) != 4:
        raise ValueError(f"an extent is left, right, bottom and top, got {extent!r}; give four numbers")
    left, right, bottom, top = (number(side, name="each side of an extent") for side in extent)
    if not (left < right and bottom < top):
        raise ValueError(f"an extent runs from left to right and from bottom to top, got {extent}; swap them")


def extent_of(*clouds: Tensor) -> Extent:
    """A square around all points, with a margin."""
    if not clouds:
        raise ValueError("nothing to draw: give at least one cloud, or an extent")
    points = torch.cat([plane_points(cloud).double().reshape(-1, 2) for cloud in clouds])
    if len(points) == 0 or not bool(points.isfinite().all()):
        raise ValueError(f"cannot frame {len(points)} points: they must be finite and at least one")
    low, high = points.amin(dim=0), points.amax(dim=0)
    middle, half = (low + high) / 2, float((high - low).max()) / 2 * 1.08 or 1.0
    return tuple(float(v) for m in middle for v in (m - half, m + half))
