r"""A U-Net that changes images rather than draws them anew: no checkerboards, and the input at hand at the end.

A transposed convolution of stride 2 writes neighbouring pixels with different weights, which shows as a
checkerboard until it has unlearned it. Enlarging first and convolving then treats all pixels alike [odena2016].
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from udtlib.nets.shapes import check_images
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float

__all__ = ["ResizeUNet"]


@final
class ResizeUNet(nn.Module):
    r"""From an image to an image of the same size in [-1, 1]; the last layer sees the input beside its features.

    Every image is normalised by itself, so that what becomes of it does not depend on the others of its batch.

    Args:
        inputs: channels of the given image.
        outputs: channels of the made one.
        width: feature channels after the first halving; 2, 4, then 6 times as many after the others.
        depth: how many halvings; the side must be divisible by ``2**depth``.
    """

    @checked_options()
    def __init__(self, inputs: int, outputs: int, *, width: int = 24, depth: int = 4) -> None:
        super().__init__()
        if depth < 1 or min(inputs, outputs, width) < 1:
            raise ValueError(
                "a U-Net needs at least one halving and one channel everywhere, got "
                f"depth={depth}, inputs={inputs}, outputs={outputs}, width={width}"
            )
        self.inputs, self.depth = inputs, depth
        widths = [width * min(2**k, 6) for k in range(depth)]
        self.down = nn.ModuleList(
            halving(before, after, first=k == 0)
            for k, (before, after) in enumerate(zip([inputs, *widths[:-1]], widths, strict=True))
        )
        self.up = nn.ModuleList(
            # All but the innermost see what the halving of the same size had seen.
            enlarging(widths[k] * (1 if k == depth - 1 else 2), widths[max(k - 1, 0)])
            for k in reversed(range(depth))
        )
        self.last = nn.Conv2d(width + inputs, outputs, 3, padding=1)

    def forward(
        self, x: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch outputs height width"]:
        self.check(x)
        seen: list[Tensor] = []
        h = x
        for down in self.down:
            h = down(h)
            seen.append(h)
        h = self.up[0](seen.pop())
        for up in self.up[1:]:
            h = up(torch.cat([h, seen.pop()], dim=1))
        return torch.tanh(self.last(torch.cat([h, x], dim=1)))

    def check(self, x: Tensor) -> None:
        """Refuse what the net cannot halve."""
        step = 2**self.depth
        check_images(x, channels=self.inputs)
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
    """Twice the side, a convolution, normalisation, ReLU."""
    return nn.Sequential(
        nn.Upsample(scale_factor=2),
        nn.Conv2d(before, after, 3, padding=1),
        nn.InstanceNorm2d(after, affine=True),
        nn.ReLU(),
    )
