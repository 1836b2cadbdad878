"""One round of a game: every player makes its moves. How rounds are run is a strategy; what is played is this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

import torch

from udtlib.objectives.base import Clock, Player, total
from udtlib.train.log import Meter, Row
from udtlib.train.table import Table
from udtlib.types import Batch, Terms

__all__ = ["EagerRounds", "Rounds", "frozen_except", "play_round"]


class Rounds(ABC):
    """A way to run the rounds of a game."""

    @abstractmethod
    def play(self, step: int) -> None:
        """Play the round of this step."""

    @abstractmethod
    def read(self, *, step: int) -> Row:
        """The means of all terms since the last reading, as a row of the log."""

    @abstractmethod
    def close(self) -> None:
        """Leave the game as any loop leaves it."""


class EagerRounds(Rounds):
    """Each operation is launched as Python comes to it.

    Args:
        table: what is played on.
    """

    def __init__(self, table: Table) -> None:
        self.table, self.meter = table, Meter()

    def play(self, step: int) -> None:
        table, clock = self.table, Clock(step, self.table.steps)
        for name, player in table.players.items():
            set_rate(table.optimisers[name], table.rate(player, clock))
        batches = map(table.batch, count(step * (1 if table.shared else table.moves)))
        play_round(table, partial(next, batches), clock, took=partial(self.meter.add, step=step))

    def read(self, *, step: int) -> Row:
        return self.meter.read(step=step)

    def close(self) -> None:
        """Nothing."""


def play_round(
    table: Table, draw: Callable[[], Batch], clock: Clock, *, took: Callable[[str, Terms], None]
) -> None:
    """Every player's moves.

    Args:
        table: what is played on.
        draw: gives the next batch.
        clock: the time, which losses may follow.
        took: called with each move's player and terms.
    """
    made = table.game(None, draw(), clock) if table.shared else None
    for name, player in table.players.items():
        optimiser = table.optimisers[name]
        for _ in range(player.moves):
            given = made if table.shared else draw()
            with frozen_except(player, table.players):
                terms = table.game(name, given, clock)
                optimiser.zero_grad()
                table.fabric.backward(total(terms))
                optimiser.step()
            took(name, terms)


@contextmanager
def frozen_except(player: Player, players: dict[str, Player]) -> Iterator[None]:
    """Freeze every other player's parameters, so that one move trains one player and wastes no gradient."""
    others = [p for other in players.values() if other is not player for p in other.module.parameters()]
    frozen = [p for p in others if p.requires_grad]
    for parameter in frozen:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in frozen:
            parameter.requires_grad_(True)


def set_rate(optimiser: object, rate: float) -> None:
    """Set the step size of every parameter group, in place where it is a tensor that a graph reads."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
