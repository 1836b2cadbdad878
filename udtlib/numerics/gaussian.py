r"""Closed forms for Gaussians and for linear maps of them."""

from __future__ import annotations

import math

import torch
from torch.autograd.function import FunctionCtx

from udtlib.numerics.inputs import alike, check_finite, full_precision
from udtlib.numerics.options import number
from udtlib.numerics.scale import power_of_two
from udtlib.types import Float, Shaped, Tensor

__all__ = ["bures_squared", "check_orthogonal", "matrix_sqrt", "monge_matrix", "reflection", "rotation"]

#: How far from symmetric, or from orthogonal, a matrix may be because of rounding.
TOLERANCE = 1e-6


def matrix_sqrt(matrix: Shaped[Tensor, "dim dim"]) -> Float[Tensor, "dim dim"]:
    r"""The symmetric square root :math:`\Sigma^{1/2}` of a symmetric positive semi-definite matrix.

    Raises:
        ValueError: the matrix is not symmetric, not finite or empty, or has a negative eigenvalue.
    """
    matrix = full_precision(matrix, name="matrix")
    check_square(matrix, name="a covariance")
    check_finite(matrix, name="a covariance")
    scale = float(matrix.detach().abs().max())
    if not torch.allclose(matrix, matrix.T, rtol=0, atol=TOLERANCE * scale):
        raise ValueError(f"a covariance is symmetric, got {matrix.tolist()}; average it with its transpose")
    symmetric = (matrix + matrix.T) / 2
    values, vectors = torch.linalg.eigh(symmetric.detach())
    if float(values.min()) < -TOLERANCE * scale:
        raise ValueError(
            f"a covariance has no negative eigenvalue, got {float(values.min()):.3g}; "
            "estimate it from more samples or add a multiple of the identity"
        )
    return Root.apply(symmetric, values, vectors)


class Root(torch.autograd.Function):
    r"""The symmetric root from eigenvalues :math:`\lambda` and eigenvectors :math:`V`, with its own gradient.

    .. math:: \mathrm{d}R = V \Bigl(\frac{(V^\top \mathrm{d}\Sigma\, V)_{ij}}
              {\sqrt{\lambda_i} + \sqrt{\lambda_j}}\Bigr)_{ij} V^\top

    Through the eigenvectors it would be NaN where eigenvalues are equal. Where two of them are zero the root has
    no slope, and its gradient is set to zero there.
    """

    @staticmethod
    def forward(ctx: FunctionCtx, matrix: Tensor, values: Tensor, vectors: Tensor) -> Tensor:
        roots = values.clamp(min=0).sqrt()
        ctx.save_for_backward(roots, vectors)
        return (vectors * roots) @ vectors.T

    @staticmethod
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor, None, None]:
        roots, vectors = ctx.saved_tensors
        sums = roots[:, None] + roots
        inner = vectors.T @ gradient @ vectors
        inner = torch.where(sums > 0, inner / torch.where(sums > 0, sums, 1.0), 0.0)
        return vectors @ inner @ vectors.T, None, None


def monge_matrix(
    source: Shaped[Tensor, "dim dim"], target: Shaped[Tensor, "other other"]
) -> Float[Tensor, "dim dim"]:
    r"""The linear part of the optimal map between Gaussians for the cost :math:`\|x - y\|^2`.

    .. math:: A = \Sigma_\alpha^{-1/2} \bigl(\Sigma_\alpha^{1/2} \Sigma_\beta \Sigma_\alpha^{1/2}\bigr)^{1/2}
              \Sigma_\alpha^{-1/2}, \qquad T(x) = m_\beta + A (x - m_\alpha)

    The only symmetric positive semi-definite matrix with :math:`A \Sigma_\alpha A = \Sigma_\beta`
    [peyre2019, remark 2.31].

    Raises:
        ValueError: the source's covariance is singular, so that there may be no optimal map; or no two covariances
            of one size.
    """
    source, target = same_size(source, target)
    # In units in which the product of the two stays within range.
    units = [power_of_two(largest(each), even=True) for each in (source, target)]
    source, target = (
        each if unit == 1 else each / unit for each, unit in zip((source, target), units, strict=True)
    )
    root = matrix_sqrt(source)
    # Not "cond > bound": the condition number of a zero matrix is NaN.
    if not float(torch.linalg.cond(root)) < 1 / torch.finfo(root.dtype).eps:
        raise ValueError(
            f"the source's covariance {source.tolist()} is singular; an optimal map is sure to exist only if "
            "the source has a density, so add a multiple of the identity"
        )
    inverse = torch.linalg.inv(root)
    matrix = inverse @ matrix_sqrt(root @ target @ root) @ inverse
    return (matrix + matrix.T) / 2 * math.sqrt(units[1] / units[0])


