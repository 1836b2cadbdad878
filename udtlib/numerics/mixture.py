r"""Mixtures of Gaussians: their density, and the law of one coordinate given those before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, final

import torch
from jaxtyping import Bool

from udtlib.numerics.inputs import from_lists, real_tensor
from udtlib.numerics.options import number
from udtlib.types import Float, Shaped, Tensor

__all__ = ["Conditional", "GaussianMixture", "isotropic_mixture"]

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


class Conditional(NamedTuple):
    r"""A mixture of one-dimensional Gaussians for each sample.

    .. math:: F(x) = \sum_j w_j\, \Phi\!\left(\frac{x - m_j}{s_j}\right)
    """

    log_weight: Tensor  # (batch, component), log-weights that sum to one after exp
    mean: Tensor  # (batch, component)
    deviation: Tensor  # (component,)

    def log_tail(self, x: Float[Tensor, "batch"], *, upper: Bool[Tensor, "batch"]) -> Float[Tensor, "batch"]:
        r""":math:`\log(1 - F(x))` where ``upper``, else :math:`\log F(x)`; accurate in both tails."""
        sign = torch.where(upper, -1.0, 1.0).to(x)
        score = sign[:, None] * (x[:, None] - self.mean) / self.deviation
        return torch.logsumexp(self.log_weight + torch.special.log_ndtr(score), dim=1)

    def log_pdf(self, x: Float[Tensor, "batch"]) -> Float[Tensor, "batch"]:
        r""":math:`\log F'(x)`."""
        return torch.logsumexp(self.log_weight + log_normal(x[:, None], self.mean, self.deviation), dim=1)


@final
@dataclass(frozen=True, eq=False)
class GaussianMixture:
    r"""The law :math:`\sum_j w_j\, N(m_j, L_j L_j^\top)` on :math:`\mathbb{R}^d`, in double precision.

    Args:
        weight: :math:`w_j > 0`, summing to one, ``(component,)``.
        mean: :math:`m_j`, ``(component, dim)``.
        cholesky: :math:`L_j`, lower triangular with a positive diagonal, ``(component, dim, dim)``.

    Raises:
        ValueError: the shapes do not agree, or the numbers describe no mixture.
    """

    weight: Tensor
    mean: Tensor
    cholesky: Tensor

    def __post_init__(self) -> None:
        for name in ("weight", "mean", "cholesky"):
            real = real_tensor(from_lists(getattr(self, name), name=name), name=name)
            object.__setattr__(self, name, real.detach().double())
        shapes = tuple(tuple(t.shape) for t in (self.weight, self.mean, self.cholesky))
        components, dim = self.mean.shape if self.mean.ndim == 2 else (0, 0)
        if 0 in (components, dim) or shapes != ((components,), (components, dim), (components, dim, dim)):
            raise ValueError(
                f"a mixture needs weights (k,), means (k, d) and Cholesky factors (k, d, d); got {shapes}"
            )
        total = float(self.weight.sum())
        if not (bool((self.weight > 0).all()) and abs(total - 1) < 1e-6):
            raise ValueError(f"weights must be > 0 and sum to 1, got {self.weight.tolist()} (sum {total:g})")
        diagonal = self.cholesky.diagonal(dim1=1, dim2=2)
        if not bool((diagonal > 0).all()) or bool(self.cholesky.triu(1).any()):
            raise ValueError(
                "Cholesky factors are lower triangular with a positive diagonal; deviations must be > 0"
            )
        if not bool(torch.isfinite(self.mean).all()) or not bool(torch.isfinite(self.cholesky).all()):
            raise ValueError("means and Cholesky factors must be finite")

    @property
    def dimension(self) -> int:
        """The dimension :math:`d` of the space."""
        return self.mean.shape[1]

    def log_density(self, x: Shaped[Tensor, "batch dim"]) -> Float[Tensor, "batch"]:
        r"""The logarithm of the density, by the chain rule over coordinates, in double precision.

        .. math:: \log \alpha(x) = \sum_k \log F_k'(x_k \mid x_1, \dots, x_{k-1})
        """
        x = self.check_points(x)
        terms = [self.conditional(x[:, :k]).log_pdf(x[:, k]) for k in range(self.dimension)]
        return torch.stack(terms, dim=1).sum(dim=1)

    def conditional(self, before: Float[Tensor, "batch before"]) -> Conditional:
        r"""The distribution of coordinate :math:`k` given the coordinates before it: again a mixture.

        With :math:`z_{ji} = (x_i - m_{ji} - \sum_{l<i} L_{jil} z_{jl}) / L_{jii}` for :math:`i < k`,

        .. math:: w_j(x_{<k}) \propto w_j \prod_{i<k} \frac{\varphi(z_{ji})}{L_{jii}}, \qquad
                  m_j(x_{<k}) = m_{jk} + \sum_{i<k} L_{jki} z_{ji}, \qquad s_j = L_{jkk}
        """
        k = before.shape[1]
        factor = self.cholesky[:, :k, :k]
        offset = (before[:, None, :] - self.mean[:, :k])[..., None]
        score = torch.linalg.solve_triangular(factor, offset, upper=False)[..., 0]  # (batch, component, k)
        scale = self.cholesky.diagonal(dim1=1, dim2=2)[:, :k].log().sum(dim=1)
        log_weight = self.weight.log() - scale - 0.5 * score.square().sum(dim=2)
        mean = self.mean[:, k] + (score * self.cholesky[:, k, :k]).sum(dim=2)
        return Conditional(torch.log_softmax(log_weight, dim=1), mean, self.cholesky[:, k, k])

    def check_points(self, x: Tensor) -> Tensor:
        """The points in double precision; refuses another dimension."""
        x = real_tensor(x, name="x")
        if x.ndim != 2 or x.shape[1] != self.dimension:
            raise ValueError(
                f"expected points (batch, {self.dimension}), got shape {tuple(x.shape)}; the mixture has "
                f"{self.dimension} dimensions"
            )
        return x.double()

    def to(self, device: torch.device | str) -> GaussianMixture:
        """The same mixture on another device."""
        return GaussianMixture(*(t.to(device) for t in (self.weight, self.mean, self.cholesky)))


def isotropic_mixture(
    means: Float[Tensor, "component dim"] | Sequence[Sequence[float]],
    *,
    deviation: float,
    weights: Sequence[float] | None = None,
) -> GaussianMixture:
    r"""The mixture :math:`\sum_j w_j\, N(m_j, s^2 I)`, with equal weights unless others are given.

    Raises:
        ValueError: the deviation is not positive, or the means and weights do not agree.
    """
    means = real_tensor(from_lists(means, name="means"), name="means").double()
    deviation = number(deviation, name="deviation")
    if means.ndim != 2 or not len(means) or not deviation > 0:
        raise ValueError(
            f"a mixture needs means (k, d) and a deviation > 0, got {tuple(means.shape)} and {deviation}"
        )
    count, dim = means.shape
    weights = [1 / count] * count if weights is None else weights
    cholesky = deviation * torch.eye(dim, dtype=torch.float64).expand(count, dim, dim)
    weights = real_tensor(from_lists(weights, name="weights"), name="weights").double()
    return GaussianMixture(weights, means, cholesky)


def log_normal(x: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """The logarithm of the one-dimensional normal density."""
    return -0.5 * ((x - mean) / deviation).square() - deviation.log() - LOG_SQRT_2PI
