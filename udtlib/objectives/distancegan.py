r"""DistanceGAN: a map that keeps distances, with or without a way back [benaim2017].

.. math::

    & \alpha_{1}\, \mathcal{L}_\mathrm{GAN}(T, D_Y) + \alpha_{2}\, \mathbb{E}\|S(T(x)) - x\|_1
        + \alpha_{3}\, \mathcal{L}_\mathrm{dist}(T) + \alpha_{4}\, \mathcal{L}_\mathrm{self}(T) \\
    + {} & \alpha'_{1}\, \mathcal{L}_\mathrm{GAN}(S, D_X) + \alpha'_{2}\, \mathbb{E}\|T(S(y)) - y\|_1
        + \alpha'_{3}\, \mathcal{L}_\mathrm{dist}(S) + \alpha'_{4}\, \mathcal{L}_\mathrm{self}(S)

("Full loss function" in the survey's slides): eight weights, four for the way forth and four for the way back. A
one-sided game has only :math:`\alpha_1` and one of :math:`\alpha_3`, :math:`\alpha_4`: one translator, one
discriminator. Pairwise and self-distance are never combined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import NamedTuple, final

from torch import Tensor, nn

from udtlib.data.pair import DomainPair
from udtlib.losses.distance import (
    Distances,
    DistanceStatistics,
    Halves,
    distance_loss,
    distance_statistics,
    half_distances,
    left_right,
    pairwise_distances,
)
from udtlib.losses.reconstruction import l1
from udtlib.objectives.base import Clock
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.objectives.unpaired import UnpairedGame
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Batch, Points, Terms


@dataclass(frozen=True, kw_only=True)
class Weights:
    r"""The weights :math:`\alpha_1, \dots, \alpha_4` of one way, forth or back; 0 leaves a term out."""

    #: α₁: fool the discriminator of the domain that is translated to
    gan: float | int = 1.0
    #: α₂: come back to where the way began
    cycle: float | int = 0.0
    #: α₃: keep the distances between samples
    distance: float | int = 0.0
    #: α₄: keep the distance between the halves of a sample
    self_distance: float | int = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) >= 0:
                raise ValueError(
                    f"a weight must not be negative, got {field.name}={getattr(self, field.name)}"
                )

    @property
    def used(self) -> bool:
        """Whether any term of this way is left in."""
        return any(getattr(self, field.name) for field in fields(self))


#: No term at all: the way back of a one-sided game.
NO_WAY = Weights(gan=0.0)


@dataclass(frozen=True, kw_only=True)
class DistanceGANConfig:
    """The eight weights, and what the terms are made of; the defaults are a one-sided game of distances.

    With the defaults of ``game``, ``cycle_loss`` and ``pool`` the backbone is CycleGAN's. DiscoGAN's is
    ``game=GANConfig()``, ``cycle_loss=l2``, ``pool=0``.

    Raises:
        ValueError: pairwise and self-distance together, a weight below zero, or no term at all.
    """

    #: weights of the terms of T: X → Y
    forth: Weights = Weights(distance=1.0)
    #: weights of the terms of S: Y → X
    back: Weights = NO_WAY
    #: how an image is cut for the self-distance
    halves: Halves = left_right
    #: how far the way there and back ends from where it began
    cycle_loss: Callable[[Tensor, Tensor], Tensor] = l1
    #: translations that each discriminator remembers
    pool: int = 50
    #: the two losses of the game and how the players step
    game: GANConfig = LEAST_SQUARES

    def __post_init__(self) -> None:
        if not (self.forth.used or self.back.used):
            raise ValueError("all eight weights are zero; give forth or back a positive weight")
        pairwise = self.forth.distance or self.back.distance
        within = self.forth.self_distance or self.back.self_distance
        if pairwise and within:
            raise ValueError(
                f"pairwise and self-distance are alternatives, got distance={pairwise} and "
                f"self_distance={within}; set one of them to 0 on both ways"
            )

    @property
    def distances(self) -> Distances | None:
        """What is kept: the distances of pairs, or those of halves; None where neither has a weight."""
        if self.forth.self_distance or self.back.self_distance:
            return partial(half_distances, halves=self.halves)
        return pairwise_distances if self.forth.distance or self.back.distance else None


class DistanceScales(NamedTuple):
    r"""The mean and the deviation of the distances within :math:`X`, and within :math:`Y`."""

    x: DistanceStatistics
    y: DistanceStatistics


def measure_scales(
    pair: DomainPair, distances: Distances = pairwise_distances, *, count: int = 500, seed: int = 0
) -> DistanceScales:
    """Both domains' statistics from ``count`` training samples of each, once and beforehand.

    Raises:
        ValueError: too few samples for two distances, or a domain whose distances are all equal.
    """
    batch = pair.batch(0, size=count, seed=seed, split="train")
    return DistanceScales(*(distance_statistics(distances(v)) for v in (batch.x, batch.y)))


@final
class DistanceGAN(UnpairedGame):
    r"""Translators that keep distances, against one or two discriminators.

    Args:
        translator: :math:`T`, and :math:`S` where the way back has a weight.
        discriminator_x: :math:`D_X`, or None where :math:`\alpha'_1 = 0`: a one-sided game.
        discriminator_y: :math:`D_Y`, or None where :math:`\alpha_1 = 0`.
        scales: the domains' statistics, from :func:`measure_scales`; None where no distance has a weight.
        config: weights, losses and step sizes.

    Raises:
        ValueError: a weight without its discriminator, a discriminator without its weight, or a weight of
            distances without scales.
        TypeError: a way back or a cycle for a translator that has none.
    """

    def __init__(
        self,
        translator: Translator,
        discriminator_x: nn.Module | None,
        discriminator_y: nn.Module | None,
        *,
        scales: DistanceScales | None,
        config: DistanceGANConfig | None = None,
    ) -> None:
        self.config = config or DistanceGANConfig()
        check_seats(self.config, translator, x=discriminator_x, y=discriminator_y)
        if self.config.distances and scales is None:
            raise ValueError(
                "distances are compared in units of their domain; pass scales=measure_scales(pair, "
                "config.distances)"
            )
        super().__init__(
            translator, discriminator_x, discriminator_y, game=self.config.game, pool=self.config.pool
        )
        self.scales = scales

    def translator_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""The eight terms, as far as they have a weight ("Full loss function")."""
        config, terms, T = self.config, {}, self.translator
        if config.forth.used:
            S = T.inverse if config.forth.cycle else None
            terms |= self.way_terms(batch.x, T, S, config.forth, names="xy", scales=self.scales)
        if config.back.used:
            swapped = self.scales and DistanceScales(x=self.scales.y, y=self.scales.x)
            terms |= self.way_terms(batch.y, T.inverse, T, config.back, names="yx", scales=swapped)
        return terms

    def way_terms(
        self,
        x: Points,
        T: Callable[[Points], Points],
        S: Callable[[Points], Points] | None,
        weight: Weights,
        *,
        names: str,
        scales: DistanceScales | None,
    ) -> Terms:
        r"""The four terms of one way :math:`T` from a domain, with the way home :math:`S`.

        .. math:: \alpha_1 \mathcal{L}_\mathrm{GAN}(T) + \alpha_2 \|S(T(x)) - x\|_1
            + \alpha_3 \mathcal{L}_\mathrm{dist}(T) + \alpha_4 \mathcal{L}_\mathrm{self}(T)
        """
        here, there = names
        made, terms = T(x), {}
        if weight.gan:
            fool = self.fool_terms(**{there: made})
            terms |= {name: weight.gan * value for name, value in fool.items()}
        if weight.cycle:
            terms[f"cycle_{here}"] = weight.cycle * self.config.cycle_loss(S(made), x)
        if kept := weight.distance or weight.self_distance:
            d = self.config.distances
            gap = distance_loss(d(x), d(made), source=scales.x, target=scales.y)
            terms[f"{'distance' if weight.distance else 'self'}_{here}"] = kept * gap
        return terms


def check_seats(config: DistanceGANConfig, translator: Translator, **judges: nn.Module | None) -> None:
    """Refuse weights that nobody plays for, and players whose terms have no weight."""
    for name, way in (("x", config.back), ("y", config.forth)):
        side = "back" if name == "x" else "forth"
        if way.gan and judges[name] is None:
            raise ValueError(
                f"the way {side} has gan={way.gan} but discriminator_{name} is None; give one, or "
                f"{side}=Weights(gan=0, …) and no discriminator"
            )
        if judges[name] is not None and not way.gan:
            raise ValueError(
                f"discriminator_{name} would judge translations that nobody asks to pass: the way {side} has "
                f"gan=0; give it a weight, or discriminator_{name}=None"
            )
    if (config.forth.cycle or config.back.used) and not isinstance(translator, InvertibleTranslator):
        raise TypeError(
            f"a cycle or a way back needs a translator with an inverse, and {type(translator).__name__} has none; "
            "give TwoWay(T, S), or a one-sided configuration"
        )
