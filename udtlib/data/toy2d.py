r"""Toy domains with a known density, and pairs of them whose true map is known in closed form.

Gaussian mixtures of any dimension, and the pairs that the first chapters use: two Gaussians, a mixture and
its translated or translated-and-rotated copy, noise and a ring of Gaussians.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

import torch

from udtlib.data.pair import Domain, Draw, IndependentPair, Noise
from udtlib.numerics.gaussian import matrix_sqrt, monge_matrix, rotation
from udtlib.numerics.mixture import GaussianMixture, isotropic_mixture
from udtlib.types import Float, Split, Tensor

__all__ = [
    "TRIANGLE",
    "AffineMap",
    "Mixture",
    "gaussian",
    "gaussian_pair",
    "mixture",
    "noise_to_ring",
    "ring",
    "translated_mixture",
    "translated_rotated_mixture",
]

#: Vector or matrix given as numbers.
Vector = Sequence[float] | Float[Tensor, "dim"]
Matrix = Sequence[Sequence[float]] | Float[Tensor, "dim dim"]

#: Three equal blobs at the corners of a triangle with three different sides: no rotation maps it to itself.
TRIANGLE = ((-1.1, -0.55), (1.3, -0.45), (-0.2, 1.0))
TRIANGLE_DEVIATION = 0.22


@final
@dataclass(frozen=True, eq=False)
class Mixture(Domain):
    r"""A mixture of Gaussians; a sample's label is the component that it was drawn from.

    Args:
        law: the distribution, with its density and its conditional distributions.
        device: where the samples are.
    """

    law: GaussianMixture
    device: torch.device | str = "cpu"

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.law.dimension,)

    @property
    def means(self) -> Float[Tensor, "component dim"]:
        """The components' means, in single precision like the samples."""
        return self.law.mean.float().to(self.device)

    def draw(self, count: int, *, generator: torch.Generator, split: Split = "train") -> Draw:
        weight, mean, cholesky = (t.cpu() for t in (self.law.weight, self.law.mean, self.law.cholesky))
        # An inverse distribution function, because torch.multinomial refuses to draw no samples.
        uniform = torch.rand(count, generator=generator, dtype=torch.float64)
        label = torch.searchsorted(weight.cumsum(0), uniform).clamp(max=len(weight) - 1)
        z = torch.randn(count, self.law.dimension, generator=generator, dtype=torch.float64)
        value = mean[label] + torch.einsum("bij,bj->bi", cholesky[label], z)
        return Draw(value.float().to(self.device), label.to(self.device))

    def log_density(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch"]:
        """The logarithm of the density, in double precision."""
        return self.law.to(x.device).log_density(x)

    def to(self, device: torch.device | str) -> Mixture:
        return replace(self, device=device)


@final
@dataclass(frozen=True, eq=False)
class AffineMap:
    r"""The map :math:`x \mapsto A x + b`, applied to every sample.

    Args:
        matrix: :math:`A`.
        shift: :math:`b`.
    """

    matrix: Float[Tensor, "out dim"]
    shift: Float[Tensor, "out"]

    def __call__(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch out"]:
        return x @ self.matrix.to(x).T + self.shift.to(x)


def mixture(
    means: Float[Tensor, "component dim"] | Sequence[Sequence[float]],
    *,
    deviation: float,
    weights: Sequence[float] | None = None,
) -> Mixture:
    r"""The isotropic mixture :math:`\sum_j w_j\, N(m_j, s^2 I)`, with equal weights unless others are given.

    Raises:
        ValueError: the deviation is not positive, or the numbers describe no mixture.
    """
    return Mixture(isotropic_mixture(means, deviation=deviation, weights=weights))


def gaussian(mean: Vector, covariance: Matrix) -> Mixture:
    r"""The Gaussian :math:`N(m, \Sigma)` in any dimension.

    Raises:
        ValueError: the covariance is not symmetric and positive definite, or does not fit the mean.
    """
    mean = torch.as_tensor(mean, dtype=torch.float64)
    covariance = torch.as_tensor(covariance, dtype=torch.float64)
    if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)):
        raise ValueError(
            f"a Gaussian needs a mean (d,) and a covariance (d, d), got {tuple(mean.shape)} and "
            f"{tuple(covariance.shape)}"
        )
    matrix_sqrt(covariance)  # says what is wrong with a matrix that is no covariance
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if int(failed):
        raise ValueError(
            f"the covariance {covariance.tolist()} is singular, so there is no density; "
            "add a multiple of the identity"
        )
    return Mixture(GaussianMixture(torch.ones(1), mean[None], factor[None]))


