r"""Affine translators, which have an exact inverse; among them the optimal map between Gaussians."""

from __future__ import annotations

from typing import final

import torch

from udtlib.numerics.gaussian import monge_matrix
from udtlib.numerics.inputs import alike, check_finite, floating, full_precision
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
        matrix, shift = full_precision(matrix, name="matrix"), full_precision(shift, name="shift")
        if matrix.ndim != 2 or shift.ndim != 1 or tuple(matrix.shape) != (len(shift), len(shift)):
            raise ValueError(
                f"an affine map has a square matrix and a shift of its side, got shapes {tuple(matrix.shape)} and "
                f"{tuple(shift.shape)}; give (dim, dim) and (dim,)"
            )
        check_finite(torch.cat([matrix.detach().flatten(), shift.detach()]), name="the matrix and the shift")
        self.register_buffer("matrix", matrix.detach().double().clone())
        self.register_buffer("shift", shift.detach().double().clone())
        if not float(torch.linalg.cond(self.matrix)) < 1 / torch.finfo(torch.float64).eps:
            raise ValueError(f"the matrix {matrix.tolist()} is singular, so the map has no inverse")

    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        x = self.checked(x, name="x")
        return (x.double() @ self.matrix.double().T + self.shift.double()).to(x.dtype)

    def inverse(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        y = self.checked(y, name="y")
        offset = y.double() - self.shift.double()
        return torch.linalg.solve(self.matrix.double(), offset.T).T.to(y.dtype)

    def checked(self, points: Tensor, *, name: str) -> Tensor:
        """The points as floating-point numbers; whole ones would be cut off again in the answer."""
        points = floating(points, name=name)
        if points.ndim == 0 or points.shape[-1] != len(self.shift):
            raise ValueError(
                f"{name} must have {len(self.shift)} coordinates, as the map, got shape {tuple(points.shape)}; "
                f"give (batch, {len(self.shift)})"
            )
        return points

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
    source_mean, source_covariance, target_mean, target_covariance = (
        moment.double()
        for moment in alike(
            source_mean=source_mean,
            source_covariance=source_covariance,
            target_mean=target_mean,
            target_covariance=target_covariance,
        )
    )
    matrix = monge_matrix(source_covariance, target_covariance)
    return Affine(matrix, target_mean - matrix @ source_mean)
