r"""AlignFlow: two flows that share a latent space, taught by likelihood, by a game, or by both [grover2020].

.. math::

    \min_{F_X, F_Y} \max_{D_X, D_Y} \; \mathcal{L}_\mathrm{GAN}(T, D_Y) + \mathcal{L}_\mathrm{GAN}(T^{-1}, D_X)
        - \lambda_X\, \mathbb{E}_{x \sim \alpha} \log p_X(x) - \lambda_Y\, \mathbb{E}_{y \sim \beta} \log p_Y(y),
    \qquad T = F_Y^{-1} \circ F_X

(section 3, "AlignFlow objective"). There is no cycle term, because there is nothing to ask for: :math:`T^{-1}T`
is the identity. At :math:`\lambda = 0` only the game is left, for :math:`\lambda \to \infty` only the likelihood.
The likelihoods are taken per entry of a sample, so that a weight means the same for points and for images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import nn

from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.biases import Made
from udtlib.objectives.game import UnpairedGame
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.types import Batch, Points, Tensor, Terms


@dataclass(frozen=True, kw_only=True)
class AlignFlowConfig:
    """The weights of the likelihoods, and how the game is played."""

    #: weight λ of each domain's negative log-likelihood, in nats per entry; 0 leaves the game alone
    likelihood_weight: float = 0.1
    #: width of the uniform noise that is added to samples before their likelihood is taken: discrete samples
    #: have no density
    dequantise: float = 0.0
    #: translations that each discriminator remembers
    pool: int = 50
    #: the two losses of the game and how the players step
    game: GANConfig = LEAST_SQUARES

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("likelihood_weight", "dequantise"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")


@final
class AlignFlow(UnpairedGame):
    r"""Two flows against two discriminators.

    Args:
        translator: :math:`T = F_Y^{-1} \circ F_X`.
        discriminator_x: :math:`D_X`, a net from samples to logits.
        discriminator_y: :math:`D_Y`, a net from samples to logits.
        config: weights, losses and step sizes.
    """

    @checked_options()
    def __init__(
        self,
        translator: SharedLatentFlow,
        discriminator_x: nn.Module,
        discriminator_y: nn.Module,
        *,
        config: AlignFlowConfig | None = None,
    ) -> None:
        self.config = config or AlignFlowConfig()
        super().__init__(
            translator, discriminator_x, discriminator_y, game=self.config.game, pool=self.config.pool
        )

    def translator_loss(self, given: Batch | Made, clock: Clock) -> Terms:
        r"""Fool both judges, and make both domains likely (section 3)."""
        made, T = self.made(given), self.translator
        terms = self.fool_terms(x=made.Sy, y=made.Tx)
        if weight := self.config.likelihood_weight:
            terms |= surprise_terms(
                T, Batch(made.x, made.y), weight=weight, dequantise=self.config.dequantise
            )
        return terms


@final
class FlowLikelihood(Objective):
    r"""The other end of the interpolation: two flows taught by maximum likelihood, each on its own domain.

    .. math:: \min_{F_X, F_Y} \; - \mathbb{E}_{x \sim \alpha} \log p_X(x) - \mathbb{E}_{y \sim \beta} \log p_Y(y)

    Nothing in this objective mentions a translation [grover2020, section 3].

    Args:
        translator: :math:`T = F_Y^{-1} \circ F_X`.
        dequantise: width of the uniform noise that is added to samples.
        optimiser: the step sizes.
    """

    @checked_options()
    def __init__(
        self,
        translator: SharedLatentFlow,
        *,
        dequantise: float | int = 0.0,
        optimiser: AdamConfig | None = None,
    ) -> None:
        super().__init__()
        if dequantise < 0:
            raise ValueError(f"dequantise must not be negative, got {dequantise}")
        self.translator, self.dequantise = translator, dequantise
        self.optimiser = optimiser or AdamConfig(rate=1e-3, betas=(0.9, 0.999))

    def players(self) -> dict[str, Player]:
        return {"flows": Player(module=self.translator, loss=self.flow_loss, optimiser=self.optimiser)}

    def flow_loss(self, batch: Batch, clock: Clock) -> Terms:
        """How surprised each flow is by its own domain."""
        return surprise_terms(self.translator, batch, weight=1.0, dequantise=self.dequantise)


def surprise_terms(
    translator: SharedLatentFlow, batch: Batch, *, weight: float | int, dequantise: float | int
) -> Terms:
    r"""Both negative log-likelihoods in nats per entry, :math:`-\tfrac{\lambda}{d} \mathbb{E} \log p`."""
    x, y = noisy(batch.x, width=dequantise), noisy(batch.y, width=dequantise)
    return {
        "surprise_x": -weight * translator.log_likelihood_x(x).mean() / x[0].numel(),
        "surprise_y": -weight * translator.log_likelihood_y(y).mean() / y[0].numel(),
    }


def noisy(samples: Points, *, width: float | int) -> Tensor:
    r"""Samples with uniform noise of this width, centred at zero."""
    return samples + width * (torch.rand_like(samples) - 0.5) if width else samples
