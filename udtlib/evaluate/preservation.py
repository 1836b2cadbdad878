r"""What a map leaves as it was: distances between samples, distances within them, and the places of pixels.

Three pieces of evidence that translators keep distances [benaim2017]: the correlation of distances before and
after the map, between pairs of samples and between the halves of each; and a linear map with non-negative entries
that imitates the translator, compared with a permutation of the pixels. The first two say how well a map keeps
distances up to a scale and a shift, the third proposes a reason why.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment, nnls

from udtlib.evaluate.samples import as_features, finite_score
from udtlib.evaluate.scores import Scores
from udtlib.losses.distance import Halves, half_distances, pairwise_distances
from udtlib.numerics.inputs import alike, check_axes, check_finite, real_tensor
from udtlib.types import Float, Int, Shaped, Tensor

__all__ = [
    "NonnegativeFit",
    "PermutationMatch",
    "correlation_of_kept",
    "distances_kept",
    "nearest_permutation",
    "nonnegative_fit",
    "pairwise_correlation",
    "self_correlation",
]


def pairwise_correlation(x: Shaped[Tensor, "n ..."], made: Shaped[Tensor, "m ..."]) -> float:
    r"""Pearson's correlation of :math:`\|x_i - x_j\|_1` with :math:`\|T(x_i) - T(x_j)\|_1` over :math:`i < j`.

    It is 1 exactly if the map multiplies all distances by one factor and adds one constant. (The *distance
    correlation* of statistics is another thing: a test of dependence.)

    Raises:
        ValueError: as many samples as translations are needed, at least three, all finite, and distances that
            are not all equal.
    """
    x, made = real_tensor(x, name="x"), real_tensor(made, name="made")
    check_partners(x, made, at_least=3)
    before, after = (pairwise_distances(as_features(v, name=k)) for v, k in ((x, "x"), (made, "made")))
    return correlation(before, after)


def self_correlation(
    x: Shaped[Tensor, "n channel height width"],
    made: Shaped[Tensor, "m channels rows columns"],
    *,
    halves: Halves | None = None,
) -> float:
    r"""Pearson's correlation of the distances between the halves of images and of their translations.

    Left and right unless other halves are given.

    Raises:
        ValueError: as :func:`pairwise_correlation`, or images that have no two equal halves.
    """
    x, made = real_tensor(x, name="x"), real_tensor(made, name="made")
    check_partners(x, made, at_least=3)
    for name, images in (("x", x), ("made", made)):
        as_features(images, name=name)
    before, after = (half_distances(v.detach().double(), halves=halves) for v in (x, made))
    return correlation(before, after)


def distances_kept(x: Shaped[Tensor, "n ..."], made: Shaped[Tensor, "m ..."]) -> Scores:
    """How well the distances between samples, and within them, follow those of their translations.

    Raises:
        ValueError: as :func:`pairwise_correlation` and :func:`self_correlation`.
    """
    return Scores(
        other={
            "correlation of pairwise distances": pairwise_correlation(x, made),
            "correlation of self-distances": self_correlation(x, made),
        }
    )


def correlation_of_kept(before: Shaped[Tensor, "n"], after: Shaped[Tensor, "m"]) -> float:
    """Pearson's correlation of a quantity before and after a map; zero where one of the two does not vary.

    Raises:
        ValueError: not one number after for each before, fewer than two, or numbers that are not finite.
    """
    before, after = alike(before=before, after=after)
    check_axes(before, name="before", count=1, words="one number for each sample")
    if before.shape != after.shape or len(before) < 2:
        raise ValueError(
            f"a correlation compares as many numbers before as after, at least two, got shapes "
            f"{tuple(before.shape)} and {tuple(after.shape)}; measure every sample twice"
        )
    both = torch.stack([before, after]).detach().double()
    check_finite(both, name="what was measured before and after")
    # Not small, but nothing: what is measured in small units varies little.
    rounding = 4 * torch.finfo(before.dtype).eps
    still = (both.amax(dim=1) - both.amin(dim=1)) <= rounding * both.abs().amax(dim=1)
    return (
        0.0 if bool(still.any()) else finite_score(torch.corrcoef(both)[0, 1].item(), name="the correlation")
    )


def check_partners(x: Tensor, made: Tensor, *, at_least: int) -> None:
    """Every sample needs its translation."""
    for name, samples in (("x", x), ("made", made)):
        check_axes(samples, name=name, words="(samples, *shape)")
    if len(x) != len(made) or len(x) < at_least:
        raise ValueError(
            f"each sample is compared with its translation, and {at_least} are needed; got {len(x)} samples and "
            f"{len(made)} translations"
        )


def correlation(before: Float[Tensor, "pairs"], after: Float[Tensor, "pairs"]) -> float:
    """Pearson's correlation coefficient."""
    for name, values in (("before", before), ("after", after)):
        if values.max() == values.min():
            raise ValueError(
                f"all distances {name} the map are {values[0].item():g}, so that nothing can follow them; "
                "take samples that differ, or look for a collapsed translator"
            )
    return finite_score(torch.corrcoef(torch.stack([before, after]))[0, 1].item(), name="the correlation")


