"""Multi-layer perceptrons, for vectors and for small images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from udtlib.numerics.signatures import checked_options


@checked_options()
def mlp(
    sizes: Sequence[int],
    *,
    activation: Callable[[], nn.Module] = nn.ReLU,
    spectral: bool = False,
) -> nn.Sequential:
    r"""A multi-layer perceptron :math:`\mathbb{R}^{d_0} \to \mathbb{R}^{d_1} \to \dots \to \mathbb{R}^{d_L}`.

    Args:
        sizes: the widths :math:`d_0, \dots, d_L`; the first is the input's, the last the output's.
        activation: makes the nonlinearity between two layers; there is none after the last.
        spectral: divide each weight by its largest singular value, which bounds the net's Lipschitz constant by 1
            for 1-Lipschitz activations [miyato2018, eq. 8].

    Raises:
        ValueError: fewer than two sizes, or a size below one.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            f"an MLP needs at least an input and an output size, all positive; got {list(sizes)}"
        )
    layers: list[nn.Module] = []
    for before, after in zip(sizes[:-1], sizes[1:], strict=True):
        linear = nn.Linear(before, after)
        layers += [spectral_norm(linear) if spectral else linear, activation()]
    return nn.Sequential(*layers[:-1])


@checked_options()
def image_mlp(
    inputs: int, *, shape: tuple[int, int, int], widths: Sequence[int] = (256, 512)
) -> nn.Sequential:
    r"""From a vector to a small image in [-1, 1] through dense layers with batch normalisation.

    For 28 pixels this is several times cheaper on a CPU than a convolutional generator of the same quality, since
    its cost does not grow with the area of the feature maps.

    Args:
        inputs: entries of the input vector.
        shape: channels, height and width of the image.
        widths: sizes of the hidden layers.

    Raises:
        ValueError: a size below one, or no hidden layer.
    """
    if min(inputs, *shape, *widths, len(widths)) < 1:
        raise ValueError(
            f"sizes must be positive; got inputs={inputs}, shape={shape}, widths={tuple(widths)}"
        )
    layers: list[nn.Module] = []
    for before, after in zip([inputs, *widths[:-1]], widths, strict=True):
        # No bias: the normalisation behind it would take it away again.
        layers += [nn.Linear(before, after, bias=False), nn.BatchNorm1d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(widths[-1], math.prod(shape)), nn.Tanh(), nn.Unflatten(1, shape))
