"""What a graph of a round reads and writes: tensors that stay where they are from round to round."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, final

import torch
from torch import Tensor
from torch.optim import Adam

from udtlib.objectives.base import Clock
from udtlib.train.log import Totals
from udtlib.types import Batch, Terms

__all__ = [
    "Kind",
    "StaticMeter",
    "Watch",
    "capturable",
    "fits",
    "is_capturable",
    "rates_as_tensors",
    "static_like",
    "watched_clock",
]

#: Which of the things that recur every so many rounds are due: rounds of one kind are one graph.
Kind = tuple[bool, ...]


def static_like(batch: Batch) -> Batch:
    """A batch's memory, which later batches are copied into."""
    return Batch(*(None if t is None else t.clone(memory_format=torch.preserve_format) for t in batch))


def fits(batch: Batch, static: Batch) -> bool:
    """Whether a batch can be copied into the memory of another: equal shapes and types."""
    return all(
        (a is None) == (b is None) and (a is None or (a.shape == b.shape and a.dtype == b.dtype))
        for a, b in zip(batch, static, strict=True)
    )


def rates_as_tensors(optimiser: Any, device: torch.device) -> None:
    """Let an optimiser read its step size from a tensor, which a graph can look at again."""
    # CUDA's fused Adam takes a step size in single precision; on a CPU there is no reason to round.
    precision = torch.float32 if device.type == "cuda" else torch.float64
    for group in optimiser.param_groups:
        group["lr"] = torch.tensor(float(group["lr"]), device=device, dtype=precision)


@contextmanager
def capturable(optimisers: Iterable[Any]) -> Iterator[None]:
    """Let steps be captured for a while; PyTorch warns of those that could be and are not."""
    groups = [group for optimiser in optimisers for group in optimiser.param_groups]
    for group in groups:
        group["capturable"] = True
    try:
        yield
    finally:
        for group in groups:
            group["capturable"] = False


def is_capturable(optimiser: Any) -> bool:
    """Whether its steps can be captured once it reads its step size from a tensor."""
    return isinstance(optimiser, Adam) and all(group["fused"] for group in optimiser.param_groups)


@dataclass
class Watch:
    """What the losses of a game asked the clock."""

    #: they asked how far training has come, which differs in every round
    time: bool = False
    #: they asked for what is due every so many steps
    periods: set[int] = field(default_factory=set)

    def kind(self, step: int) -> Kind:
        """Which of what they asked for is due at a step."""
        return tuple(step % period == 0 for period in sorted(self.periods))


def watched_clock(watch: Watch) -> Callable[[int, int], Clock]:
    """A kind of clock that notes what it is asked."""

    # A class for each run, which knows its watch: Fabric takes named tuples apart and puts them together again.
    class WatchedClock(Clock):
        @property
        def step(self) -> int:
            watch.time = True
            return self[0]

        @property
        def steps(self) -> int:
            watch.time = True
            return self[1]

        def due(self, every: int) -> bool:
            watch.periods.add(every)
            return self[0] % every == 0

    return WatchedClock


@final
class StaticMeter:
    """Running means of the terms in a few tensors: one vector for each kind of round.

    Args:
        device: where the terms are.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        #: the step that is played, which the graph reads
        self.now = torch.zeros((), device=device)
        self.never = torch.full((), math.inf, device=device)
        self.names: dict[Kind, list[str]] = {}
        self.sums: dict[Kind, Tensor] = {}
        self.broken: dict[Kind, Tensor] = {}
        self.counts: dict[Kind, int] = {}

    def expect(self, kind: Kind, names: list[str]) -> list[str]:
        """Make room for the terms of a kind of round when it is first played; returns what there is room for."""
        if kind not in self.names:
            self.names[kind] = names
            self.sums[kind] = torch.zeros(len(names), device=self.device)
            self.broken[kind] = torch.full((len(names),), math.inf, device=self.device)
            self.counts[kind] = 0
        return self.names[kind]

    @torch.no_grad()
    def add(self, kind: Kind, terms: Terms) -> None:
        """Take in a round's terms, by operations on tensors alone."""
        values = torch.stack([value.detach().float() for value in terms.values()])
        first = torch.where(values.isfinite(), self.never, self.now)
        self.sums[kind].add_(values)
        self.broken[kind].copy_(torch.minimum(self.broken[kind], first))

    def count(self, kind: Kind) -> None:
        """Note that a round of this kind was played."""
        self.counts[kind] += 1

    def totals(self) -> Totals:
        """All sums since the last reading, which begin anew."""
        found = Totals({}, {}, {})
        for kind, names in self.names.items():
            if not self.counts[kind]:
                continue
            sums, broken = torch.stack([self.sums[kind], self.broken[kind]]).tolist()
            counts = [self.counts[kind]] * len(names)
            found = Totals.sum(
                found, Totals(*(dict(zip(names, v, strict=True)) for v in (sums, counts, broken)))
            )
            self.sums[kind].zero_()
            self.broken[kind].fill_(math.inf)
            self.counts[kind] = 0
        return found
