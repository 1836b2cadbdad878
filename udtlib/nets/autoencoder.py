r"""Autoencoders for two domains that may share layers: encoders :math:`E`, decoders :math:`\mathrm{Dec}`.

In the nets of [liu2017, section 3] a code is a small image: an encoder halves the side, residual blocks follow; a
decoder has residual blocks and doubles the side again. Which of the blocks two domains share is for a translator
to say; here are the parts.
"""

from __future__ import annotations

from typing import final

from torch import nn

from udtlib.nets.resize_unet import EnlargingConv
from udtlib.nets.resnet import Norm, ResidualBlock, convolution
from udtlib.nets.shapes import check_batch
from udtlib.numerics.mismatch import type_mismatch
from udtlib.numerics.signatures import checked_options
from udtlib.types import Points


@final
class Autoencoder(nn.Module):
    r"""One domain's own encoder and decoder.

    Args:
        encoder: from samples to codes, or to what shared layers make codes of.
        decoder: from codes, or from what shared layers make of them, to samples.
    """

    @checked_options()
    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x: Points) -> Points:
        check_batch(x, self, first=self.encoder)
        try:
            made = self.decoder(self.encoder(x))
        except RuntimeError as error:
            if (clear := type_mismatch(error, self, x=x)) is None:
                raise
            raise clear from error
        if made.shape != x.shape:
            raise ValueError(
                f"samples of shape {tuple(x.shape[1:])} came back as {tuple(made.shape[1:])}; use images whose "
                "sides can be halved as often as this autoencoder does"
            )
        return made


@checked_options()
def image_autoencoder(
    channels: int,
    *,
    width: int = 64,
    halvings: int = 2,
    blocks: int = 3,
    norm: Norm = nn.InstanceNorm2d,
) -> Autoencoder:
    r"""A domain's own layers: from an image to a code of ``width * 2**halvings`` channels, and back to [-1, 1].

    Args:
        channels: of the images.
        width: feature channels at the full side; they double with every halving.
        halvings: how often the side is halved; it must be divisible by ``2**halvings``.
        blocks: residual blocks at the small side, in the encoder and in the decoder.
        norm: normalisation by its channels.

    Raises:
        ValueError: fewer than one channel, or a negative number of halvings or blocks.
    """
    if min(channels, width) < 1 or min(halvings, blocks) < 0:
        raise ValueError(
            "an autoencoder needs at least one channel everywhere and no negative number of layers, got "
            f"channels={channels}, width={width}, halvings={halvings}, blocks={blocks}"
        )
    widths = [width * 2**k for k in range(halvings + 1)]
    down: list[nn.Module] = [*convolution(channels, width, side=7, norm=norm), nn.ReLU()]
    for before, after in zip(widths[:-1], widths[1:], strict=True):
        down += [nn.Conv2d(before, after, 3, stride=2, padding=1), norm(after), nn.ReLU()]
    up: list[nn.Module] = []
    for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True):
        # [liu2017] has transposed convolutions here, whose uneven overlaps leave a checkerboard on the images.
        up += [EnlargingConv(before, after), norm(after), nn.ReLU()]
    return Autoencoder(
        nn.Sequential(*down, residual_blocks(widths[-1], count=blocks, norm=norm)),
        nn.Sequential(
            residual_blocks(widths[-1], count=blocks, norm=norm),
            *up,
            *convolution(width, channels, side=7, norm=nn.Identity),
            nn.Tanh(),
        ),
    )


def residual_blocks(width: int, *, count: int, norm: Norm = nn.InstanceNorm2d) -> nn.Sequential:
    """So many residual blocks: the layers that two domains can share."""
    return nn.Sequential(*(ResidualBlock(width, norm=norm) for _ in range(count)))
