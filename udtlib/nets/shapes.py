"""What a net asks of its samples, said in one sentence before PyTorch speaks of its matrices.

On what a net was made for, these are a few comparisons of attributes: no value is looked at.
"""

from __future__ import annotations

from torch import nn

from udtlib.numerics.mismatch import other_type
from udtlib.numerics.options import described
from udtlib.types import Tensor

__all__ = ["check_batch", "check_entries", "check_images", "check_noise", "check_type"]


def check_type(x: object, net: nn.Module, *, weight: Tensor | None, name: str = "x") -> None:
    """Refuse what is no tensor of floating-point numbers, or one of another type than one of the net's weights.

    Nothing is converted here: in training that would cost time without a word.

    Raises:
        TypeError: no tensor, or one of whole numbers or truth values.
        ValueError: another precision than the weights'.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        raise TypeError(
            f"{type(net).__name__} takes tensors of floating-point numbers, got {name}={described(x)}; convert it "
            "with torch.as_tensor(…, dtype=torch.float32), and bytes of images to [-1, 1]"
        )
    if (
        weight is not None
        and weight.dtype != x.dtype
        and (clear := other_type(x, net, name=name)) is not None
    ):
        raise clear


def check_images(
    x: object, net: nn.Module, *, channels: int | None, weight: Tensor | None, name: str = "x"
) -> None:
    """Refuse what is no batch of images with so many channels, in the type of the net's weights.

    Channels may be None, for a net that counts them itself.

    Raises:
        TypeError: no tensor of floating-point numbers.
        ValueError: another number of axes or of channels, or another precision.
    """
    check_type(x, net, weight=weight, name=name)
    if x.ndim != 4:
        raise ValueError(
            f"images come as (batch, channels, height, width), got shape {tuple(x.shape)}; x[None] makes a batch "
            "of one"
        )
    if channels is not None and x.shape[1] != channels:
        raise ValueError(
            f"this net takes images of {channels} channels, got {x.shape[1]}; convert them, or make it for "
            f"{x.shape[1]} channels"
        )


def check_entries(
    x: object, net: nn.Module, *, entries: int, weight: Tensor | None, axes: int | None = 2
) -> None:
    """Refuse what are no samples with so many entries along the last axis; None allows any number of axes.

    Raises:
        TypeError: no tensor of floating-point numbers.
        ValueError: another number of axes or of entries, or another precision.
    """
    check_type(x, net, weight=weight)
    if x.ndim == 0 or (axes is not None and x.ndim != axes) or x.shape[-1] != entries:
        words = f"(batch, {entries})" if axes else f"(…, {entries})"
        raise ValueError(
            f"this net takes samples of shape {words}, got {tuple(x.shape)}; reshape them, or make it for "
            "another size"
        )


def check_batch(x: object, net: nn.Module, *, first: nn.Module) -> None:
    """Refuse what the first layer of a chain, itself perhaps in chains, would take for something else.

    A convolution takes an image without its batch for a batch of one, and says nothing.

    Raises:
        TypeError: no tensor of floating-point numbers.
        ValueError: what the first layer does not take, or another precision.
    """
    while isinstance(first, nn.Sequential) and len(first):
        first = first[0]
    weight = next(first.parameters(), None)
    if isinstance(first, nn.Conv2d):
        check_images(x, net, channels=first.in_channels, weight=weight)
    elif isinstance(first, nn.Linear):
        check_entries(x, net, entries=first.in_features, weight=weight, axes=None)
    else:
        check_type(x, net, weight=weight)


def check_noise(z: Tensor | None, x: Tensor, *, entries: int, word: str) -> None:
    """Refuse a code or noise of another length, or not one for each image.

    Raises:
        TypeError: no tensor.
        ValueError: another shape.
    """
    if z is not None and not isinstance(z, Tensor):
        raise TypeError(f"{word} must be a tensor, got {described(z)}; convert it with torch.as_tensor")
    if z is not None and z.ndim != 2:
        raise ValueError(
            f"this net takes {word} of shape (batch, {entries}), got {tuple(z.shape)}; reshape it"
        )
    given = 0 if z is None else z.shape[1]
    if given != entries:
        remedy = f"give one of shape (batch, {entries})" if entries else "leave it out"
        raise ValueError(f"this net takes {word} of {entries} entries, got {given}; {remedy}")
    if z is not None and len(z) != len(x):
        raise ValueError(f"{len(z)} rows of {word} came for {len(x)} images; give one for each")
