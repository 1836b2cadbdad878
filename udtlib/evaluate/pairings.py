"""Whether samples find the partners that they ought to have: by a plan between them, or as nearest neighbours."""

from __future__ import annotations

import torch

from udtlib.transport.exact import optimal_coupling
from udtlib.types import Float, Labels, Tensor

__all__ = ["nearest_is_partner", "same_label_share"]


def same_label_share(cost: Float[Tensor, "n m"], x_label: Labels, y_label: Labels) -> float:
    """Percentage of sources whose partner in an exact plan has their label: what a cost does without a net."""
    partner = optimal_coupling(cost).plan.argmax(1)
    return 100 * (x_label == y_label[partner]).double().mean().item()


def nearest_is_partner(made: Float[Tensor, "n ..."], wanted: Float[Tensor, "n ..."]) -> float:
    """Percentage of translations to which, of all right answers, their own one is the nearest."""
    nearest = torch.cdist(made.flatten(1), wanted.flatten(1)).argmin(1)
    return 100 * (nearest == torch.arange(len(made), device=made.device)).double().mean().item()
