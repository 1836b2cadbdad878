r"""Whether the rounds of a game are replayed from a CUDA graph.

Small nets keep a GPU waiting for Python: each of a round's thousand operations is launched by itself. A CUDA graph
holds all of them and is launched in one call. It reads and writes the same memory every time, so that a round's
batch, its step sizes, and what modules draw on the CPU are copied to where it looks for them, and its terms are
added up on the device. Random numbers of the device come from its generator, which a graph moves on as the loop
does.

The first rounds are played as ever, on a stream of their own as PyTorch asks for, and are looked at: what a graph
could not repeat is a reason to go on without one. Rounds in which something is due, such as a penalty every four
steps, are a graph of their own.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

from udtlib.train.graph_rounds import GraphRounds, refusal
from udtlib.train.replay import CudaGraphs, Tapes
from udtlib.train.round import EagerRounds, Rounds
from udtlib.train.static import is_capturable
from udtlib.train.table import Table

__all__ = ["Always", "Graph", "Never", "Rehearsed", "WhereItFits", "obstacle"]

log = logging.getLogger("udtlib.train")


class Graph(ABC):
    """Whether rounds are replayed from a graph, and what happens where they cannot be."""

    @abstractmethod
    def rounds(self, table: Table) -> Rounds:
        """How the rounds on this table are run."""


@final
@dataclass(frozen=True)
class Never(Graph):
    """Each operation is launched by itself."""

    def rounds(self, table: Table) -> Rounds:
        return EagerRounds(table)


@final
@dataclass(frozen=True)
class WhereItFits(Graph):
    """On CUDA, where nothing stands against it; Python's log ``udtlib.train`` says what does, once."""

    def rounds(self, table: Table) -> Rounds:
        if table.fabric.device.type != "cuda":
            return EagerRounds(table)
        if (reason := obstacle(table)) is not None:
            log.info("not captured: %s", reason)
            return EagerRounds(table)
        return GraphRounds(table, CudaGraphs(table.fabric.device))


@final
@dataclass(frozen=True)
class Always(Graph):
    """From a CUDA graph, or a ``ValueError`` with the reason."""

    def rounds(self, table: Table) -> Rounds:
        device = table.fabric.device
        reason = obstacle(table) if device.type == "cuda" else f"the device is a {device.type}, no CUDA GPU"
        if reason is not None:
            raise refusal(reason)
        return GraphRounds(table, CudaGraphs(device), insist=True)


@final
@dataclass(frozen=True)
class Rehearsed(Graph):
    """As from a graph, on any device: shows on a CPU whether a game can be captured, and is no faster.

    Operations on tensors are recorded once and repeated, and Python code is not run again.
    """

    def rounds(self, table: Table) -> Rounds:
        if (reason := obstacle(table)) is not None:
            raise refusal(reason)
        return GraphRounds(table, Tapes(), insist=True)


def obstacle(table: Table) -> str | None:
    """What stands against a graph before any round is played, in a few words, or None."""
    fabric = table.fabric
    if fabric.world_size > 1:
        return f"{fabric.world_size} processes average their gradients"
    for name, player in table.players.items():
        if player.moves > 1:
            return f"player {name!r} moves {player.moves} times a round"
        if not is_capturable(table.optimisers[name]):
            return f"the optimiser of player {name!r} is no fused Adam"
    if getattr(fabric.strategy.precision, "scaler", None) is not None:
        return "in half precision the CPU adjusts what the loss is multiplied by"
    for path, module in table.objective.named_modules():
        if module._compiled_call_impl is not None or "_orig_mod" in module._modules:
            return f"{path or 'the game'} is compiled by torch.compile"
    return None
