"""What a game is played on: nets on their device, who moves them by which optimiser, where batches come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.optim import Optimizer

from udtlib.data.pair import DomainPair
from udtlib.objectives.base import Clock, Objective, Player
from udtlib.types import Batch

__all__ = ["Table", "put_channels_last", "table_of"]


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


def table_of(
    fabric: Fabric,
    objective: Objective,
    pair: DomainPair,
    *,
    steps: int,
    batch_size: int,
    seed: int,
    channels_last: bool,
    rate_factor: Callable[[Clock], float],
) -> Table:
    """What the game is played on, on Fabric's device.

    Args:
        fabric: the hardware.
        objective: the game; it is moved there.
        pair: where batches come from; on the device already.
        steps: rounds of the run.
        batch_size: samples of each domain in a batch.
        seed: names the batches.
        channels_last: lay out images so.
        rate_factor: what every step size is multiplied by at a time.
    """

    def batch(index: int) -> Batch:
        # Several processes share the sequence of batches.
        index = index * fabric.world_size + fabric.global_rank
        drawn = pair.batch(index, size=batch_size, seed=seed)
        if not channels_last:
            return drawn
        return Batch(*(t.contiguous(memory_format=torch.channels_last) if is_image(t) else t for t in drawn))

    def rate(player: Player, clock: Clock) -> float:
        return player.optimiser.rate * rate_factor(clock)

    return Table(
        fabric=fabric,
        objective=objective,
        game=fabric.setup_module(objective),
        optimisers={
            name: fabric.setup_optimizers(player.optimiser.build(player.module.parameters()))
            for name, player in objective.players().items()
        },
        batch=batch,
        rate=rate,
        steps=steps,
    )


def put_channels_last(players: dict[str, Player], wanted: bool | str) -> None:
    """Lay out the weights of convolutions with their channels last, in all nets or in those of one player.

    Raises:
        ValueError: a name that is no player's.
    """
    if isinstance(wanted, str) and wanted not in players:
        raise ValueError(
            f"channels_last={wanted!r} names no player of this game; there are {', '.join(players)}"
        )
    for name in players if wanted is True else [wanted] if wanted else []:
        players[name].module.to(memory_format=torch.channels_last)


def is_image(samples: Tensor | None) -> bool:
    """Whether samples have channels, rows and columns."""
    return samples is not None and samples.ndim == 4
