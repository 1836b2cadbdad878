r"""The small autoencoder of fully connected layers, which sees and draws standardised pixels [chevalley2020].

.. math:: u = \frac{x - m}{s}, \qquad z = E(u), \qquad \hat u = \mathrm{Dec}(z),
          \qquad \hat x = m + s\, \hat u

with the mean :math:`m` and the deviation :math:`s` over all pixels of a domain's training images
([chevalley2020], section 3.1). A constant image that says :math:`\hat u = 0` everywhere has the mean squared
error 1, so that an error is read as a share of the pixels' variance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import torch
from torch import nn

from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.encoder import Code
from udtlib.nets.mlp import mlp
from udtlib.nets.shapes import check_type
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Points, Tensor

__all__ = ["DenseDecoder", "Standardise", "ToCode", "dense_autoencoder"]


@final
class Standardise(nn.Module):
    r"""Pixels in units of their deviation, about their mean: :math:`u = (x - m) / s`.

    Both numbers are buffers: they are saved with the nets and never trained.

    Args:
        mean: :math:`m`, over all pixels of the training images.
        deviation: :math:`s`, likewise.

    Raises:
        ValueError: a deviation that is not positive, or a number that is not finite.
    """

    @checked_options()
    def __init__(self, mean: float | int, deviation: float | int) -> None:
        super().__init__()
        if not (math.isfinite(mean) and 0 < deviation < math.inf):
            raise ValueError(
                f"pixels are standardised by a finite mean and a positive deviation, got mean={mean:g} and "
                f"deviation={deviation:g}; take them from training images that are not all of one colour"
            )
        self.register_buffer("mean", torch.tensor(float(mean)))
        self.register_buffer("deviation", torch.tensor(float(deviation)))

    @classmethod
    def of(cls, images: Points) -> Standardise:
        """The layer for a domain, from its training images.

        Raises:
            ValueError: no images, or images of one colour.
        """
        if images.numel() == 0:
            raise ValueError("a mean over no pixels is not defined; give the domain's training images")
        pixels = images.double()
        return cls(float(pixels.mean()), float(pixels.std(correction=0)))

    def forward(self, x: Points) -> Points:
        check_type(x, self, weight=self.mean)
        return (x - self.mean) / self.deviation

    def undo(self, u: Points) -> Points:
        r""":math:`x = m + s u`."""
        return self.mean + self.deviation * u


@final
class ToCode(nn.Module):
    r"""The halves of a vector as a Gaussian over codes: its mean and :math:`\log \sigma^2`."""

    def forward(self, features: Float[Tensor, "batch twice"]) -> Code:
        return Code(*features.chunk(2, dim=1))


@final
class DenseDecoder(nn.Module):
    r"""From codes to images, by way of standardised pixels.

    Args:
        body: from codes to :math:`\hat u`, with the shape of an image.
        standardise: the domain's :math:`m` and :math:`s`.
    """

    def __init__(self, body: nn.Module, standardise: Standardise) -> None:
        super().__init__()
        self.body, self.standardise = body, standardise

    def standardised(self, z: Float[Tensor, "batch code"]) -> Float[Tensor, "batch channels height width"]:
        r"""The standardised pixels :math:`\hat u`, which a squared error is taken of."""
        return self.body(z)

    def forward(self, z: Float[Tensor, "batch code"]) -> Float[Tensor, "batch channels height width"]:
        # Not clamped to [-1, 1]: a clamp would stop gradients. What shows an image clamps it.
        return self.standardise.undo(self.standardised(z))


@checked_options()
def dense_autoencoder(
    standardise: Standardise,
    *,
    code: int,
    shape: tuple[int, int, int] = (1, 28, 28),
    widths: Sequence[int] = (256, 128),
    gaussian: bool = False,
) -> Autoencoder:
    r"""From an image in [-1, 1] to a code of so many numbers, and back, through linear layers with ReLU.

    Args:
        standardise: the domain's mean and deviation, see :meth:`Standardise.of`.
        code: numbers in a code, :math:`d`.
        shape: channels, height and width of an image.
        widths: of the encoder's hidden layers; the decoder has the same, in the other order.
        gaussian: whether the encoder gives a :class:`~udtlib.nets.encoder.Code`, the :math:`2d` numbers of a
            Gaussian, instead of a code. Such an autoencoder is used through a coding that knows what to draw.

    Raises:
        ValueError: a size below one.
    """
    pixels = math.prod(shape)
    if min(code, *shape, *widths) < 1:
        raise ValueError(
            f"sizes must be positive, got code={code}, shape={shape}, widths={tuple(widths)}; use at least 1"
        )
    head = [ToCode()] if gaussian else []
    encoder = mlp([pixels, *widths, 2 * code if gaussian else code])
    decoder = mlp([code, *reversed(widths), pixels])
    return Autoencoder(
        nn.Sequential(standardise, nn.Flatten(), encoder, *head),
        DenseDecoder(nn.Sequential(decoder, nn.Unflatten(1, shape)), standardise),
    )
