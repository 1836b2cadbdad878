r"""Product domains: the data of many independent runs in one batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.data.pair import Domain, Draw, IndependentPair
from udtlib.types import Float, Split, Tensor

__all__ = ["Replicated", "replicated_pair"]


@final
@dataclass(frozen=True)
class Replicated(Domain):
    r"""The product :math:`\alpha^{\otimes R}`: each sample holds one sample of :math:`\alpha` for each run.

    Samples have the shape ``(runs, *shape)`` and labels ``(runs,)``, and all are independent. It feeds an ensemble
    of nets that are trained at once, each on its own data.

    Args:
        domain: the distribution :math:`\alpha`.
        runs: the number :math:`R` of copies.

    Raises:
        ValueError: fewer than one run.
    """

    domain: Domain
    runs: int

    def __post_init__(self) -> None:
        if self.runs < 1:
            raise ValueError(f"a product needs at least one copy, got runs={self.runs}")

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.runs, *self.domain.shape)

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        value, *more = self.domain.draw(count * self.runs, generator=generator, split=split)
        grid = (count, self.runs)
        return Draw(
            value.view(*grid, *self.domain.shape), *(None if t is None else t.view(grid) for t in more)
        )

    def to(self, device: torch.device | str) -> Replicated:
        return replace(self, domain=self.domain.to(device))


@final
@dataclass(frozen=True)
class PerRun:
    """A map on single samples, applied to every run's samples."""

    one: Callable[[Tensor], Tensor]

    def __call__(self, x: Float[Tensor, "batch runs ..."]) -> Float[Tensor, "batch runs ..."]:
        return self.one(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def replicated_pair(pair: IndependentPair, *, runs: int) -> IndependentPair:
    r"""The same task once for each run: :math:`\alpha^{\otimes R}` to :math:`\beta^{\otimes R}`.

    The true map, where there is one, is applied to each run's samples.

    Raises:
        ValueError: fewer than one run.
    """
    truth = None if pair.truth is None else PerRun(pair.truth)
    return IndependentPair(Replicated(pair.source, runs), Replicated(pair.target, runs), truth)
