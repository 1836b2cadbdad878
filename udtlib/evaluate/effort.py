r"""What a map spends, over the least that would do: its effort in units of an optimal plan's.

A plan between finitely many samples is dearer than one between their laws, and more so the higher the dimension:
a smooth map that fits can spend less than the plan to given samples of the target. The effort over the best
*pairing* has no such bias, as source and translations are paired anew and nothing else is looked at.
"""

from __future__ import annotations

import torch

from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling, squared_wasserstein2
from udtlib.types import Float, Tensor

__all__ = ["distance_to_optimal_partners", "effort_over_least", "effort_over_pairing"]


def effort_over_least(
    made: Float[Tensor, "n dim"], x: Float[Tensor, "n dim"], y: Float[Tensor, "m dim"]
) -> float:
    r"""What was moved over the least that reaches the target: :math:`\mathbb{E}\|T(x) - x\|^2 / W_2^2(x, y)`."""
    return ((made - x).square().sum(1).mean() / squared_wasserstein2(x, y)).item()


def effort_over_pairing(made: Float[Tensor, "n dim"], x: Float[Tensor, "n dim"]) -> float:
    r"""What was moved over the least for the very same translations, in another order.

    .. math:: \mathbb{E}\|T(x) - x\|^2 \big/ \min_\pi \tfrac1n \sum_i \|T(x_{\pi(i)}) - x_i\|^2

    One exactly where the translations are optimally paired, whether or not they fit.
    """
    cost = torch.cdist(x.double(), made.double()).square()
    return (cost.diagonal().mean() / (optimal_coupling(cost).plan * cost).sum()).item()


def distance_to_optimal_partners(
    made: Float[Tensor, "n dim"], x: Float[Tensor, "n dim"], y: Float[Tensor, "n dim"]
) -> float:
    """The mean distance of T(x) from the partner that the optimal plan to these samples of the target gives x."""
    partners = optimal_coupling(squared_euclidean(x, y)).or_raise().barycentric(y)
    return (made - partners).norm(dim=1).mean().item()
