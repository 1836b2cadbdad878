"""Pictures of training: curves over steps, and results over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from udtlib.numerics.options import described, is_number, number
from udtlib.show.figure import Picture, panels
from udtlib.show.style import HAIR, INK, colour_of, house_style
from udtlib.types import Tensor

__all__ = ["bar_with_spread", "draw_bars", "draw_curves", "smooth", "training_curves"]


def training_curves(
    history: Sequence[Mapping[str, float | int]],
    *,
    alt: str,
    caption: str,
    terms: Sequence[str] | Mapping[str, str] | None = None,
    smoothing: float | int = 0.02,
    logarithmic: bool = False,
    title: str = "",
    unit: str = "",
    reference: Mapping[str, float | int] | None = None,
    size: tuple[float | int, float | int] = (5.8, 3.1),
) -> Picture:
    """The terms of a run over its steps, each named at its end; the raw values stay faintly behind.

    Args:
        history: rows of a log, each with ``step`` and with numbers under names such as ``critic/gap``.
        alt: what a reader who cannot see the picture needs to know.
        caption: what to look at.
        terms: the names to draw, possibly with other words for them; by default all but ``step``.
        smoothing: the window of the moving average, as a share of the run; 0 draws the raw values only.
        logarithmic: whether the vertical axis is logarithmic.
        title: a line above the curves.
        unit: what the vertical axis measures.
        reference: named heights for thin horizontal lines, such as a value known in theory.
        size: width and height in inches.
    """
    with panels(1, size=size) as board:
        draw_curves(
            board[0],
            history,
            terms=terms,
            smoothing=smoothing,
            logarithmic=logarithmic,
            title=title,
            unit=unit,
            reference=reference,
        )
    return board.picture(alt=alt, caption=caption)


def draw_curves(
    axes: Axes,
    history: Sequence[Mapping[str, float | int]],
    *,
    terms: Sequence[str] | Mapping[str, str] | None = None,
    smoothing: float | int = 0.02,
    logarithmic: bool = False,
    title: str = "",
    unit: str = "",
    reference: Mapping[str, float | int] | None = None,
) -> None:
    """Draw the curves on an axes; a row that lacks a term is left out of that term's curve."""
    words = choose_terms(history, terms)
    ends: list[tuple[float | int, str, str]] = []
    last = max(row["step"] for row in history)
    for position, (name, word) in enumerate(words.items()):
        points = [(row["step"], plain(row[name])) for row in history if row.get(name) is not None]
        steps, values = (np.array(column, dtype=float) for column in zip(*points, strict=True))
        colour = colour_of(word, position)
        curve = smooth(values, window=smoothing)
        if smoothing:
            axes.plot(steps, values, color=colour, linewidth=0.6, alpha=0.25)
        axes.plot(steps, curve, color=colour)
        shown = curve[np.isfinite(curve) & ((curve > 0) | (not logarithmic))]
        if not len(shown):
            raise ValueError(
                f"{word!r} has no value that {'a logarithmic' if logarithmic else 'an'} axis shows, such as "
                f"{values[-1]} at the end; leave it out of terms"
            )
        # Beside what was drawn last: a run may have ended in NaN.
        ends.append((float(shown[-1]), word, colour))
    if logarithmic:
        axes.set_yscale("log")
    for word, height in (reference or {}).items():
        if number(height, name=f"reference {word!r}") <= 0 and logarithmic:
            raise ValueError(f"a logarithmic axis shows no {height}, reference {word!r}; use a linear one")
        axes.axhline(height, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        ends.append((height, word, INK))
    name_ends(axes, ends, at=last)
    with house_style():
        axes.set_xlabel("step")
        axes.set_ylabel(unit)
        axes.set_title(title)
        axes.grid(axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.margins(x=0.01)


def choose_terms(
    history: Sequence[Mapping[str, float | int]], terms: Sequence[str] | Mapping[str, str] | None
) -> dict[str, str]:
    """The names to draw and the words for them."""
    known = list(dict.fromkeys(name for row in history for name, value in row.items() if is_number(value)))
    if not history or not all(is_number(row.get("step")) and math.isfinite(row["step"]) for row in history):
        raise ValueError("training curves need at least one row, each with its step; give the rows of a log")
    if terms is None and known == ["step"]:
        raise ValueError("the rows hold no number but their steps; give rows with at least one term")
    if terms is None:
        return {name: name for name in known if name != "step"}
    words = dict(terms) if isinstance(terms, Mapping) else {name: name for name in terms}
    unknown = [name for name in words if name not in known]
    if unknown or not words:
        raise ValueError(f"the history has no {unknown or 'terms'}; it has {', '.join(known)}")
    return words


def plain(value: object) -> float:
    """A number of a log, perhaps a tensor that is still part of a graph."""
    if not is_number(value):
        raise TypeError(f"a curve is drawn through numbers, got {described(value)}; log floats")
    return float(value.detach() if isinstance(value, Tensor) else value)


def name_ends(axes: Axes, ends: Sequence[tuple[float | int, str, str]], *, at: float | int) -> None:
    """Write every curve's name at its right end, moved apart where two would overlap."""
    with house_style():
        axes.figure.draw_without_rendering()
    scale = axes.transData.transform
    pixels = [float(scale((at, height))[1]) if math.isfinite(height) else 0.0 for height, _, _ in ends]
    gap = 12.0 * axes.figure.dpi / 72
    places: dict[int, float] = {}
    floor = -math.inf
    for k in sorted(range(len(ends)), key=pixels.__getitem__):
        floor = places[k] = max(pixels[k], floor + gap)
    for k, (height, word, colour) in enumerate(ends):
        shift = (places[k] - pixels[k]) * 72 / axes.figure.dpi
        axes.annotate(
            word,
            (at, height),
            xytext=(6, shift),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=9,
            annotation_clip=False,
        )


def smooth(values: np.ndarray, *, window: float | int) -> np.ndarray:
    """The centred moving average over a share of the run; the window shrinks near the ends.

    What is not finite is a gap: it has no average, and does not enter those beside it.
    """
    if not 0 <= window < 1:
        raise ValueError(f"the window is a share of the run, at least 0 and less than 1; got {window}")
    finite = np.isfinite(values)
    if not finite.all():
        means, shares = (
            smooth(np.where(finite, values, 0.0), window=window),
            smooth(finite * 1.0, window=window),
        )
        return np.divide(means, shares, out=np.full(len(values), np.nan), where=finite)
    count = len(values)
    reach = round(window * count / 2)
    totals = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(count)
    half = np.minimum(np.minimum(index, count - 1 - index), reach)
    return (totals[index + half + 1] - totals[index - half]) / (2 * half + 1)


def bar_with_spread(
    systems: Mapping[str, Sequence[float | int]],
    *,
    alt: str,
    caption: str,
    title: str = "",
    unit: str = "",
    reference: Mapping[str, float | int] | None = None,
    colours: Mapping[str, str] | None = None,
    width: float | int = 5.6,
) -> Picture:
    """One bar for each system, as long as the mean over its seeds, with a dot for every seed."""
    with panels(1, size=(width, 0.9 + 0.42 * len(systems) + (0.3 if title else 0))) as board:
        draw_bars(board[0], systems, title=title, unit=unit, reference=reference, colours=colours)
    return board.picture(alt=alt, caption=caption)


def draw_bars(
    axes: Axes,
    systems: Mapping[str, Sequence[float | int]],
    *,
    title: str = "",
    unit: str = "",
    reference: Mapping[str, float | int] | None = None,
    colours: Mapping[str, str] | None = None,
) -> None:
    """Draw the bars on an axes, the first system on top."""
    if odd := [name for name, values in systems.items() if np.ndim(values) != 1]:
        raise TypeError(f"{odd[0]!r} has {systems[odd[0]]!r}, and no value for each seed; give a list")
    if not systems or any(len(values) == 0 for values in systems.values()):
        raise ValueError(
            f"every system needs at least one value, got { {k: len(v) for k, v in systems.items()} }"
        )
    for word, place in (reference or {}).items():
        number(place, name=f"reference {word!r}")
    for position, (name, values) in enumerate(systems.items()):
        values = [number(value, name=f"each value of {name!r}") for value in values]
        colour = (colours or {}).get(name) or colour_of(name, position)
        axes.barh(position, float(np.mean(values)), height=0.5, color=colour, alpha=0.35, linewidth=0)
        # One dot above the other, so that equal results of several seeds are all seen.
        heights = position + np.linspace(-0.17, 0.17, len(values)) if len(values) > 1 else [position]
        axes.scatter(values, heights, s=16, color=colour, linewidths=0, zorder=3)
    for word, place in (reference or {}).items():
        axes.axvline(place, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(
            word,
            (place, 1),
            xycoords=("data", "axes fraction"),
            xytext=(4, -2),
            textcoords="offset points",
            va="top",
            fontsize=8.5,
        )
    with house_style():
        axes.set_yticks(range(len(systems)), list(systems))
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=HAIR)
        axes.set_xlabel(unit)
        axes.set_title(title)
