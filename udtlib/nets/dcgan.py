"""DCGAN's nets for small images: strided convolutions without pooling [radford2016, section 3].

Both nets work for any side that is divisible by four: 28 and 32 take two halvings of the side, 64 takes three or
four. The side of the smallest map is ``size / 2**depth``.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from udtlib.nets.shapes import check_entries, check_images
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Labels


def check_size(size: int, depth: int) -> int:
    """The side of the smallest feature map, or an error that says which sizes fit."""
    if depth < 1 or size < 2**depth or size % 2**depth:
        raise ValueError(
            f"images of side {size} cannot be halved {depth} times; "
            f"use a side divisible by {2 ** max(depth, 1)} (28 and 32 allow depth 2, 64 allows 4)"
        )
    return size // 2**depth


class DCGANGenerator(nn.Module):
    """From a vector to an image in [-1, 1]: one linear layer, then ``depth`` doublings of the side.

    Args:
        inputs: entries of the input vector (noise, and a one-hot class where there is one).
        size: side of the image in pixels.
        channels: image channels.
        width: feature channels before the last doubling; each earlier map has twice as many.
        depth: how many doublings.
    """

    @checked_options(least=1, zero=("depth",))
    def __init__(
        self, inputs: int, *, size: int = 28, channels: int = 1, width: int = 32, depth: int = 2
    ) -> None:
        super().__init__()
        side = check_size(size, depth)
        widths = [width * 2**k for k in reversed(range(depth))]
        layers: list[nn.Module] = [
            # No bias: the normalisation behind it would take it away again.
            nn.Linear(inputs, widths[0] * side**2, bias=False),
            nn.Unflatten(1, (widths[0], side, side)),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        layers += [nn.ConvTranspose2d(widths[-1], channels, 4, stride=2, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch channels size size"]:
        first = self.layers[0]
        check_entries(z, self, entries=first.in_features, weight=first.weight)
        return self.layers(z)


class DCGANDiscriminator(nn.Module):
    r"""From an image, and optionally its class, to one logit.

    With classes it is a projection discriminator: the class is compared with the features,
    :math:`\ell(y, c) = u \cdot \phi(y) + v_c \cdot \phi(y)` [miyato2018projection, eq. 5].

    Args:
        size: side of the image in pixels.
        channels: image channels.
        width: feature channels after the first halving; each later map has twice as many.
        depth: how many halvings.
        features: entries of the feature vector :math:`\phi(y)`.
        classes: number of classes, or 0 for an unconditional discriminator.
        spectral: spectral normalisation of every layer [miyato2018, eq. 8]. There is no batch normalisation:
            it would tie the judgement of one image to the others of its batch.
    """

    @checked_options(least=1, zero=("depth", "classes"))
    def __init__(
        self,
        *,
        size: int = 28,
        channels: int = 1,
        width: int = 16,
        depth: int = 2,
        features: int = 128,
        classes: int = 0,
        spectral: bool = False,
    ) -> None:
        super().__init__()
        side = check_size(size, depth)
        normed = spectral_norm if spectral else nn.Identity()
        widths = [channels, *(width * 2**k for k in range(depth))]
        layers: list[nn.Module] = []
        for before, after in zip(widths[:-1], widths[1:], strict=True):
            layers += [normed(nn.Conv2d(before, after, 4, stride=2, padding=1)), nn.LeakyReLU(0.2)]
        layers += [nn.Flatten(), normed(nn.Linear(widths[-1] * side**2, features)), nn.LeakyReLU(0.2)]
        self.features = nn.Sequential(*layers)
        self.score = normed(nn.Linear(features, 1))
        self.classes = classes
        if classes:
            embedding = nn.Embedding(classes, features)
            nn.init.normal_(embedding.weight, 0.0, 0.1)  # at first the class counts for little
            self.embedding = normed(embedding)

    @property
    def size(self) -> int:
        """The side of the images that it judges, in pixels."""
        linear, last = self.features[-2], self.features[-5]
        return math.isqrt(linear.in_features // last.out_channels) * 2 ** ((len(self.features) - 3) // 2)

    def forward(
        self, y: Float[Tensor, "batch channels size size"], c: Labels | None = None
    ) -> Float[Tensor, "batch"]:
        if (c is not None) != bool(self.classes):
            wanted = f"each image with its class ({self.classes} classes)" if self.classes else "images alone"
            raise ValueError(
                f"this discriminator judges {wanted}; got c={c if c is None else tuple(c.shape)}"
            )
        first = self.features[0]
        check_images(y, self, channels=first.in_channels, weight=first.bias)
        # Halving rounds down: the last layer alone would take images of a few pixels more for smaller ones.
        if y.shape[2] != self.size or y.shape[3] != self.size:
            raise ValueError(
                f"this discriminator judges images of side {self.size}, got {y.shape[2]} × {y.shape[3]} pixels; "
                "resize them, or make it with their size"
            )
        phi = self.features(y)
        logit = self.score(phi).squeeze(1)
        if c is not None:
            logit = logit + (self.embedding(c) * phi).sum(1)
        return logit
