r"""The conditional GAN: both players are told what was asked for [mirza2014].

.. math::

    \min_G \max_D \; \mathbb{E}_{(y, c)} \log D(y \mid c)
        + \mathbb{E}_{z, c} \log(1 - D(G(z \mid c) \mid c))

(eq. 2). The discriminator compares pairs: a perfect 3 is a fake where a 7 was asked for.
"""

from __future__ import annotations

from typing import final

from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import Clock, Objective, Player, check_judges
from udtlib.objectives.gan import Faked, GANConfig
from udtlib.translators.base import ConditionalTranslator
from udtlib.types import Batch, Terms


@final
class ConditionalGAN(Objective):
    r"""Generator :math:`G(\cdot \mid c)` against discriminator :math:`D(\cdot \mid c)`.

    Args:
        generator: the conditional translator :math:`G`.
        discriminator: a net from samples and their classes to logits.
        config: the losses and the step sizes.
    """

    @checked_options()
    def __init__(
        self, generator: ConditionalTranslator, discriminator: nn.Module, *, config: GANConfig | None = None
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
        r""":math:`G(z \mid c)`."""
        return Faked(batch, self.generator(batch.x, condition(batch)))

    def discriminator_loss(self, given: Batch | Faked, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E}\log D(y \mid c) - \mathbb{E}\log(1 - D(G(z \mid c) \mid c))` (eq. 2)."""
        batch, fake = self.made(given)
        y, c = batch.y, condition(batch)
        # detach: the discriminator's loss must not train the generator
        judge = self.config.discriminator_loss(self.discriminator(y, c), self.discriminator(fake.detach(), c))
        slope = self.config.slope_terms(lambda y: self.discriminator(y, c), y, clock=clock)
        return {"judge": judge, **slope}

    def generator_loss(self, given: Batch | Faked, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E}\log D(G(z \mid c) \mid c)`, or the configured loss (eq. 2)."""
        batch, fake = self.made(given)
        return {"fool": self.config.generator_loss(self.discriminator(fake, condition(batch)))}


def condition(batch: Batch) -> Tensor:
    """The classes of the real samples, which are also what the generator is asked for.

    Raises:
        ValueError: the target domain has no labels.
    """
    if batch.y_label is None:
        raise ValueError("a conditional GAN needs a target domain with labels; use a GAN on unlabelled data")
    return batch.y_label
