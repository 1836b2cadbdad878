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

from torch import nn

from udtlib.numerics.signatures import checked_options
from udtlib.objectives.biases import Bias, Cycle, Effort, Identity
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.translators.base import InvertibleTranslator

__all__ = ["cyclegan"]


@checked_options()
def cyclegan(
    translator: InvertibleTranslator,
    discriminator_x: nn.Module,
    discriminator_y: nn.Module,
    *,
    cycle_weight: float | int = 10.0,
    identity_share: float | int = 0.0,
    effort_weight: float | int = 0.0,
    effort_until: float | int = 1.0,
    pool: int = 50,
    game: GANConfig = LEAST_SQUARES,
) -> Game:
    r"""Translators :math:`T` and :math:`S` against discriminators :math:`D_Y` and :math:`D_X`.

    The defaults are the paper's, but for the identity term, which is off.

    Args:
        translator: :math:`T` and its way back :math:`S`.
        discriminator_x: :math:`D_X`, a net from samples to logits.
        discriminator_y: :math:`D_Y`, a net from samples to logits.
        cycle_weight: weight λ of both cycles; 0 leaves them out.
        identity_share: weight of both identity terms as a share of λ; 0.5 in the paper where it is used.
        effort_weight: weight at the start of the mean squares of both displacements, T(x) − x and S(y) − y.
        effort_until: share of the run after which the effort's weight has fallen linearly to zero.
        pool: translations that each discriminator remembers.
        game: the two losses of the game and how the players step.

    Raises:
        ValueError: a weight that is negative, or an end of the effort outside of the run.
        TypeError: a translator without a way back.
    """
    weights = {"cycle_weight": cycle_weight, "identity_share": identity_share, "effort_weight": effort_weight}
    for name, weight in weights.items():
        if not weight >= 0:
            raise ValueError(f"a weight must not be negative, got {name}={weight}")
    biases: list[Bias] = []
    if cycle_weight:
        biases.append(Cycle(weight=cycle_weight))
    if cycle_weight and identity_share:
        biases.append(Identity(weight=identity_share * cycle_weight))
    if effort_weight:
        biases.append(Effort(weight=effort_weight, until=effort_until))
    return Game(translator, discriminator_x, discriminator_y, biases=biases, pool=pool, game=game)
