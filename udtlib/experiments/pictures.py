"""Pictures of image experiments: rows of what every system makes of the same test images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor

from udtlib.data.pair import DomainPair
from udtlib.experiments.declare import Look, Shown
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.types import Batch

__all__ = ["Drawn", "Translations", "both_ways", "translations"]

#: Rows that every system shares, above those of the systems and below.
ABOVE, BELOW = ("x", "y"), ("right y",)
#: Images that are sent through a net at once.
PIECE = 100


@torch.no_grad()
def both_ways(T: Any, batch: Batch, rows: Sequence[str]) -> dict[str, Tensor]:
    """The named rows of a batch, such as ``S(T(x))``, on the CPU."""
    device = next(T.parameters()).device

    def through(way: Callable[[Tensor], Tensor], samples: Tensor) -> Tensor:
        return torch.cat([way(part.to(device)).cpu() for part in samples.split(PIECE)])

    x, y = batch.x.cpu(), batch.y.cpu()
    made: dict[str, Callable[[], Tensor]] = {
        "x": lambda: x,
        "y": lambda: y,
        "T(x)": lambda: through(T, x),
        "S(y)": lambda: through(T.inverse, y),
        "S(T(x))": lambda: through(lambda part: T.inverse(T(part)), x),
        "T(S(y))": lambda: through(lambda part: T(T.inverse(part)), y),
    }
    return {row: made[row]() for row in rows if row in made}


@final
@dataclass(frozen=True, kw_only=True)
class Translations(Look):
    """Rows of images: the given ones above, each system's translations, the right answers below.

    Args:
        rows: of ``x``, ``T(x)``, ``S(T(x))``, ``y``, ``S(y)``, ``T(S(y))`` and ``right y``.
        caption: what to look at.
        count: images in a row.
        task: only systems whose name begins so are drawn, and are called by the rest of it.
    """

    rows: tuple[str, ...]
    caption: str
    count: int = 10
    task: str = ""

    def __post_init__(self) -> None:
        known = ("x", "y", "T(x)", "S(y)", "S(T(x))", "T(S(y))", "right y")
        if unknown := [row for row in self.rows if row not in known]:
            raise ValueError(f"no row {unknown[0]!r}; there are {', '.join(known)}")

    def look(self, subject: Any, pair: DomainPair) -> Shown:
        batch = pair.batch(0, size=self.count, seed=0, split="test")
        shown = both_ways(subject, batch, self.rows)
        if "right y" in self.rows:
            answers = pair.answers(batch)
            assert answers is not None, "a picture of right answers needs a pair that knows them"
            shown["right y"] = answers.cpu()
        return shown

    def draw(self, shown: Mapping[str, Shown]) -> Picture:
        begun = {name: images for name, images in shown.items() if name.startswith(self.task)}
        # A run may have stored more images than are asked for now.
        shown = {
            name.removeprefix(self.task): {row: each[: self.count] for row, each in images.items()}
            for name, images in begun.items()
        }
        rows: list[tuple[str, Tensor]] = []
        last: dict[str, Tensor] = {}
        for place, (system, images) in enumerate(shown.items()):
            for row in (row for row in ABOVE if row in self.rows):
                # Systems may be on pairs of their own: their images are shown where they change.
                if row not in last or not torch.equal(last[row], images[row]):
                    rows.append((row, images[row]))
                    last[row] = images[row]
            rows += [(f"{system}: {row}", images[row]) for row in self.rows if row not in (*ABOVE, *BELOW)]
            following = [*shown.values()][place + 1 :]
            for row in (row for row in BELOW if row in self.rows):
                if not following or not torch.equal(following[0][row], images[row]):
                    rows.append((row, images[row]))
        colour = max(image.shape[1] for _, image in rows)
        return image_grid(
            torch.cat([image.expand(-1, colour, -1, -1) for _, image in rows]),
            columns=self.count,
            row_labels=[label for label, _ in rows],
            alt=f"Rows of {self.count} test images: {'; '.join(label for label, _ in rows)}.",
            caption=self.caption,
        )


def translations(*rows: str, caption: str, count: int = 10) -> Translations:
    """``translations("x", "T(x)", "S(T(x))", caption="…")``."""
    return Translations(rows=rows, caption=caption, count=count)


@final
@dataclass(frozen=True, kw_only=True)
class Drawn(Look):
    """A picture by two functions of one's own.

    Args:
        show: small tensors of one trained system, by label; a measure of its own shows by itself.
        picture: the drawing of what all systems show.
        every_seed: draw all seeds, whose tensors are stacked, and not the first alone.
        of_rows: draw a chart of the systems' rows.
    """

    show: Callable[[Any, Any], Shown] = field(default=lambda subject, pair: {})
    picture: Callable[[Mapping[str, Any]], Picture]
    every_seed: bool = False
    of_rows: bool = False

    def look(self, subject: Any, pair: DomainPair) -> Shown:
        return self.show(subject, pair)

    def draw(self, shown: Mapping[str, Any]) -> Picture:
        return self.picture(shown)
