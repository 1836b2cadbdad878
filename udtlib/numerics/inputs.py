r"""The gate: what a function asks of the tensors and numbers that it is handed, and what it makes of them.

Whole numbers and truth values become floating-point numbers of PyTorch's default type: left as they are, results
would be cut off, and differences of unsigned pixels would wrap round. Half precision is raised to single
precision, **in which the answer then is, too**: sums of squares leave its range, and some operations do not exist
there. (It is what ``torch.autocast`` does with losses.) Single and double precision pass untouched, and gradients
flow through either way. NumPy arrays become tensors. What holds no real numbers is refused, in a sentence that
says what would do. Functions of samples call what they need from here; functions whose annotations say it all are
decorated with :func:`~udtlib.numerics.signatures.checked_inputs`, which calls the same.

Nothing here looks at the values of a tensor but :func:`check_finite`, and :func:`from_whole` at whole numbers of
more than 16 bits, which single precision may round: on a GPU that waits for the device.
"""

from __future__ import annotations

import functools
import numbers
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from udtlib.numerics.options import described, is_number, words
from udtlib.types import Int, Shaped, Tensor

__all__ = [
    "alike",
    "check_axes",
    "check_filled",
    "check_finite",
    "check_one_device",
    "floating",
    "from_lists",
    "from_whole",
    "full_precision",
    "in_full_precision",
    "in_one_precision",
    "is_single",
    "kept",
    "real_tensor",
    "two_samples",
    "whole_tensor",
]

#: The types in which everything is computed.
FULL = (torch.float32, torch.float64)
#: Whole numbers that single precision holds without exception.
NARROW = (torch.bool, torch.uint8, torch.int8, torch.int16)
#: Types of labels.
SIGNED = (torch.int8, torch.int16, torch.int32, torch.int64)


def real_tensor(x: object, *, name: str) -> Shaped[Tensor, "..."]:
    """A dense tensor of real numbers of whatever type, itself or from a NumPy array.

    Raises:
        TypeError: anything else.
    """
    if isinstance(x, np.ndarray):
        x = from_array(x, name=name)
    if not isinstance(x, Tensor):
        raise TypeError(
            f"{name} must be a tensor, got {type(x).__module__}.{type(x).__qualname__}; torch.as_tensor makes one "
            "of lists and of NumPy arrays"
        )
    if x.is_complex() or x.is_quantized or x.layout is not torch.strided:
        raise TypeError(
            f"{name} must be a dense tensor of real numbers, got {words(x.dtype)} in {x.layout}; take .real or "
            ".abs() of complex numbers, and .to_dense() of a sparse tensor"
        )
    return x


def from_lists(x: object, *, name: str) -> object:
    """A tensor of nested lists of numbers, arrays or tensors; what is none passes as it is, for who asks next.

    Raises:
        TypeError: lists that are ragged or hold something else.
    """
    if not isinstance(x, list | tuple | numbers.Real):
        return x
    try:
        if isinstance(x, list | tuple) and x and all(isinstance(part, Tensor) for part in x):
            return torch.stack(list(x))
        # torch would read arrays inside of lists number by number.
        return from_array(np.asarray(x), name=name) if holds_arrays(x) else torch.as_tensor(x)
    except (TypeError, ValueError, RuntimeError) as error:
        raise TypeError(
            f"{name} must be a tensor, a NumPy array or nested lists of numbers, got {described(x)}; convert it "
            "with torch.as_tensor"
        ) from error


def is_single(x: object) -> bool:
    """Whether it is a number, or a tensor or an array without axes."""
    return x.ndim == 0 if isinstance(x, Tensor | np.ndarray) else is_number(x)


def holds_arrays(x: object) -> bool:
    """Whether nested lists hold arrays somewhere."""
    return any(map(holds_arrays, x)) if isinstance(x, list | tuple) else isinstance(x, np.ndarray)


def floating(x: object, *, name: str) -> Shaped[Tensor, "..."]:
    """The same numbers as floating-point numbers; half precision stays, for nets that are themselves in it.

    Raises:
        TypeError: no tensor or array of real numbers.
    """
    x = real_tensor(x, name=name)
    return x if x.is_floating_point() else from_whole(x)


def from_whole(x: Tensor) -> Tensor:
    """Whole numbers in the default precision, or in double precision where the default one would round them."""
    plain = x.to(torch.get_default_dtype())
    if x.dtype in NARROW or plain.dtype == torch.float64:
        return plain
    exact = x.double()
    return plain if torch.equal(plain.double(), exact) else exact


def full_precision(x: object, *, name: str) -> Shaped[Tensor, "..."]:
    """The same numbers in single or double precision; a tensor that is in one of them is itself the answer.

    Raises:
        TypeError: no tensor or array of real numbers.
    """
    if isinstance(x, Tensor) and x.dtype in FULL and x.layout is torch.strided:
        return x
    x = floating(x, name=name)
    return x if x.dtype in FULL else x.float()


