r"""Discrepancies :math:`D(T_\#\alpha, \beta)` that an objective can hold a translator to.

A discrepancy compares a batch of translations with a batch of the target. Some have a closed form (MMD, energy
distance, Sinkhorn divergence); the adversarial one is learned by a player of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple, final

from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import Clock, Player
from udtlib.objectives.gan import GANConfig
from udtlib.types import Batch, Float, Points, Terms

__all__ = ["Adversarial", "Between", "Discrepancy", "Moved"]


class Moved(NamedTuple):
    """A batch, and where its sources are on their way; the last positions are the translations."""

    batch: Batch
    path: Float[Tensor, "time batch ..."]
    #: likewise for coordinates that a flow adds to the samples', where it adds some
    added: Float[Tensor, "time batch extra"] | None = None


class Discrepancy(nn.Module, ABC):
    r"""How far translations are from the target, as the translator minimises it."""

    @abstractmethod
    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        r"""The translator's term, from samples of :math:`T_\#\alpha` and of :math:`\beta`."""

    @abstractmethod
    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        r"""Whoever has to learn the discrepancy while the translator learns, or nobody.

        Args:
            made: the objective's :meth:`~udtlib.objectives.base.Objective.made`.
        """


@final
class Between(Discrepancy):
    r"""A discrepancy with a formula: a differentiable function of two samples.

    Args:
        formula: such as :func:`~udtlib.losses.energy.energy_distance_unbiased`, or a Sinkhorn divergence with its
            :math:`\varepsilon` fixed.
        weight: what its value is multiplied by.

    Raises:
        ValueError: a weight that is not positive.
    """

    @checked_options()
    def __init__(self, formula: Callable[[Points, Points], Tensor], *, weight: float | int = 1.0) -> None:
        super().__init__()
        if not weight > 0:
            raise ValueError(f"the weight of a discrepancy is positive, got {weight}")
        self.formula, self.weight = formula, weight

    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        return self.weight * self.formula(made, real)

    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        return {}


@final
class Adversarial(Discrepancy):
    r"""A discrepancy that a discriminator learns, as in a GAN.

    Args:
        discriminator: a net from samples to logits.
        game: the two losses, the discriminator's step size and its moves; the translator's step size is the
            objective's to say.
    """

    @checked_options()
    def __init__(self, discriminator: nn.Module, *, game: GANConfig) -> None:
        super().__init__()
        self.discriminator, self.game = discriminator, game

    def forward(self, made: Float[Tensor, "n ..."], real: Float[Tensor, "m ..."]) -> Tensor:
        return self.game.generator_loss(self.discriminator(made))

    def players(self, made: Callable[[Batch | Moved], Moved]) -> dict[str, Player]:
        def judge(given: Batch | Moved, clock: Clock) -> Terms:
            (_, y, *_), path, _ = made(given)
            # detach: the discriminator's loss must not train the translator
            D, fake = self.discriminator, path[-1].detach()
            terms = {"judge": self.game.discriminator_loss(D(y), D(fake))}
            return terms | self.game.slope_terms(D, y, clock=clock)

        return {
            "discriminator": Player(
                module=self.discriminator,
                loss=judge,
                moves=self.game.discriminator_moves,
                optimiser=self.game.discriminator_optimiser,
            )
        }
