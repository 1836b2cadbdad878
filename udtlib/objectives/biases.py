r"""What chooses among the maps that fit: terms that a game's translator minimises beside fooling its judges.

A bias is a frozen dataclass that is called with what was made of a batch, :class:`Made`, and returns named terms,
already weighted. ``starts`` says on which ways it is asked for: those that start in X, in Y, or both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, final

from torch import Tensor, nn, no_grad

from udtlib.losses.contrast import patch_nce
from udtlib.losses.distance import (
    DistanceStatistics,
    Halves,
    distance_loss,
    half_distances,
    left_right,
    pairwise_distances,
)
from udtlib.losses.reconstruction import l1, l2
from udtlib.nets.features import FeatureNet, PatchHeads, drawn_places
from udtlib.numerics.signatures import check_fields
from udtlib.objectives.base import Clock
from udtlib.types import Batch, Points, Terms

__all__ = [
    "Bias",
    "Cycle",
    "Distance",
    "DistanceScales",
    "Effort",
    "Identity",
    "Made",
    "PatchNCE",
    "SelfDistance",
]


@final
class Made:
    r"""A batch and its translations, each made when it is first asked for, and only once.

    Args:
        T: the translation from X to Y.
        S: the translation from Y to X, or None where there is no way back.
        batch: samples of both domains.
    """

    def __init__(
        self, T: Callable[[Points], Points], S: Callable[[Points], Points] | None, batch: Batch
    ) -> None:
        self.T, self.S, self.x, self.y = T, S, batch.x, batch.y

    @cached_property
    def Tx(self) -> Tensor:
        r""":math:`T(x)`."""
        return self.T(self.x)

    @cached_property
    def Sy(self) -> Tensor:
        r""":math:`S(y)`."""
        return self.S(self.y)

    @cached_property
    def STx(self) -> Tensor:
        r""":math:`S(T(x))`."""
        return self.S(self.Tx)

    @cached_property
    def TSy(self) -> Tensor:
        r""":math:`T(S(y))`."""
        return self.T(self.Sy)

    def to(self, domain: str) -> Tensor:
        """The translations to "x" or to "y"."""
        return {"x": lambda: self.Sy, "y": lambda: self.Tx}[domain]()

    def real(self, domain: str) -> Tensor:
        """The domain's own samples."""
        return {"x": self.x, "y": self.y}[domain]


@dataclass(frozen=True, kw_only=True)
class Bias(ABC):
    """A preference among maps that fit.

    Raises:
        ValueError: a weight that is not positive, or ways that start in neither domain.
    """

    #: what the term is multiplied by
    weight: float | int = 1.0
    #: on which ways: "x" from X to Y, "y" from Y to X, "xy" on both
    starts: str = "xy"

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.weight > 0:
            raise ValueError(
                f"the weight of a {type(self).__name__} must be positive, got {self.weight}; leave the bias out "
                "where it has none"
            )
        if self.starts not in ("x", "y", "xy"):
            raise ValueError(f"ways start in 'x', in 'y' or in both, 'xy'; got starts={self.starts!r}")

    @property
    def comes_back(self) -> bool:
        """Whether it needs S."""
        return "y" in self.starts

    @property
    def learned(self) -> nn.Module | None:
        """What the bias itself learns; the translator's player moves it along."""
        return None

    @abstractmethod
    def __call__(self, made: Made, clock: Clock) -> Terms:
        """The terms of a batch, by names that end in the domain where the way starts."""


@final
@dataclass(frozen=True, kw_only=True)
class Cycle(Bias):
    r"""Come back to where the way began: :math:`\lambda\, \mathbb{E}\|S(T(x)) - x\| + \lambda\,
    \mathbb{E}\|T(S(y)) - y\|` [zhu2017cycle, section 3.2].
    """

    #: how far the way there and back ends from where it began: l1, or l2 as in DiscoGAN
    compare: Callable[[Tensor, Tensor], Tensor] = l1

    @property
    def comes_back(self) -> bool:
        return True

    def __call__(self, made: Made, clock: Clock) -> Terms:
        terms: Terms = {}
        if "x" in self.starts:
            terms["cycle_x"] = self.weight * self.compare(made.STx, made.x)
        if "y" in self.starts:
            terms["cycle_y"] = self.weight * self.compare(made.TSy, made.y)
        return terms


@final
@dataclass(frozen=True, kw_only=True)
class Identity(Bias):
    r"""Leave alone what is in the target already: :math:`\mathbb{E}\|S(x) - x\|_1 + \mathbb{E}\|T(y) - y\|_1`
    [zhu2017cycle, section 5.2]. The domains must have one shape.
    """

    def __call__(self, made: Made, clock: Clock) -> Terms:
        terms: Terms = {}
        if "x" in self.starts:
            terms["identity_x"] = self.weight * l1(made.S(made.x), made.x)
        if "y" in self.starts:
            terms["identity_y"] = self.weight * l1(made.T(made.y), made.y)
        return terms

    @property
    def comes_back(self) -> bool:
        return "x" in self.starts


