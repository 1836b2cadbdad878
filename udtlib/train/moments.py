"""What optimisers remember: restored where it fits their parameters, refused elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from torch.optim import Adam, Optimizer

__all__ = ["load_optimiser"]

#: What Adam keeps of each parameter that it has moved.
MOMENTS = {"step", "exp_avg", "exp_avg_sq"}


def load_optimiser(optimiser: Optimizer, stored: Mapping[str, Any], *, begun: bool) -> None:
    """Restore what an optimiser remembers of each parameter; its settings remain as they are declared.

    Raises:
        ValueError: what is stored does not fit the parameters. PyTorch's fused steps look at no shape: they would
            write beyond the memory of a tensor that is too small.
    """
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    numbers = [number for group in stored["param_groups"] for number in group["params"]]
    state = stored["state"]
    for number, parameter in zip(numbers, parameters, strict=True):
        kept = state.get(number, {})
        if kept and isinstance(optimiser, Adam) and set(kept) != MOMENTS:
            raise ValueError(f"the optimiser keeps {sorted(kept)} of a parameter")
        for name, value in kept.items():
            fits = not isinstance(value, Tensor) or (
                value.is_floating_point()
                and tuple(value.shape) == (() if name == "step" else tuple(parameter.shape))
                and bool(value.isfinite().all())
            )
            if not fits:
                raise ValueError(f"the optimiser keeps no {name} of such a parameter")
    if begun and not state and any(p.requires_grad for p in parameters):
        raise ValueError("the optimiser remembers nothing")
    declared = [{k: v for k, v in group.items() if k != "params"} for group in optimiser.param_groups]
    optimiser.load_state_dict(dict(stored))
    for group, settings in zip(optimiser.param_groups, declared, strict=True):
        group.update(settings)
