r"""Critics that are potentials: a quadratic form that needs no learning of curves, and a net for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import torch
from torch import nn

from udtlib.nets.mlp import mlp
from udtlib.nets.shapes import check_entries
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["QuadraticShortcut"]


@final
class QuadraticShortcut(nn.Module):
    r"""One number a sample, by a quadratic form and an MLP side by side.

    .. math:: f(y) = \tfrac12\, y^\top A\, y + \langle b, y\rangle + \mathrm{net}(y)

    The slope of the form is affine, as :class:`~udtlib.nets.velocity.AffineShortcut` is for velocities: between
    Gaussians it is the whole Kantorovich potential. A and b start at zero; only the symmetric part of A counts.

    Args:
        dimension: entries of a sample.
        hidden: units of each of the net's two hidden layers.
        activation: makes the nonlinearity; a smooth one has a slope that changes smoothly.

    Raises:
        ValueError: a size below one.
    """

    @checked_options(least=1)
    def __init__(
        self, dimension: int, *, hidden: int = 128, activation: Callable[[], nn.Module] = nn.SiLU
    ) -> None:
        super().__init__()
        self.net = mlp([dimension, hidden, hidden, 1], activation=activation)
        self.form = nn.Linear(dimension, dimension)
        nn.init.zeros_(self.form.weight)
        nn.init.zeros_(self.form.bias)

    def forward(self, y: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch 1"]:
        check_entries(y, self, entries=self.form.in_features, weight=self.form.bias, axes=None)
        half = torch.nn.functional.linear(y, self.form.weight) / 2 + self.form.bias
        return self.net(y) + (y * half).sum(-1, keepdim=True)
