r"""A U-Net that changes images rather than draws them anew: no checkerboards, and the input at hand at the end.

A transposed convolution of stride 2 writes neighbouring pixels with different weights, which shows as a
checkerboard until it has unlearned it. Enlarging first and convolving then treats all pixels alike [odena2016].
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from udtlib.nets.features import FeatureNet
from udtlib.nets.shapes import check_images, check_noise
from udtlib.nets.unet import with_noise
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float

__all__ = ["ResizeUNet"]


@final
class ResizeUNet(FeatureNet):
    r"""From an image to an image of the same size in [-1, 1]; the last layer sees the input beside its features.

    Every image is normalised by itself, so that what becomes of it does not depend on the others of its batch.

    Args:
        inputs: channels of the given image.
        outputs: channels of the made one.
        width: feature channels after the first halving; 2, 4, then 6 times as many after the others.
        depth: how many halvings; the side must be divisible by ``2**depth``.
        noise: entries of the code that every halving sees beside its map; 0 for a net without one.
    """

    #: entries of the code; a net without one is described as it was before there were any
    noise: int = 0

    @checked_options()
    def __init__(self, inputs: int, outputs: int, *, width: int = 24, depth: int = 4, noise: int = 0) -> None:
        super().__init__()
        if depth < 1 or min(inputs, outputs, width) < 1 or noise < 0:
            raise ValueError(
                "a U-Net needs at least one halving and one channel everywhere, and no negative noise, got "
                f"depth={depth}, inputs={inputs}, outputs={outputs}, width={width}, noise={noise}"
            )
        self.inputs, self.depth = inputs, depth
        if noise:
            self.noise = noise
        widths = [width * min(2**k, 6) for k in range(depth)]
        self.down = nn.ModuleList(
            halving(before + noise, after, first=k == 0)
            for k, (before, after) in enumerate(zip([inputs, *widths[:-1]], widths, strict=True))
        )
        self.up = nn.ModuleList(
            # All but the innermost see what the halving of the same size had seen.
            enlarging(widths[k] * (1 if k == depth - 1 else 2), widths[max(k - 1, 0)])
            for k in reversed(range(depth))
        )
        self.last = nn.Conv2d(width + inputs, outputs, 3, padding=1)

    def forward(
        self,
        x: Float[Tensor, "batch channels height width"],
        z: Float[Tensor, "batch entries"] | None = None,
    ) -> Float[Tensor, "batch outputs height width"]:
        seen = self.halved(x, z)
        if not len(x):
            return x.new_zeros(0, self.last.out_channels, *x.shape[2:])
        h = self.up[0](seen.pop())
        for up in self.up[1:]:
            h = up(torch.cat([h, seen.pop()], dim=1))
        return torch.tanh(self.last(torch.cat([h, x], dim=1)))

    def features(self, x: Float[Tensor, "batch channels height width"]) -> list[Tensor]:
        """The image, and its maps after every halving but the innermost, whose few places see everything."""
        return [x, *self.halved(x)[:-1]]

    @property
    def channels(self) -> list[int]:
        return [self.inputs, *(down[0].out_channels for down in self.down[:-1])]

    def halved(self, x: Tensor, z: Tensor | None = None) -> list[Tensor]:
        """The maps after each halving."""
        self.check(x, z)
        maps = [x]
        if not len(x):  # of which no layer takes a mean and a deviation
            sides = [tuple(side // 2 ** (k + 1) for side in x.shape[2:]) for k in range(self.depth)]
            return [
                x.new_zeros(0, down[0].out_channels, *size)
                for down, size in zip(self.down, sides, strict=True)
            ]
        for down in self.down:
            maps.append(down(maps[-1] if z is None else with_noise(maps[-1], z)))
        return maps[1:]

    def check(self, x: Tensor, z: Tensor | None) -> None:
        """Refuse what the net cannot halve, or a code of another length."""
        step = 2**self.depth
        check_images(x, self, channels=self.inputs, weight=self.last.bias)
        check_noise(z, x, entries=self.noise, word="a code")
        if any(side % step or side <= step for side in x.shape[-2:]):
            raise ValueError(
                f"images of {x.shape[-2]} × {x.shape[-1]} pixels cannot be halved {self.depth} times with more "
                f"than one pixel left to normalise; use sides divisible by {step} from {2 * step}, or less depth"
            )


def halving(before: int, after: int, *, first: bool) -> nn.Sequential:
    """A convolution of stride 2, normalisation but for the first, leaky ReLU."""
    norm = nn.Identity() if first else nn.InstanceNorm2d(after, affine=True)
    return nn.Sequential(nn.Conv2d(before, after, 4, stride=2, padding=1), norm, nn.LeakyReLU(0.2))


def enlarging(before: int, after: int) -> nn.Sequential:
    """Twice the side and a convolution, normalisation, ReLU."""
    return nn.Sequential(
        EnlargingConv(before, after),
        nn.InstanceNorm2d(after, affine=True),
        nn.ReLU(),
    )


@final
class EnlargingConv(nn.Conv2d):
    r"""Every pixel twice in each direction, then a convolution of 3 × 3, in less than half of the products.

    Of the nine pixels that the convolution sees, five repeat others, so that their weights may be added first:
    the two steps are one transposed convolution of 4 × 4 and stride 2, whose weights are sums of the nine. It
    computes the same up to rounding, and its gradients too; maps too small to gain are enlarged as they read.
    """

    #: the side from which the sums pay, on the CPUs and cards that they were timed on
    LEAST_SIDE = 8

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)
        # Of four pixels along a side, the last weight meets 0 and 1, the middle one 1 and 2, the first 2 and 3.
        side = torch.tensor([[0.0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]])
        self.register_buffer("repeats", torch.einsum("ha,wb->hwab", side, side), persistent=False)

    def forward(
        self, x: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch outputs 2*height 2*width"]:
        if min(x.shape[-2:]) < self.LEAST_SIDE:
            return super().forward(nn.functional.interpolate(x, scale_factor=2.0))
        return nn.functional.conv_transpose2d(x, self.summed(), self.bias, stride=2, padding=1)

    def summed(self) -> Tensor:
        """The weights of the transposed convolution, [inputs, outputs, 4, 4]."""
        weights = torch.einsum("oihw,hwab->ioab", self.weight, self.repeats.to(self.weight))
        return weights.contiguous()
