r"""Velocities of flows: an affine part that needs no learning of curves, and a net for the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import final

import torch
from torch import nn

from udtlib.nets.mlp import mlp
from udtlib.nets.shapes import check_entries
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["AffineShortcut", "VelocityMLP"]


@final
class AffineShortcut(nn.Module):
    r"""A velocity at one step of a residual flow: an affine map and an MLP side by side.

    .. math:: v(x) = A x + b + \mathrm{net}(x)

    The affine part starts at zero and learns means and covariances, so that the net has only curves to learn.
    The net's first layer is drawn wide, with its kinks spread over the samples: a narrow start makes nearly affine
    units, which need long to bend.

    Args:
        dimension: entries of a sample.
        hidden: units of the hidden layer.
        width: deviation of the hidden units' slopes and offsets, for samples of about unit variance.
        gain: scale of the last layer's initial weights; 0 starts at rest.
        activation: makes the nonlinearity; smooth ones give smooth maps.

    Raises:
        ValueError: a size below one, a width that is not positive, or a negative gain.
    """

    @checked_options(least=1)
    def __init__(
        self,
        dimension: int,
        *,
        hidden: int = 64,
        width: float | int = 2.0,
        gain: float | int = 0.2,
        activation: Callable[[], nn.Module] = nn.Tanh,
    ) -> None:
        super().__init__()
        check_start(width=width, gain=gain)
        self.net = mlp([dimension, hidden, dimension], activation=activation)
        self.affine = nn.Linear(dimension, dimension)
        nn.init.zeros_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)
        first, last = self.net[0], self.net[-1]
        nn.init.normal_(first.weight, 0.0, width / math.sqrt(dimension))
        nn.init.normal_(first.bias, 0.0, width)
        nn.init.normal_(last.weight, 0.0, gain / math.sqrt(hidden))
        nn.init.zeros_(last.bias)

    def forward(self, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch dim"]:
        check_entries(x, self, entries=self.affine.in_features, weight=self.affine.bias, axes=None)
        return self.affine(x) + self.net(x)


@final
class VelocityMLP(nn.Module):
    r"""A velocity that depends on time: a linear map and an MLP that also reads the time.

    .. math:: v_t(x) = A x + \mathrm{net}(x, t)

    Args:
        dimension: entries of a sample.
        hidden: units of each hidden layer.
        gain: scale of the last layer's initial weights; 0 starts at rest.
        activation: makes the nonlinearity.

    Raises:
        ValueError: a size below one, no hidden layer, or a negative gain.
    """

    @checked_options(least=1)
    def __init__(
        self,
        dimension: int,
        *,
        hidden: Sequence[int] = (128, 128),
        gain: float | int = 0.1,
        activation: Callable[[], nn.Module] = nn.SiLU,
    ) -> None:
        super().__init__()
        check_start(gain=gain)
        if not hidden:
            raise ValueError("a velocity needs at least one hidden layer, got none")
        self.net = mlp([dimension + 1, *hidden, dimension], activation=activation)
        self.linear = nn.Linear(dimension, dimension, bias=False)
        nn.init.zeros_(self.linear.weight)
        with torch.no_grad():
            self.net[-1].weight.mul_(gain)
            self.net[-1].bias.zero_()

    def forward(self, x: Float[Tensor, "batch dim"], t: Float[Tensor, "batch"]) -> Float[Tensor, "batch dim"]:
        check_entries(x, self, entries=self.linear.in_features, weight=self.linear.weight)
        if t.ndim != 1 or len(t) != len(x):
            raise ValueError(
                f"a velocity takes one time for each sample, got t of shape {tuple(t.shape)} for {len(x)} "
                "samples; t.expand(len(x)) gives one time to all"
            )
        return self.linear(x) + self.net(torch.cat([x, t[:, None]], dim=1))


def check_start(*, gain: float | int, width: float | int = 1.0) -> None:
    """Refuse a start that is no start."""
    if not width > 0 or not gain >= 0:
        raise ValueError(f"needs a width > 0 and a gain ≥ 0, got width={width}, gain={gain}")
