r"""Affine translators, which have an exact inverse; among them the optimal map between Gaussians."""

from __future__ import annotations

from typing import final

import torch

from udtlib.numerics.gaussian import monge_matrix
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float, Tensor

__all__ = ["Affine", "gaussian_monge_map"]


@final
class Affine(InvertibleTranslator):
    r"""The translator :math:`T(x) = A x + b` with an invertible :math:`A`; both are fixed, not learned.

    Args:
        matrix: :math:`A`, ``(dim, dim)``.
        shift: :math:`b`, ``(dim,)``.

    Raises:
        ValueError: the shapes do not agree, or the matrix is singular.
    """

    def __init__(self, matrix: Float[Tensor, "dim dim"], shift: Float[Tensor, "dim"]) -> None:
        super().__init__()
        self.register_buffer("matrix", matrix.detach().double().clone())
        self.register_buffer("shift", shift.detach().double().clone())
        if not float(torch.linalg.cond(self.matrix)) < 1 / torch.finfo(torch.float64).eps:
            raise ValueError(f"the matrix {matrix.tolist()} is singular, so the map has no inverse")

    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        return (x.double() @ self.matrix.double().T + self.shift.double()).to(x.dtype)

    def inverse(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        offset = y.double() - self.shift.double()
        return torch.linalg.solve(self.matrix.double(), offset.T).T.to(y.dtype)

    @property
    def exact(self) -> bool:
        return True


def gaussian_monge_map(
    source_mean: Float[Tensor, "dim"],
    source_covariance: Float[Tensor, "dim dim"],
    target_mean: Float[Tensor, "dim"],
    target_covariance: Float[Tensor, "dim dim"],
) -> Affine:
    r"""The optimal map from :math:`N(m_\alpha, \Sigma_\alpha)` to :math:`N(m_\beta, \Sigma_\beta)`.

    .. math:: T(x) = m_\beta + A (x - m_\alpha), \qquad A = \Sigma_\alpha^{-1/2}
              \bigl(\Sigma_\alpha^{1/2} \Sigma_\beta \Sigma_\alpha^{1/2}\bigr)^{1/2} \Sigma_\alpha^{-1/2}

    Optimal for the cost :math:`\|x - y\|^2` [peyre2019, remark 2.31].

    Raises:
        ValueError: a covariance is singular, or no covariance.
    """
    matrix = monge_matrix(source_covariance.double(), target_covariance.double())
    return Affine(matrix, target_mean.double() - matrix @ source_mean.double())
