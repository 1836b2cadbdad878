"""Pictures of samples that move on the line: densities over time, and single ways."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from udtlib.show.style import SOURCE, TARGET, TRANSLATED, TRUTH, house_style
from udtlib.types import Float, Tensor

__all__ = ["density", "draw_ridges", "draw_ways"]

#: Ends of the line that is drawn.
ENDS = (-3.2, 3.6)


def draw_ridges(axes: Axes, path: Float[Tensor, "time batch"], best: Float[Tensor, "time batch"]) -> None:
    """One density for each time, the first at the bottom; the optimal one in outline."""
    place = np.linspace(*ENDS, 240)
    colours = [SOURCE, *[TRANSLATED] * (len(path) - 2), TARGET]
    for k, colour in enumerate(colours):
        made, wanted = (0.9 * density(v[k].numpy(), place) for v in (path, best))
        axes.fill_between(place, k, k + made, color=colour, alpha=0.45, linewidth=0, zorder=-k)
        axes.plot(place, k + wanted, color=TRUTH, linewidth=1.1, zorder=-k)
    frame_blocks(axes, len(colours), top=1.0)


def draw_ways(axes: Axes, path: Float[Tensor, "time batch"]) -> None:
    """The way of each sample through the blocks."""
    count = path.shape[1]
    for j, way in enumerate(path.T.numpy()):
        share = j / max(count - 1, 1)
        axes.plot(way, range(len(way)), color=(share, 0.35, 1 - share), linewidth=0.9, alpha=0.8)
    frame_blocks(axes, len(path), top=0.2)


def frame_blocks(axes: Axes, count: int, *, top: float) -> None:
    """States from the bottom to the top."""
    with house_style():
        axes.set_xlim(*ENDS)
        axes.set_ylim(-0.2, count - 1 + top)
        axes.set_yticks(range(count))
        axes.set_xlabel("z")
        axes.set_ylabel("after block")


def density(samples: np.ndarray, place: np.ndarray, *, width: float = 0.09) -> np.ndarray:
    """A kernel estimate of the density on the line."""
    bumps = np.exp(-0.5 * ((place[:, None] - samples[None]) / width) ** 2)
    return bumps.mean(axis=1) / (width * np.sqrt(2 * np.pi))