@final
@dataclass(frozen=True, kw_only=True)
class Effort(Bias):
    r"""Move little: :math:`\mathbb{E}\|T(x) - x\|^2 + \mathbb{E}\|S(y) - y\|^2`, as means over entries.

    The weight falls linearly to zero [debezenac2019, section 1]. The domains must have one shape.

    Raises:
        ValueError: an end of the weight outside of the run.
    """

    #: share of the run after which the weight has fallen to zero; 1 lets it fall to the very end
    until: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.until <= 1:
            raise ValueError(f"until is a share of the run above 0 and at most 1, got {self.until}")

    def weight_at(self, clock: Clock) -> float:
        """The weight at this time."""
        return self.weight * max(0.0, 1 - clock.progress / self.until)

    def __call__(self, made: Made, clock: Clock) -> Terms:
        terms: Terms = {}
        if not (weight := self.weight_at(clock)):
            return terms
        if "x" in self.starts:
            terms["effort_x"] = weight * l2(made.Tx, made.x)
        if "y" in self.starts:
            terms["effort_y"] = weight * l2(made.Sy, made.y)
        return terms


class DistanceScales(NamedTuple):
    r"""The mean and the deviation of the distances within :math:`X`, and within :math:`Y`."""

    x: DistanceStatistics
    y: DistanceStatistics


@final
@dataclass(frozen=True, kw_only=True)
class Distance(Bias):
    r"""Keep the distances between samples, in units of their domain [benaim2017].

    .. math:: \mathbb{E}_{i<j} \Big| \tfrac{\|x_i - x_j\|_1 - \mu_X}{\sigma_X}
              - \tfrac{\|T(x_i) - T(x_j)\|_1 - \mu_Y}{\sigma_Y} \Big|
    """

    #: both domains' statistics, measured once and beforehand
    scales: DistanceScales

    def __call__(self, made: Made, clock: Clock) -> Terms:
        d, (x, y), terms = pairwise_distances, self.scales, {}
        if "x" in self.starts:
            terms["distance_x"] = self.weight * distance_loss(d(made.x), d(made.Tx), source=x, target=y)
        if "y" in self.starts:
            terms["distance_y"] = self.weight * distance_loss(d(made.y), d(made.Sy), source=y, target=x)
        return terms


@final
@dataclass(frozen=True, kw_only=True)
class SelfDistance(Bias):
    r"""Keep the distance between the two halves of a sample, in units of its domain [benaim2017]."""

    #: both domains' statistics of these distances
    scales: DistanceScales
    #: how an image is cut
    halves: Halves = left_right

    def __call__(self, made: Made, clock: Clock) -> Terms:
        def d(samples: Tensor) -> Tensor:
            return half_distances(samples, halves=self.halves)

        (x, y), terms = self.scales, {}
        if "x" in self.starts:
            terms["self_x"] = self.weight * distance_loss(d(made.x), d(made.Tx), source=x, target=y)
        if "y" in self.starts:
            terms["self_y"] = self.weight * distance_loss(d(made.y), d(made.Sy), source=y, target=x)
        return terms


@final
@dataclass(frozen=True, kw_only=True)
class PatchNCE(Bias):
    r"""A patch of the translation is to look like the source's patch at the same place [park2020, section 3].

    .. math:: \mathbb{E}_l\, \mathcal{L}_\mathrm{NCE}\bigl(h_l(E_l(T(x))),\, h_l(E_l(x))\bigr), \qquad
              E_1, E_2, \dots \text{ the maps in the first half of } T

    Like, and not equal: more like it than any other patch of the same image is, to the translator's own eyes.
    There is no way back. The paper's sum over maps is a mean here, so that a weight means the same for every net.

    Raises:
        ValueError: both ways at once, a share or a temperature out of range, or fewer than two places.
    """

    #: the net of the way's translator, whose first half describes patches
    net: FeatureNet
    #: one head for each of its maps
    heads: PatchHeads
    #: weight of the same terms for what is in the target already, as a share of ``weight``: leave it alone
    identity_share: float | int = 1.0
    #: places of a map that are compared
    places: int = 256
    #: how far the partner must lead; smaller asks for more
    temperature: float | int = 0.07
    #: the way, "x" or "y"; each has a net of its own
    starts: str = "x"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.starts == "xy":
            raise ValueError(
                "each way has a net and heads of its own; give two PatchNCE, starts='x' and starts='y'"
            )
        if not 0 <= self.identity_share < float("inf"):
            raise ValueError(
                f"identity_share must not be negative, got {self.identity_share}; 0 leaves it out"
            )
        if not 0 < self.temperature < float("inf"):
            raise ValueError(
                f"temperature must be positive and finite, got {self.temperature}; 0.07 is usual"
            )
        if self.places < 2:
            raise ValueError(
                f"one of several patches is to be found, got places={self.places}; use at least 2"
            )

    @property
    def learned(self) -> nn.Module:
        return self.heads

    def __call__(self, made: Made, clock: Clock) -> Terms:
        way, source, there, ends = (
            (made.T, made.x, made.Tx, "y") if self.starts == "x" else (made.S, made.y, made.Sy, "x")
        )
        terms: Terms = {f"patches_{self.starts}": self.weight * self.loss(source, there)}
        if share := self.identity_share:
            own = made.real(ends)
            terms[f"identity_{ends}"] = self.weight * share * self.loss(own, way(own))
        return terms

    def loss(self, source: Tensor, translation: Tensor) -> Tensor:
        """The loss of each map, averaged."""
        # no gradient: the source's features say what is wanted, and must not come to meet the translation's
        with no_grad():
            maps = self.net.features(source)
            places = drawn_places(maps, count=self.places)
            keys = self.heads(maps, places)
        queries = self.heads(self.net.features(translation), places)
        losses = [patch_nce(q, k, temperature=self.temperature) for q, k in zip(queries, keys, strict=True)]
        return sum(losses[1:], start=losses[0]) / len(losses)
