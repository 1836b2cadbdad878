r"""How far a learned map is from the true one, and how far the best affine map would be."""

from __future__ import annotations

import torch

from udtlib.evaluate.samples import same_features
from udtlib.numerics.inputs import check_axes, full_precision, real_tensor
from udtlib.numerics.scale import power_of_two
from udtlib.translators.affine import Affine, gaussian_monge_map
from udtlib.types import Shaped, Tensor

__all__ = ["best_linear_variance", "least_squares_map", "moment_map", "unexplained_variance"]


def unexplained_variance(
    made: Shaped[Tensor, "n *shape"], truth: Shaped[Tensor, "k *other"], target: Shaped[Tensor, "m *third"]
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
    made, truth = real_tensor(made, name="made"), real_tensor(truth, name="truth")
    if made.shape != truth.shape:
        raise ValueError(
            f"every sample has one translation and one true one, got {tuple(made.shape)} and {tuple(truth.shape)}"
        )
    rows, right = same_features(made, truth)
    spread, _ = same_features(target, truth, at_least=2)
    variance = float(spread.var(dim=0).sum())
    # Rounding leaves even equal samples a little variance.
    if not variance > 0 or bool((spread == spread[0]).all()):
        raise ValueError(
            "the target has no variance, so that no share of it can be explained; give samples that differ"
        )
    return 100 * float((rows - right).square().sum(1).mean()) / variance


def moment_map(x: Shaped[Tensor, "n dim"], y: Shaped[Tensor, "m other"]) -> Affine:
    r"""The optimal map between the Gaussians with the two samples' means and covariances.

    The best affine map for somebody who knows no pairs [peyre2019, remark 2.31].

    Raises:
        ValueError: fewer samples than the covariances need, unequal dimensions, or values that are not finite.
    """
    pair = points(x, y, at_least=2)
    moments = ((rows.mean(0), torch.cov(rows.T).reshape(rows.shape[1], -1)) for rows in pair)
    (mean_x, covariance_x), (mean_y, covariance_y) = moments
    return gaussian_monge_map(mean_x, covariance_x, mean_y, covariance_y)


def least_squares_map(x: Shaped[Tensor, "n dim"], truth: Shaped[Tensor, "m other"]) -> Affine:
    r"""The affine map that is nearest to the truth, for somebody who knows it.

    .. math:: \min_{A, b} \sum_i \|A x_i + b - T^\star(x_i)\|^2

    Raises:
        ValueError: not one true answer for each sample, values that are not finite, or a map that has no inverse.
    """
    start, end = points(x, truth)
    if len(start) != len(end):
        raise ValueError(f"every sample has one true answer, got {len(start)} and {len(end)}; give as many")
    # Beside very large or very small coordinates the ones would drown, or drown them.
    unit = power_of_two(max(float(start.abs().max()), float(end.abs().max())))
    rows = torch.cat([start / unit, start.new_ones(len(start), 1)], dim=1)
    solution = torch.linalg.lstsq(rows, end / unit).solution  # (dim + 1, dim)
    return Affine(solution[:-1].T, solution[-1] * unit)


def best_linear_variance(
    x: Shaped[Tensor, "n dim"], truth: Shaped[Tensor, "k other"], target: Shaped[Tensor, "m third"]
) -> float:
    """L2-UVP of the better one of :func:`moment_map` and :func:`least_squares_map`: what curves are worth."""
    maps = (moment_map(x, target), least_squares_map(x, truth))
    x = full_precision(x, name="x")
    return min(unexplained_variance(each(x), truth, target) for each in maps)


def points(x: Tensor, y: Tensor, *, at_least: int = 1) -> tuple[Tensor, Tensor]:
    """Two sets of points of one space, in double precision."""
    rows_x, rows_y = same_features(x, y, at_least=at_least)
    check_axes(x, name="x", count=2, words="(samples, coordinates)")
    return rows_x, rows_y
