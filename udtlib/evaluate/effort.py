r"""What a map spends, over the least that would do: its effort in units of an optimal plan's.

A plan between finitely many samples is dearer than one between their laws, and more so the higher the dimension:
a smooth map that fits can spend less than the plan to given samples of the target. The effort over the best
*pairing* has no such bias, as source and translations are paired anew and nothing else is looked at.
"""

from __future__ import annotations

import torch

from udtlib.numerics.inputs import alike, check_axes, check_finite
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling, squared_wasserstein2
from udtlib.types import Shaped, Tensor

__all__ = ["distance_to_optimal_partners", "effort_over_least", "effort_over_pairing"]


def effort_over_least(
    made: Shaped[Tensor, "n dim"], x: Shaped[Tensor, "n_too dim_too"], y: Shaped[Tensor, "m dim_there"]
) -> float:
    r"""What was moved over the least that reaches the target: :math:`\mathbb{E}\|T(x) - x\|^2 / W_2^2(x, y)`.

    Raises:
        ValueError: not one translation for each sample, values that are not finite, or a target that is where the
            samples are, which takes no effort to reach.
    """
    # Double precision: the squares of small steps must stand out from the rounding of the squares of positions.
    made, x, y = (each.double() for each in moved(made=made, x=x, y=y))
    least = squared_wasserstein2(x, y)
    # Squared distances of equal samples come out as rounding, whose size is that of the squares.
    rounding = 16 * torch.finfo(least.dtype).eps * max(x.square().sum(1).max(), y.square().sum(1).max())
    if not bool(least > rounding):
        raise ValueError(
            "x and y are the same samples: no effort reaches the target, and no multiple of it is spent"
        )
    return ((made - x).square().sum(1).mean() / least).item()


def effort_over_pairing(made: Shaped[Tensor, "n dim"], x: Shaped[Tensor, "n_too dim_too"]) -> float:
    r"""What was moved over the least for the very same translations, in another order.

    .. math:: \mathbb{E}\|T(x) - x\|^2 \big/ \min_\pi \tfrac1n \sum_i \|T(x_{\pi(i)}) - x_i\|^2

    One exactly where the translations are optimally paired, whether or not they fit.

    Raises:
        ValueError: not one translation for each sample, values that are not finite, or translations that are the
            samples in another order, which no effort would give.
    """
    made, x = moved(made=made, x=x)
    cost = torch.cdist(x.double(), made.double()).square()
    spent, least = cost.diagonal().mean(), (optimal_coupling(cost).plan * cost).sum()
    if not bool(least > 0):
        if not bool(spent > 0):
            return 1.0  # nothing was moved, and nothing had to be
        raise ValueError(
            "the translations are the samples themselves in another order: the best pairing moves nothing, and no "
            "multiple of that is spent"
        )
    return (spent / least).item()


def distance_to_optimal_partners(
    made: Shaped[Tensor, "n dim"], x: Shaped[Tensor, "n_too dim_too"], y: Shaped[Tensor, "m dim_there"]
) -> float:
    """The mean distance of T(x) from the partner that the optimal plan to these samples of the target gives x.

    Raises:
        ValueError: not one translation for each sample, or values that are not finite.
    """
    made, x, y = moved(made=made, x=x, y=y)
    partners = optimal_coupling(squared_euclidean(x, y)).or_raise().barycentric(y)
    return (made - partners).norm(dim=1).mean().item()


def moved(*, made: Tensor, x: Tensor, **target: Tensor) -> list[Tensor]:
    """The samples, their translations and the target in one precision, without gradient.

    Raises:
        ValueError: not one translation for each sample, samples of another space, or values that are not finite.
    """
    parts = [part.detach() for part in alike(made=made, x=x, **target)]
    for name, part in zip(("made", "x", "y"), parts, strict=False):
        check_axes(part, name=name, count=2, words="(samples, coordinates)")
        check_finite(part, name=name)
    if parts[0].shape != parts[1].shape or parts[0].numel() == 0:
        raise ValueError(
            f"every sample has one translation, got translations of shape {tuple(parts[0].shape)} for samples of "
            f"{tuple(parts[1].shape)}; give at least one, in one space"
        )
    if any(part.shape[1] != parts[1].shape[1] or not len(part) for part in parts):
        raise ValueError(
            f"the target has shape {tuple(parts[-1].shape)} and the samples {tuple(parts[1].shape)}; give at "
            "least one sample of the same space"
        )
    return parts
