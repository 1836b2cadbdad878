r"""pix2pix: a conditional GAN on images, held near the answer by an L1 term [isola2017].

.. math::

    \min_G \max_D \; \mathbb{E}_{x, y} \log D(x, y) + \mathbb{E}_x \log(1 - D(x, G(x)))
        + \lambda\, \mathbb{E}_{x, y} \|y - G(x)\|_1

(eqs. 1, 3, 4), the norm as a mean over pixels. The ablations are settings: λ = 0 leaves the L1 term out, a
discriminator that is not shown :math:`x` makes it a GAN (eq. 2), and :class:`PairedRegression` is L1 alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from torch import Tensor, nn

from udtlib.losses.reconstruction import l1
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player, check_judges
from udtlib.objectives.gan import Faked, GANConfig
from udtlib.translators.base import Translator
from udtlib.types import Batch, Terms


@dataclass(frozen=True, kw_only=True)
class Pix2PixConfig:
    """What the players of pix2pix minimise; the defaults are the paper's."""

    #: weight λ of the mean absolute difference; 0 leaves it out
    l1_weight: float = 100.0
    #: whether the discriminator is shown what was to be translated
    conditional: bool = True
    #: the two losses of the game and how the players step
    game: GANConfig = GANConfig()

    def __post_init__(self) -> None:
        check_fields(self)
        if self.l1_weight < 0:
            raise ValueError(
                f"the weight of the L1 term must not be negative, got l1_weight={self.l1_weight}"
            )


@final
class Pix2Pix(Objective):
    r"""Generator :math:`G` against discriminator :math:`D` on corresponding images.

    Args:
        generator: the translator :math:`G`; :class:`~udtlib.translators.stochastic.Sampling` gives it noise.
        discriminator: a net from :math:`y`, and :math:`x` where it is conditional, to logits.
        config: weights, losses and step sizes.
    """

    @checked_options()
    def __init__(
        self, generator: Translator, discriminator: nn.Module, *, config: Pix2PixConfig | None = None
    ) -> None:
        super().__init__()
        check_judges(discriminator=discriminator)
        self.generator = generator
        self.discriminator = discriminator
        self.config = config or Pix2PixConfig()

    def players(self) -> dict[str, Player]:
        return self.config.game.players(
            (self.discriminator, self.discriminator_loss), (self.generator, self.generator_loss)
        )

    def judge(self, x: Tensor, y: Tensor) -> Tensor:
        """The logits of the pairs, or of the images alone if the discriminator is not conditional."""
        return self.discriminator(y, x) if self.config.conditional else self.discriminator(y)

    def make(self, batch: Batch) -> Faked:
        r""":math:`G(x)`."""
        return Faked(batch, self.generator(batch.x))

    def discriminator_loss(self, given: Batch | Faked, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E}\log D(x, y) - \mathbb{E}\log(1 - D(x, G(x)))`, or the configured loss (eq. 1)."""
        ((x, y, *_), fake), game = self.made(given), self.config.game
        # detach: the discriminator's loss must not train the generator
        judge = game.discriminator_loss(self.judge(x, y), self.judge(x, fake.detach()))
        return {"judge": judge, **game.slope_terms(lambda y: self.judge(x, y), y, clock=clock)}

    def generator_loss(self, given: Batch | Faked, clock: Clock) -> Terms:
        r""":math:`-\mathbb{E}\log D(x, G(x)) + \lambda\, \mathbb{E}\|y - G(x)\|_1` (eq. 4)."""
        (x, y, *_), fake = self.made(given)
        terms = {"fool": self.config.game.generator_loss(self.judge(x, fake))}
        if self.config.l1_weight:
            terms["l1"] = self.config.l1_weight * l1(fake, y)
        return terms


@final
class PairedRegression(Objective):
    r"""Supervised translation without an adversary: :math:`\min_G \mathbb{E}\|y - G(x)\|_1` (eq. 3).

    Args:
        generator: the translator :math:`G`.
        optimiser: how it steps.
    """

    @checked_options()
    def __init__(self, generator: Translator, *, optimiser: AdamConfig | None = None) -> None:
        super().__init__()
        self.generator = generator
        self.optimiser = optimiser or AdamConfig()

    def players(self) -> dict[str, Player]:
        return {"generator": Player(module=self.generator, loss=self.loss, optimiser=self.optimiser)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        r""":math:`\mathbb{E}\|y - G(x)\|_1`, as a mean over pixels."""
        return {"l1": l1(self.generator(batch.x), batch.y)}
