"""Frames that the reader moves through: a slider or a loop that works in a static page, without a request."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import Literal, final

from PIL import Image

from udtlib.numerics.options import whole
from udtlib.show.encode import data_uri, webp
from udtlib.show.figure import CARD_STYLE, Drawing, check_words, figure_html, render
from udtlib.show.style import DENSITY

__all__ = ["Animation", "fit_budget"]

#: Bytes of HTML that a player aims at, and that it must not exceed.
BUDGET = 600_000
LIMIT = 2_000_000

#: Ways to make frames smaller, the best first: size relative to the rendered one, and WebP quality.
ECONOMIES = ((1.0, 85), (1.0, 70), (0.75, 75), (0.75, 55), (0.5, 70), (0.5, 40))

BUTTON_STYLE = (
    "font:inherit;line-height:1;width:2.4em;height:2em;border:1px solid color-mix(in srgb,currentColor 40%,"
    "transparent);border-radius:5px;background:transparent;color:inherit;cursor:pointer;flex:none"
)
BAR_STYLE = "align-items:center;gap:.8em;margin-top:.5em;max-width:40em"


@final
class Animation:
    """Frames with labels, moved by a slider and a play button, as one self-contained piece of HTML.

    Without scripts (an untrusted notebook, a printed page) the frame ``start`` is shown.

    Args:
        frames: boards or matplotlib figures of equal size.
        labels: one short text for each frame, such as ``θ = 90°``.
        alt: what a reader who cannot see the frames needs to know.
        caption: what to look at.
        kind: ``slider`` waits for the reader; ``loop`` plays by itself, unless the reader prefers reduced
            motion.
        start: the frame to show first.
        interval: milliseconds between frames while it plays.

    Raises:
        ValueError: no frames, unequal counts or sizes, no words, or more than 2 MB of HTML.
    """

    def __init__(
        self,
        frames: Sequence[Drawing],
        labels: Sequence[str],
        *,
        alt: str,
        caption: str,
        kind: Literal["slider", "loop"] = "slider",
        start: int = 0,
        interval: int = 160,
    ) -> None:
        check_words(alt=alt, caption=caption)
        if isinstance(labels, str) or not all(isinstance(label, str) for label in labels):
            raise TypeError(f"labels must be one text for each frame, got {labels!r}; write numbers as text")
        start, interval = (
            whole(start, name="start", at_least=None),
            whole(interval, name="interval", at_least=None),
        )
        if len(frames) == 0 or len(frames) != len(labels):
            raise ValueError(f"a player needs one label for each frame, got {len(frames)} and {len(labels)}")
        if not 0 <= start < len(frames) or interval < 20 or kind not in ("slider", "loop"):
            raise ValueError(
                f"start={start} of {len(frames)} frames, interval={interval} ms (at least 20), kind={kind!r} "
                "(slider or loop): one of these is out of range"
            )
        self.alt, self.caption, self.labels = alt.strip(), caption.strip(), tuple(labels)
        self.kind, self.start, self.interval = kind, start, interval
        # Every frame takes the first one's layout, so that nothing jumps while it plays.
        self.images = (render(frames[0]), *(render(frame, like=frames[0]) for frame in frames[1:]))
        if len({tuple(image.size for image in panels) for panels in self.images}) > 1:
            raise ValueError("the frames differ in size or number of panels; draw them all on equal boards")
        self.html = self.make_html()
        if len(self.html) > LIMIT:
            raise ValueError(
                f"the player takes {len(self.html) / 1e6:.1f} MB, at most {LIMIT / 1e6:.0f} MB fit a page; "
                "use fewer or smaller frames"
            )

    def __repr__(self) -> str:
        return f"<player: {self.alt}>"

    def _repr_html_(self) -> str:
        return self.html

    def make_html(self) -> str:
        """The frames, the controls and the script that joins them."""
        encoded = fit_budget(self.images, budget=BUDGET)
        sources = [[data_uri(data) for data in frame] for frame in encoded]
        facts = {"frames": sources, "labels": self.labels, "start": self.start, "interval": self.interval}
        facts["loop"] = self.kind == "loop"
        # In a script element only "</" could end the data early.
        data = json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")
        # Named after its content: two players differ, and the same one has the same name in every run.
        name = "udt-" + hashlib.sha256((data + self.alt).encode()).hexdigest()[:12]
        code = resources.files("udtlib.show").joinpath("animation.js").read_text(encoding="utf-8")
        body = figure_html(
            self.slots(sources[self.start]),
            caption=self.caption,
            attributes=f' data-udt-player="{name}"',
            below=self.controls(),
        )
        script = f"<script>(function(){{{code}\nstart({json.dumps(name)},{data});}})();</script>"
        return body.replace("</figure>", f"</figure>{script}")

    def slots(self, sources: Sequence[str]) -> str:
        """One image element for each panel; the script changes what it shows."""
        count = len(sources)
        alts = [self.alt] + [f"Panel {k} of {count}" for k in range(2, count + 1)]
        return "".join(
            f'<img alt="{escape(alt)}" width="{image.width // DENSITY}" height="{image.height // DENSITY}" '
            f'src="{source}" style="{CARD_STYLE}">'
            for alt, source, image in zip(alts, sources, self.images[0], strict=True)
        )

    def controls(self) -> str:
        """A play button, a slider and the label of the frame, hidden until the script has found them."""
        last, label = len(self.labels) - 1, escape(self.labels[self.start])
        return (
            f'<div class="udt-controls" hidden style="{BAR_STYLE}">'
            f'<button type="button" aria-label="Play" style="{BUTTON_STYLE}">▶</button>'
            f'<input type="range" min="0" max="{last}" step="1" value="{self.start}" '
            f'aria-label="{escape(self.alt)}" aria-valuetext="{label}" style="flex:1;min-width:6em">'
            f'<output style="min-width:6em;font-variant-numeric:tabular-nums">{label}</output></div>'
        )


def fit_budget(frames: Sequence[Sequence[Image.Image]], *, budget: int) -> list[list[bytes]]:
    """The frames as WebP, as sharp as the budget of bytes in base64 allows; the last resort may exceed it."""
    count = len(frames)
    encoded: list[list[bytes]] = []
    for scale, quality in ECONOMIES:
        # The first frame stands for all: trying every economy on every frame would take minutes.
        trial = sum(len(webp(shrink(image, scale), quality=quality)) for image in frames[0])
        exact = sum(len(webp(image, lossless=True)) for image in frames[0]) if scale == 1 else math.inf
        lossless = exact <= 1.25 * trial
        if min(trial, exact if lossless else trial) * count * 4 / 3 > 1.2 * budget:
            continue
        encoded = [
            [webp(shrink(image, scale), quality=quality, lossless=lossless) for image in panels]
            for panels in frames
        ]
        if sum(len(data) for panels in encoded for data in panels) * 4 / 3 <= budget:
            return encoded
    scale, quality = ECONOMIES[-1]
    return encoded or [[webp(shrink(image, scale), quality=quality) for image in panels] for panels in frames]


def shrink(image: Image.Image, scale: float) -> Image.Image:
    """The image at a share of its size."""
    if scale == 1:
        return image
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
