r"""What the games on two unpaired domains share: a translator there and back, and a judge at either end.

.. math::

    \min_{T, S} \max_{D_X, D_Y} \; \mathcal{L}_\mathrm{GAN}(T, D_Y) + \mathcal{L}_\mathrm{GAN}(S, D_X)
        + \text{bias}(T, S)

The two games make :math:`T_\#\alpha` look like :math:`\beta` and :math:`S_\#\beta` like :math:`\alpha`. They do
not say which :math:`y` belongs to which :math:`x`: that is the bias's part, and each objective has its own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from torch import Tensor, nn

from udtlib.objectives.base import Clock, Objective, Player
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pool import SamplePool
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Batch, Points, Terms


class UnpairedGame(Objective):
    r"""A translator against one or two discriminators; subclasses add the bias that chooses among what fits.

    Args:
        translator: :math:`T`, and where it is invertible :math:`S`.
        discriminator_x: :math:`D_X`, a net from samples of :math:`X` to logits; None in a one-sided game.
        discriminator_y: :math:`D_Y`, a net from samples of :math:`Y` to logits; None in a one-sided game.
        game: the two losses and how the players step.
        pool: translations that each discriminator remembers.

    Raises:
        ValueError: no discriminator at all.
        TypeError: a discriminator of :math:`X` for a translator that has no way back.
    """

    def __init__(
        self,
        translator: Translator,
        discriminator_x: nn.Module | None,
        discriminator_y: nn.Module | None,
        *,
        game: GANConfig,
        pool: int = 0,
    ) -> None:
        super().__init__()
        if discriminator_x is None and discriminator_y is None:
            raise ValueError(
                "without a discriminator nothing says what the target looks like; give at least one"
            )
        if discriminator_x is not None and not isinstance(translator, InvertibleTranslator):
            raise TypeError(
                f"discriminator_x judges translations back to X, but {type(translator).__name__} has no way back; "
                "give an InvertibleTranslator such as TwoWay(T, S), or discriminator_x=None for a one-sided game"
            )
        self.translator = translator
        judges = {"x": discriminator_x, "y": discriminator_y}
        # One module for both, since they are one player: neither's loss touches the other's parameters.
        self.discriminators = nn.ModuleDict({k: net for k, net in judges.items() if net is not None})
        self.pools = nn.ModuleDict({k: SamplePool(pool) for k in self.discriminators})
        self.game = game

    def players(self) -> dict[str, Player]:
        judges = Player(
            module=self.discriminators,
            loss=self.discriminator_loss,
            moves=self.game.discriminator_moves,
            optimiser=self.game.discriminator_optimiser,
        )
        makers = Player(
            module=self.translator, loss=self.translator_loss, optimiser=self.game.generator_optimiser
        )
        return {"discriminators": judges, "translator": makers}

    @property
    def ways(self) -> dict[str, Callable[[Points], Points]]:
        """The translation to each judged domain: :math:`T` to "y", :math:`S` to "x"."""
        T = self.translator
        back = {"x": T.inverse} if isinstance(T, InvertibleTranslator) else {}
        return {k: way for k, way in ({"y": T} | back).items() if k in self.discriminators}

    def discriminator_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""Both judges' losses on real samples and on translations, new ones or some of the pool's."""
        source, real = {"x": batch.y, "y": batch.x}, {"x": batch.x, "y": batch.y}
        terms: Terms = {}
        for k, judge in self.discriminators.items():
            # detach: the discriminators' loss must not train the translator
            fake = self.pools[k](self.ways[k](source[k]).detach())
            check_comparable(real[k], fake, domain=k.upper())
            terms[f"judge_{k}"] = self.game.discriminator_loss(judge(real[k]), judge(fake))
            slope = self.game.slope_terms(judge, real[k], step=clock.step)
            terms |= {f"{name}_{k}": value for name, value in slope.items()}
        return terms

    def fool_terms(self, **made: Tensor) -> Terms:
        r"""The translator's part of the games: ``fool_terms(x=S(y), y=T(x))``, each to be taken for real."""
        return {f"fool_{k}": self.game.generator_loss(self.discriminators[k](v)) for k, v in made.items()}

    @abstractmethod
    def translator_loss(self, batch: Batch, clock: Clock) -> Terms:
        """What the translator minimises: :meth:`fool_terms` and the bias."""


def check_comparable(real: Tensor, made: Tensor, *, domain: str) -> None:
    """Refuse translations that are not of the domain's shape.

    Raises:
        ValueError: the shapes of single samples differ.
    """
    if real.shape[1:] != made.shape[1:]:
        raise ValueError(
            f"samples of {domain} have shape {tuple(real.shape[1:])} but translations to {domain} "
            f"{tuple(made.shape[1:])}; give the translator as many output channels as the domain has, or resize it"
        )
