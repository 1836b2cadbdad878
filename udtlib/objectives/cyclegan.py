r"""CycleGAN: two games and a way back [zhu2017cycle].

.. math::

    \mathcal{L}(T, S, D_X, D_Y) = \mathcal{L}_\mathrm{GAN}(T, D_Y) + \mathcal{L}_\mathrm{GAN}(S, D_X)
        + \lambda\, \mathcal{L}_\mathrm{cyc}(T, S)

.. math::

    \mathcal{L}_\mathrm{cyc}(T, S) = \mathbb{E}_{x \sim \alpha} \|S(T(x)) - x\|_1
        + \mathbb{E}_{y \sim \beta} \|T(S(y)) - y\|_1

(sections 3.1 to 3.3), norms as means over entries. The identity term
:math:`\mathbb{E}\|S(x) - x\|_1 + \mathbb{E}\|T(y) - y\|_1` (section 5.2) asks to leave alone what is already in
the target. The effort term is no part of the paper: it makes the bias towards small changes explicit
[debezenac2019, section 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import nn

from udtlib.losses.reconstruction import l1, l2
from udtlib.objectives.base import Clock
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.objectives.unpaired import UnpairedGame
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Batch, Terms


@dataclass(frozen=True, kw_only=True)
class CycleGANConfig:
    """The weights of CycleGAN's terms; the defaults are the paper's, but for the identity term, which is off."""

    #: weight λ of both cycles
    cycle_weight: float = 10.0
    #: weight of both identity terms as a share of λ; 0.5 in the paper where it is used
    identity_share: float = 0.0
    #: weight of the mean squared length of both displacements, T(x) − x and S(y) − y
    effort_weight: float = 0.0
    #: share of the run after which the effort's weight has fallen linearly to zero; 1 lets it fall to the very end
    effort_until: float = 1.0
    #: translations that each discriminator remembers
    pool: int = 50
    #: the two losses of the game and how the players step
    game: GANConfig = LEAST_SQUARES

    def __post_init__(self) -> None:
        for name in ("cycle_weight", "identity_share", "effort_weight"):
            if getattr(self, name) < 0:
                raise ValueError(f"a weight must not be negative, got {name}={getattr(self, name)}")
        if not 0 < self.effort_until <= 1:
            raise ValueError(
                f"effort_until is a share of the run above 0 and at most 1, got {self.effort_until}"
            )

    def effort_at(self, clock: Clock) -> float:
        """The effort's weight at this time."""
        return self.effort_weight * max(0.0, 1 - clock.progress / self.effort_until)


@final
class CycleGAN(UnpairedGame):
    r"""Translators :math:`T` and :math:`S` against discriminators :math:`D_Y` and :math:`D_X`.

    Args:
        translator: :math:`T` and its way back :math:`S`.
        discriminator_x: :math:`D_X`, a net from samples to logits.
        discriminator_y: :math:`D_Y`, a net from samples to logits.
        config: weights, losses and step sizes.
    """

    def __init__(
        self,
        translator: InvertibleTranslator,
        discriminator_x: nn.Module,
        discriminator_y: nn.Module,
        *,
        config: CycleGANConfig | None = None,
    ) -> None:
        self.config = config or CycleGANConfig()
        super().__init__(
            translator, discriminator_x, discriminator_y, game=self.config.game, pool=self.config.pool
        )

    def translator_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""Fool both judges and come back (section 3.3)."""
        x, y, weight = batch.x, batch.y, self.config.cycle_weight
        T, S = self.translator, self.translator.inverse
        fake_y, fake_x = T(x), S(y)
        terms = self.fool_terms(x=fake_x, y=fake_y)
        if weight:
            terms |= {"cycle_x": weight * l1(S(fake_y), x), "cycle_y": weight * l1(T(fake_x), y)}
        if share := self.config.identity_share:
            terms |= {"identity_x": share * weight * l1(S(x), x), "identity_y": share * weight * l1(T(y), y)}
        if effort := self.config.effort_at(clock):
            terms |= {"effort_x": effort * l2(fake_y, x), "effort_y": effort * l2(fake_x, y)}
        return terms
