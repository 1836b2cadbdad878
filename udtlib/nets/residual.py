r"""A residual net on vectors, read as an ordinary differential equation in small steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import torch
from torch import nn

from udtlib.nets.mlp import mlp
from udtlib.nets.shapes import check_entries
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["ResidualNet"]


@final
class ResidualNet(nn.Module):
    r"""From :math:`\mathbb{R}^d` to itself in :math:`K` steps, each adding a little to the state.

    .. math:: x_0 = x, \qquad x_{k+1} = x_k + \Delta t\, v_k(x_k), \qquad \Delta t = 1 / K

    This is Euler's method for :math:`\dot x_t = v_t(x_t)` on :math:`[0, 1]` [debezenac2019, sections 2.1 and
    2.3]; each :math:`v_k` is an MLP with one hidden layer. Because of :math:`\Delta t`, equal weights move a
    sample about equally far whatever :math:`K` is. Weights near zero make the net nearly the identity:
    ``initialise_normal(net, deviation=gain)`` chooses how near.

    Args:
        dimension: :math:`d`.
        hidden: units of the hidden layer of each :math:`v_k`.
        blocks: the number of steps :math:`K`.
        activation: makes the nonlinearity of each :math:`v_k`.

    Raises:
        ValueError: a size below one.
    """

    @checked_options()
    def __init__(
        self,
        dimension: int,
        *,
        hidden: int = 16,
        blocks: int = 5,
        activation: Callable[[], nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        if min(dimension, hidden, blocks) < 1:
            raise ValueError(
                f"sizes must be positive, got dimension={dimension}, hidden={hidden}, blocks={blocks}"
            )
        sizes = [dimension, hidden, dimension]
        self.blocks = nn.ModuleList(mlp(sizes, activation=activation) for _ in range(blocks))

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        first = self.blocks[0][0]
        check_entries(x, self, entries=first.in_features, weight=first.bias, axes=None)
        for f in self.blocks:
            x = x + f(x) / len(self.blocks)
        return x

    def path(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "time *batch dim"]:
        r"""The states :math:`x_0, \dots, x_K` that each sample passes through; the last is the net's answer."""
        states = [x]
        for f in self.blocks:
            states.append(states[-1] + f(states[-1]) / len(self.blocks))
        return torch.stack(states)