def bures_squared(
    source: Shaped[Tensor, "dim dim"], target: Shaped[Tensor, "other other"]
) -> Float[Tensor, ""]:
    r"""The squared 2-Wasserstein distance between centred Gaussians.

    .. math:: \operatorname{tr}\bigl(\Sigma_\alpha + \Sigma_\beta
              - 2 (\Sigma_\alpha^{1/2} \Sigma_\beta \Sigma_\alpha^{1/2})^{1/2}\bigr)

    With different means, :math:`\|m_\alpha - m_\beta\|^2` comes on top [peyre2019, equation 2.42].

    Raises:
        ValueError: no two covariances of one size.
    """
    source, target = same_size(source, target)
    # In a unit in which the product of the two stays within range.
    unit = power_of_two(max(largest(source), largest(target)))
    source, target = (each if unit == 1 else each / unit for each in (source, target))
    root = matrix_sqrt(source)
    # Rounding may leave a tiny negative number where the distance is zero.
    return (source + target - 2 * matrix_sqrt(root @ target @ root)).trace().clamp(min=0) * unit


def largest(matrix: Tensor) -> float:
    """The largest size of an entry."""
    return float(matrix.detach().abs().max())


def rotation(angle: float) -> Float[Tensor, "2 2"]:
    r"""The rotation of the plane by an angle in radians, anticlockwise.

    .. math:: R_\theta = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}

    Raises:
        ValueError: an angle that is not finite.
    """
    angle = number(angle, name="angle")
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, -s], [s, c]], dtype=torch.float64)


def reflection(angle: float) -> Float[Tensor, "2 2"]:
    r"""The reflection of the plane in the line through the origin at an angle in radians.

    .. math:: \begin{pmatrix} \cos 2\theta & \sin 2\theta \\ \sin 2\theta & -\cos 2\theta \end{pmatrix}

    Raises:
        ValueError: an angle that is not finite.
    """
    angle = number(angle, name="angle")
    c, s = math.cos(2 * angle), math.sin(2 * angle)
    return torch.tensor([[c, s], [s, -c]], dtype=torch.float64)


def check_orthogonal(matrix: Shaped[Tensor, "dim dim"]) -> None:
    r"""Refuse a matrix with :math:`R R^\top \ne I`: it would not leave :math:`N(0, I)` as it is."""
    matrix = full_precision(matrix, name="matrix")
    check_square(matrix, name="an orthogonal matrix")
    error = float(
        (matrix @ matrix.T - torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)).abs().max()
    )
    if not error <= TOLERANCE:
        raise ValueError(
            f"{matrix.tolist()} is not orthogonal: R Rᵀ differs from the identity by {error:.3g}; "
            "use rotation(angle), reflection(angle) or the Q of a QR decomposition"
        )


def same_size(source: Tensor, target: Tensor) -> list[Tensor]:
    """Two covariances in one precision; refuses matrices of two sizes."""
    both = alike(source=source, target=target)
    for each in both:
        check_square(each, name="a covariance")
    if both[0].shape != both[1].shape:
        raise ValueError(
            f"the covariances have shapes {tuple(both[0].shape)} and {tuple(both[1].shape)}; take "
            "Gaussians of one dimension"
        )
    return both


def check_square(matrix: Tensor, *, name: str) -> None:
    """Refuse what is no square matrix with entries."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.numel() == 0:
        raise ValueError(
            f"{name} is a square matrix of at least one entry, got shape {tuple(matrix.shape)}; reshape it"
        )
