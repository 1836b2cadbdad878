r"""Flow matching: a velocity learned by regression on straight lines between samples [lipman2023, tong2024].

.. math::

    \min_v \; \mathbb{E}_{t \sim U[0, 1]}\, \mathbb{E}_{(x, y) \sim \pi} \|v_t(x_t) - (y - x)\|^2,
    \qquad x_t = (1 - t)\,x + t\,y

([tong2024], eq. 14 and 15 with :math:`\sigma = 0`; for a Gaussian source that is independent of the target,
[lipman2023], eq. 23 with :math:`\sigma_\mathrm{min} = 0`). Whatever the coupling :math:`\pi` is, the minimiser
:math:`v_t(x) = \mathbb{E}[y - x \mid x_t = x]` carries :math:`\alpha` to :math:`\beta`; the coupling decides
which map does it. With the optimal coupling ([tong2024], eq. 17) no two lines cross, there is nothing to average,
and the flow is the optimal one [tong2024, proposition 3.4].
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import torch

from udtlib.data.pair import DomainPair
from udtlib.data.paired import PairedSamples
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.translators.velocity_flow import VelocityFlow
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling
from udtlib.types import Batch, Points, Tensor, Terms

__all__ = [
    "BatchCoupling",
    "FlowMatching",
    "FlowMatchingConfig",
    "IndependentCoupling",
    "OptimalCoupling",
    "optimal_pairs",
]


class BatchCoupling(ABC):
    r"""Which x of a batch travels to which y: samples of a coupling :math:`\pi`."""

    @abstractmethod
    def __call__(self, x: Points, y: Points) -> Points:
        """The y of the batch in another order: the i-th belongs to ``x[i]``."""


@final
@dataclass(frozen=True)
class IndependentCoupling(BatchCoupling):
    r"""Pairs as the batch brings them.

    For an unpaired pair of domains that is :math:`\pi = \alpha \otimes \beta`, the coupling of plain flow
    matching; for a paired one, whatever coupling its samples come from, such as :func:`optimal_pairs`.
    """

    def __call__(self, x: Points, y: Points) -> Points:
        return y


@final
@dataclass(frozen=True, kw_only=True)
class OptimalCoupling(BatchCoupling):
    r"""The exact optimal plan of each batch for a cost, :math:`\|x - y\|^2` unless told ([tong2024], eq. 17).

    A plan between small batches is dearer than the plan between the distributions, so that the flow is nearly,
    not quite, the optimal one. But it is drawn anew every time: its noise averages out, where one large plan that
    is used over and over is learned by heart.

    Args:
        chunk: samples of one plan, for larger batches several plans are solved; None takes the whole batch.
        cost: from two samples to the matrix of costs, such as a
            :class:`~udtlib.transport.semantic.SemanticCost`.

    Raises:
        ValueError: a chunk of fewer than two samples, which leaves nothing to choose.
    """

    chunk: int | None = None
    cost: Callable[[Tensor, Tensor], Tensor] = field(default=squared_euclidean, metadata={"added": True})

    def __post_init__(self) -> None:
        check_fields(self)
        if self.chunk is not None and self.chunk < 2:
            raise ValueError(f"a plan chooses between at least two samples, got chunk={self.chunk}")

    def __call__(self, x: Points, y: Points) -> Points:
        size = self.chunk or len(x)
        parts = zip(x.split(size), y.split(size), strict=True)
        return torch.cat([optimal_order(a, b, cost=self.cost) for a, b in parts])


@dataclass(frozen=True, kw_only=True)
class FlowMatchingConfig:
    """How the velocity steps."""

    optimiser: AdamConfig = AdamConfig(rate=3e-3, betas=(0.9, 0.99))


@final
class FlowMatching(Objective):
    r"""A velocity that is to be the mean direction of all lines through a point.

    Args:
        flow: the translator whose velocity is learned; nothing is integrated while it trains.
        coupling: which x of a batch travels to which y.
        config: the step sizes.
    """

    @checked_options()
    def __init__(
        self,
        flow: VelocityFlow,
        *,
        coupling: BatchCoupling | None = None,
        config: FlowMatchingConfig | None = None,
    ) -> None:
        super().__init__()
        self.flow = flow
        self.coupling = coupling or IndependentCoupling()
        self.config = config or FlowMatchingConfig()

    def players(self) -> dict[str, Player]:
        return {"flow": Player(module=self.flow, loss=self.flow_loss, optimiser=self.config.optimiser)}

    def flow_loss(self, batch: Batch, clock: Clock) -> Terms:
        r""":math:`\mathbb{E}\,\|v_t(x_t) - (y - x)\|^2` ([tong2024], eq. 14 and 15)."""
        x, y = batch.x, self.coupling(batch.x, batch.y)
        t = torch.rand(len(x), device=x.device, dtype=x.dtype)
        x_t = x + t.view(-1, *[1] * (x.ndim - 1)) * (y - x)
        error = self.flow.velocity(x_t, t) - (y - x)
        return {"velocity": error.square().flatten(1).sum(1).mean()}


@checked_options()
def optimal_pairs(pair: DomainPair, *, count: int, seed: int, draws: int = 1) -> PairedSamples:
    r"""Samples of a pair of domains, coupled once and for all by exact optimal plans.

    To train on large plans where solving one for every batch would take too long; :class:`IndependentCoupling`
    then leaves the pairs as they are. Draw enough: a net that sees a few thousand pairs again and again learns
    them by heart, and the noise of their plan with them.

    Args:
        pair: the domains; their "train" and "test" splits become those of the result.
        count: samples of each plan.
        seed: names the samples.
        draws: how many plans of fresh samples for the training split; the test split has one.

    Raises:
        ValueError: fewer than two samples, or no draws.
        NotConvergedError: a solver stopped before the optimum.
    """
    if count < 2 or draws < 1:
        raise ValueError(f"needs plans of at least two samples, at least one, got {count} and {draws}")
    train = [coupled_batch(pair.batch(k, size=count, seed=seed)) for k in range(draws)]
    test = coupled_batch(pair.batch(0, size=count, seed=seed, split="test"))
    return PairedSamples(Batch(torch.cat([b.x for b in train]), torch.cat([b.y for b in train])), test)


def coupled_batch(batch: Batch) -> Batch:
    """The batch with its y in the optimal order."""
    return Batch(batch.x, optimal_order(batch.x, batch.y))


def optimal_order(
    x: Tensor, y: Tensor, *, cost: Callable[[Tensor, Tensor], Tensor] = squared_euclidean
) -> Tensor:
    """The y, each in the place of the x that an optimal plan sends there."""
    if len(x) < 2:
        return y
    coupling = optimal_coupling(cost(x.detach(), y.detach())).or_raise()
    assert coupling.permutation is not None, "a vertex between equal counts of equal weights is a permutation"
    return y[coupling.permutation]
