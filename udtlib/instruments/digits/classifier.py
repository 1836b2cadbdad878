"""A small classifier of digits: the measuring instrument that says what a generated digit shows."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from udtlib.instruments.bundled import WeightsError, bundled_record, with_bundled_weights
from udtlib.types import Float

__all__ = ["DigitClassifier", "WeightsError", "classifier_record", "load_digit_classifier"]

NATIVE = 28
FEATURES = 64
WEIGHTS = "digit_classifier"


@final
class DigitClassifier(nn.Module):
    r"""From a digit's image in [-1, 1] to ten logits: four convolutions, three poolings, two linear layers.

    Images are ``(batch, 1, size, size)``. Those of 28 pixels are taken as they are; of 32, a border of two
    pixels is cut off; any other size is resampled to 28 (bilinear, antialiased).
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after, halved in ((1, 32, False), (32, 32, True), (32, 64, True), (64, 64, True)):
            # No bias: the normalisation behind it would take it away again.
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if halved else []
        # 28 pixels, halved three times and rounded down, are 3.
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(64 * 3 * 3, FEATURES), nn.ReLU())
        self.head = nn.Linear(FEATURES, 10)

    def features(self, x: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch 64"]:
        """The last hidden layer: what distances between distributions of digits are measured in."""
        return self.body(to_native(x))

    def forward(self, x: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch 10"]:
        return self.head(self.features(x))


def to_native(x: Float[Tensor, "batch 1 height width"]) -> Float[Tensor, "batch 1 28 28"]:
    """Images of any square size as the classifier wants them.

    Raises:
        ValueError: the images are not square.
    """
    height, width = x.shape[-2:]
    if height != width or height < 1:
        raise ValueError(f"digits are square images, got {height} × {width} pixels; pad or crop them")
    if height == NATIVE:
        return x
    if height == 32:
        return x[..., 2:-2, 2:-2]
    return interpolate(x, (NATIVE, NATIVE), mode="bilinear", antialias=True)


def classifier_record() -> dict[str, Any]:
    """How the bundled weights were made and what they reach: command, seed, accuracies, SHA-256, versions."""
    return bundled_record(WEIGHTS)


def load_digit_classifier(*, device: torch.device | str = "cpu") -> DigitClassifier:
    """The bundled classifier, ready to measure with: evaluation mode, its parameters frozen.

    Gradients still flow through it to its input.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    return with_bundled_weights(DigitClassifier(), WEIGHTS, device=device)
