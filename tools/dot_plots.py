"""Dot plots of measured results as drawings inside a page: a line for each system, a dot for each seed.

They are plain SVG with classes, so that the site's style sheet colours them in the light and in the dark.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from html import escape
from typing import Any

from page_tables import number

Row = dict[str, Any]

#: In pixels: of a line of text, of a system's line and of the edge around the dots.
LINE, ROOM, EDGE = 13, 20, 10
#: Of a letter of the labels, roughly.
LETTER = 6.1
#: Of a digit below the marks.
DIGIT = 6.0
#: Letters of a label's line; what is longer is broken.
LABEL = 30
#: Values that span more than this factor stand on a logarithmic axis.
DECADES = 60.0
QUESTIONS = {"fit": 0, "alignment": 1, "effort": 2, "other": 3}


def by_metric(rows: Sequence[Row]) -> list[tuple[str, str, list[Row]]]:
    """Question, measure and its rows: fit first, then alignment, effort and the rest."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["question"], row["metric"]), []).append(row)
    ordered = sorted(found.items(), key=lambda item: QUESTIONS.get(item[0][0], 3))
    return [(question, metric, measured) for (question, metric), measured in ordered]


def values_of(row: Row) -> list[float]:
    """The finite values of a row, one for each seed."""
    values = row.get("values") or [row["mean"]]
    return [value for value in values if value is not None and math.isfinite(value)]


class Axis:
    """Places values between two ends, on a logarithmic scale where they span decades."""

    def __init__(self, values: Sequence[float], *, left: float, right: float) -> None:
        low, high = min(values), max(values)
        self.log = low > 0 and high / low > DECADES
        self.step = 1.0
        if self.log:
            low, high = math.log10(low), math.log10(high)
        else:
            if 0 <= low < 0.55 * high:
                low = 0.0  # a dot's distance from the edge is then the value itself
            if high - low < 1e-9 * max(1.0, abs(high)):
                low, high = low - 0.5 * max(abs(low), 1e-3), high + 0.5 * max(abs(high), 1e-3)
            self.step = round_step(high - low)
            low, high = (
                math.floor(low / self.step + 1e-6) * self.step,
                math.ceil(high / self.step - 1e-6) * self.step,
            )
        self.low, self.high, self.left, self.right = low, high, left, right

    def place(self, value: float) -> float:
        where = math.log10(value) if self.log else value
        return self.left + (where - self.low) / (self.high - self.low) * (self.right - self.left)

    def ticks(self) -> list[float]:
        """A few round values within the ends."""
        if self.log:
            first, last = math.ceil(self.low - 1e-9), math.floor(self.high + 1e-9)
            step = max(1, math.ceil((last - first + 1) / 4))
            marks = [10.0**power for power in range(first, last + 1, step)]
            return marks or [10.0**self.low, 10.0**self.high]
        return [self.low + k * self.step for k in range(round((self.high - self.low) / self.step) + 1)]


def round_step(span: float) -> float:
    """A round number that goes into a span a few times."""
    size = 10.0 ** math.floor(math.log10(span))
    return next(k * size for k in (0.25, 0.5, 1, 2, 5) if span / (k * size) <= 4.5)


def tick_text(value: float) -> str:
    """A mark's number, short."""
    if value and (abs(value) >= 1e5 or abs(value) < 1e-3):
        power = math.floor(math.log10(abs(value)) + 1e-9)
        head = value / 10.0**power
        digits = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"10{digits}" if abs(head - 1) < 1e-6 else f"{head:.2g}·10{digits}"
    return f"{value:.6g}".replace("-", "−")


