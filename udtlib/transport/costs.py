"""What it costs to move one sample to another."""

from __future__ import annotations

from udtlib.numerics.kernels import squared_distances
from udtlib.numerics.signatures import checked_inputs
from udtlib.types import Float, Tensor

__all__ = ["squared_euclidean"]


@checked_inputs()
def squared_euclidean(
    x: Float[Tensor, "n *shape"],
    y: Float[Tensor, "m *shape"],
    *,
    weight: Float[Tensor, "*shape"] | None = None,
) -> Float[Tensor, "n m"]:
    r"""The cost whose optimal transport is :math:`W_2^2`, for samples of any shape.

    .. math:: C_{ij} = \sum_k w_k \, |x_{ik} - y_{jk}|^2, \qquad\text{by default } w_k = 1

    A weight of zero lets a coordinate move for nothing. The cost is then not strictly convex, and the
    optimal map is no longer unique: give such a coordinate a small weight instead.

    Args:
        weight: what a coordinate's displacement counts, of a sample's shape.

    Raises:
        ValueError: x and y have different sample shapes, a weight is negative or not finite, or the squares leave
            the range of the samples' precision.

    Source: [peyre2019], Section 2.4.
    """
    if x.ndim == y.ndim == 1:  # numbers: points on a line
        x, y, weight = x[:, None], y[:, None], None if weight is None else weight[None]
    if weight is None:
        return in_range(squared_distances(x, y), x, y)
    if not bool((weight >= 0).all()) or not bool(weight.isfinite().all()):
        raise ValueError(f"coordinate weights must be finite and at least 0, got {weight.flatten().tolist()}")
    scale = weight.sqrt().to(x.dtype)
    return in_range(squared_distances(x * scale, y * scale), x * scale, y * scale)


def in_range(cost: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The costs themselves, once it is known that their precision holds the squares of such distances."""
    if cost.numel() == 0:
        return cost
    largest = float(cost.detach().max())
    if 0 < largest < float("inf"):
        return cost
    both = [sample.detach() for sample in (x, y)]
    finite = all(bool(sample.isfinite().all()) for sample in both)
    if finite and (largest > 0 or any(bool((sample != both[0][:1]).any()) for sample in both)):
        size = max(float(sample.abs().max()) for sample in both)
        raise ValueError(
            f"squared distances between samples with coordinates of up to {size:.3g} leave the range of "
            f"{cost.dtype}; give samples in double precision, or divide all of them by one number"
        )
    return cost
