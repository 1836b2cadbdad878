r"""A translation network between two spaces of codes, taught by plans between batches.

.. math:: \min_{T, S} \; \mathbb{E} \min_P \sum_{ij} P_{ij} \bigl( \|T(x_i) - y_j\|^2 + \|x_i - S(y_j)\|^2 \bigr)
          + \lambda_\mathrm{cyc} \bigl( \|S(T(x)) - x\|^2 + \|T(S(y)) - y\|^2 \bigr)

A plan pairs the codes of a batch, the pairs teach the network, the network moves the next plan: what
[chevalley2020, section 5] leaves for later. One plan serves both directions, so that the way there and the way
back are taught the same pairs; the cycle asks it of the codes that no pair speaks of. From a bad start the plan
confirms what the network says: start from a rotation that
:func:`~udtlib.transport.procrustes.wasserstein_procrustes` found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.translators.two_way import TwoWay
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling
from udtlib.types import Batch, Float, Tensor, Terms

__all__ = ["PlannedMaps", "PlannedMapsConfig"]


@dataclass(frozen=True, kw_only=True)
class PlannedMapsConfig:
    """The weight of the cycles and how the network steps."""

    #: λ_cyc, beside the squared distances of paired codes
    cycle_weight: float | int = 1.0
    #: Adam for both directions
    optimiser: AdamConfig = AdamConfig(rate=1e-3)

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.cycle_weight >= 0:
            raise ValueError(f"a weight must not be negative, got cycle_weight={self.cycle_weight}")


@final
class PlannedMaps(Objective):
    r"""One player: both directions of a translator of codes.

    Args:
        translator: :math:`T` and :math:`S`.
        config: the weight of the cycles and the step size.
    """

    @checked_options()
    def __init__(self, translator: TwoWay, *, config: PlannedMapsConfig | None = None) -> None:
        super().__init__()
        self.translator, self.config = translator, config or PlannedMapsConfig()

    def players(self) -> dict[str, Player]:
        return {
            "translator": Player(
                module=self.translator, loss=self.translator_loss, optimiser=self.config.optimiser
            )
        }

    def translator_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""The cost of the batch's best plan, at that plan, and the two cycles."""
        x, y, T, S = batch.x, batch.y, self.translator.forth, self.translator.back
        made_y, made_x = T(x), S(y)
        # detach: the loss is differentiated at the fixed plan (envelope theorem)
        C = squared_euclidean(made_y, y).detach() + squared_euclidean(x, made_x).detach()
        partner = optimal_coupling(C).or_raise().barycentric
        weight = self.config.cycle_weight
        return {
            "pairs_y": mean_square(made_y - partner(y)),
            "pairs_x": mean_square(partner(made_x) - x),
            "cycle_x": weight * mean_square(S(made_y) - x),
            "cycle_y": weight * mean_square(T(made_x) - y),
        }


def mean_square(difference: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """The mean over a batch of squared lengths."""
    return difference.square().sum(dim=1).mean()
