"""Whether samples find the partners that they ought to have: by a plan between them, or as nearest neighbours."""

from __future__ import annotations

from udtlib.evaluate.neighbours import kth_distances
from udtlib.evaluate.samples import exact_distances, same_features
from udtlib.numerics.inputs import check_axes, check_finite, full_precision, real_tensor
from udtlib.transport.exact import optimal_coupling
from udtlib.types import Shaped, Tensor

__all__ = ["nearest_is_partner", "same_label_share"]


def same_label_share(
    cost: Shaped[Tensor, "n m"], x_label: Shaped[Tensor, "sources"], y_label: Shaped[Tensor, "targets"]
) -> float:
    """Percentage of sources whose partner in an exact plan has their label: what a cost does without a net.

    Raises:
        ValueError: not one label for each row and for each column of the costs.
    """
    cost = full_precision(cost, name="cost")
    x_label, y_label = real_tensor(x_label, name="x_label"), real_tensor(y_label, name="y_label")
    check_axes(cost, name="cost", count=2, words="(sources, targets)")
    if x_label.shape != cost.shape[:1] or y_label.shape != cost.shape[1:]:
        raise ValueError(
            f"costs of shape {tuple(cost.shape)} come with one label for each row and each column, got shapes "
            f"{tuple(x_label.shape)} and {tuple(y_label.shape)}; flatten the labels"
        )
    check_finite(x_label, name="x_label")
    check_finite(y_label, name="y_label")
    partner = optimal_coupling(cost).plan.argmax(1)
    return 100 * (x_label == y_label[partner]).double().mean().item()


def nearest_is_partner(made: Shaped[Tensor, "n *shape"], wanted: Shaped[Tensor, "m *other"]) -> float:
    """Percentage of translations to which no right answer is nearer than their own one; equal ones are none.

    Raises:
        ValueError: not one right answer for each translation, or values that are not finite.
    """
    rows, right = same_features(made, wanted)
    if len(rows) != len(right):
        raise ValueError(
            f"every translation has one right answer, got {len(rows)} and {len(right)}; give as many"
        )
    own = exact_distances(rows[:, None], right[:, None])[:, 0, 0]
    return 100 * (own == kth_distances(rows, right, k=1)).double().mean().item()
