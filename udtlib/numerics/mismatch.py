"""Samples and weights that do not fit, said in one sentence in place of PyTorch's words about matrices."""

from __future__ import annotations

import torch
from torch import nn

from udtlib.numerics.options import words
from udtlib.types import Tensor

__all__ = ["other_type", "type_mismatch"]

#: How PyTorch says that a layer was made for samples of another size.
MISFITS = (
    "shapes cannot be multiplied",
    "channels, but got",
    "Expected size for first two dimensions of batch2",
)


def type_mismatch(error: RuntimeError, module: nn.Module, **samples: object) -> ValueError | None:
    """What to raise where PyTorch refused to compute with samples and weights of two types or sizes; else None.

    Args:
        error: what PyTorch said.
        module: whose weights they are.
        samples: what the module was handed, by name.
    """
    if any(misfit in str(error) for misfit in MISFITS):
        first = next((m for m in module.modules() if getattr(m, "weight", None) is not None), module)
        given = ", ".join(
            f"{name} of shape {tuple(x.shape)}" for name, x in samples.items() if isinstance(x, Tensor)
        )
        return ValueError(
            f"{given} does not fit {type(module).__name__}, whose first layer is {first}; reshape the samples, or "
            "make the net for them"
        )
    if "type" not in str(error):
        return None
    found = (other_type(x, module, name=name) for name, x in samples.items())
    return next((clear for clear in found if clear is not None), None)


def other_type(x: object, module: nn.Module, *, name: str) -> ValueError | None:
    """What to raise about samples of another type than all weights of a module; None where that is no fault."""
    kinds = {p.dtype for p in module.parameters() if p.is_floating_point()}
    # A layer without weights computes with the numbers that it keeps.
    kinds = kinds or {b.dtype for b in module.buffers() if b.is_floating_point()}
    if not isinstance(x, Tensor) or len(kinds) != 1 or x.dtype in kinds:
        return None
    if torch.is_autocast_enabled(x.device.type) and x.dtype != torch.float64:
        return None  # there the types are converted, so that this was not the reason
    (kind,) = kinds
    return ValueError(
        f"{name} is {words(x.dtype)} and the weights of {type(module).__name__} are {words(kind)}; convert "
        f"one of them: {name}.to({kind}), or the module with .to({x.dtype if x.is_floating_point() else kind})"
    )
