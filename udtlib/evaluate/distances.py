r"""Distances between the distributions of two samples: is :math:`T_\#\alpha` close to :math:`\beta`?

None of them is zero between two different samples of one distribution. Quote beside each value what two
samples of the target score: only what lies above that floor is a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from udtlib.evaluate.neighbours import kth_distances
from udtlib.evaluate.samples import exact_distances, finite_score, same_features
from udtlib.losses.mmd import median_bandwidths, squared_mmd_unbiased
from udtlib.numerics.options import check_generator, number, whole
from udtlib.transport import exact
from udtlib.types import Shaped, Tensor

__all__ = [
    "energy_distance_biased",
    "frechet_distance",
    "mean_distance_to_nearest",
    "sliced_wasserstein",
    "squared_mmd",
    "wasserstein2",
]


def wasserstein2(x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"]) -> float:
    r"""The 2-Wasserstein distance between two samples, by exact optimal transport.

    .. math:: W_2(x, y) = \Big(\min_P \sum_{ij} P_{ij} \|x_i - y_j\|^2\Big)^{1/2}

    In the samples' own unit. Takes about a second for 2,000 samples a side, and grows with their cube.

    Raises:
        ValueError: no samples, unequal sample shapes, or values that are not finite.

    Source: [peyre2019], Proposition 2.2.
    """
    rows_x, rows_y = same_features(x, y)
    return float(exact.wasserstein2(rows_x, rows_y))


def sliced_wasserstein(
    x: Shaped[Tensor, "n *shape"],
    y: Shaped[Tensor, "m *other"],
    *,
    generator: torch.Generator,
    projections: int = 256,
    power: float | int = 2,
) -> float:
    r"""The mean Wasserstein distance of one-dimensional projections.

    .. math:: SW_p(x, y) = \Big(\mathbb{E}_{\theta \sim U(S^{d-1})}\,
              W_p^p(\langle\theta, x\rangle, \langle\theta, y\rangle)\Big)^{1/p}

    On the line the optimal plan pairs quantiles, so each slice is a sort. For a translation by t it is
    :math:`\|t\|/\sqrt{d}` for p = 2. ``generator`` lives on the CPU, so that the directions are the same
    everywhere.

    Raises:
        ValueError: no samples, unequal sample shapes, no projections, or a power below one.

    Source: [bonneel2015].
    """
    whole(projections, name="projections", at_least=None)
    check_generator(generator)
    power = number(power, name="power")
    if projections < 1 or power < 1:
        raise ValueError(
            f"needs at least one projection and a power of at least 1, got {projections} and {power:g}"
        )
    rows_x, rows_y = same_features(x, y)
    directions = torch.randn(projections, rows_x.shape[1], generator=generator, dtype=torch.float64)
    directions = (directions / directions.norm(dim=1, keepdim=True)).to(rows_x.device)
    a, b = (rows_x @ directions.T).sort(dim=0).values, (rows_y @ directions.T).sort(dim=0).values
    widths, i, j = quantile_steps(len(a), len(b))
    gaps = (a[i.to(a.device)] - b[j.to(a.device)]).abs().pow(power)
    score = float((widths.to(a.device)[:, None] * gaps).sum(dim=0).mean().pow(1 / power))
    return finite_score(score, name="the sliced distance")


def quantile_steps(n: int, m: int) -> tuple[Tensor, Tensor, Tensor]:
    """The steps on which both empirical quantile functions are constant: widths, and the samples there."""
    # In units of 1/(n m) every edge is a whole number, so that no step is lost to rounding.
    edges = torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]).unique()
    starts = torch.cat([edges.new_zeros(1), edges[:-1]])
    return (edges - starts).double() / (n * m), starts // m, starts // n


def energy_distance_biased(x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"]) -> float:
    r"""The energy distance between the two *empirical* distributions; never negative, zero exactly for equal ones.

    As an estimate for the distributions behind them it is too large by the mean distance within a sample over its
    count; :func:`~udtlib.losses.energy.energy_distance_unbiased` leaves that out.

    .. math:: \mathcal{E}(x, y) = \frac{2}{nm} \sum_{ij} \|x_i - y_j\|
              - \frac{1}{n^2} \sum_{ii'} \|x_i - x_{i'}\| - \frac{1}{m^2} \sum_{jj'} \|y_j - y_{j'}\|

    In the samples' own unit, as this is the squared form that Székely and Rizzo call :math:`\mathcal{E}`.

    Raises:
        ValueError: no samples, unequal sample shapes, or values that are not finite.

    Source: [szekely2013].
    """
    rows_x, rows_y = same_features(x, y)
    # The faster form gives equal samples a distance above zero.
    between, within_x, within_y = (
        exact_distances(a, b).mean() for a, b in ((rows_x, rows_y), (rows_x, rows_x), (rows_y, rows_y))
    )
    # Rounding alone can push a zero below zero.
    return max(finite_score(float(2 * between - within_x - within_y), name="the energy distance"), 0.0)


def squared_mmd(
    x: Shaped[Tensor, "n *shape"],
    y: Shaped[Tensor, "m *other"],
    *,
    bandwidths: Sequence[float | int] | None = None,
) -> float:
    r"""The unbiased estimate of the squared maximum mean discrepancy for a sum of Gaussian kernels.

    .. math:: \mathrm{MMD}^2 = \mathbb{E}\,k(x, x') + \mathbb{E}\,k(y, y') - 2\,\mathbb{E}\,k(x, y), \qquad
              k(x, y) = \sum_\sigma e^{-\|x - y\|^2 / 2\sigma^2}

    Without ``bandwidths`` they are ¼, ½, 1, 2 and 4 times the median distance between samples of y alone,
    so that systems that are compared with the same y are measured by the same kernel. Can be negative.

    Raises:
        ValueError: fewer than two samples on a side, unequal sample shapes, or values that are not finite.

    Source: [gretton2012], Lemma 6.
    """
    rows_x, rows_y = same_features(x, y, at_least=2)
    if bandwidths is not None and not isinstance(bandwidths, Iterable):
        raise TypeError(
            f"a kernel has several bandwidths, got {bandwidths!r}; give a tuple, of one if need be"
        )
    chosen = tuple(bandwidths) if bandwidths is not None else median_bandwidths(rows_y, rows_y[:0])
    return float(squared_mmd_unbiased(rows_x, rows_y, bandwidths=chosen))


def frechet_distance(features_a: Shaped[Tensor, "n *shape"], features_b: Shaped[Tensor, "m *other"]) -> float:
    r"""The squared 2-Wasserstein distance between the Gaussians with the two samples' means and covariances.

    .. math:: d^2 = \|\mu_a - \mu_b\|^2 + \operatorname{tr}\Big(\Sigma_a + \Sigma_b
              - 2\,\big(\Sigma_a^{1/2} \Sigma_b \Sigma_a^{1/2}\big)^{1/2}\Big)

    In the features of this library's digit classifier it ranks digit generators, but it is **not FID**: FID
    is this formula in the features of one particular Inception network on 50,000 images, and numbers from
    other features or fewer samples cannot be compared with it. The estimate is biased upwards for few
    samples, so compare systems at equal counts. The root of the symmetrised product also exists for
    singular covariances.

    Raises:
        ValueError: fewer than two samples on a side, unequal dimensions, or values that are not finite.

    Source: [dowson1982]; used for images by [heusel2017], equation 6.
    """
    a, b = same_features(features_a, features_b, at_least=2)
    covariance_a, covariance_b = (torch.cov(rows.T).reshape(rows.shape[1], -1) for rows in (a, b))
    finite_score(float((covariance_a @ covariance_b).norm()), name="the covariances' product")
    values, vectors = torch.linalg.eigh(covariance_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    middle = torch.linalg.eigvalsh(root @ covariance_b @ root)
    overlap = middle.clamp(min=0).sqrt().sum()
    means = (a.mean(dim=0) - b.mean(dim=0)).square().sum()
    return max(float(means + covariance_a.trace() + covariance_b.trace() - 2 * overlap), 0.0)


def mean_distance_to_nearest(made: Shaped[Tensor, "n *shape"], known: Shaped[Tensor, "m *other"]) -> float:
    """The mean distance of samples to the nearest known one; it does not see what is left out.

    Raises:
        ValueError: no samples, unequal sample shapes, or values that are not finite.
    """
    rows, others = same_features(made, known)
    return kth_distances(rows, others, k=1).mean().item()
