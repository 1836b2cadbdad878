r"""A game on two unpaired domains, and the biases that choose among what fits.

.. math::

    \min_{T, S} \max_{D_X, D_Y} \; \mathcal{L}_\mathrm{GAN}(T, D_Y) + \mathcal{L}_\mathrm{GAN}(S, D_X)
        + \sum_b \text{bias}_b(T, S)

The two games make :math:`T_\#\alpha` look like :math:`\beta` and :math:`S_\#\beta` like :math:`\alpha`. They do
not say which :math:`y` belongs to which :math:`x`: that is what a bias is for. CycleGAN, DiscoGAN and
DistanceGAN are this one game with biases of :mod:`udtlib.objectives.biases`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, final

from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import Clock, Objective, Player, check_judges
from udtlib.objectives.biases import Bias, Made
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.objectives.pool import SamplePool
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Batch, Points, Terms


class UnpairedGame(Objective):
    r"""A translator against one or two discriminators; what else the translator minimises is a subclass's part.

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

    @checked_options()
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
        check_judges(discriminator_x=discriminator_x, discriminator_y=discriminator_y)
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

    def make(self, batch: Batch) -> Any:
        """The batch with its translations to the judged domains, which all players look at: a :class:`Made`."""
        T = self.translator
        made = Made(T, T.inverse if isinstance(T, InvertibleTranslator) else None, batch)
        # Now, and not when a discriminator first asks for them: in its move the translator is frozen.
        for k in self.discriminators:
            made.to(k)
        return made

    def discriminator_loss(self, given: Any, clock: Clock) -> Terms:
        r"""Both judges' losses on real samples and on translations, new ones or some of the pool's."""
        made, terms = self.made(given), {}
        for k, judge in self.discriminators.items():
            # detach: the discriminators' loss must not train the translator
            real, fake = made.real(k), self.pools[k](made.to(k).detach())
            check_comparable(real, fake, domain=k.upper())
            terms[f"judge_{k}"] = self.game.discriminator_loss(judge(real), judge(fake))
            slope = self.game.slope_terms(judge, real, clock=clock)
            terms |= {f"{name}_{k}": value for name, value in slope.items()}
        return terms

    def fool_terms(self, **made: Tensor) -> Terms:
        r"""The translator's part of the games: ``fool_terms(x=S(y), y=T(x))``, each to be taken for real."""
        return {f"fool_{k}": self.game.generator_loss(self.discriminators[k](v)) for k, v in made.items()}

    @abstractmethod
    def translator_loss(self, given: Any, clock: Clock) -> Terms:
        """What the translator minimises: :meth:`fool_terms` and what chooses among the maps that fit."""


@final
class Game(UnpairedGame):
    r"""A translator against one or two discriminators, with biases that choose among what fits.

    Args:
        translator: :math:`T`, and where it is invertible :math:`S`.
        discriminator_x: :math:`D_X`, a net from samples of :math:`X` to logits; None in a one-sided game.
        discriminator_y: :math:`D_Y`, a net from samples of :math:`Y` to logits; None in a one-sided game.
        biases: terms of the translator's loss beside the games.
        fool: weights of the translator's part in the two games, by the judged domain "x" or "y"; 1 if not named.
        pool: translations that each discriminator remembers.
        game: the two losses and how the players step.

    Raises:
        ValueError: no discriminator at all, or a weight of a game that is not played.
        TypeError: a discriminator of :math:`X`, or a bias that comes back, for a translator without a way back.
    """

    @checked_options()
    def __init__(
        self,
        translator: Translator,
        discriminator_x: nn.Module | None,
        discriminator_y: nn.Module | None,
        *,
        biases: Sequence[Bias] = (),
        fool: Mapping[str, float | int] | None = None,
        pool: int = 0,
        game: GANConfig = LEAST_SQUARES,
    ) -> None:
        super().__init__(translator, discriminator_x, discriminator_y, game=game, pool=pool)
        self.biases, self.fool = tuple(biases), dict(fool or {})
        if learned := [bias.learned for bias in self.biases if bias.learned is not None]:
            self.learned = nn.ModuleList(learned)
        if odd := [k for k, weight in self.fool.items() if k not in self.discriminators or not weight > 0]:
            raise ValueError(
                f"fool={self.fool}: {odd[0]!r} is no judged domain or has no positive weight; "
                f"judged are {', '.join(self.discriminators)}"
            )
        for bias in self.biases:
            if bias.comes_back and not isinstance(translator, InvertibleTranslator):
                raise TypeError(
                    f"{bias} needs a translator with an inverse, and {type(translator).__name__} has none; "
                    "give TwoWay(T, S), or a bias of the way forth alone"
                )

    def players(self) -> dict[str, Player]:
        players = super().players()
        if isinstance(learned := self._modules.get("learned"), nn.ModuleList):
            both = nn.ModuleList([self.translator, *learned])
            players["translator"] = replace(players["translator"], module=both)
        return players

    def translator_loss(self, given: Batch | Made, clock: Clock) -> Terms:
        r"""Fool the judges, and what the biases ask for."""
        made = self.made(given)
        terms = self.fool_terms(**{k: made.to(k) for k in self.discriminators})
        terms = {name: self.fool.get(name[-1], 1.0) * value for name, value in terms.items()}
        for bias in self.biases:
            terms |= bias(made, clock)
        return terms


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
