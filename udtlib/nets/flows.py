"""Flows made of couplings: one for points, one for images of any even size."""

from __future__ import annotations

import torch
from torch import nn

from udtlib.nets.invertible import (
    ActNorm,
    AffineCoupling,
    Chain,
    Checkerboard,
    Halves,
    InvertibleLayer,
    Mix,
    Squeeze,
)
from udtlib.nets.mlp import mlp
from udtlib.numerics.signatures import checked_options
from udtlib.types import Points

__all__ = ["image_flow", "point_flow", "random_rotation"]


@checked_options()
def point_flow(
    dimension: int,
    *,
    couplings: int = 8,
    width: int = 32,
    bound: float | int = 1.0,
    start: Points | None = None,
) -> Chain:
    r"""A flow of points: couplings that read one half of the coordinates and then the other, in turns.

    The last layer of every coupling's net is zero, so that the untrained flow is the identity, or the
    standardisation of ``start``.

    Args:
        dimension: entries of a point, at least 2.
        couplings: how many.
        width: of the two hidden layers of every coupling's net.
        bound: the largest absolute log-scale of a coupling.
        start: points whose mean and deviation the first layer takes away; None leaves it out.

    Raises:
        ValueError: fewer than two dimensions, or no coupling.
    """
    if dimension < 2 or couplings < 1:
        raise ValueError(
            f"a coupling flow needs at least 2 coordinates and 1 coupling, got dimension={dimension}, "
            f"couplings={couplings}"
        )
    layers: list[InvertibleLayer] = [] if start is None else [ActNorm(start.mean(0), start.std(0))]
    for k in range(couplings):
        net = mlp([dimension, width, width, 2 * dimension], activation=nn.Tanh)
        layers.append(AffineCoupling(zero_last(net), mask=Halves(second=bool(k % 2)), bound=bound))
    return Chain(layers)


@checked_options()
def image_flow(
    channels: int, *, checkers: int = 4, mixed: int = 4, width: int = 24, bound: float | int = 1.0
) -> Chain:
    r"""A flow of images: couplings on a checkerboard, a squeeze, then mixed channels and couplings of halves.

    The order of [dinh2017, section 3.6] with one squeeze, and the learned mixing of channels of
    [kingma2018, section 3.2] in place of fixed alternation. The untrained flow only reorders pixels.

    Args:
        channels: of the images.
        checkers: couplings at full size.
        mixed: pairs of a mixing and a coupling at half the size.
        width: feature channels of the couplings' nets.
        bound: the largest absolute log-scale of a coupling.

    Raises:
        ValueError: fewer than one channel, or no coupling at all.
    """
    if channels < 1 or min(checkers, mixed) < 0 or checkers + mixed == 0:
        raise ValueError(
            f"an image flow needs a channel and a coupling, got channels={channels}, checkers={checkers}, "
            f"mixed={mixed}"
        )
    layers: list[InvertibleLayer] = [
        AffineCoupling(small_convolutions(channels, width), mask=Checkerboard(odd=bool(k % 2)), bound=bound)
        for k in range(checkers)
    ]
    layers.append(Squeeze())
    for k in range(mixed):
        layers.append(Mix(torch.eye(4 * channels)))
        net = small_convolutions(4 * channels, width)
        layers.append(AffineCoupling(net, mask=Halves(second=bool(k % 2)), bound=bound))
    return Chain(layers)


def small_convolutions(channels: int, width: int) -> nn.Sequential:
    """Three convolutions of side 3, from a masked image to shift and log-scale."""
    return zero_last(
        nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(width, width, 3, padding=1),
            nn.LeakyReLU(0.1),
            nn.Conv2d(width, 2 * channels, 3, padding=1),
        )
    )


def zero_last(net: nn.Sequential) -> nn.Sequential:
    """The net with its last layer set to zero, in place."""
    for parameter in net[-1].parameters():
        nn.init.zeros_(parameter)
    return net


def random_rotation(dimension: int, *, generator: torch.Generator) -> torch.Tensor:
    r"""An orthogonal matrix with determinant 1, uniform among them: QR of a Gaussian matrix, signs made unique."""
    q, r = torch.linalg.qr(torch.randn(dimension, dimension, generator=generator, dtype=torch.float64))
    q = q * r.diagonal().sign()
    q[:, 0] *= torch.linalg.det(q).sign()
    return q.float()
