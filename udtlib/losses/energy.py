r"""The energy distance: a discrepancy between samples without a bandwidth to choose [szekely2013].

.. math:: D^2(\alpha, \beta) = 2\,\mathbb{E}\|x - y\| - \mathbb{E}\|x - x'\| - \mathbb{E}\|y - y'\|

It is the squared MMD of the kernel :math:`-\|x - y\|`, and zero exactly for equal distributions.
"""

from __future__ import annotations

import torch

from udtlib.numerics.inputs import two_samples
from udtlib.types import Float, Shaped, Tensor

__all__ = ["energy_distance_unbiased"]


def energy_distance_unbiased(
    x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"]
) -> Float[Tensor, ""]:
    r"""The estimator whose mean is :math:`D^2`, differentiable in both samples; it can be negative.

    The one to train with; :func:`~udtlib.evaluate.distances.energy_distance_biased` is never negative.

    .. math:: \frac{2}{nm} \sum_{ij} \|x_i - y_j\| - \frac{1}{n(n-1)} \sum_{i \ne i'} \|x_i - x_{i'}\|
              - \frac{1}{m(m-1)} \sum_{j \ne j'} \|y_j - y_{j'}\|

    Half precision is answered in single precision.

    Raises:
        ValueError: fewer than two samples on a side, or different shapes.

    Source: [szekely2013], equation 2.5, with the pairs of a sample with itself left out.
    """
    x, y = two_samples(x, y)
    n, m = len(x), len(y)
    if min(n, m) < 2:
        raise ValueError(f"the energy distance needs two samples on each side, got {n} and {m}; give more")
    # A common shift changes no distance; far from the origin the matrix products would lose digits.
    middle = y.detach().flatten(1).mean(0)
    x, y = x.flatten(1) - middle, y.flatten(1) - middle
    # The squares are summed by matrix products; the root's slope at zero, on the diagonal, is taken as zero.
    across = torch.cdist(x, y).mean()
    within_x = torch.cdist(x, x).sum() / (n * (n - 1))
    within_y = torch.cdist(y, y).sum() / (m * (m - 1))
    return 2 * across - within_x - within_y
