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

from torch import Tensor, nn

from udtlib.data.pair import DomainPair
from udtlib.losses.distance import (
    Distances,
    Halves,
    distance_statistics,
    half_distances,
    left_right,
    pairwise_distances,
)
from udtlib.losses.reconstruction import l1
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.biases import Bias, Cycle, Distance, DistanceScales, SelfDistance
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.translators.base import Translator

__all__ = [
    "NO_WAY",
    "ONE_WAY",
    "DistanceScales",
    "Weights",
    "distancegan",
    "kept_distances",
    "measure_scales",
]


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
        check_fields(self)
        for field in fields(self):
            if not getattr(self, field.name) >= 0:
                raise ValueError(
                    f"a weight must not be negative, got {field.name}={getattr(self, field.name)}"
                )

    @property
    def used(self) -> bool:
        """Whether any term of this way is left in."""
        return any(getattr(self, field.name) for field in fields(self))


#: The way forth of a one-sided game: fool, and keep distances.
ONE_WAY = Weights(distance=1.0)
#: No term at all: the way back of a one-sided game.
NO_WAY = Weights(gan=0.0)


def kept_distances(forth: Weights, back: Weights, *, halves: Halves = left_right) -> Distances | None:
    """What these weights keep: the distances of pairs, those of halves, or None where neither has a weight.

    Raises:
        ValueError: pairwise and self-distance together.
    """
    pairwise = forth.distance or back.distance
    within = forth.self_distance or back.self_distance
    if pairwise and within:
        raise ValueError(
            f"pairwise and self-distance are alternatives, got distance={pairwise} and "
            f"self_distance={within}; set one of them to 0 on both ways"
        )
    if within:
        return partial(half_distances, halves=halves)
    return pairwise_distances if pairwise else None


def measure_scales(
    pair: DomainPair, distances: Distances = pairwise_distances, *, count: int = 500, seed: int = 0
) -> DistanceScales:
    """Both domains' statistics from ``count`` training samples of each, once and beforehand.

    Raises:
        ValueError: too few samples for two distances, or a domain whose distances are all equal.
    """
    batch = pair.batch(0, size=count, seed=seed, split="train")
    return DistanceScales(*(distance_statistics(distances(v)) for v in (batch.x, batch.y)))


@checked_options()
def distancegan(
    translator: Translator,
    discriminator_x: nn.Module | None,
    discriminator_y: nn.Module | None,
    *,
    scales: DistanceScales | None,
    forth: Weights = ONE_WAY,
    back: Weights = NO_WAY,
    halves: Halves = left_right,
    cycle_loss: Callable[[Tensor, Tensor], Tensor] = l1,
    pool: int = 50,
    game: GANConfig = LEAST_SQUARES,
) -> Game:
    r"""Translators that keep distances, against one or two discriminators; by default a one-sided game.

    With the defaults of ``game``, ``cycle_loss`` and ``pool`` the backbone is CycleGAN's. DiscoGAN's is
    ``game=GANConfig()``, ``cycle_loss=l2``, ``pool=0``.

    Args:
        translator: :math:`T`, and :math:`S` where the way back has a weight.
        discriminator_x: :math:`D_X`, or None where :math:`\alpha'_1 = 0`: a one-sided game.
        discriminator_y: :math:`D_Y`, or None where :math:`\alpha_1 = 0`.
        scales: the domains' statistics, from :func:`measure_scales`; None where no distance has a weight.
        forth: weights of the terms of T: X → Y.
        back: weights of the terms of S: Y → X.
        halves: how an image is cut for the self-distance.
        cycle_loss: how far the way there and back ends from where it began.
        pool: translations that each discriminator remembers.
        game: the two losses of the game and how the players step.

    Raises:
        ValueError: pairwise and self-distance together, no term at all, a weight without its discriminator, a
            discriminator without its weight, or a weight of distances without scales.
        TypeError: a way back or a cycle for a translator that has none.
    """
    if not (forth.used or back.used):
        raise ValueError("all eight weights are zero; give forth or back a positive weight")
    if kept_distances(forth, back) and scales is None:
        raise ValueError(
            "distances are compared in units of their domain; pass scales=measure_scales(pair, "
            "kept_distances(forth, back))"
        )
    check_judges(forth, back, x=discriminator_x, y=discriminator_y)
    biases: list[Bias] = []
    for way, starts in ((forth, "x"), (back, "y")):
        if way.cycle:
            biases.append(Cycle(weight=way.cycle, starts=starts, compare=cycle_loss))
        if way.distance:
            biases.append(Distance(weight=way.distance, starts=starts, scales=scales))
        if way.self_distance:
            biases.append(SelfDistance(weight=way.self_distance, starts=starts, scales=scales, halves=halves))
    fool = {k: way.gan for k, way in (("y", forth), ("x", back)) if way.gan}
    return Game(translator, discriminator_x, discriminator_y, biases=biases, fool=fool, pool=pool, game=game)


def check_judges(forth: Weights, back: Weights, **judges: nn.Module | None) -> None:
    """Refuse weights that nobody plays for, and players whose terms have no weight."""
    for name, side, way in (("x", "back", back), ("y", "forth", forth)):
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
