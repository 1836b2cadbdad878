"""Initialisation with an explicit gain."""

from __future__ import annotations

import math

from torch import nn

LINEAR = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.ConvTranspose1d, nn.ConvTranspose2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm, nn.LayerNorm)


def initialise_normal(module: nn.Module, *, deviation: float = 0.02) -> nn.Module:
    r"""DCGAN's start: weights :math:`\sim N(0, 0.02^2)`, scales :math:`\sim N(1, 0.02^2)`, biases zero.

    Returns the module, initialised in place [radford2016, section 3].
    """
    check_positive("deviation", deviation)
    for part in module.modules():
        if isinstance(part, LINEAR):
            nn.init.normal_(part.weight, 0.0, deviation)
        elif isinstance(part, NORMS) and part.weight is not None:
            nn.init.normal_(part.weight, 1.0, deviation)
        if isinstance(part, LINEAR + NORMS) and part.bias is not None:
            nn.init.zeros_(part.bias)
    return module


def initialise_scaled(module: nn.Module, *, gain: float = 1.0) -> nn.Module:
    r"""Weights :math:`\sim N(0, \mathrm{gain}^2 / \mathrm{fan\_in})`, biases zero.

    At gain 1 a linear layer keeps the mean square of its input; :math:`\sqrt 2` does so before a ReLU.
    The gain sets how far an untrained residual net moves its input, which is a bias of its own.

    Returns the module, initialised in place.
    """
    check_positive("gain", gain)
    for part in module.modules():
        if isinstance(part, LINEAR):
            nn.init.normal_(part.weight, 0.0, gain / math.sqrt(fan_in(part)))
            if part.bias is not None:
                nn.init.zeros_(part.bias)
    return module


def fan_in(layer: nn.Module) -> int:
    """How many inputs each output of a linear or convolutional layer sums over."""
    weight = layer.weight
    if isinstance(layer, nn.ConvTranspose1d | nn.ConvTranspose2d):
        # (in, out / groups, *kernel); each output sees one input in `stride` per axis of the kernel.
        return max(1, weight.shape[0] // layer.groups * weight[0, 0].numel() // math.prod(layer.stride))
    return weight[0].numel()


def check_positive(name: str, value: float) -> None:
    """Refuse a scale that is zero, negative or not a number."""
    if not value > 0:
        raise ValueError(f"{name} must be positive, got {value}")
