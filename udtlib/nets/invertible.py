r"""Invertible nets with a cheap determinant: affine couplings and what is laid between them [dinh2017].

Every layer is a bijection :math:`F` that also says how much it stretches volumes:
``layer(x)`` is :math:`(F(x), \log|\det \partial F(x)|)` and ``layer.inverse(z)`` is :math:`F^{-1}(z)`. Chains of
layers are layers: the maps are composed, the logarithms are added.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, final

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from udtlib.nets.shapes import check_type
from udtlib.numerics.inputs import check_axes
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Points


class Stretched(NamedTuple):
    r"""Where a bijection sends samples, and the logarithm of the factor by which it stretches volumes there."""

    z: Points
    log_det: Float[Tensor, "batch"]


class InvertibleLayer(nn.Module, ABC):
    r"""A bijection :math:`F` between tensors of as many entries, with its log-determinant."""

    @abstractmethod
    def forward(self, x: Points) -> Stretched:
        r""":math:`F(x)` and :math:`\log|\det \partial F(x)|`, one number for each sample."""

    @abstractmethod
    def inverse(self, z: Points) -> Points:
        r""":math:`F^{-1}(z)`."""


class Mask(ABC):
    """Which entries of a sample a coupling reads; it changes the others."""

    @abstractmethod
    def __call__(self, x: Points) -> Tensor:
        """Truth values that broadcast against ``x``."""


@final
class Halves(Mask):
    """The first half of the coordinates, or of the channels; with ``second`` the other one.

    Args:
        second: read the second half.
    """

    def __init__(self, *, second: bool) -> None:
        self.second = second

    def __call__(self, x: Points) -> Tensor:
        count = x.shape[1]
        if count < 2:
            raise ValueError(
                f"{count} coordinate or channel has no halves; squeeze images first, or use Checkerboard"
            )
        first = torch.arange(count, device=x.device) < (count + 1) // 2
        return (first ^ self.second).view(-1, *[1] * (x.ndim - 2))


@final
class Checkerboard(Mask):
    """The pixels whose row and column add up to an even number; with ``odd`` the others [dinh2017, figure 3].

    Args:
        odd: read the other pixels.
    """

    def __init__(self, *, odd: bool) -> None:
        self.odd = odd

    def __call__(self, x: Points) -> Tensor:
        rows, columns = (torch.arange(side, device=x.device) for side in x.shape[-2:])
        return ((rows[:, None] + columns) % 2 == 0) ^ self.odd


@final
class AffineCoupling(InvertibleLayer):
    r"""An affine coupling: one part :math:`x_a` stays and decides how the other part :math:`x_b` is changed.

    .. math:: z_a = x_a, \qquad z_b = x_b \odot e^{s(x_a)} + t(x_a), \qquad \log|\det| = \textstyle\sum s(x_a)

    It is undone without inverting :math:`s` or :math:`t`: :math:`x_b = (z_b - t(z_a)) \odot e^{-s(z_a)}`
    [dinh2017, equations 4 to 8]. The log-scale is :math:`s = B \tanh(s'/B)`, so that no layer stretches anything
    by more than :math:`e^{B}`.

    Args:
        net: from a sample with the changed entries set to zero to two samples laid one behind the other along the
            first axis after the batch: the shift :math:`t`, and :math:`s'`.
        mask: the entries that stay.
        bound: :math:`B`, the largest absolute log-scale; 0 for a purely additive coupling.
    """

    @checked_options()
    def __init__(self, net: nn.Module, *, mask: Mask, bound: float | int = 1.0) -> None:
        super().__init__()
        if not 0 <= bound < math.inf:
            raise ValueError(f"the bound of the log-scale is at least 0 and finite, got bound={bound}")
        self.net, self.mask, self.bound = net, mask, bound

    def change(self, x: Points, stays: Tensor) -> tuple[Tensor, Tensor]:
        """The shift and the log-scale, both zero where the sample stays."""
        shift, raw = self.net(x.masked_fill(~stays, 0)).chunk(2, dim=1)
        if raw.shape != x.shape:
            raise ValueError(
                f"a coupling's net answers a shift and a log-scale for samples of shape {tuple(x.shape)}, got "
                f"{tuple(raw.shape)}; give a batch, for a single sample x[None], or a net with twice the outputs"
            )
        scale = self.bound * torch.tanh(raw / self.bound) if self.bound else torch.zeros_like(raw)
        return shift.masked_fill(stays, 0), scale.masked_fill(stays, 0)

    def forward(self, x: Points) -> Stretched:
        stays = self.mask(x)
        shift, scale = self.change(x, stays)
        # Chosen, not added up: what stays is the very same number on the way back.
        return Stretched(torch.where(stays, x, x * scale.exp() + shift), scale.flatten(1).sum(1))

    def inverse(self, z: Points) -> Points:
        stays = self.mask(z)
        shift, scale = self.change(z, stays)
        return torch.where(stays, z, (z - shift) * (-scale).exp())


@final
class Mix(InvertibleLayer):
    r"""An invertible linear map of the coordinates, or of the channels of every pixel [kingma2018, section 3.2].

    .. math:: z = W x, \qquad \log|\det| = (\text{number of pixels}) \cdot \log|\det W|

    Args:
        matrix: :math:`W` at the start; a rotation keeps lengths.
        learned: whether :math:`W` is trained.

    Raises:
        ValueError: the matrix is not square or is singular.
    """

    @checked_options()
    def __init__(self, matrix: Float[Tensor, "rows columns"], *, learned: bool = True) -> None:
        super().__init__()
        if matrix.shape[0] != matrix.shape[1] or not float(torch.linalg.cond(matrix.double())) < 1e6:
            raise ValueError(f"mixing needs a square matrix far from singular, got {matrix.tolist()}")
        self.matrix = nn.Parameter(matrix.detach().clone(), requires_grad=learned)

    def forward(self, x: Points) -> Stretched:
        pixels = math.prod(x.shape[2:])
        log_det = pixels * torch.linalg.slogdet(self.matrix).logabsdet
        return Stretched(apply_matrix(self.matrix, x), log_det.expand(len(x)))

    def inverse(self, z: Points) -> Points:
        # Inverted in double precision: the matrix is tiny, and its inverse should not limit the round trip.
        return apply_matrix(torch.linalg.inv(self.matrix.double()).to(self.matrix.dtype), z)


@final
class ActNorm(InvertibleLayer):
    r"""Every coordinate or channel scaled and shifted by its own learned numbers: :math:`z = e^{s}(x - m)`.

    Started from data, it is the actnorm layer of [kingma2018, section 3.1].

    Args:
        mean: :math:`m` at the start.
        deviation: :math:`e^{-s}` at the start.

    Raises:
        ValueError: the shapes differ, or a deviation is not positive.
    """

    def __init__(self, mean: Float[Tensor, "n"], deviation: Float[Tensor, "n"]) -> None:
        super().__init__()
        if mean.shape != deviation.shape or not bool((deviation > 0).all()):
            raise ValueError(
                f"scaling needs as many positive deviations as means, got {deviation.tolist()} for {mean.tolist()}"
            )
        self.mean = nn.Parameter(mean.detach().clone())
        self.log_scale = nn.Parameter(-deviation.detach().log())

    def forward(self, x: Points) -> Stretched:
        log_det = math.prod(x.shape[2:]) * self.log_scale.sum()
        return Stretched((x - beside(self.mean, x)) * beside(self.log_scale.exp(), x), log_det.expand(len(x)))

    def inverse(self, z: Points) -> Points:
        return z * beside((-self.log_scale).exp(), z) + beside(self.mean, z)


@final
class Squeeze(InvertibleLayer):
    """Every 2 by 2 pixels become one pixel of four times the channels [dinh2017, section 3.6]."""

    def forward(self, x: Float[Tensor, "batch channels height width"]) -> Stretched:
        if any(side % 2 for side in x.shape[-2:]):
            raise ValueError(
                f"squeezing needs even sides, got {tuple(x.shape[-2:])}; pad or resize the images"
            )
        z = x.unflatten(3, (-1, 2)).unflatten(2, (-1, 2)).permute(0, 1, 3, 5, 2, 4).flatten(1, 3)
        return Stretched(z, x.new_zeros(len(x)))

    def inverse(self, z: Float[Tensor, "batch channels height width"]) -> Points:
        return z.unflatten(1, (-1, 2, 2)).permute(0, 1, 4, 2, 5, 3).flatten(4, 5).flatten(2, 3)


@final
class Chain(InvertibleLayer):
    r"""Bijections one after the other: :math:`F = F_L \circ \dots \circ F_1`, log-determinants added.

    Args:
        layers: :math:`F_1, \dots, F_L`.
    """

    def __init__(self, layers: Sequence[InvertibleLayer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Points) -> Stretched:
        check_type(x, self, weight=next(self.parameters(), None))
        check_axes(x, name="x", words="(batch, …)")
        log_det = x.new_zeros(len(x))
        for layer in self.layers:
            x, more = layer(x)
            log_det = log_det + more
        return Stretched(x, log_det)

    def inverse(self, z: Points) -> Points:
        for layer in reversed(self.layers):
            z = layer.inverse(z)
        return z

    def stations(self, x: Points) -> list[Points]:
        """Where the samples are before the first layer and behind every one."""
        return list(accumulate(self.layers, lambda z, layer: layer(z).z, initial=x))


def apply_matrix(matrix: Float[Tensor, "n n"], x: Points) -> Points:
    """The matrix applied to the first axis after the batch."""
    return x @ matrix.T if x.ndim == 2 else conv2d(x, matrix[:, :, None, None])


def beside(numbers: Float[Tensor, "n"], x: Points) -> Tensor:
    """One number for each coordinate or channel, shaped to broadcast against ``x``."""
    return numbers.view(-1, *[1] * (x.ndim - 2))
