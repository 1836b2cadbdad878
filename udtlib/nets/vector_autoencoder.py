r"""An autoencoder whose code is a vector: DCGAN's nets, one turned round [radford2016, section 3]."""

from __future__ import annotations

from typing import final

from torch import nn

from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.dcgan import check_size
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor

__all__ = ["PixelDecoder", "vector_autoencoder"]


@final
class PixelDecoder(nn.Module):
    r"""From a code to pixels in [-1, 1], each the mean of a two-valued pixel, black or white.

    .. math:: P(\text{white}) = \sigma(\ell), \qquad \hat x = 2\sigma(\ell) - 1 = \tanh(\ell / 2)

    Args:
        body: from codes to the logits :math:`\ell`, one for each pixel and channel.
    """

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def logits(self, z: Float[Tensor, "batch code"]) -> Float[Tensor, "batch channels height width"]:
        r"""The logits :math:`\ell`, which a cross-entropy is computed from without rounding to zero or one."""
        return self.body(z)

    def forward(self, z: Float[Tensor, "batch code"]) -> Float[Tensor, "batch channels height width"]:
        return (self.logits(z) / 2).tanh()


@checked_options()
def vector_autoencoder(
    channels: int, *, size: int = 32, code: int = 128, width: int = 16, depth: int = 3
) -> Autoencoder:
    r"""From an image in [-1, 1] to a code of so many numbers, and back.

    Batch normalisation is in both nets, so that codes are to be taken in evaluation mode, where every image is
    coded by itself.

    Args:
        channels: of the images.
        size: side of the images in pixels.
        code: numbers in a code.
        width: feature channels of the first layer; they double with every halving of the side.
        depth: how many halvings.

    Raises:
        ValueError: a size below one, or a side that cannot be halved so often.
    """
    if min(channels, code, width) < 1:
        raise ValueError(
            f"sizes must be positive, got channels={channels}, code={code}, width={width}; use at least 1"
        )
    side = check_size(size, depth)
    widths = [width * 2**k for k in range(depth)]
    down: list[nn.Module] = []
    for before, after in zip([channels, *widths[:-1]], widths, strict=True):
        # No bias: the normalisation behind it would take it away again.
        down += [nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(after)]
        down += [nn.LeakyReLU(0.2)]
    up: list[nn.Module] = []
    for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True):
        up += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(after)]
        up += [nn.ReLU()]
    features = widths[-1] * side**2
    return Autoencoder(
        nn.Sequential(*down, nn.Flatten(), nn.Linear(features, code)),
        PixelDecoder(
            nn.Sequential(
                nn.Linear(code, features),
                nn.ReLU(),
                nn.Unflatten(1, (widths[-1], side, side)),
                *up,
                nn.ConvTranspose2d(widths[0], channels, 4, stride=2, padding=1),
            )
        ),
    )