class NonnegativeFit(NamedTuple):
    r"""A linear imitation :math:`T(x) \approx A x` with :math:`A \ge 0`.

    ``explained`` is the share of the variance of :math:`T(x)` over the samples that :math:`A x` explains, at
    most 1; below 0 it is worse than a constant.
    """

    matrix: Float[Tensor, "outputs inputs"]
    explained: float


def nonnegative_fit(x: Shaped[Tensor, "n ..."], made: Shaped[Tensor, "m ..."]) -> NonnegativeFit:
    r"""The non-negative matrix that imitates a map best on given samples.

    .. math:: \min_{A \ge 0} \sum_i \|A x_i - T(x_i)\|_2^2

    Give intensities, with 0 for black: without a constant term, an image in :math:`[-1, 1]` has no sign to keep.
    Solved row by row and exactly (active sets, ``scipy.optimize.nnls``); shrink images to some hundred pixels
    before.

    Raises:
        ValueError: not as many samples as translations, fewer than two, values that are not finite, or
            translations that are all equal.
    """
    x, made = real_tensor(x, name="x"), real_tensor(made, name="made")
    check_partners(x, made, at_least=2)
    inputs, outputs = (as_features(v, name=k).cpu().numpy() for v, k in ((x, "x"), (made, "made")))
    spread = outputs - outputs.mean(0)
    # Rounding leaves even equal translations a little spread.
    if not spread.any() or (outputs == outputs[0]).all():
        raise ValueError(
            "all translations are equal, so that no map can be fitted; did the translator collapse?"
        )
    # ‖X a − t‖² = ‖R a − Qᵀt‖² + constant: the rows of X, however many, become as many as it has columns.
    factor, triangle = np.linalg.qr(inputs)
    wanted = factor.T @ outputs
    matrix = np.stack([nnls(triangle, column)[0] for column in wanted.T])
    left = outputs - inputs @ matrix.T
    explained = 1 - np.square(left).sum() / np.square(spread).sum()
    return NonnegativeFit(torch.from_numpy(matrix), float(explained))


class PermutationMatch(NamedTuple):
    """The permutation that a matrix is nearest to, and the cosine of the angle between the two."""

    #: for every row the column that it takes its value from
    order: Int[Tensor, "side"]
    cosine: float


def nearest_permutation(matrix: Shaped[Tensor, "rows columns"]) -> PermutationMatch:
    r"""How near a square matrix is to a multiple of a permutation.

    .. math:: \max_P \frac{\langle A, P \rangle}{\|A\|_F\, \|P\|_F}
        = \max_P \frac{\sum_i A_{i P(i)}}{\|A\|_F \sqrt p}

    over all :math:`p!` permutations, found by assignment. It is 1 exactly for :math:`A = cP` with :math:`c > 0`;
    independent uniform entries give about :math:`\sqrt{3 / p}`.

    Raises:
        ValueError: the matrix is not square, is empty, zero, or not finite.
    """
    matrix = real_tensor(matrix, name="matrix")
    check_axes(matrix, name="matrix", count=2, words="(rows, columns)")
    side = len(matrix)
    if matrix.shape != (side, side) or not side or not matrix.isfinite().all() or not matrix.any():
        raise ValueError(
            "a permutation is compared with a square matrix of finite numbers that are not all zero, got shape "
            f"{tuple(matrix.shape)}; give domains of equally many pixels"
        )
    exact = matrix.detach().double()
    rows, columns = linear_sum_assignment(exact.cpu().numpy(), maximize=True)
    order = torch.from_numpy(columns)
    cosine = exact.cpu()[torch.from_numpy(rows), order].sum() / (exact.norm() * side**0.5)
    return PermutationMatch(order, finite_score(cosine.item(), name="the cosine"))
