r"""DONT: the map that fits with the least effort, found along its way [debezenac2019].

.. math::

    \min_v \; \lambda \sum_{k=0}^{K-1} \Delta t\; \mathbb{E}_{x \sim \alpha} \sum_i c_i\, |v_{k,i}(x_k)|^p
        + D(T_\#\alpha, \beta), \qquad x_{k+1} = x_k + \Delta t\, v_k(x_k), \quad T(x) = x_K

(eq. 6 and 7, with the :math:`\Delta t` that eq. 6 drops, the sum from 0 to :math:`K - 1`, and
:math:`\lambda` on the effort, as on the authors' slides, rather than :math:`1 / \lambda` on :math:`D`: the
two losses differ by the factor
:math:`\lambda`, and only this one stays finite as :math:`\lambda \to 0`).

:math:`\lambda` falls to zero while training. With a fixed :math:`D` this is a penalty method and no Lagrange
multiplier: while :math:`\lambda > 0` the map stops short of the target, in favour of a smaller effort. It is
another matter where :math:`D` is a critic whose slope nobody bounds,

.. math:: \max_f \min_v \; \lambda\, \text{effort}(v) - \mathbb{E} f(T(x)) + \mathbb{E} f(y),

for then :math:`f / \lambda` *is* the multiplier of the constraint :math:`T_\#\alpha = \beta`, a Kantorovich
potential, and any constant :math:`\lambda > 0` will do: :class:`~udtlib.objectives.discrepancy.Multiplier`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.discrepancy import Discrepancy, Moved, Multiplier
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.transport.dynamic import transport_energy
from udtlib.types import Batch, Terms

__all__ = ["DONT", "DONTConfig"]


@dataclass(frozen=True, kw_only=True)
class DONTConfig:
    """The effort's weight, its shape and its end."""

    #: λ at the first step
    effort_weight: float = 1.0
    #: share of the run after which λ has fallen linearly to its end; the paper's is 1
    effort_until: float = 1.0
    #: λ from then on; the paper's is 0
    effort_end: float = 0.0
    #: the exponent p of the cost, above 1
    power: float = 2.0
    #: weight μ of the anchors, where there are some
    anchor_weight: float = 0.1
    #: anchors that are looked at in a step
    anchor_batch: int = 64
    #: Adam for the velocities
    optimiser: AdamConfig = AdamConfig(rate=1e-3)

    def __post_init__(self) -> None:
        check_fields(self)
        if not 0 <= self.effort_end <= self.effort_weight:
            raise ValueError(
                f"λ falls from effort_weight to effort_end ≥ 0, got {self.effort_weight} and {self.effort_end}"
            )
        if not 0 < self.effort_until <= 1:
            raise ValueError(
                f"effort_until is a share of the run above 0 and at most 1, got {self.effort_until}"
            )
        if not self.anchor_weight > 0 or self.anchor_batch < 1:
            raise ValueError(
                f"anchors need a positive weight and at least one a step, got anchor_weight={self.anchor_weight}, "
                f"anchor_batch={self.anchor_batch}; give no anchors to leave them out"
            )
        if not self.power > 1:
            raise ValueError(
                f"the cost |x - y|^p is strictly convex only for p > 1, got power={self.power}; "
                "without that the best map need not be unique"
            )

    def effort_at(self, clock: Clock) -> float:
        """λ at this time."""
        fallen = min(1.0, clock.progress / self.effort_until)
        return self.effort_weight + fallen * (self.effort_end - self.effort_weight)


@final
class DONT(Objective):
    r"""A residual flow that is to fit, and to move as little as it can.

    Args:
        flow: the velocities :math:`v_0, \dots, v_{K-1}`.
        discrepancy: :math:`D`.
        cost_weight: :math:`c_i > 0`, one for each entry of a sample: how much it costs to change it; None
            for ones.
        anchors: samples and their known translations, a few pairs :math:`(x_a, y_a)` in the same order; None where
            nobody knows any.
        config: the effort's weight and the step sizes.

    Raises:
        ValueError: a cost weight that is not positive: with :math:`c_i = 0` the cost is not strictly convex,
            and nothing chooses among maps that differ in entry i.
    """

    @checked_options()
    def __init__(
        self,
        flow: ResidualFlow,
        discrepancy: Discrepancy,
        *,
        cost_weight: Tensor | None = None,
        anchors: tuple[Tensor, Tensor] | None = None,
        config: DONTConfig | None = None,
    ) -> None:
        super().__init__()
        if cost_weight is not None and not bool((cost_weight > 0).all()):
            raise ValueError(
                f"cost weights must be positive, the smallest is {float(cost_weight.min()):g}; use a small "
                "positive number such as 1e-3 for what may change freely"
            )
        self.flow, self.discrepancy = flow, discrepancy
        self.config = config or DONTConfig()
        if isinstance(discrepancy, Multiplier):
            self.check_balance(discrepancy, cost_weight)
        if anchors is not None and (len(anchors[0]) != len(anchors[1]) or len(anchors[0]) == 0):
            raise ValueError(
                f"anchors are pairs, got {len(anchors[0])} samples and {len(anchors[1])} translations"
            )
        self.register_buffer("cost_weight", cost_weight, persistent=False)
        for name, side in zip(("anchor_x", "anchor_y"), anchors or (None, None), strict=True):
            self.register_buffer(name, side, persistent=False)

    def check_balance(self, multiplier: Multiplier, cost_weight: Tensor | None) -> None:
        """Raise a ValueError unless the critic is held to the slope of this objective's own effort."""
        mine = (self.config.effort_weight, self.config.effort_end, self.config.power)
        its = (multiplier.effort_weight, multiplier.effort_weight, multiplier.power)
        if mine != its:
            raise ValueError(
                "a Multiplier balances one constant effort: effort_weight, effort_end and power are to be "
                f"{its} as its own, got {mine}"
            )
        weights = (cost_weight, multiplier.cost_weight)
        if any(w is None for w in weights) != all(w is None for w in weights) or (
            weights[0] is not None and not torch.equal(*weights)
        ):
            raise ValueError("a Multiplier and its objective need the same cost_weight; give it to both")

    def players(self) -> dict[str, Player]:
        flow = Player(module=self.flow, loss=self.flow_loss, optimiser=self.config.optimiser)
        return self.discrepancy.players(self.made) | {"flow": flow}

    def make(self, batch: Batch) -> Moved:
        r"""The path :math:`x_0, \dots, x_K`."""
        return Moved(batch, self.flow.path(batch.x))

    def flow_loss(self, given: Batch | Moved, clock: Clock) -> Terms:
        r""":math:`\lambda \sum_k \Delta t\, \mathbb{E}\, c(v_k(x_k)) + D(T_\#\alpha, \beta)` (eq. 7)."""
        (_, y, *_), path, _ = self.made(given)
        terms = {"fit": self.discrepancy(path[-1], y)}
        if lam := self.config.effort_at(clock):
            effort = transport_energy(path, power=self.config.power, weight=self.cost_weight)
            terms["effort"] = lam * effort
        if self.anchor_x is not None:
            terms["anchors"] = self.config.anchor_weight * self.anchor_error()
        return terms

    def anchor_error(self) -> Tensor:
        r""":math:`\mathbb{E} \|T(x_a) - y_a\|^2` over some of the anchors, drawn anew in every step."""
        count = len(self.anchor_x)
        rows = torch.randperm(count, device=self.anchor_x.device)[: self.config.anchor_batch]
        gap = self.flow(self.anchor_x[rows]) - self.anchor_y[rows]
        return gap.flatten(1).square().sum(1).mean()
