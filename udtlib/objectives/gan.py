r"""The generative adversarial network: a translator from noise to data [goodfellow2014].

.. math::

    \min_G \max_D \; \mathbb{E}_{y \sim \beta} \log D(y) + \mathbb{E}_{z \sim \alpha} \log(1 - D(G(z)))

(eq. 1), played with the generator's loss :math:`-\mathbb{E} \log D(G(z))` of section 3, or with another pair of
losses from :mod:`udtlib.losses.adversarial`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, final

from torch import Tensor, nn

from udtlib.losses import adversarial
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player, check_judges
from udtlib.translators.base import Translator
from udtlib.types import Batch, Terms

#: A player's module and its loss.
ModuleAndLoss = tuple[nn.Module, Callable[[Batch, Clock], Terms]]


class Faked(NamedTuple):
    """A batch and what the generator makes of it, which both players look at."""

    batch: Batch
    fake: Tensor


@dataclass(frozen=True, kw_only=True)
class GANConfig:
    """The two losses of the game and how the players step."""

    #: what the discriminator minimises, from its scores of real and of generated samples
    discriminator_loss: Callable[[Tensor, Tensor], Tensor] = adversarial.log_discriminator
    #: what the generator minimises, from the scores of generated samples
    generator_loss: Callable[[Tensor], Tensor] = adversarial.nonsaturating_generator
    discriminator_optimiser: AdamConfig = AdamConfig()
    generator_optimiser: AdamConfig = AdamConfig()
    #: the discriminator's updates for each update of the generator: k in [goodfellow2014, algorithm 1]
    discriminator_moves: int = 1
    #: weight λ of the penalty on the discriminator's slope at real samples; 0 leaves it out
    slope_weight: float = 0.0
    #: the penalty is taken every so many steps, and then so many times as heavily [karras2020]
    slope_every: int = 4

    def __post_init__(self) -> None:
        check_fields(self)
        if self.slope_weight < 0:
            raise ValueError(f"the slope penalty's weight must not be negative, got {self.slope_weight}")
        if self.slope_every < 1:
            raise ValueError(f"slope_every counts steps and is at least 1, got {self.slope_every}")

    def players(self, discriminator: ModuleAndLoss, generator: ModuleAndLoss) -> dict[str, Player]:
        """The two players, from each one's module and loss; the discriminator moves first."""
        return {
            "discriminator": Player(
                module=discriminator[0],
                loss=discriminator[1],
                moves=self.discriminator_moves,
                optimiser=self.discriminator_optimiser,
            ),
            "generator": Player(module=generator[0], loss=generator[1], optimiser=self.generator_optimiser),
        }

    def slope_terms(self, judge: Callable[[Tensor], Tensor], real: Tensor, *, clock: Clock) -> Terms:
        r""":math:`\lambda R_1` where it is due at this step [mescheder2018, eq. 9]."""
        if not self.slope_weight or not clock.due(self.slope_every):
            return {}
        return {"slope": self.slope_weight * self.slope_every * adversarial.real_slope_penalty(judge, real)}


#: The least-squares game, which the reference implementations of image translation play [mao2017].
LEAST_SQUARES = GANConfig(
    discriminator_loss=adversarial.square_discriminator, generator_loss=adversarial.square_generator
)


@final
class GAN(Objective):
    r"""Generator :math:`G` against discriminator :math:`D`; the source is noise, the target is data.

    Args:
        generator: the translator :math:`G`.
        discriminator: a net from samples to logits.
        config: the losses and the step sizes.
    """

    @checked_options()
    def __init__(
        self, generator: Translator, discriminator: nn.Module, *, config: GANConfig | None = None
    ) -> None:
        super().__init__()
        check_judges(discriminator=discriminator)
        self.generator = generator
        self.discriminator = discriminator
        self.config = config or GANConfig()

    def players(self) -> dict[str, Player]:
        return self.config.players(
            (self.discriminator, self.discriminator_loss), (self.generator, self.generator_loss)
        )

    def make(self, batch: Batch) -> Faked:
        r""":math:`G(z)`."""
        return Faked(batch, self.generator(batch.x))

    def discriminator_loss(self, given: Batch | Faked, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E}\log D(y) - \mathbb{E}\log(1 - D(G(z)))`, or the configured loss (eq. 1)."""
        (_, y, *_), fake = self.made(given)
        # detach: the discriminator's loss must not train the generator
        judge = self.config.discriminator_loss(self.discriminator(y), self.discriminator(fake.detach()))
        return {"judge": judge, **self.config.slope_terms(self.discriminator, y, clock=clock)}

    def generator_loss(self, given: Batch | Faked, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E}\log D(G(z))`, or the configured loss (section 3)."""
        return {"fool": self.config.generator_loss(self.discriminator(self.made(given).fake))}
