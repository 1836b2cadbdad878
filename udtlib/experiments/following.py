"""Scores along the way: a table's verdict is about methods, and not about budgets, where its curves are flat."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import torch
from matplotlib.ticker import MaxNLocator
from torch import nn

from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Look, Shown
from udtlib.show.figure import Picture, panels
from udtlib.show.style import CYCLE, FAINT
from udtlib.train.randomness import random_run

__all__ = ["FILE", "Follower", "ScoreCurves", "score_curves"]

#: Where a run notes its scores along the way, a line for each moment.
FILE = "scores.jsonl"
#: What every run's tensors have beside the measures.
STEP = "step"


@final
@dataclass(frozen=True, kw_only=True)
class ScoreCurves(Look):
    """Measures of every system over its steps, a panel for each measure and a line for each seed.

    Args:
        measures: names of scores, or beginnings of them.
        caption: what to look at.
        times: moments of a run at which it is scored, the last at its end.
    """

    measures: tuple[str, ...]
    caption: str
    times: int = 8
    every_seed: bool = True

    def __post_init__(self) -> None:
        if not self.measures or self.times < 2:
            raise ValueError(
                f"curves need a measure and at least two moments, got {self.measures}, times={self.times}"
            )

    def look(self, subject: Any, pair: Any) -> Shown:
        """Nothing: what is drawn was noted along the way."""
        return {}

    def noted(self, rows: Sequence[Mapping[str, float | int]]) -> Shown:
        """What a run has noted, as tensors; nothing where a measure is missing."""
        found = {m: [row[m] for row in rows if m in row] for m in self.measures}
        if not rows or any(len(values) != len(rows) for values in found.values()):
            return {}
        return {STEP: torch.tensor([row[STEP] for row in rows])} | {
            m: torch.tensor(values) for m, values in found.items()
        }

    def draw(self, shown: Mapping[str, Shown]) -> Picture:
        with panels(len(self.measures), size=(4.6, 3.4)) as board:
            for axes, measure in zip(board, self.measures, strict=True):
                for k, (system, each) in enumerate(shown.items()):
                    steps, values = each[STEP][0], each[measure]
                    colour, style = CYCLE[k % len(CYCLE)], ("-", "--", ":")[k // len(CYCLE)]
                    if len(values) > 1:
                        axes.plot(steps, values.T, color=colour, linewidth=0.6, alpha=0.45)
                    axes.plot(
                        steps, values.mean(0), color=colour, linestyle=style, linewidth=1.6, label=system
                    )
                axes.set_title(measure)
                axes.set_xlabel("rounds")
                axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            board[len(self.measures) - 1].legend(
                loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8, labelcolor=FAINT
            )
        seeds = max(len(each[STEP]) for each in shown.values())
        return board.picture(
            alt=f"Over the rounds of {len(shown)} systems: {', '.join(self.measures)}. At the end: "
            + "; ".join(
                f"{system} {each[self.measures[0]][:, -1].mean():.3g}" for system, each in shown.items()
            )
            + f" ({self.measures[0]}).",
            caption=f"{self.caption} Thick: the mean of {seeds} starts." if seeds > 1 else self.caption,
        )


def score_curves(*measures: str, caption: str, times: int = 8) -> ScoreCurves:
    """``score_curves("partner found", caption="…")``."""
    return ScoreCurves(measures=measures, caption=caption, times=times)


@final
class Follower:
    """Scores a system while it is trained, and notes the scores in the run's folder.

    What is noted is kept when the run is killed; moments that a resumed run comes to again are noted again.

    Args:
        folder: of the run.
        steps: of the whole run.
        times: moments at which it is scored; 0 never.
        objective: what is trained.
        score: of the objective, as it is now.
        seed: of what scoring draws.
    """

    def __init__(
        self,
        folder: Path,
        *,
        steps: int,
        times: int,
        objective: nn.Module,
        score: Callable[[], Scores],
        seed: int,
    ) -> None:
        self.path, self.steps, self.times = folder / FILE, steps, times
        self.objective, self.score, self.seed = objective, score, seed
        self.next = 1
        self.drop_cut_line()

    def drop_cut_line(self) -> None:
        """Remove what was half written when an earlier process was killed; that moment is noted again."""
        if self.path.exists() and not (text := self.path.read_text("utf-8")).endswith("\n"):
            self.path.write_text(text[: text.rfind("\n") + 1], "utf-8")

    def due(self, done: int) -> bool:
        """Whether another share of the run is over; the log's rhythm decides when that is seen."""
        return bool(self.times) and done * self.times >= self.next * self.steps

    def __call__(self, done: int) -> None:
        """Called with the number of finished steps."""
        if not self.due(done):
            return
        self.next = done * self.times // self.steps + 1
        with random_run(self.seed), as_it_was(self.objective):
            scores = self.score()
        row = {STEP: done} | {name: value for _, name, value in scores}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def rows(self) -> list[dict[str, float | int]]:
        """What has been noted, each moment once, in order."""
        if not self.path.exists():
            return []
        found: dict[int, dict[str, float | int]] = {}
        for line in self.path.read_text("utf-8").splitlines():
            row = json.loads(line)
            found[row[STEP]] = row
        return [found[step] for step in sorted(found)]


@contextmanager
def as_it_was(module: nn.Module):
    """Every part back in the mode, training or evaluation, that it was in."""
    modes = {part: part.training for part in module.modules()}
    try:
        yield
    finally:
        for part, mode in modes.items():
            part.training = mode
