r"""DiscoGAN: the same idea as CycleGAN, found at the same time, with other losses and nets [kim2017].

.. math::

    \min_{T, S} \max_{D_X, D_Y} \; \mathcal{L}_\mathrm{GAN}(T, D_Y) + \mathcal{L}_\mathrm{GAN}(S, D_X)
        + \tfrac{1}{d}\, \mathbb{E}_{x \sim \alpha} \|S(T(x)) - x\|_2^2
        + \tfrac{1}{d}\, \mathbb{E}_{y \sim \beta} \|T(S(y)) - y\|_2^2

(section 2.3), with :math:`d` entries in a sample: the logarithmic game in place of least squares, squares in
place of absolute values, equal weights in place of λ = 10, and no memory of earlier translations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import nn

from udtlib.losses.reconstruction import l2
from udtlib.objectives.base import Clock
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.unpaired import UnpairedGame
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Batch, Terms


@dataclass(frozen=True, kw_only=True)
class DiscoGANConfig:
    """The weights of DiscoGAN's terms; the defaults are the paper's."""

    #: weight of both reconstructions
    reconstruction_weight: float = 1.0
    #: the two losses of the game and how the players step
    game: GANConfig = GANConfig()

    def __post_init__(self) -> None:
        if self.reconstruction_weight < 0:
            raise ValueError(
                f"a weight must not be negative, got reconstruction_weight={self.reconstruction_weight}"
            )


@final
class DiscoGAN(UnpairedGame):
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
        config: DiscoGANConfig | None = None,
    ) -> None:
        self.config = config or DiscoGANConfig()
        super().__init__(translator, discriminator_x, discriminator_y, game=self.config.game)

    def translator_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""Fool both judges, and reconstruct (section 2.3)."""
        x, y, weight = batch.x, batch.y, self.config.reconstruction_weight
        T, S = self.translator, self.translator.inverse
        fake_y, fake_x = T(x), S(y)
        return {
            **self.fool_terms(x=fake_x, y=fake_y),
            "reconstruct_x": weight * l2(S(fake_y), x),
            "reconstruct_y": weight * l2(T(fake_x), y),
        }
