"""One round of a game: every player makes its moves. How it is run is a strategy; what is played is always this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count

import torch
from lightning_fabric import Fabric
from torch.optim import Optimizer

from udtlib.data.pair import DomainPair
from udtlib.objectives.base import Clock, Objective, Player, total
from udtlib.train.log import Meter, Row
from udtlib.types import Batch, Terms

__all__ = ["EagerRounds", "Rounds", "Table", "frozen_except", "play_round"]


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a game is played on: the nets, who moves them by which optimiser, and where batches come from."""

    fabric: Fabric
    objective: Objective
    #: the objective as Fabric wraps it, for precision and several devices
    game: Callable[..., object]
    optimisers: dict[str, Optimizer]
    #: a step's batches: from the batch's number
    batch: Callable[[int], Batch]
    #: what a player's step size is at a step
    rate: Callable[[Player, Clock], float]
    steps: int

    @cached_property
    def players(self) -> dict[str, Player]:
        """The players in the order in which they move."""
        return self.objective.players()

    @cached_property
    def moves(self) -> int:
        """How many moves a round has."""
        return sum(player.moves for player in self.players.values())

    @property
    def shared(self) -> bool:
        """Whether every player moves once: then all look at one batch, and what is made of it is made once."""
        return self.moves == len(self.players)


class Rounds(ABC):
    """A way to run the rounds of a game."""

    @abstractmethod
    def play(self, step: int) -> None:
        """Play the round of this step."""

    @abstractmethod
    def read(self, *, step: int) -> Row:
        """The means of all terms since the last reading, as a row of the log."""

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
