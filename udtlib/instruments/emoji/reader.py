"""A small classifier of hands: the measuring instrument that says who has drawn an emoji."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from udtlib.data.collection import NATIVE
from udtlib.data.emoji_files import HANDS
from udtlib.instruments.bundled import bundled_record, with_bundled_weights
from udtlib.types import Float

__all__ = ["HandReader", "load_hand_reader", "reader_record"]

WEIGHTS = "hand_reader"
FEATURES = 64


@final
class HandReader(nn.Module):
    r"""From an emoji in [-1, 1] on white to five logits, in the order of ``HANDS``.

    Images are ``(batch, 1 or 3, size, size)``; grey ones are repeated, and sizes other than 64 are resampled.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in ((3, 24), (24, 48), (48, 64), (64, 96)):
            # No bias: the normalisation behind it would take it away again.
            layers += [
                nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        # The mean over places: a hand shows everywhere, whatever is drawn.
        self.body = nn.Sequential(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, FEATURES), nn.ReLU()
        )
        self.head = nn.Linear(FEATURES, len(HANDS))

    def features(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch 64"]:
        """The last hidden layer: what distances between distributions of emoji are measured in."""
        if x.shape[1] not in (1, 3) or x.shape[-2] != x.shape[-1]:
            raise ValueError(
                f"emoji are square images of 1 or 3 channels, got {tuple(x.shape[1:])}; pad, crop or convert them"
            )
        if x.shape[-1] != NATIVE:
            x = interpolate(x, (NATIVE, NATIVE), mode="bilinear", antialias=True)
        return self.body(x.expand(-1, 3, -1, -1))

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch 5"]:
        return self.head(self.features(x))


def reader_record() -> dict[str, Any]:
    """How the bundled weights were made and what they reach: command, seed, accuracies, SHA-256, versions."""
    return bundled_record(WEIGHTS)


def load_hand_reader(*, device: torch.device | str = "cpu") -> HandReader:
    """The bundled classifier, ready to measure with: evaluation mode, its parameters frozen.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    return with_bundled_weights(HandReader(), WEIGHTS, device=device)
