"""A small reader of the digit-swap images: which of the ten digits is there, and on which side."""

from __future__ import annotations

from typing import Any, NamedTuple, final

import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from udtlib.instruments.bundled import bundled_record, with_bundled_weights
from udtlib.types import Float, Tensor

__all__ = ["Reading", "SwapReader", "load_swap_reader", "swap_reader_record"]

#: The side of the images that it was trained on.
NATIVE = 32
WEIGHTS = "swap_reader"


class Reading(NamedTuple):
    """What a reader sees in each image, as logits: ten digits, and two sides (0 is left)."""

    digit: Float[Tensor, "batch 10"]
    side: Float[Tensor, "batch 2"]


@final
class SwapReader(nn.Module):
    """From images in [-1, 1] to a :class:`Reading`: three convolutions of stride 2, and a head for each question.

    Images are ``(batch, 1, 32, 32)``; sides that are a multiple of 32 are averaged down to it.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((1, 24), (24, 48), (48, 48)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU()]
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(48 * (NATIVE // 8) ** 2, 64), nn.ReLU())
        self.digit, self.side = nn.Linear(64, 10), nn.Linear(64, 2)

    def forward(self, x: Float[Tensor, "batch 1 height width"]) -> Reading:
        if x.shape[-1] != x.shape[-2] or x.shape[-1] % NATIVE:
            raise ValueError(
                f"the reader takes squares whose side is a multiple of {NATIVE}, got {tuple(x.shape[-2:])}; "
                "resize them"
            )
        phi = self.body(avg_pool2d(x, x.shape[-1] // NATIVE))
        return Reading(self.digit(phi), self.side(phi))


def swap_reader_record() -> dict[str, Any]:
    """How the bundled weights were made and what they reach: command, seed, accuracies, SHA-256, versions."""
    return bundled_record(WEIGHTS)


def load_swap_reader(*, device: torch.device | str = "cpu") -> SwapReader:
    """The bundled reader, ready to measure with: evaluation mode, its parameters frozen.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    return with_bundled_weights(SwapReader(), WEIGHTS, device=device)
