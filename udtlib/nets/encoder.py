r"""Encoders from an image to a Gaussian over latent codes, :math:`E(y) = (\mu, \log \sigma^2)`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple, final

from torch import Tensor, nn

from udtlib.nets.dcgan import check_size
from udtlib.nets.shapes import check_images
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float

Norm = Callable[[int], nn.Module]


class Code(NamedTuple):
    r"""A diagonal Gaussian over latent codes: its mean :math:`\mu` and :math:`\log \sigma^2`."""

    mean: Float[Tensor, "batch latent"]
    log_variance: Float[Tensor, "batch latent"]


class GaussianEncoder(nn.Module, ABC):
    """From an image to a code: a body that ends in one feature vector, and two linear layers behind it.

    Args:
        body: from an image to ``features`` numbers.
        features: entries of the feature vector.
        latent: entries of the code.
        depth: how many times the body halves the side.
    """

    @abstractmethod
    def __init__(self, body: nn.Sequential, *, features: int, latent: int, depth: int) -> None:
        super().__init__()
        self.depth = depth
        self.body = body
        self.mean, self.log_variance = nn.Linear(features, latent), nn.Linear(features, latent)

    def forward(self, y: Float[Tensor, "batch channels height width"]) -> Code:
        check_images(y, self, channels=self.body[0].in_channels, weight=self.mean.bias)
        check_size(min(y.shape[-2:]), self.depth)
        phi = self.body(y)
        return Code(self.mean(phi), self.log_variance(phi))


@final
class CNNEncoder(GaussianEncoder):
    r"""A few convolutions of stride 2, a mean over the image, two linear layers [zhu2017multimodal, section 4].

    Args:
        channels: channels of the image.
        latent: entries of the code.
        width: feature channels of the first layer; they double with each halving, up to four times.
        depth: how many halvings.
        norm: normalisation by its channels. Not over the batch: one image's code must not depend on the others.
    """

    @checked_options(least=1)
    def __init__(
        self,
        channels: int,
        *,
        latent: int,
        width: int = 64,
        depth: int = 3,
        norm: Norm = nn.InstanceNorm2d,
    ) -> None:
        widths = [channels, *(width * min(2**k, 4) for k in range(depth))]
        layers: list[nn.Module] = []
        for k, (before, after) in enumerate(zip(widths[:-1], widths[1:], strict=True)):
            # Not on the first layer: its normalisation would take the image's overall colour away.
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), norm(after) if k else nn.Identity()]
            layers += [nn.LeakyReLU(0.2)]
        body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        super().__init__(body, features=widths[-1], latent=latent, depth=depth)


class ResidualHalving(nn.Module):
    """Two convolutions and a mean over 2 by 2 pixels, beside a shortcut that does the same with one."""

    def __init__(self, before: int, after: int, *, norm: Norm) -> None:
        super().__init__()
        self.body = nn.Sequential(
            norm(before),
            nn.LeakyReLU(0.2),
            nn.Conv2d(before, before, 3, padding=1),
            norm(before),
            nn.LeakyReLU(0.2),
            nn.Conv2d(before, after, 3, padding=1),
            nn.AvgPool2d(2),
        )
        self.shortcut = nn.Sequential(nn.AvgPool2d(2), nn.Conv2d(before, after, 1))

    def forward(
        self, h: Float[Tensor, "batch before height width"]
    ) -> Float[Tensor, "batch after rows columns"]:
        return self.body(h) + self.shortcut(h)


@final
class ResNetEncoder(GaussianEncoder):
    r"""One convolution of stride 2, residual halvings, a mean over the image, two linear layers.

    The paper's larger encoder [zhu2017multimodal, section 4, "E_ResNet"].

    Args:
        channels: channels of the image.
        latent: entries of the code.
        width: feature channels of the first layer; they grow by as many with each halving, up to four times.
        depth: how many halvings.
        norm: normalisation by its channels. Not over the batch: one image's code must not depend on the others.
    """

    @checked_options(least=1)
    def __init__(
        self,
        channels: int,
        *,
        latent: int,
        width: int = 64,
        depth: int = 3,
        norm: Norm = nn.InstanceNorm2d,
    ) -> None:
        widths = [width * min(k + 1, 4) for k in range(depth)]
        blocks = [ResidualHalving(a, b, norm=norm) for a, b in zip(widths[:-1], widths[1:], strict=True)]
        body = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            *blocks,
            nn.LeakyReLU(0.2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        super().__init__(body, features=widths[-1], latent=latent, depth=depth)
