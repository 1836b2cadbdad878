r"""DiscoGAN: the same idea as CycleGAN, found at the same time, with other losses and nets [kim2017].

.. math::

    \min_{T, S} \max_{D_X, D_Y} \; \mathcal{L}_\mathrm{GAN}(T, D_Y) + \mathcal{L}_\mathrm{GAN}(S, D_X)
        + \tfrac{1}{d}\, \mathbb{E}_{x \sim \alpha} \|S(T(x)) - x\|_2^2
        + \tfrac{1}{d}\, \mathbb{E}_{y \sim \beta} \|T(S(y)) - y\|_2^2

(section 2.3), with :math:`d` entries in a sample: the logarithmic game in place of least squares, squares in
place of absolute values, equal weights in place of λ = 10, and no memory of earlier translations.
"""

from __future__ import annotations

from torch import nn

from udtlib.losses.reconstruction import l2
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.biases import Cycle
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.translators.base import InvertibleTranslator

__all__ = ["discogan"]


@checked_options()
def discogan(
    translator: InvertibleTranslator,
    discriminator_x: nn.Module,
    discriminator_y: nn.Module,
    *,
    cycle_weight: float | int = 1.0,
    game: GANConfig | None = None,
) -> Game:
    r"""Translators :math:`T` and :math:`S` against discriminators :math:`D_Y` and :math:`D_X`.

    Args:
        translator: :math:`T` and its way back :math:`S`.
        discriminator_x: :math:`D_X`, a net from samples to logits.
        discriminator_y: :math:`D_Y`, a net from samples to logits.
        cycle_weight: weight of both reconstructions; 0 leaves them out.
        game: the two losses of the game and how the players step; None for the paper's logarithmic one.

    Raises:
        ValueError: a negative weight.
        TypeError: a translator without a way back.
    """
    if not cycle_weight >= 0:
        raise ValueError(f"a weight must not be negative, got cycle_weight={cycle_weight}")
    biases = [Cycle(weight=cycle_weight, compare=l2)] if cycle_weight else []
    return Game(translator, discriminator_x, discriminator_y, biases=biases, game=game or GANConfig())
