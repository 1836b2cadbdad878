r"""Generators from an image to an image: the U-Net, and the same net without its skips [isola2017, section 3.2.1].

The side is halved ``depth`` times and doubled as often. In a U-Net every doubling also sees what the halving
of the same size had seen: what is at a place of the input can reach the same place of the output directly.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from udtlib.nets.shapes import check_images, check_noise
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float

Norm = Callable[[int], nn.Module]


class NoiseDropout(nn.Module):
    """Dropout that never rests: in evaluation too it is the net's only source of noise."""

    @checked_options()
    def __init__(self, share: float | int) -> None:
        super().__init__()
        self.share = share

    def forward(self, h: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return dropout(h, self.share, training=True)


class UNet(nn.Module):
    r"""From an image, and optionally a noise vector, to an image in [-1, 1].

    Args:
        inputs: channels of the given image.
        outputs: channels of the made one.
        width: feature channels after the first halving; they double with each halving, up to eight times.
        depth: how many halvings; the side must be divisible by ``2**depth``. 8 in the paper, for 256 pixels.
        skips: False for the encoder–decoder, the same net without its skips.
        norm: normalisation by its channels: ``nn.BatchNorm2d``, ``nn.InstanceNorm2d``, ``nn.Identity``.
        dropout: share of the features that the innermost doublings drop, in training and after it; 0 for none.
        noise: entries of the noise vector, or 0 for none.
        inject_everywhere: give the noise to every halving, not to the first one only [zhu2017multimodal, fig. 3].
    """

    @checked_options(least=1, zero=("noise",))
    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        width: int = 64,
        depth: int = 5,
        skips: bool = True,
        norm: Norm = nn.BatchNorm2d,
        dropout: float | int = 0.0,
        noise: int = 0,
        inject_everywhere: bool = False,
    ) -> None:
        super().__init__()
        if depth < 1 or min(inputs, outputs, width) < 1:
            raise ValueError(
                "a U-Net needs at least one halving and one channel everywhere, got "
                f"depth={depth}, inputs={inputs}, outputs={outputs}, width={width}"
            )
        self.inputs, self.depth, self.skips, self.noise = inputs, depth, skips, noise
        self.injected = [bool(noise) and (k == 0 or inject_everywhere) for k in range(depth)]
        widths = [width * min(2**k, 8) for k in range(depth)]
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for k, (before, after) in enumerate(zip([inputs, *widths[:-1]], widths, strict=True)):
            # The innermost map may be a single pixel, of which nothing is left after instance normalisation.
            inner = norm if 0 < k < depth - 1 else nn.Identity
            self.down.append(halving(before + noise * self.injected[k], after, norm=inner, first=k == 0))
        for k in reversed(range(depth)):
            before = widths[k] * (2 if skips and k < depth - 1 else 1)
            # The paper drops in the three doublings behind the innermost map.
            share = dropout if k > 0 and depth - 4 <= k < depth - 1 else 0
            last = k == 0
            self.up.append(
                doubling(
                    before,
                    outputs if last else widths[k - 1],
                    norm=nn.Identity if last else norm,
                    dropout=share,
                )
            )

    def forward(
        self,
        x: Float[Tensor, "batch channels height width"],
        z: Float[Tensor, "batch entries"] | None = None,
    ) -> Float[Tensor, "batch outputs height width"]:
        self.check(x, z)
        seen: list[Tensor] = []
        h = x
        for down, injected in zip(self.down, self.injected, strict=True):
            h = down(with_noise(h, z) if injected and z is not None else h)
            seen.append(h)
        h = self.up[0](seen.pop())
        for up in self.up[1:]:
            skip = seen.pop()
            h = up(torch.cat([h, skip], dim=1) if self.skips else h)
        return torch.tanh(h)

    def check(self, x: Tensor, z: Tensor | None) -> None:
        """Refuse what the net cannot halve, or noise of another length."""
        step = 2**self.depth
        check_images(x, self, channels=self.inputs, weight=self.down[0][0].bias)
        if any(side % step for side in x.shape[-2:]):
            raise ValueError(
                f"images of {x.shape[-2]} × {x.shape[-1]} pixels cannot be halved {self.depth} times; use sides "
                f"divisible by {step}, or a smaller depth"
            )
        check_noise(z, x, entries=self.noise, word="noise")


def halving(before: int, after: int, *, norm: Norm, first: bool) -> nn.Sequential:
    """Leaky ReLU (not on the image itself), a convolution of stride 2, normalisation."""
    start = [] if first else [nn.LeakyReLU(0.2)]
    return nn.Sequential(*start, nn.Conv2d(before, after, 4, stride=2, padding=1), norm(after))


def doubling(before: int, after: int, *, norm: Norm, dropout: float | int) -> nn.Sequential:
    """ReLU, a transposed convolution of stride 2, normalisation, and dropout where it is wanted."""
    end = [NoiseDropout(dropout)] if dropout else []
    layer = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)
    return nn.Sequential(nn.ReLU(), layer, norm(after), *end)


def with_noise(
    h: Float[Tensor, "batch channels height width"], z: Float[Tensor, "batch entries"]
) -> Float[Tensor, "batch all height width"]:
    """The features with the noise beside them: each entry becomes a channel that is constant over the image."""
    return torch.cat([h, z[:, :, None, None].expand(-1, -1, *h.shape[-2:])], dim=1)
