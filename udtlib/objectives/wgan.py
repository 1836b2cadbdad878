r"""The Wasserstein GAN: a critic that measures a distance instead of a probability [arjovsky2017, gulrajani2017].

.. math::

    \min_G \max_{\|f\|_L \le 1} \; \mathbb{E}_{y \sim \beta} f(y) - \mathbb{E}_{z \sim \alpha} f(G(z))

(eq. 2 of the first paper). The Lipschitz bound comes from clipping the critic's weights (algorithm 1) or from the
gradient penalty (eq. 3 of the second).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor, nn

from udtlib.losses import adversarial
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player, check_judges
from udtlib.translators.base import Translator
from udtlib.types import Batch, Terms


class Lipschitz(ABC):
    """A way to keep the critic's slope bounded."""

    @abstractmethod
    def penalty(self, critic: nn.Module, real: Tensor, fake: Tensor) -> Terms:
        """Terms to add to the critic's loss."""

    @abstractmethod
    def project(self, critic: nn.Module) -> None:
        """Bring the critic's weights back into the allowed set, before each of its moves."""


@final
@dataclass(frozen=True, kw_only=True)
class Clipping(Lipschitz):
    r"""Every weight is clipped to :math:`[-b, b]` [arjovsky2017, algorithm 1, with :math:`b = 0.01`]."""

    bound: float = 0.01

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.bound > 0:
            raise ValueError(f"the clipping bound must be positive, got {self.bound}")

    def penalty(self, critic: nn.Module, real: Tensor, fake: Tensor) -> Terms:
        return {}

    @torch.no_grad()
    def project(self, critic: nn.Module) -> None:
        for parameter in critic.parameters():
            parameter.clamp_(-self.bound, self.bound)


@final
@dataclass(frozen=True, kw_only=True)
class GradientPenalty(Lipschitz):
    r"""Slopes away from one cost :math:`\lambda` times their squared distance from it [gulrajani2017, eq. 3]."""

    #: the weight λ; the paper's 10 suits images, 2-D toys do well with less
    weight: float = 10.0

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.weight > 0:
            raise ValueError(f"the penalty's weight must be positive, got {self.weight}")

    def penalty(self, critic: nn.Module, real: Tensor, fake: Tensor) -> Terms:
        return {"slope": self.weight * adversarial.gradient_penalty(critic, real, fake)}

    def project(self, critic: nn.Module) -> None:
        """Nothing: the penalty needs no projection."""


@dataclass(frozen=True, kw_only=True)
class WGANConfig:
    """How the critic is bounded, and how the players step."""

    lipschitz: Lipschitz = GradientPenalty()
    #: the critic's updates for each update of the generator
    critic_moves: int = 5
    # betas: momentum hurts here, since the critic's loss is not stationary [gulrajani2017, algorithm 1]
    critic_optimiser: AdamConfig = AdamConfig(rate=1e-4, betas=(0.0, 0.9))
    generator_optimiser: AdamConfig = AdamConfig(rate=1e-4, betas=(0.0, 0.9))


@final
class WGAN(Objective):
    r"""Generator :math:`G` against critic :math:`f`; the source is noise, the target is data.

    Args:
        generator: the translator :math:`G`.
        critic: a net from samples to numbers, without batch normalisation: the penalty is per sample.
        config: the Lipschitz bound, the number of critic moves, the step sizes.
    """

    @checked_options()
    def __init__(self, generator: Translator, critic: nn.Module, *, config: WGANConfig | None = None) -> None:
        super().__init__()
        check_judges(critic=critic)
        self.generator = generator
        self.critic = critic
        self.config = config or WGANConfig()

    def players(self) -> dict[str, Player]:
        return {
            "critic": Player(
                module=self.critic,
                loss=self.critic_loss,
                moves=self.config.critic_moves,
                optimiser=self.config.critic_optimiser,
            ),
            "generator": Player(
                module=self.generator, loss=self.generator_loss, optimiser=self.config.generator_optimiser
            ),
        }

    def critic_loss(self, batch: Batch, clock: Clock) -> Terms:
        r""":math:`\mathbb{E} f(G(z)) - \mathbb{E} f(y)`, with what keeps :math:`f` Lipschitz."""
        z, y = batch.x, batch.y
        self.config.lipschitz.project(self.critic)
        # detach: the critic's loss must not train the generator
        fake = self.generator(z).detach()
        distance = adversarial.wasserstein_critic(self.critic(y), self.critic(fake))
        return {"distance": distance, **self.config.lipschitz.penalty(self.critic, y, fake)}

    def generator_loss(self, batch: Batch, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E} f(G(z))`."""
        return {"fool": adversarial.wasserstein_generator(self.critic(self.generator(batch.x)))}
