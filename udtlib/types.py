"""The few types that every room of the library shares."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor

__all__ = ["Batch", "Float", "Int", "Labels", "Points", "Shaped", "Split", "Tensor", "Terms"]

#: A batch of samples from a domain: the first axis counts samples, the others are the sample's own shape.
Points = Float[Tensor, "batch ..."]

#: One class label per sample.
Labels = Int[Tensor, "batch"]

#: What a player minimises: named terms, each already multiplied by its weight. Their sum is the loss.
Terms = dict[str, Tensor]

#: Which part of the data to draw from: "train" or "test".
Split = str


class Batch(NamedTuple):
    """Samples of both domains; a NamedTuple, because Fabric's mixed precision cannot rebuild frozen dataclasses.

    ``x`` are samples of the source :math:`\\alpha`, ``y`` of the target :math:`\\beta`. Whether ``x[i]`` and
    ``y[i]`` belong together is the pair's property ``paired``. Labels are there for conditional objectives and
    for evaluation; they are ``None`` where a domain has none.

    ``x_row`` says which of the source's stored samples each ``x`` is, the training samples numbered first and the
    test samples after them, so that a pair can look its answer up; ``None`` where nothing is stored.
    """

    x: Tensor
    y: Tensor
    x_label: Tensor | None = None
    y_label: Tensor | None = None
    x_row: Tensor | None = None

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        return Batch(*(None if t is None else t.to(device) for t in self))