def dot_plot(question: str, metric: str, rows: Sequence[Row]) -> str:
    """One measure of all systems as an SVG in a figure; empty where nothing can be drawn."""
    rows = [row for row in rows if values_of(row)]
    if not rows:
        return ""
    labels = [textwrap.wrap(row["system"], LABEL) or [""] for row in rows]
    left = max(len(line) for lines in labels for line in lines) * LETTER + 12
    width = left + 210
    shown = [value for row in rows for value in values_of(row)]
    shown += [row["paper"] for row in rows if row["paper"] is not None]
    axis = Axis(shown, left=left + EDGE, right=width - EDGE)
    parts, top = [], 4.0
    heights = [max(ROOM, LINE * len(lines) + 6) for lines in labels]
    bottom = top + sum(heights)
    parts += ticks_of(axis, top=top, bottom=bottom)
    # the last mark's number may reach over the end
    width = math.ceil(width + max(0.0, DIGIT * len(tick_text(axis.ticks()[-1])) / 2 - EDGE))
    for row, lines, height in zip(rows, labels, heights, strict=True):
        parts += system_line(row, lines, axis=axis, left=left, middle=top + height / 2)
        top += height
    words = "; ".join(f"{row['system']} {number(row['mean'])}" for row in rows)
    title = metric if question == "other" else f"{question}: {metric}"
    name = f'<span class="udt-question {question}">{question}</span> ' if question != "other" else ""
    return (
        f'<figure class="udt-dots {question}"><figcaption>{name}{escape(metric)}</figcaption>'
        f'<svg viewBox="0 0 {width:.0f} {bottom + 20:.0f}" width="{width:.0f}" height="{bottom + 20:.0f}" '
        f'role="img" aria-label="{escape(title)}. {escape(words)}.">{"".join(parts)}</svg></figure>'
    )


def ticks_of(axis: Axis, *, top: float, bottom: float) -> list[str]:
    """The marks of an axis, and as many of their numbers as have room beside each other."""
    ticks = axis.ticks()
    places = [axis.place(tick) for tick in ticks]
    longest = max(len(tick_text(tick)) for tick in ticks)
    room = (places[-1] - places[0]) / max(len(ticks) - 1, 1)
    every = math.ceil((longest + 1) * DIGIT / room) if room > 0 else 1
    parts = [f'<path class="grid" d="M{x:.1f} {top}V{bottom:.0f}"/>' for x in places]
    return parts + [
        f'<text class="tick" x="{x:.1f}" y="{bottom + 14:.0f}">{tick_text(tick)}</text>'
        for x, tick in list(zip(places, ticks, strict=True))[::every]
    ]


def system_line(row: Row, label: list[str], *, axis: Axis, left: float, middle: float) -> list[str]:
    """A system's label, its seeds, their mean and the paper's value."""
    values = values_of(row)
    first = middle - LINE * (len(label) - 1) / 2 + 4
    parts = [
        f'<text class="label" x="{left:.0f}" y="{first + LINE * k:.1f}">{escape(line)}</text>'
        for k, line in enumerate(label)
    ]
    places = [axis.place(value) for value in values]
    if len(values) > 1:
        parts.append(f'<path class="range" d="M{min(places):.1f} {middle:.1f}H{max(places):.1f}"/>')
        mean = axis.place(sum(values) / len(values))
        parts.append(f'<path class="mean" d="M{mean:.1f} {middle - 6:.1f}v12"/>')
    parts += [f'<circle cx="{x:.1f}" cy="{middle:.1f}" r="3.6"/>' for x in places]
    if row["paper"] is not None:
        x = axis.place(row["paper"])
        parts.append(
            f'<path class="paper" d="M{x:.1f} {middle - 6:.1f}l6 6l-6 6l-6 -6z">'
            f"<title>the paper: {row['paper']:g}</title></path>"
        )
    return parts


def dot_plots(rows: Sequence[Row]) -> list[str]:
    """All measures of a result as lines of HTML; those that answer no question are folded below the others."""
    drawn = [(question, dot_plot(question, metric, group)) for question, metric, group in by_metric(rows)]
    chief = [text for question, text in drawn if text and question != "other"]
    rest = [text for question, text in drawn if text and question == "other"]
    if not chief or len(rest) <= 2:
        chief, rest = [*chief, *rest], []
    lines = ['<div class="udt-dots-row">', *chief, "</div>"]
    if rest:
        lines += [
            f'<details class="udt-fold"><summary>{len(rest)} more measures</summary>',
            '<div class="udt-dots-row">',
            *rest,
            "</div></details>",
        ]
    return lines
