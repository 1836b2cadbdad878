r"""How far a learned map is from the true one, and how far the best affine map would be."""

from __future__ import annotations

import torch

from udtlib.evaluate.samples import same_features
from udtlib.translators.affine import Affine, gaussian_monge_map
from udtlib.types import Float, Tensor

__all__ = ["best_linear_variance", "least_squares_map", "moment_map", "unexplained_variance"]


def unexplained_variance(
    made: Float[Tensor, "n *shape"], truth: Float[Tensor, "k *shape"], target: Float[Tensor, "m *shape"]
) -> float:
    r"""The unexplained variance percentage L2-UVP of a map.

    .. math:: \text{L2-UVP}(\hat T) = 100\,
              \frac{\mathbb{E}_{x \sim \alpha} \|\hat T(x) - T^\star(x)\|^2}{\operatorname{Var}(\beta)}\;\%,
              \qquad \operatorname{Var}(\beta) = \operatorname{tr} \operatorname{Cov}(\beta)

    0 for the true map, 100 for the map that sends everything to the target's mean.

    Args:
        made: :math:`\hat T(x_i)`.
        truth: :math:`T^\star(x_i)`, of the same :math:`x_i`.
        target: samples of :math:`\beta`, for its variance.

    Raises:
        ValueError: unequal shapes, fewer than two target samples, values that are not finite, or a target without
            variance.

    Source: [korotin2021], section 5.1.
    """
    if made.shape != truth.shape:
        raise ValueError(
            f"every sample has one translation and one true one, got {tuple(made.shape)} and {tuple(truth.shape)}"
        )
    rows, right = same_features(made, truth)
    spread, _ = same_features(target, truth, at_least=2)
    variance = float(spread.var(dim=0).sum())
    if not variance > 0:
        raise ValueError("the target has no variance, so that no share of it can be explained")
    return 100 * float((rows - right).square().sum(1).mean()) / variance


def moment_map(x: Float[Tensor, "n dim"], y: Float[Tensor, "m dim"]) -> Affine:
    r"""The optimal map between the Gaussians with the two samples' means and covariances.

    The best affine map for somebody who knows no pairs [peyre2019, remark 2.31].

    Raises:
        ValueError: fewer samples than the covariances need.
    """
    moments = ((rows.double().mean(0), torch.cov(rows.double().T)) for rows in (x, y))
    (mean_x, covariance_x), (mean_y, covariance_y) = moments
    return gaussian_monge_map(mean_x, covariance_x, mean_y, covariance_y)


def least_squares_map(x: Float[Tensor, "n dim"], truth: Float[Tensor, "n dim"]) -> Affine:
    r"""The affine map that is nearest to the truth, for somebody who knows it.

    .. math:: \min_{A, b} \sum_i \|A x_i + b - T^\star(x_i)\|^2

    Raises:
        ValueError: the map has no inverse.
    """
    rows = torch.cat([x.double(), x.new_ones(len(x), 1).double()], dim=1)
    solution = torch.linalg.lstsq(rows, truth.double()).solution  # (dim + 1, dim)
    return Affine(solution[:-1].T, solution[-1])


def best_linear_variance(
    x: Float[Tensor, "n dim"], truth: Float[Tensor, "n dim"], target: Float[Tensor, "m dim"]
) -> float:
    """L2-UVP of the better one of :func:`moment_map` and :func:`least_squares_map`: what curves are worth."""
    maps = (moment_map(x, target), least_squares_map(x, truth))
    return min(unexplained_variance(each(x), truth, target) for each in maps)
