r"""Pairs in any dimension whose optimal map is known: random Gaussians, and gradients of random convex functions.

By Brenier's theorem the gradient of a convex function is the optimal map, for the cost :math:`\|x - y\|^2`,
between any source with a density and what the gradient makes of it [brenier1991]. So a target is made by
pushing samples of the source through such a map; nothing is approximate [korotin2021benchmark].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.data.pair import Domain, Draw, IndependentPair
from udtlib.data.toy2d import gaussian_pair, mixture
from udtlib.types import Float, Split, Tensor

__all__ = [
    "ConvexGradient",
    "ConvexPlaces",
    "Pushed",
    "convex_pair",
    "places_pair",
    "random_convex_gradient",
    "random_gaussian_pair",
]

#: The eigenvalues of a random covariance lie between these, evenly spread in their logarithms.
EIGENVALUES = (0.25, 4.0)
#: Components of a random source, their common deviation, and the deviation of their means.
COMPONENTS, DEVIATION, SPREAD = 3, 0.6, 1.0
#: Places of a random target, the deviation of where they lie, and what is left of the source's own width.
PLACES, APART, LEFT = 10, 1.2, 0.4
#: The sharpness with which samples choose a place, for forms of unit deviation; and samples and steps with which
#: the places are made equally full.
CHOICE, FILLED, FILLING = 4.0, 4_096, 300


@final
@dataclass(frozen=True, eq=False)
class Pushed(Domain):
    r"""The distribution :math:`T_\#\alpha`: samples of a domain, sent through a map.

    Args:
        source: the domain :math:`\alpha`; a sample keeps its label.
        map: :math:`T`, from samples to samples of the same shape.
    """

    source: Domain
    map: Callable[[Tensor], Tensor]

    @property
    def shape(self) -> tuple[int, ...]:
        return self.source.shape

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        before = self.source.draw(count, generator=generator, split=split)
        return before._replace(value=self.map(before.value))

    def to(self, device: torch.device | str) -> Pushed:
        return replace(self, source=self.source.to(device))


@final
@dataclass(frozen=True, eq=False)
class ConvexGradient:
    r"""The gradient of a smooth, strongly convex function.

    .. math:: \varphi(x) = \frac a2 \|x\|^2 + \sum_j w_j \log\cosh(\langle u_j, x\rangle - b_j), \qquad
              \nabla\varphi(x) = a\,x + \sum_j w_j \tanh(\langle u_j, x\rangle - b_j)\, u_j

    Its Jacobian :math:`a I + \sum_j w_j \cosh^{-2}(\langle u_j, x\rangle - b_j)\, u_j u_j^\top` is symmetric
    and at least :math:`a I`; around each hyperplane :math:`\langle u_j, x\rangle = b_j` space is pulled apart.

    Args:
        strength: :math:`a > 0`.
        weight: :math:`w_j \ge 0`, ``(form,)``.
        direction: :math:`u_j`, ``(form, dim)``; the longer, the sharper the fold.
        offset: :math:`b_j`, ``(form,)``.

    Raises:
        ValueError: a strength that is not positive or a negative weight: the function would not be strongly
            convex, and its gradient no optimal map.
    """

    strength: float
    weight: Float[Tensor, "form"]
    direction: Float[Tensor, "form dim"]
    offset: Float[Tensor, "form"]

    def __post_init__(self) -> None:
        if not self.strength > 0 or not bool((self.weight >= 0).all()):
            raise ValueError(
                f"a strongly convex function needs strength > 0 and weights ≥ 0, got {self.strength} and a "
                f"smallest weight of {float(self.weight.min()):g}"
            )

    def potential(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch"]:
        r"""The function :math:`\varphi` itself."""
        form = self.forms(x).abs()
        # log cosh s = |s| + log(1 + e^{-2|s|}) - log 2, which does not overflow
        fold = form + torch.log1p(torch.exp(-2 * form)) - torch.log(torch.tensor(2.0)).to(x)
        return self.strength / 2 * x.square().sum(1) + fold @ self.weight.to(x)

    def __call__(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        pull = self.weight.to(x) * torch.tanh(self.forms(x))
        return self.strength * x + pull @ self.direction.to(x)

    def forms(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch form"]:
        r""":math:`\langle u_j, x\rangle - b_j`."""
        return x @ self.direction.to(x).T - self.offset.to(x)


@final
@dataclass(frozen=True, eq=False)
class ConvexPlaces:
    r"""The gradient of a convex function that sends every sample towards one of several places.

    .. math:: \varphi(x) = \frac a2 \|x\|^2 + \frac1\tau \log\sum_j e^{\tau(\langle c_j, x\rangle - b_j)}, \qquad
              \nabla\varphi(x) = a\,x + \sum_j p_j(x)\, c_j, \quad
              p(x) = \operatorname{softmax}\bigl(\tau(\langle c_j, x\rangle - b_j)\bigr)

    Where the source has few blobs and there are many places, blobs are torn apart: no affine map is near.

    Args:
        strength: :math:`a > 0`.
        place: :math:`c_j`, ``(place, dim)``.
        offset: :math:`b_j`, ``(place,)``; the larger, the fewer samples go there.
        sharpness: :math:`\tau > 0`; the larger, the more sudden the choice.

    Raises:
        ValueError: a strength or a sharpness that is not positive.
    """

    strength: float
    place: Float[Tensor, "place dim"]
    offset: Float[Tensor, "place"]
    sharpness: float

    def __post_init__(self) -> None:
        if not self.strength > 0 or not self.sharpness > 0:
            raise ValueError(
                f"a strongly convex function needs strength > 0 and sharpness > 0, got {self.strength} and "
                f"{self.sharpness}"
            )

    def potential(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch"]:
        r"""The function :math:`\varphi` itself."""
        return self.strength / 2 * x.square().sum(1) + self.forms(x).logsumexp(1) / self.sharpness

    def __call__(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        return self.strength * x + self.forms(x).softmax(1) @ self.place.to(x)

    def forms(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch place"]:
        r""":math:`\tau(\langle c_j, x\rangle - b_j)`."""
        return self.sharpness * (x @ self.place.to(x).T - self.offset.to(x))


def random_gaussian_pair(dimension: int, *, seed: int) -> IndependentPair:
    r"""Two Gaussians whose covariances do not commute; the true map is the optimal one.

    The source's mean is zero, the target's is drawn from :math:`N(0, I)`, and the covariances have independent
    random axes and eigenvalues between 1/4 and 4.

    Raises:
        ValueError: a dimension below two, where all covariances commute.
    """
    if dimension < 2:
        raise ValueError(f"covariances that do not commute need a dimension of at least 2, got {dimension}")
    generator = torch.Generator().manual_seed(seed)
    source, target = (random_covariance(dimension, generator=generator) for _ in range(2))
    return gaussian_pair(
        source_mean=torch.zeros(dimension, dtype=torch.float64),
        source_covariance=source,
        target_mean=torch.randn(dimension, generator=generator, dtype=torch.float64),
        target_covariance=target,
    )


def convex_pair(dimension: int, *, seed: int) -> IndependentPair:
    r"""A mixture of Gaussians and its image under a :class:`ConvexGradient`, which is the true map.

    Raises:
        ValueError: a dimension below one.
    """
    source, generator = random_blobs(dimension, seed=seed)
    truth = random_convex_gradient(source, generator=generator)
    return IndependentPair(source, Pushed(source, truth), truth)


def places_pair(dimension: int, *, seed: int) -> IndependentPair:
    r"""A mixture of three Gaussians, and its image under a :class:`ConvexPlaces` with ten equally full places.

    Raises:
        ValueError: a dimension below one.
    """
    source, generator = random_blobs(dimension, seed=seed)
    place = APART * torch.randn(PLACES, dimension, generator=generator)
    forms = source.draw(FILLED, generator=generator).value.cpu() @ place.T
    sharpness = CHOICE / float(forms.std(0).mean())
    offset = torch.zeros(PLACES)
    for _ in range(FILLING):
        # a place that too many choose becomes dearer
        share = (sharpness * (forms - offset)).softmax(1).mean(0)
        offset += 0.5 * (share * PLACES).log() / sharpness
    truth = ConvexPlaces(LEFT, place, offset, sharpness)
    return IndependentPair(source, Pushed(source, truth), truth)


def random_blobs(dimension: int, *, seed: int) -> tuple[Domain, torch.Generator]:
    """The mixture that a pair of this seed starts from, and the generator that draws the rest of the pair."""
    if dimension < 1:
        raise ValueError(f"a pair needs a dimension of at least 1, got {dimension}")
    generator = torch.Generator().manual_seed(seed)
    means = SPREAD * torch.randn(COMPONENTS, dimension, generator=generator)
    return mixture(means, deviation=DEVIATION), generator


def random_convex_gradient(
    source: Domain,
    *,
    generator: torch.Generator,
    strength: float | int = 0.3,
    sharpness: float | int = 3.0,
    forms: int | None = None,
) -> ConvexGradient:
    r"""A random convex gradient that folds where the source has its samples.

    Args:
        source: a domain of vectors; every fold goes through one of its samples.
        generator: on the CPU.
        strength: :math:`a`.
        sharpness: the length of every :math:`u_j`.
        forms: how many folds; three for each dimension by default.

    Raises:
        ValueError: no folds, or samples that are no vectors.
    """
    count = 3 * source.shape[0] if forms is None else forms
    if count < 1 or len(source.shape) != 1 or not sharpness > 0:
        raise ValueError(
            f"a convex gradient needs vectors, at least one fold and a positive sharpness, got samples of "
            f"shape {source.shape}, forms={count}, sharpness={sharpness}"
        )
    direction = torch.randn(count, *source.shape, generator=generator)
    direction = sharpness * direction / direction.norm(dim=1, keepdim=True)
    through = source.draw(count, generator=generator).value.cpu()
    share = 0.5 + torch.rand(count, generator=generator)
    # All folds together stretch an average direction by about 1.8 times the sharpness where they are steepest.
    weight = 1.8 * source.shape[0] / (count * sharpness) * share / share.mean()
    return ConvexGradient(float(strength), weight, direction, (direction * through).sum(1))


def random_covariance(dimension: int, *, generator: torch.Generator) -> Float[Tensor, "dim dim"]:
    """A covariance with uniformly random axes."""
    axes, _ = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator, dtype=torch.float64))
    low, high = EIGENVALUES
    values = low * (high / low) ** torch.rand(dimension, generator=generator, dtype=torch.float64)
    covariance = (axes * values) @ axes.T
    return (covariance + covariance.T) / 2