def ring(*, modes: int = 8, radius: float = 2.0, deviation: float = 0.05) -> Mixture:
    """Equal Gaussians at equal distances on a circle: the standard test of mode coverage [metz2017]."""
    if modes < 1:
        raise ValueError(f"a ring needs at least one mode, got {modes}")
    angles = [2 * math.pi * k / modes for k in range(modes)]
    return mixture([(radius * math.cos(a), radius * math.sin(a)) for a in angles], deviation=deviation)


def gaussian_pair(
    *,
    source_mean: Vector = (-1.5, -0.5),
    source_covariance: Matrix = ((0.6, 0.3), (0.3, 0.4)),
    target_mean: Vector = (1.5, 0.5),
    target_covariance: Matrix = ((0.3, -0.25), (-0.25, 0.8)),
) -> IndependentPair:
    r"""Two Gaussians; the true map is the optimal one for the cost :math:`\|x - y\|^2`.

    .. math:: T^\star(x) = m_\beta + A (x - m_\alpha), \qquad A = \Sigma_\alpha^{-1/2}
              \bigl(\Sigma_\alpha^{1/2} \Sigma_\beta \Sigma_\alpha^{1/2}\bigr)^{1/2} \Sigma_\alpha^{-1/2}

    Raises:
        ValueError: a covariance is not symmetric and positive definite, or the dimensions differ.
    """
    source, target = gaussian(source_mean, source_covariance), gaussian(target_mean, target_covariance)
    if source.shape != target.shape:
        raise ValueError(
            f"the Gaussians have dimensions {source.shape[0]} and {target.shape[0]}; make them equal"
        )
    matrix = monge_matrix(covariance_of(source), covariance_of(target))
    shift = target.law.mean[0] - matrix @ source.law.mean[0]
    return IndependentPair(source, target, AffineMap(matrix, shift))


def covariance_of(domain: Mixture) -> Float[Tensor, "dim dim"]:
    """The covariance of the first component."""
    factor = domain.law.cholesky[0]
    return factor @ factor.T


def translated_mixture(
    *,
    shift: Vector = (4.0, 0.0),
    means: Sequence[Sequence[float]] = TRIANGLE,
    deviation: float = TRIANGLE_DEVIATION,
) -> IndependentPair:
    r"""A mixture and its translated copy: the left task of [debezenac2019, figure 1].

    .. math:: T^\star(x) = x + b
    """
    return translated_rotated_mixture(angle=0.0, shift=shift, means=means, deviation=deviation)


def translated_rotated_mixture(
    *,
    angle: float = 2 * math.pi / 3,
    shift: Vector = (4.0, 0.0),
    means: Sequence[Sequence[float]] = TRIANGLE,
    deviation: float = TRIANGLE_DEVIATION,
) -> IndependentPair:
    r"""A mixture in the plane and its rotated, translated copy: the right task of [debezenac2019, figure 1].

    .. math:: T^\star(x) = R_\varphi x + b

    Args:
        angle: :math:`\varphi` in radians.
        shift: :math:`b`.
        means: the source's components, around the origin.
        deviation: the deviation of every component, which a rotation leaves as it is.
    """
    source = mixture(means, deviation=deviation)
    if source.shape != (2,):
        raise ValueError(f"rotating by one angle needs the plane, got means of dimension {source.shape[0]}")
    truth = AffineMap(rotation(angle), torch.as_tensor(shift, dtype=torch.float64))
    target = mixture(truth(source.law.mean), deviation=deviation)
    return IndependentPair(source, target, truth)


def noise_to_ring(*, modes: int = 8, radius: float = 2.0, deviation: float = 0.05) -> IndependentPair:
    r"""From :math:`N(0, I)` to the ring. No map is the right one, so no answer is known."""
    return IndependentPair(Noise(2), ring(modes=modes, radius=radius, deviation=deviation))
