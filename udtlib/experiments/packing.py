r"""Weights in eight bits: the large arrays of a net as whole numbers, with a scale for every row.

A row :math:`w` of a weight is stored as :math:`q = \mathrm{round}(w / s)` in :math:`-127 … 127`, with
:math:`s = \max |w| / 127`, so that no entry is off by more than :math:`s / 2`. It takes half the bytes of half
precision.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["packed", "unpacked"]

#: What the scales of a weight are called, after its own name.
SCALES = ".scales"
#: Entries from which an array is stored in eight bits; smaller ones are not worth it.
LEAST = 512
LARGEST = 127


def packed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A net's state as it is stored: large weights in eight bits, the rest in half precision."""
    stored: dict[str, Tensor] = {}
    for name, value in state.items():
        value = value.detach().cpu()
        if value.is_floating_point() and value.ndim >= 2 and value.numel() >= LEAST:
            scales = value.abs().flatten(1).amax(1).float() / LARGEST
            shown = shaped(scales, value).to(value)
            whole = torch.where(shown > 0, value / shown, 0).round().clamp(-LARGEST, LARGEST)
            stored |= {name: whole.to(torch.int8).contiguous(), name + SCALES: scales}
        else:
            stored[name] = value.half().contiguous() if value.is_floating_point() else value.contiguous()
    return stored


def unpacked(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state that :func:`packed` stored, in single precision."""
    return {
        name: value.float() * shaped(stored[name + SCALES], value) if name + SCALES in stored else value
        for name, value in stored.items()
        if not name.endswith(SCALES)
    }


def shaped(scales: Tensor, value: Tensor) -> Tensor:
    """Scales that multiply the rows of a weight."""
    return scales.reshape(-1, *(1,) * (value.ndim - 1))
