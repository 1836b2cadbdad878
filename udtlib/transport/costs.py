"""What it costs to move one sample to another."""

from __future__ import annotations

from udtlib.numerics.kernels import squared_distances
from udtlib.types import Float, Tensor

__all__ = ["squared_euclidean"]


def squared_euclidean(x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *shape"]) -> Float[Tensor, "n m"]:
    r"""The cost whose optimal transport is :math:`W_2^2`, for samples of any shape.

    .. math:: C_{ij} = \|x_i - y_j\|^2

    Raises:
        ValueError: x and y have different sample shapes.

    Source: [peyre2019], Section 2.4.
    """
    return squared_distances(x, y)
