r"""The generator of residual blocks: the image, a little changed, many times over [zhu2017cycle, appendix 7.2].

In the paper's shorthand, for nine blocks at 256 pixels: ``c7s1-64, d128, d256, R256 × 9, u128, u64, c7s1-3``. The
image is shrunk by two halvings, changed by residual blocks :math:`h \mapsto h + r(h)`, and enlarged again.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from udtlib.nets.shapes import check_images
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float

Norm = Callable[[int], nn.Module]


class ResidualBlock(nn.Module):
    r"""A change of the features: :math:`h \mapsto h + r(h)`, :math:`r` two convolutions of side 3.

    Args:
        width: feature channels.
        norm: normalisation by its channels.
    """

    def __init__(self, width: int, *, norm: Norm) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *convolution(width, width, side=3, norm=norm),
            nn.ReLU(),
            *convolution(width, width, side=3, norm=norm),
        )

    def forward(
        self, h: Float[Tensor, "batch width rows columns"]
    ) -> Float[Tensor, "batch width rows columns"]:
        return h + self.change(h)


class ResNetGenerator(nn.Module):
    r"""From an image to an image in [-1, 1] of the same size, by residual blocks at a quarter of the side.

    Args:
        inputs: channels of the given image.
        outputs: channels of the made one.
        width: feature channels at the full side; they double with every halving.
        halvings: how often the side is halved; it must be divisible by ``2**halvings``.
        blocks: residual blocks; 6 in the paper for 128 pixels, 9 for 256.
        norm: normalisation by its channels; each image's own statistics in the paper, so that the translation of
            an image does not depend on its batch.

    Raises:
        ValueError: fewer than one channel, or a negative number of halvings or blocks.
    """

    @checked_options()
    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        width: int = 64,
        halvings: int = 2,
        blocks: int = 9,
        norm: Norm = nn.InstanceNorm2d,
    ) -> None:
        super().__init__()
        if min(inputs, outputs, width) < 1 or min(halvings, blocks) < 0:
            raise ValueError(
                "a generator needs at least one channel everywhere and no negative number of layers, got "
                f"inputs={inputs}, outputs={outputs}, width={width}, halvings={halvings}, blocks={blocks}"
            )
        self.inputs, self.halvings = inputs, halvings
        widths = [width * 2**k for k in range(halvings + 1)]
        layers = [*convolution(inputs, width, side=7, norm=norm), nn.ReLU()]
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), norm(after), nn.ReLU()]
        layers += [ResidualBlock(widths[-1], norm=norm) for _ in range(blocks)]
        for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True):
            double = nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1)
            layers += [double, norm(after), nn.ReLU()]
        self.layers = nn.Sequential(
            *layers, *convolution(width, outputs, side=7, norm=nn.Identity), nn.Tanh()
        )

    def forward(
        self, x: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch outputs height width"]:
        step = 2**self.halvings
        check_images(x, self, channels=self.inputs, weight=self.layers[0].bias)
        # Two pixels at the innermost map, and four at the first, which is mirrored by three.
        least = max(2 * step, 4)
        if any(side % step or side < least for side in x.shape[-2:]):
            raise ValueError(
                f"images of {x.shape[-2]} × {x.shape[-1]} pixels cannot be halved {self.halvings} times; use "
                f"sides divisible by {step} and at least {least}"
            )
        return self.layers(x)


def convolution(before: int, after: int, *, side: int, norm: Norm) -> list[nn.Module]:
    """A convolution that keeps the side, with the image mirrored at its border, and normalisation."""
    return [nn.Conv2d(before, after, side, padding=side // 2, padding_mode="reflect"), norm(after)]