def from_array(x: np.ndarray, *, name: str) -> Tensor:
    """A tensor with the array's numbers."""
    if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
        raise TypeError(
            f"{name} must hold a number everywhere, got an array with {np.ma.count_masked(x)} masked entries; "
            "leave them out, or give what stands for them by .filled"
        )
    if x.dtype.kind not in "fiub":
        raise TypeError(
            f"{name} must hold real numbers, got a NumPy array of {x.dtype}; convert it by .astype"
        )
    # A copy in native order: PyTorch shares no memory that is read-only, and knows no negative strides.
    return torch.from_numpy(np.array(x, dtype=x.dtype.newbyteorder("="), order="C"))


def whole_tensor(x: object, *, name: str) -> Int[Tensor, "..."]:
    """Labels: whole numbers of a signed type; others are converted where none is changed by it.

    Raises:
        TypeError: no whole numbers.
    """
    x = real_tensor(x, name=name)
    if x.dtype in SIGNED:
        return x
    labels = x.detach().long()
    if not bool((labels == x.detach()).all()):
        raise TypeError(f"{name} must be whole numbers, got {described(x)}; round them with .long()")
    return labels


def alike(**tensors: Shaped[Tensor, "..."]) -> list[Tensor]:
    """Tensors under their names, in the one type that holds them all, single or double precision.

    Raises:
        TypeError: no tensor or array of real numbers.
        ValueError: tensors on different devices.
    """
    full = {name: full_precision(x, name=name) for name, x in tensors.items()}
    check_one_device(**full)
    return in_one_precision(*full.values())


def in_one_precision(*tensors: Tensor) -> list[Tensor]:
    """The same tensors in the widest of their precisions."""
    widest = functools.reduce(torch.promote_types, [x.dtype for x in tensors])
    return [x.to(widest) for x in tensors]


def check_one_device(**tensors: Tensor) -> None:
    """Refuse tensors that are not where the first one is.

    Raises:
        ValueError: two devices.
    """
    first = next(iter(tensors), None)
    for name, x in tensors.items():
        if x.device != tensors[first].device:
            raise ValueError(
                f"{first} is on {tensors[first].device} and {name} on {x.device}; move one of them with "
                ".to(device)"
            )


def two_samples(x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"]) -> list[Tensor]:
    """Two sets of samples of one space, in one precision, single or double.

    Raises:
        TypeError: no tensor or array of real numbers.
        ValueError: tensors on different devices, numbers in a row, or samples of two shapes.
    """
    pair = alike(x=x, y=y)
    for name, samples in zip("xy", pair, strict=True):
        check_axes(samples, name=name, words="(samples, *shape)")
    first, second = (tuple(samples.shape[1:]) for samples in pair)
    if first != second:
        raise ValueError(
            f"x has samples of shape {first} and y of {second}, which have no distance; reshape one of them, or "
            "compare samples of one space"
        )
    return pair


def in_full_precision(x: Tensor) -> AbstractContextManager:
    """Where ``torch.autocast`` is on for the tensor's device: a stretch without it."""
    kind = x.device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()


def check_axes(
    x: Tensor, *, name: str, words: str, count: int | None = None, least: int = 2, remedy: str = ""
) -> None:
    """Refuse a tensor with another number of axes than ``count``, or with fewer than ``least`` where that is None.

    Args:
        x: the tensor.
        name: what the caller calls it.
        words: what its axes are, such as "(samples, coordinates)".
        count: how many; None for ``least`` or more.
        least: the fewest, where any number above does.
        remedy: what to do, where the usual advice does not fit.

    Raises:
        ValueError: other axes.
    """
    if x.ndim >= least if count is None else x.ndim == count:
        return
    # Numbers in a row are the usual slip.
    advice = f"{name}[:, None] makes samples of one coordinate" if x.ndim == 1 else "reshape it"
    raise ValueError(f"{name} has shape {tuple(x.shape)}, not {words}; {remedy or advice}")


def check_filled(x: Tensor, *, name: str) -> None:
    """Refuse a tensor without entries, whose mean is no number.

    Raises:
        ValueError: no entries.
    """
    if x.numel() == 0:
        raise ValueError(
            f"{name} is empty, shape {tuple(x.shape)}, and has no mean; give at least one sample"
        )


def check_finite(x: Tensor, *, name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        ValueError: entries that are not finite.
    """
    bad = int((~x.isfinite()).sum())
    if bad:
        raise ValueError(
            f"{bad} of the {x.numel()} entries of {name} are NaN or infinite; find their cause first"
        )


def kept(value: Tensor, x: Tensor, *, name: str) -> Tensor:
    """The value itself, once it is known to have the shape, the type and the device of ``x``.

    Raises:
        ValueError: another shape, which broadcasting would stretch, type or device.
    """
    if value.shape != x.shape or value.dtype != x.dtype or value.device != x.device:
        raise ValueError(
            f"{name} must answer {tuple(x.shape)} in {words(x.dtype)} on {x.device}, as it was asked, got "
            f"{tuple(value.shape)} in {words(value.dtype)} on {value.device}; reshape or convert what it returns"
        )
    return value
