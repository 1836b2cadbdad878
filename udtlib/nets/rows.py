r"""Convolutions of few outputs, row by row: the same numbers up to rounding, in half the time on a CPU.

A CPU computes eight channels of the output at a time. A convolution of side :math:`k` with three outputs, such as
the last one of a generator of images, leaves five of eight idle. As one of its rows it has :math:`3k`
outputs, whose sum over the rows, each moved to its place, is the same:

.. math:: \sum_{i, j, c} w_{o c i j}\, x_{c,\, r + i,\, s + j} = \sum_i R_{o i,\, r + i,\, s},
    \qquad R_{o i,\, r,\, s} = \sum_{j, c} w_{o c i j}\, x_{c,\, r,\, s + j}
"""

from __future__ import annotations

from typing import Any, final

from torch import Tensor
from torch.nn.functional import conv2d
from torch.overrides import TorchFunctionMode

from udtlib.types import Float

__all__ = ["ByRows", "convolve_by_rows"]

#: Outputs up to which most of a CPU's arithmetic would be idle, and the side of a kernel from which rows help: of
#: one output and side 4, as the last convolution of a discriminator of patches, the sum costs what the rows save.
FEW, SIDE = 4, 6


def convolve_by_rows(
    x: Float[Tensor, "batch channels height width"],
    weight: Float[Tensor, "outputs channels rows columns"],
    bias: Float[Tensor, "outputs"] | None = None,
    *,
    padding: tuple[int, int] = (0, 0),
) -> Float[Tensor, "batch outputs height2 width2"]:
    """A convolution of stride 1, as one by the rows of its kernel and a sum."""
    outputs, channels, rows, columns = weight.shape
    by_row = weight.permute(0, 2, 1, 3).reshape(outputs * rows, channels, 1, columns)
    parts = conv2d(x, by_row, padding=padding).unflatten(1, (outputs, rows))
    height = parts.shape[3] - rows + 1
    # unbind before narrow: the gradient of each part is then as large as the part, not as all of them.
    first, *others = (part.narrow(2, k, height) for k, part in enumerate(parts.unbind(2)))
    total = sum(others, start=first)
    return total if bias is None else total + bias[:, None, None]


@final
class ByRows(TorchFunctionMode):
    """While it is entered, convolutions of stride 1 with up to four outputs and large kernels go by rows."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func is conv2d and not kwargs and fit_for_rows(*args):
            x, weight, bias, _, padding, *_ = (*args, *(None, 1, 0)[len(args) - 2 :])
            return convolve_by_rows(x, weight, bias, padding=pair(padding))
        return func(*args, **kwargs)


def fit_for_rows(
    x: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0, *others: Any
) -> bool:
    """Whether a convolution has few outputs, a large kernel, and neither stride nor dilation nor groups."""
    dilation, groups = (*others, *(1, 1)[len(others) :])
    return (
        x.ndim == 4
        and len(weight) <= FEW
        and min(weight.shape[2:]) >= SIDE
        and not isinstance(padding, str)
        and pair(stride) == pair(dilation) == (1, 1)
        and groups == 1
    )


def pair(value: Any) -> tuple[int, int]:
    """One number for both axes, or one for each."""
    return (value, value) if isinstance(value, int) else tuple(value)
