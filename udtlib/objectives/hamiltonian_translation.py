r"""Hamiltonian domain translation: a Hamiltonian flow that fits, and no cycle loss [menier2022].

.. math::

    \min_H \; D(T_\#\alpha, \beta) + \lambda\, \mathcal{E}(T)
        + \lambda_a\, \mathbb{E}_{x \sim \alpha} \|a_1 - a_0\|^2, \qquad T = \Phi_1

The paper has the first term alone, with an adversarial :math:`D`: the way back exists by construction, and nobody
trains it. The second, off unless asked for, is the effort that DONT weighs; a Hamiltonian flow without it moves
samples as far as it likes. The third is for flows with added coordinates :math:`a`: where they come back to where
they began, the way back knows their values, and :math:`T` has its inverse again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch

from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.discrepancy import Discrepancy, Moved
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.transport.dynamic import transport_energy
from udtlib.types import Batch, Terms

__all__ = ["HamiltonianConfig", "HamiltonianTranslation"]


@dataclass(frozen=True, kw_only=True)
class HamiltonianConfig:
    """The weights of what the paper leaves out, and the step size."""

    #: λ; 0 is the paper's
    effort_weight: float | int = 0.0
    #: pieces K of the path whose energy is the effort: 1 for the mean squared displacement, many for the
    #: kinetic effort
    effort_pieces: int = 1
    #: the weight of added coordinates that do not come back
    return_weight: float | int = 0.0
    #: Adam for the Hamiltonian
    optimiser: AdamConfig = AdamConfig(rate=1e-3)

    def __post_init__(self) -> None:
        check_fields(self)
        if not (self.effort_weight >= 0 and self.return_weight >= 0) or self.effort_pieces < 1:
            raise ValueError(
                f"weights are at least 0 and the path has at least one piece, got effort_weight="
                f"{self.effort_weight}, return_weight={self.return_weight}, effort_pieces={self.effort_pieces}"
            )


@final
class HamiltonianTranslation(Objective):
    r"""A Hamiltonian flow that is to fit.

    Args:
        flow: the Hamiltonian and its integrator.
        discrepancy: :math:`D`: adversarial as in the paper, or one with a formula.
        config: the weights and the step size.

    Raises:
        ValueError: a weight for added coordinates where none are added.
    """

    @checked_options()
    def __init__(
        self, flow: HamiltonianFlow, discrepancy: Discrepancy, *, config: HamiltonianConfig | None = None
    ) -> None:
        super().__init__()
        self.flow, self.discrepancy = flow, discrepancy
        self.config = config or HamiltonianConfig()
        if self.config.return_weight and flow.dimension == flow.hamiltonian.dimension:
            raise ValueError(
                f"return_weight={self.config.return_weight} weighs added coordinates, but the flow adds none; "
                "give it an Augmentation, or leave the weight at 0"
            )

    def players(self) -> dict[str, Player]:
        flow = Player(module=self.flow, loss=self.flow_loss, optimiser=self.config.optimiser)
        return self.discrepancy.players(self.made) | {"flow": flow}

    def make(self, batch: Batch) -> Moved:
        """The path of the samples, and that of the coordinates that the flow adds."""
        pieces = self.config.effort_pieces if self.config.effort_weight else 1
        times = torch.linspace(0, 1, pieces + 1, dtype=torch.float64)
        path = self.flow.phase_path(batch.x, times=times)
        samples, added = path.split([self.flow.dimension, path.shape[2] - self.flow.dimension], dim=2)
        return Moved(batch, samples, added)

    def flow_loss(self, given: Batch | Moved, clock: Clock) -> Terms:
        r""":math:`D(T_\#\alpha, \beta) + \lambda\, \mathcal{E}(T) + \lambda_a\, \mathbb{E} \|a_1 - a_0\|^2`."""
        batch, samples, added = self.made(given)
        terms = {"fit": self.discrepancy(samples[-1], batch.y)}
        if self.config.effort_weight:
            terms["effort"] = self.config.effort_weight * transport_energy(samples)
        if self.config.return_weight:
            terms["return"] = self.config.return_weight * (added[-1] - added[0]).square().sum(1).mean()
        return terms
