r"""The gate: what a function asks of the tensors and numbers that it is handed, and what it makes of them.

Whole numbers and truth values become floating-point numbers of PyTorch's default type: left as they are, results
would be cut off, and differences of unsigned pixels would wrap round. Half precision is raised to single
precision, **in which the answer then is, too**: sums of squares leave its range, and some operations do not exist
there. (It is what ``torch.autocast`` does with losses.) Single and double precision pass untouched, and gradients
flow through either way. NumPy arrays become tensors. What holds no real numbers is refused, in a sentence that
says what would do.

Nothing here looks at the values of a tensor but :func:`check_finite`, and :func:`from_whole` at whole numbers of
more than 16 bits, which single precision may round: on a GPU that waits for the device.
"""

from __future__ import annotations

import math
import operator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import nn

from udtlib.types import Shaped, Tensor

__all__ = [
    "alike",
    "check_axes",
    "check_filled",
    "check_finite",
    "check_generator",
    "floating",
    "from_whole",
    "full_precision",
    "in_full_precision",
    "kept",
    "number",
    "real_tensor",
    "type_mismatch",
    "whole",
]

#: The types in which everything is computed.
FULL = (torch.float32, torch.float64)
#: Whole numbers that single precision holds without exception.
NARROW = (torch.bool, torch.uint8, torch.int8, torch.int16)


def real_tensor(x: Shaped[Tensor, "..."], *, name: str) -> Shaped[Tensor, "..."]:
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


def floating(x: Shaped[Tensor, "..."], *, name: str) -> Shaped[Tensor, "..."]:
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


def full_precision(x: Shaped[Tensor, "..."], *, name: str) -> Shaped[Tensor, "..."]:
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


def alike(**tensors: Shaped[Tensor, "..."]) -> list[Tensor]:
    """Tensors under their names, in the one type that holds them all, single or double precision.

    Raises:
        TypeError: no tensor or array of real numbers.
        ValueError: tensors on different devices.
    """
    full = [full_precision(x, name=name) for name, x in tensors.items()]
    first = full[0]
    for name, x in zip(tensors, full, strict=True):
        if x.device != first.device:
            raise ValueError(
                f"{next(iter(tensors))} is on {first.device} and {name} on {x.device}; move one of them with "
                ".to(device)"
            )
    # They can only differ by being single and double now.
    if any(x.dtype != first.dtype for x in full):
        full = [x.double() for x in full]
    return full


def in_full_precision(x: Tensor) -> AbstractContextManager:
    """Where ``torch.autocast`` is on for the tensor's device: a stretch without it."""
    kind = x.device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()


def check_axes(x: Tensor, *, name: str, count: int | None = None, words: str) -> None:
    """Refuse a tensor with another number of axes than ``count``, or, where that is None, with fewer than two.

    Args:
        x: the tensor.
        name: what the caller calls it.
        count: its axes; None for two or more.
        words: what they are, such as "(samples, coordinates)".

    Raises:
        ValueError: other axes.
    """
    if x.ndim >= 2 if count is None else x.ndim == count:
        return
    # Numbers in a row are the usual slip.
    remedy = "[:, None] makes samples of one coordinate" if x.ndim == 1 else "reshape it"
    raise ValueError(f"{name} has shape {tuple(x.shape)}, not {words}; {remedy}")


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


def whole(value: object, *, name: str, at_least: int | None = 1) -> int:
    """A count: a whole number, of Python's or NumPy's, and no truth value; None sets no lower bound.

    Raises:
        TypeError: no whole number.
        ValueError: a smaller one.
    """
    try:
        count = operator.index(value)
    except TypeError:
        count = None
    if count is None or is_truth(value):
        raise TypeError(f"{name} counts and must be a whole number, got {name}={value!r}; round it")
    if at_least is not None and count < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {name}={count}")
    return count


def is_truth(value: object) -> bool:
    """Whether a value is a truth value, of Python's, NumPy's or PyTorch's."""
    return isinstance(value, bool | np.bool_) or getattr(value, "dtype", None) in (torch.bool, np.dtype(bool))


def check_generator(generator: object, *, name: str = "generator") -> None:
    """Refuse what is no source of random numbers: a seed, or None, with which results could not be repeated.

    Raises:
        TypeError: no generator.
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(
            f"{name} must be a torch.Generator, got {generator!r}; give torch.Generator().manual_seed(0), with a "
            "seed of your own"
        )


def number(value: object, *, name: str) -> float:
    """A finite plain number, given as one or as a tensor with one entry.

    Raises:
        TypeError: no single number.
        ValueError: NaN or infinity, or a tensor that asks for a gradient, which would be lost.
    """
    if isinstance(value, Tensor):
        if value.numel() != 1 or value.is_complex():
            raise TypeError(f"{name} must be one real number, got shape {tuple(value.shape)}, {value.dtype}")
        if value.requires_grad:
            raise ValueError(
                f"{name} requires a gradient, but it is a plain number here, to which none flows; give "
                f"{name}.detach()"
            )
        value = value.item()
    try:
        # float() would read text as well.
        plain = float("" if isinstance(value, str | bytes | bytearray) else value)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"{name} must be one real number, got {type(value).__name__} {value!r}; give a float"
        ) from error
    if not math.isfinite(plain):
        raise ValueError(f"{name} must be a finite number, got {plain}")
    return plain


def type_mismatch(error: RuntimeError, module: nn.Module, **samples: object) -> ValueError | None:
    """What to raise where PyTorch refused to compute with samples and weights of two types; None where it did not.

    Args:
        error: what PyTorch said.
        module: whose weights they are.
        samples: what the module was handed, by name.
    """
    if "type" not in str(error):
        return None
    kinds = {p.dtype for p in module.parameters() if p.is_floating_point()}
    for name, x in samples.items():
        if not isinstance(x, Tensor) or len(kinds) != 1 or x.dtype in kinds:
            continue
        if torch.is_autocast_enabled(x.device.type) and x.dtype != torch.float64:
            continue  # there the types are converted, so that this was not the reason
        (kind,) = kinds
        return ValueError(
            f"{name} is {words(x.dtype)} and the weights of {type(module).__name__} are {words(kind)}; convert "
            f"one of them: {name}.to({kind}), or the module with .to({x.dtype if x.is_floating_point() else kind})"
        )
    return None


def words(dtype: torch.dtype) -> str:
    """float64 for torch.float64."""
    return str(dtype).removeprefix("torch.")
