r"""Discriminators that judge patches: every output sees one window of the image [isola2017, section 3.2.2].

How large the window is follows from the layers alone, and :func:`receptive_field` computes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from udtlib.nets.shapes import check_images
from udtlib.numerics.signatures import checked_options
from udtlib.types import Float


class ConvShape(NamedTuple):
    """What a convolution does to the geometry: the side of its kernel, its stride, its padding per side."""

    kernel: int
    stride: int
    padding: int


def patch_shapes(halvings: int) -> tuple[ConvShape, ...]:
    """The reference PatchGAN's layers: so many convolutions of stride 2, then two of stride 1, all 4 by 4."""
    return (ConvShape(4, 2, 1),) * halvings + (ConvShape(4, 1, 1),) * 2


#: Discriminators by their receptive field. At 256 pixels 1 is the paper's PixelGAN and 286 its ImageGAN. 18 is not
#: of the paper: with one convolution of stride 1, and a small one, it costs a quarter of what 34 costs.
PATCHES: Mapping[int, tuple[ConvShape, ...]] = MappingProxyType(
    {
        1: (ConvShape(1, 1, 0),) * 3,
        7: patch_shapes(0),
        16: patch_shapes(1),
        18: (ConvShape(4, 2, 1), ConvShape(4, 2, 1), ConvShape(3, 1, 1)),
        34: patch_shapes(2),
        70: patch_shapes(3),
        142: patch_shapes(4),
        286: patch_shapes(5),
    }
)


def receptive_field(shapes: Sequence[ConvShape]) -> int:
    r"""The side of the window that one output of a chain of convolutions sees.

    .. math:: r_{l-1} = (r_l - 1)\, s_l + k_l, \qquad r_L = 1

    from the last layer back to the first, with kernels :math:`k_l` and strides :math:`s_l`.

    Raises:
        ValueError: a kernel or a stride is below 1, or a padding below 0.
    """
    check_shapes(shapes)
    side = 1
    for shape in reversed(shapes):
        side = (side - 1) * shape.stride + shape.kernel
    return side


def map_side(shapes: Sequence[ConvShape], size: int) -> int:
    r"""The side of the map of scores for images of side ``size``.

    .. math:: n_l = \lfloor (n_{l-1} + 2 p_l - k_l) / s_l \rfloor + 1

    Raises:
        ValueError: the images are too small for these layers.
    """
    check_shapes(shapes)
    side = size
    for k, shape in enumerate(shapes):
        side = (side + 2 * shape.padding - shape.kernel) // shape.stride + 1
        if side < 1:
            raise ValueError(
                f"images of side {size} leave nothing after layer {k + 1} of {len(shapes)}; "
                "use a smaller receptive field or larger images"
            )
    return side


def check_shapes(shapes: Sequence[ConvShape]) -> None:
    """Refuse layers that are no convolutions."""
    for shape in shapes:
        if shape.kernel < 1 or shape.stride < 1 or shape.padding < 0:
            raise ValueError(f"a convolution needs kernel ≥ 1, stride ≥ 1 and padding ≥ 0, got {shape}")


def convolution_shapes(net: nn.Sequential) -> tuple[ConvShape, ...]:
    """The geometry of the convolutions of a chain of layers, in their order.

    Raises:
        ValueError: a convolution is not square, or is dilated.
    """
    shapes = []
    for layer in net:
        if not isinstance(layer, nn.Conv2d):
            continue
        sides = [set(pair) for pair in (layer.kernel_size, layer.stride, layer.padding)]
        if any(len(side) != 1 for side in sides) or set(layer.dilation) != {1}:
            raise ValueError(
                f"only square convolutions without dilation have one receptive field; got {layer}"
            )
        shapes.append(ConvShape(*(side.pop() for side in sides)))
    return tuple(shapes)


class PatchGAN(nn.Module):
    r"""From an image, and optionally what it was translated from, to a map of logits, one for each patch.

    A conditional discriminator sees :math:`x` and :math:`y` as one image with more channels.

    Args:
        channels: channels of the judged image :math:`y`.
        condition: channels of :math:`x`, or 0 for a discriminator that is not told.
        field: side of the patches: 1, 7, 16, 18, 34, 70, 142 or 286.
        width: feature channels of the first layer; they double with every layer, up to eight times.
        norm: normalisation of the inner layers by their channels; ``nn.Identity`` for none.
        spectral: spectral normalisation of every layer's weights [miyato2018, eq. 8]; it looks at no batch, so
            that it hides nothing of the images.
    """

    @checked_options(least=1, zero=("condition",))
    def __init__(
        self,
        channels: int,
        *,
        condition: int = 0,
        field: int = 70,
        width: int = 64,
        norm: Callable[[int], nn.Module] = nn.BatchNorm2d,
        spectral: bool = False,
    ) -> None:
        super().__init__()
        if field not in PATCHES:
            raise ValueError(
                f"no PatchGAN has the receptive field {field}; choose {', '.join(map(str, PATCHES))}"
            )
        self.channels, self.condition, self.shapes = channels, condition, PATCHES[field]
        *inner, last = self.shapes
        widths = [channels + condition, *(width * min(2**k, 8) for k in range(len(inner)))]
        normed = spectral_norm if spectral else nn.Identity()
        layers: list[nn.Module] = []
        for k, (before, after, shape) in enumerate(zip(widths[:-1], widths[1:], inner, strict=True)):
            layers += [
                normed(nn.Conv2d(before, after, *shape)),
                norm(after) if k else nn.Identity(),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers, normed(nn.Conv2d(widths[-1], 1, *last)))

    @property
    def field(self) -> int:
        """The side of the patch that each output sees, computed from the layers."""
        return receptive_field(convolution_shapes(self.layers))

    def forward(
        self,
        y: Float[Tensor, "batch channels height width"],
        x: Float[Tensor, "batch condition height width"] | None = None,
    ) -> Float[Tensor, "batch 1 rows columns"]:
        weight = self.layers[0].bias
        check_images(y, self, channels=None, weight=weight, name="y")
        if x is not None:
            check_images(x, self, channels=None, weight=weight)
        given = 0 if x is None else x.shape[1]
        if y.shape[1] != self.channels or given != self.condition:
            raise ValueError(
                f"this discriminator judges images of {self.channels} channels given {self.condition}; "
                f"got {y.shape[1]} given {given}"
            )
        if x is not None and (len(x) != len(y) or x.shape[2:] != y.shape[2:]):
            raise ValueError(
                f"an image is judged beside what it was translated from, got shapes {tuple(y.shape)} and "
                f"{tuple(x.shape)}; give as many of both, in one size"
            )
        map_side(self.shapes, min(y.shape[-2:]))
        return self.layers(y if x is None else torch.cat([x, y], dim=1))
