r"""The squared maximum mean discrepancy, a distance between distributions that needs nothing but samples.

.. math:: \mathrm{MMD}^2(\alpha, \beta) = \mathbb{E}\,k(x, x') + \mathbb{E}\,k(y, y') - 2\,\mathbb{E}\,k(x, y)

The kernel is a sum of Gaussians, or any other function of the squared distance. The discrepancy is zero
exactly for equal distributions where the kernel is characteristic, as Gaussians and inverse multiquadrics
are. Half precision is answered in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from udtlib.numerics.inputs import two_samples
from udtlib.numerics.kernels import check_bandwidths, gaussian_kernel, median_distance, squared_distances
from udtlib.types import Float, Shaped, Tensor

__all__ = [
    "MULTIPLES",
    "Kernel",
    "median_bandwidths",
    "squared_mmd_biased",
    "squared_mmd_of_kernel",
    "squared_mmd_unbiased",
]

#: A kernel as a function of the squared distances of two batches, ``(n, m)`` to ``(n, m)``.
Kernel = Callable[[Tensor], Tensor]

#: The bandwidths, as multiples of the median distance: from the size of a mode to the size of the whole set.
MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)


def median_bandwidths(
    x: Shaped[Tensor, "n *shape"],
    y: Shaped[Tensor, "m *other"],
    *,
    multiples: Sequence[float | int] = MULTIPLES,
) -> tuple[float, ...]:
    r"""The bandwidth rule: multiples of the median distance in the pooled sample.

    .. math:: \sigma_j = c_j \operatorname{median}_{i < i'} \|z_i - z_{i'}\|

    Take them once, from data, and keep them: bandwidths that follow the samples make the distance a moving
    target.

    Raises:
        ValueError: fewer than two samples, or more than half of the distances are zero.

    Source: [gretton2012], Section 8.
    """
    check_bandwidths(multiples, name="multiples of the median distance")
    median = median_distance(x, y)
    return tuple(multiple * median for multiple in multiples)


def squared_mmd_unbiased(
    x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"], *, bandwidths: Sequence[float | int]
) -> Float[Tensor, ""]:
    r"""The estimator whose mean is the squared MMD; it can be negative.

    .. math:: \frac{1}{n(n-1)} \sum_{i \ne i'} k(x_i, x_{i'})
              + \frac{1}{m(m-1)} \sum_{j \ne j'} k(y_j, y_{j'}) - \frac{2}{nm} \sum_{i, j} k(x_i, y_j)

    Raises:
        ValueError: fewer than two samples on a side, different sample shapes, or bad bandwidths.

    Source: [gretton2012], Lemma 6, equation 3.
    """
    return squared_mmd_of_kernel(x, y, kernel=partial(gaussian_kernel, bandwidths=bandwidths))


def squared_mmd_of_kernel(
    x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"], *, kernel: Kernel
) -> Float[Tensor, ""]:
    r"""The unbiased estimator, as :func:`squared_mmd_unbiased`, with any kernel of the squared distance.

    Raises:
        ValueError: fewer than two samples on a side, or different sample shapes.

    Source: [gretton2012], Lemma 6, equation 3.
    """
    x, y = two_samples(x, y)
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ValueError(f"the unbiased estimator needs two samples on each side, got {n} and {m}")
    xx, yy, xy = kernels(x, y, kernel=kernel)
    within_x = (xx.sum() - xx.diagonal().sum()) / (n * (n - 1))
    within_y = (yy.sum() - yy.diagonal().sum()) / (m * (m - 1))
    return within_x + within_y - 2 * xy.mean()


def squared_mmd_biased(
    x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"], *, bandwidths: Sequence[float | int]
) -> Float[Tensor, ""]:
    r"""The squared MMD between the two empirical distributions; never negative, zero for equal samples.

    .. math:: \frac{1}{n^2} \sum_{i, i'} k(x_i, x_{i'}) + \frac{1}{m^2} \sum_{j, j'} k(y_j, y_{j'})
              - \frac{2}{nm} \sum_{i, j} k(x_i, y_j)

    Raises:
        ValueError: no samples on a side, different sample shapes, or bad bandwidths.

    Source: [gretton2012], equation 5.
    """
    x, y = two_samples(x, y)
    if min(len(x), len(y)) < 1:
        raise ValueError(f"the MMD needs at least one sample on each side, got {len(x)} and {len(y)}")
    xx, yy, xy = kernels(x, y, kernel=partial(gaussian_kernel, bandwidths=bandwidths))
    return xx.mean() + yy.mean() - 2 * xy.mean()


def kernels(x: Tensor, y: Tensor, *, kernel: Kernel) -> tuple[Tensor, Tensor, Tensor]:
    """The kernel within x, within y and between them."""
    squared = [squared_distances(x, x), squared_distances(y, y), squared_distances(x, y)]
    values = [kernel(each) for each in squared]
    for value, each in zip(values, squared, strict=True):
        if not isinstance(value, Tensor) or value.shape != each.shape:
            got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
            raise ValueError(
                f"a kernel gives one value for each squared distance, {tuple(each.shape)}, got {got}; compute it "
                "entry by entry"
            )
    return tuple(values)
