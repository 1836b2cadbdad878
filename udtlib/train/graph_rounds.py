"""Rounds that are played as ever a few times, and are then replayed as a whole."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, final

import numpy as np
from torch import nn

from udtlib.objectives.base import Clock, DrawsAhead
from udtlib.train.log import Row, Totals, row_of
from udtlib.train.replay import CaptureError, Replayer
from udtlib.train.round import EagerRounds, Rounds, play_round, set_rate
from udtlib.train.static import (
    Kind,
    StaticMeter,
    Watch,
    capturable,
    fits,
    rates_as_tensors,
    static_like,
    watched_clock,
)
from udtlib.train.table import Table
from udtlib.train.tape import Findings
from udtlib.types import Batch, Terms

__all__ = ["WARM_UP", "GraphRounds", "refusal"]

#: Rounds of each kind that are played before one is captured: PyTorch asks for three.
WARM_UP = 3

log = logging.getLogger("udtlib.train")


def refusal(reason: str) -> ValueError:
    """What to say where somebody insists on a graph."""
    return ValueError(
        f"the round cannot be captured: {reason}; train with graph=WhereItFits() or graph=Never()"
    )


@final
class GraphRounds(Rounds):
    """A round's batch, step sizes and draws are copied to where a graph reads them; its terms add up there.

    Args:
        table: what is played on.
        replayer: captures and replays.
        insist: a reason against it that comes up while rounds are played is an error.
    """

    def __init__(self, table: Table, replayer: Replayer, *, insist: bool = False) -> None:
        self.table, self.replayer, self.insist = table, replayer, insist
        self.eager, self.meter = EagerRounds(table), StaticMeter(table.fabric.device)
        self.watch, self.static = Watch(), None
        self.clock = watched_clock(self.watch)
        self.warm: Counter[Kind] = Counter()
        self.replays: dict[Kind, Callable[[], None]] = {}
        self.rates: dict[str, float] = {}
        self.ahead = [part for part in table.objective.modules() if isinstance(part, DrawsAhead)]
        #: why rounds are not replayed, if they are not
        self.reason: str | None = None
        for optimiser in table.optimisers.values():
            rates_as_tensors(optimiser, table.fabric.device)

    def play(self, step: int) -> None:
        if self.reason is not None:
            self.eager.play(step)
            return
        batch = self.replayer.draw(lambda: self.table.batch(step))
        self.static = static_like(batch) if self.static is None else self.static
        if not fits(batch, self.static):
            self.give_up("the batches differ in shape or type")
            self.eager.play(step)
            return
        self.prepare(step, batch)
        kind = self.watch.kind(step)
        if self.warm[kind] < WARM_UP:
            self.warm_up(step)
            return
        if kind in self.replays:
            self.replays[kind]()
        elif not self.capture(step, kind):
            return
        self.meter.count(kind)

    def capture(self, step: int, kind: Kind) -> bool:
        """Capture rounds of this kind and play the first; False where that failed, and it was played as ever."""
        try:
            with capturable(self.table.optimisers.values()):
                self.replays[kind] = self.replayer.capture(partial(self.captured, step, kind))
        except CaptureError as error:
            if not self.insist:
                # On what was drawn ahead, so that the run is what it would have been.
                self.warm_up(step)
            # Told once, as a warning: the run is the same, and slower than it might be.
            self.give_up(str(error), level=logging.WARNING)
            return False
        log.info("captured: from round %d on, rounds of this kind are one graph", step + 1)
        return True

    def prepare(self, step: int, batch: Batch) -> None:
        """Bring all that a round reads to where a graph looks for it."""
        for there, new in zip(self.static, batch, strict=True):
            if new is not None:
                there.copy_(new)
        for name, player in self.table.players.items():
            rate = self.table.rate(player, Clock(step, self.table.steps))
            if self.rates.get(name) != rate:
                set_rate(self.table.optimisers[name], rate)
                self.rates[name] = rate
        self.meter.now.fill_(step)
        for part in self.ahead:
            part.draw_ahead(batch.x)

    def warm_up(self, step: int) -> None:
        """Play a round as ever, on the memory of a graph, and look at what it does."""
        before, findings, names = self.host(), Findings(self.table.fabric.device), []

        def took(name: str, terms: Terms) -> None:
            names.extend(f"{name}/{term}" for term in terms)
            self.eager.meter.add(name, terms, step=step)

        def watched() -> None:
            with findings:
                self.moves(step, took=took)

        self.replayer.warm_up(watched)
        kind = self.watch.kind(step)
        self.warm[kind] += 1
        if (reason := self.found(before, findings, kind, names)) is not None:
            self.give_up(reason)

    def moves(self, step: int, *, took: Callable[[str, Terms], None]) -> None:
        """All players' moves, on what was prepared."""
        play_round(self.table, lambda: self.static, self.clock(step, self.table.steps), took=took)

    def captured(self, step: int, kind: Kind) -> None:
        """What a graph holds."""
        values: Terms = {}

        def took(name: str, terms: Terms) -> None:
            values.update({f"{name}/{term}": value for term, value in terms.items()})

        self.moves(step, took=took)
        self.meter.add(kind, values)

    def host(self) -> dict[str, Any]:
        """What a round may change that is no tensor: a graph would not."""
        _, keys, position, *_ = np.random.get_state()  # noqa: NPY002 (what third-party code draws from)
        return {
            "Python's random numbers": random.getstate(),
            "NumPy's random numbers": (keys.tobytes(), position),
            **plain_values(self.table.objective),
        }

    def found(self, before: dict[str, Any], findings: Findings, kind: Kind, names: list[str]) -> str | None:
        """What stands against a graph after a round was looked at, in a few words, or None."""
        if self.watch.time:
            return "a loss follows how far training has come"
        if findings.notes:
            return f"the round {findings.notes[0]}"
        after = self.host()
        if changed := [name for name in after if after[name] != before.get(name)]:
            return f"every round changes {changed[0]}, which is no tensor"
        if self.meter.expect(kind, names) != names:
            return "the terms of a loss differ from round to round"
        return None

    def give_up(self, reason: str, *, level: int = logging.INFO) -> None:
        """Go on without graphs."""
        self.close()
        self.reason = reason
        if self.insist:
            raise refusal(reason)
        log.log(level, "not captured: %s", reason)

    def read(self, *, step: int) -> Row:
        return row_of(Totals.sum(self.eager.meter.totals(), self.meter.totals()), step=step)

    def close(self) -> None:
        self.replays = {}
        for part in self.ahead:
            part.draw_anew()
        for optimiser in self.table.optimisers.values():
            # Gradients lie in the memory of a graph.
            optimiser.zero_grad()


def plain_values(module: nn.Module) -> dict[str, Any]:
    """The plain values that modules hold, such as counters of rounds, but for those that draw ahead."""
    return {
        f"{path}.{name}".lstrip("."): value
        for path, part in module.named_modules()
        if not isinstance(part, DrawsAhead)
        for name, value in vars(part).items()
        if isinstance(value, bool | int | float | str)
    }
