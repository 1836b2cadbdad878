"""Pairwise squared distances, and kernels of them: Gaussians and inverse multiquadrics.

Half precision is answered in single precision.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsFloat

import torch

from udtlib.numerics.inputs import full_precision, two_samples
from udtlib.types import Float, Shaped, Tensor

__all__ = [
    "check_bandwidths",
    "gaussian_kernel",
    "inverse_multiquadric_kernel",
    "median_distance",
    "squared_distances",
]


def squared_distances(x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"]) -> Float[Tensor, "n m"]:
    r"""Squared Euclidean distance between every x and every y.

    .. math:: D_{ij} = \|x_i - y_j\|^2 = \|x_i - c\|^2 + \|y_j - c\|^2 - 2 \langle x_i - c, y_j - c \rangle

    The expansion needs one matrix product instead of ``n · m · d`` numbers in memory, but it cancels where
    x and y are close and far from the origin. So it is taken about their common centre c and in double
    precision, and what rounding leaves below zero is raised to zero.

    Raises:
        ValueError: x and y have different shapes behind the first axis, or no other axis.
    """
    x, y = two_samples(x, y)
    a, b = x.flatten(1).double(), y.flatten(1).double()
    # detach: the centre is only a trick of the arithmetic, distances do not depend on it.
    centre = torch.cat([a, b]).detach().mean(dim=0) if len(a) + len(b) else 0.0
    a, b = a - centre, b - centre
    squared = a.square().sum(dim=1)[:, None] + b.square().sum(dim=1)[None, :] - 2 * a @ b.T
    return squared.clamp(min=0).to(x.dtype)


def gaussian_kernel(
    squared: Shaped[Tensor, "n m"], *, bandwidths: Sequence[float | int]
) -> Float[Tensor, "n m"]:
    r"""A sum of Gaussian kernels of squared distances.

    .. math:: k(x, y) = \sum_\sigma \exp\!\left(-\frac{\|x - y\|^2}{2 \sigma^2}\right)

    Several bandwidths make the kernel sensitive at several scales; the sum is characteristic as each term is.

    Raises:
        ValueError: no bandwidth, or one that is not positive and finite.
    """
    squared = full_precision(squared, name="squared")
    check_bandwidths(bandwidths, dtype=squared.dtype)
    kernel = torch.zeros_like(squared)
    for bandwidth in bandwidths:
        kernel = kernel + torch.exp(-squared / (2 * bandwidth**2))
    return kernel


def inverse_multiquadric_kernel(
    squared: Shaped[Tensor, "n m"], *, scales: Sequence[float | int]
) -> Float[Tensor, "n m"]:
    r"""A sum of inverse multiquadrics of squared distances.

    .. math:: k(x, y) = \sum_C \frac{C}{C + \|x - y\|^2}

    Its tails are heavier than a Gaussian's, :math:`C / \|x - y\|^2` instead of exponentially small: a sample
    far from all others still feels where they are. Characteristic too. For codes in :math:`\mathbb{R}^d`
    with the prior :math:`N(0, \sigma^2 I)` the usual scale is :math:`C = 2 d \sigma^2`, the mean squared
    distance of two samples of the prior.

    Raises:
        ValueError: no scale, or one that is not positive and finite.

    Source: [tolstikhin2018], section 4.
    """
    squared = full_precision(squared, name="squared")
    check_bandwidths(scales, name="scales", dtype=squared.dtype)
    kernel = torch.zeros_like(squared)
    for C in scales:
        kernel = kernel + C / (C + squared)
    return kernel


def median_distance(x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"]) -> float:
    r"""The median heuristic: the median distance between two different samples of the pooled set.

    .. math:: \sigma_0 = \operatorname{median}_{i < j} \|z_i - z_j\|, \qquad z = (x_1, …, x_n, y_1, …, y_m)

    Raises:
        ValueError: fewer than two samples together, different sample shapes, or a median of zero.

    Source: [gretton2012], Section 8.
    """
    pooled = torch.cat(two_samples(x, y)).detach()
    if len(pooled) < 2:
        raise ValueError(f"a median distance needs at least two samples, got {len(pooled)}")
    squared = squared_distances(pooled, pooled)
    above = torch.triu_indices(len(pooled), len(pooled), offset=1, device=pooled.device)
    # Of an even number of distances the median is the mean of the middle two; torch.median is the lower of them.
    distance = squared[above[0], above[1]].double().sqrt().sort().values
    median = float(distance[[(len(distance) - 1) // 2, len(distance) // 2]].mean())
    if not 0 < median < float("inf"):
        raise ValueError(
            f"the median distance is {median:g}: most samples are equal, not finite or too large to be squared; "
            "give bandwidths explicitly"
        )
    return median


def check_bandwidths(
    bandwidths: Sequence[float | int], *, name: str = "bandwidths", dtype: torch.dtype | None = None
) -> None:
    """Refuse a kernel that is not one, or whose squared bandwidths a precision does not hold."""
    if not isinstance(bandwidths, Sequence) or isinstance(bandwidths, str | bytes):
        raise TypeError(
            f"a kernel has several {name}, got {bandwidths!r}; give a tuple, of one number if need be"
        )
    for bandwidth in bandwidths:
        if isinstance(bandwidth, str | bytes) or not isinstance(bandwidth, SupportsFloat):
            raise TypeError(f"{name} are numbers, got {bandwidth!r} among them; give a float")
    if len(bandwidths) == 0 or not all(0 < bandwidth < float("inf") for bandwidth in bandwidths):
        raise ValueError(f"a kernel needs positive finite {name}, got {tuple(bandwidths)}")
    if dtype is None:
        return
    least, most = torch.finfo(dtype).tiny, torch.finfo(dtype).max
    for bandwidth in map(float, bandwidths):
        if not (least <= bandwidth * bandwidth <= most / 2 and least <= bandwidth <= most):
            raise ValueError(
                f"a kernel's {name} have squares within the range of {dtype}, got {bandwidth:g}; give samples and "
                f"{name} in a larger or smaller unit, or samples in double precision"
            )
