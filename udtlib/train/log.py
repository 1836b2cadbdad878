"""What training measured: averages of every loss term, on the device until they are read."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from udtlib.types import Terms

Row = dict[str, float | int]


class NonFiniteLossError(RuntimeError):
    """A loss term became infinite or not a number; the message names the player, the term and the step."""


@dataclass
class History:
    """The log of a run: one row per ``log_every`` steps, with the mean of each term since the row before."""

    rows: list[Row] = field(default_factory=list)
    #: wall-clock time of all steps, also of those before the run was resumed
    seconds: float = 0.0

    def series(self, term: str) -> list[float]:
        """One term over time, for example ``history.series("generator/fool")``."""
        if self.rows and term not in self.rows[0]:
            raise KeyError(f"no term {term!r} was logged; there are {', '.join(sorted(self.rows[0]))}")
        return [row[term] for row in self.rows]


class Totals(NamedTuple):
    """Every term's sum, how many values it is the sum of, and the first step at which it was not finite.

    That is infinite for a term that always was finite.
    """

    sums: dict[str, float]
    counts: dict[str, int]
    broken: dict[str, float]

    @classmethod
    def sum(cls, *parts: Totals) -> Totals:
        """Several together."""
        names = dict.fromkeys(name for part in parts for name in part.sums)
        return cls(
            {k: sum(part.sums.get(k, 0.0) for part in parts) for k in names},
            {k: sum(part.counts.get(k, 0) for part in parts) for k in names},
            {k: min(part.broken.get(k, math.inf) for part in parts) for k in names},
        )


class Meter:
    """Running means of the terms, without a host synchronisation per step.

    Whether a term was finite is recorded on the device too, and looked at when the means are read.
    """

    def __init__(self) -> None:
        self.sums: dict[str, Tensor] = {}
        self.counts: dict[str, int] = {}
        self.broken: dict[str, Tensor] = {}

    def add(self, player: str, terms: Terms, *, step: int) -> None:
        """Take in one move's terms."""
        for name, value in terms.items():
            key, value = f"{player}/{name}", value.detach().float()
            first_broken = torch.where(value.isfinite(), torch.inf, float(step))
            if key in self.sums:
                self.sums[key] = self.sums[key] + value
                self.broken[key] = torch.minimum(self.broken[key], first_broken)
            else:
                self.sums[key], self.broken[key], self.counts[key] = value, first_broken, 0
            self.counts[key] += 1

    def read(self, *, step: int) -> Row:
        """The means since the last reading, as a row of the log.

        Raises:
            NonFiniteLossError: a term was infinite or not a number; names the earliest.
        """
        # Divided in the precision of the sums.
        means = {key: (total / self.counts[key]).item() for key, total in self.sums.items()}
        found = self.totals()
        return row_of(Totals(means, dict.fromkeys(means, 1), found.broken), step=step)

    def totals(self) -> Totals:
        """All sums since the last reading, which begin anew."""
        found = Totals(
            {key: value.item() for key, value in self.sums.items()},
            self.counts,
            {key: at.item() for key, at in self.broken.items()},
        )
        self.sums, self.counts, self.broken = {}, {}, {}
        return found


def row_of(totals: Totals, *, step: int) -> Row:
    """The means of all terms as a row of the log, after so many steps.

    Raises:
        NonFiniteLossError: a term was infinite or not a number; names the earliest.
    """
    broken = {key: at for key, at in totals.broken.items() if math.isfinite(at)}
    if broken:
        key = min(broken, key=broken.__getitem__)
        player, term = key.split("/", 1)
        raise NonFiniteLossError(
            f"the term {term!r} of player {player!r} was not finite at step {int(broken[key])}. "
            "Nothing was saved since. Lower that player's step size, or look at the batch of that step "
            "for values that are not finite"
        )
    return {"step": step} | {key: value / totals.counts[key] for key, value in totals.sums.items()}


class LogFile:
    """Rows as JSON lines, one file per run; with no folder, nothing is written."""

    def __init__(self, folder: Path | None, rows: list[Row]) -> None:
        self.path = None if folder is None else folder / "log.jsonl"
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # A killed run may have logged beyond its last checkpoint, or half a line: start from what was saved.
            scratch = self.path.with_suffix(".part")
            scratch.write_text("".join(json.dumps(row) + "\n" for row in rows))
            os.replace(scratch, self.path)

    def append(self, row: Row) -> None:
        """Add one row."""
        if self.path is not None:
            with self.path.open("a") as file:
                file.write(json.dumps(row) + "\n")
