"""The gate that every function's input passes: numbers of the right kind, precision and shape, or one clear error.

A public function is decorated with :func:`checked_inputs`, which reads the function's own annotations. So what an
argument may be is said once, in the signature, and holds at run time too.
"""

from __future__ import annotations

import functools
import inspect
import numbers
import operator
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import AbstractArray

from udtlib.numerics.inputs import check_generator, from_array, from_whole, is_truth
from udtlib.types import Tensor

__all__ = ["FULL", "checked_inputs", "count", "described", "in_one_precision", "real"]

#: Precisions in which sums over many samples keep their digits.
FULL = (torch.float32, torch.float64)


@dataclass(frozen=True)
class Expected:
    """What one argument may be, by its annotation.

    Args:
        kind: "float" or "whole" for tensors, "number", "count" or "choice" for a single value, or "generator".
        axes: a tensor's axes by name; a star stands for any number of them.
        data: whether it is one of the samples or costs that the function is about, and no option.
        optional: whether it may be None.
        single: whether one number does in place of a tensor.
        exact: whether a number that is whole may stay so.
    """

    kind: str
    axes: tuple[str, ...] = ()
    data: bool = False
    optional: bool = False
    single: bool = False
    exact: bool = False


def checked_inputs(*, strict: bool = False, remedy: str = "") -> Callable[[Callable], Callable]:
    r"""A decorator: the function gets tensors of numbers as its annotations say, or the caller one clear error.

    NumPy arrays and lists become tensors. Booleans and integers are promoted to the default precision, or to
    double where other data are in double or single precision would round them; data of mixed precisions to the
    widest of them; half precisions to single, in which the result then is. Options follow the data to their
    device. A single or a double tensor of the right shape is passed on as it is.

    Args:
        strict: half and mixed precisions are left to the function, which refuses them.
        remedy: what to do about a wrong number of axes.

    Raises:
        TypeError: what holds no real numbers, or an option that is no number.
        ValueError: a wrong number of axes, sizes that do not fit, or data on several devices.
    """

    def decorated(function: Callable) -> Callable:
        signature = inspect.signature(function)
        # Read at the first call: an annotation may name a class that is defined further down.
        expected = functools.cache(lambda: expectations(function, signature))

        @functools.wraps(function)
        def gated(*arguments: object, **options: object) -> object:
            try:
                bound = signature.bind(*arguments, **options)
            except TypeError:
                return function(*arguments, **options)  # Python's own message names the function
            given = {name: bound.arguments[name] for name in expected() if name in bound.arguments}
            bound.arguments.update(converted(given, expected(), strict=strict, remedy=remedy))
            return function(*bound.args, **bound.kwargs)

        return gated

    return decorated


def expectations(function: Callable, signature: inspect.Signature) -> dict[str, Expected]:
    """What each argument may be; arguments that are neither tensors nor numbers are left out."""
    hints = typing.get_type_hints(function)
    found = {}
    for name, parameter in signature.parameters.items():
        data = parameter.kind is not parameter.KEYWORD_ONLY
        one = expectation(hints.get(name), data=data)
        if one is not None:
            found[name] = one
    return found


def expectation(hint: object, *, data: bool) -> Expected | None:
    """What an annotation allows, if it is one of tensors or numbers."""
    union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    members = typing.get_args(hint) if union else (hint,)
    optional = type(None) in members
    for member in members:
        if isinstance(member, type) and issubclass(member, AbstractArray):
            kind = "float" if "float32" in member.dtypes else "whole"
            axes = tuple(member.dim_str.split())
            single = float in members
            # What may be one number says how the data are treated, and is none of them.
            return Expected(
                kind, axes, data=data and not single, optional=optional, single=single, exact=int in members
            )
    if hint is bool:
        return Expected("choice")
    if hint is torch.Generator:
        return Expected("generator")
    if float in members:
        return Expected("number", optional=optional, exact=int in members)
    return Expected("count", optional=optional) if int in members else None


def converted(
    given: dict[str, object], expected: dict[str, Expected], *, strict: bool, remedy: str
) -> dict[str, object]:
    """The arguments as the function wants them."""
    values, tensors = {}, {}
    for name, value in given.items():
        want = expected[name]
        if value is None and want.optional:
            continue
        if want.kind == "count":
            values[name] = count(name, value)
        elif want.kind == "choice":
            values[name] = choice(name, value)
        elif want.kind == "generator":
            check_generator(value, name=name)
        elif want.kind == "number" or (want.single and is_single(value)):
            one = number(name, value.detach() if want.single and isinstance(value, Tensor) else value)
            values[name] = one if want.exact else float(one)
        else:
            tensors[name] = whole(name, tensor_of(name, value)) if want.kind == "whole" else real(name, value)
    check_axes(tensors, expected, remedy=remedy)
    return values | on_one_device(promoted(tensors, expected, strict=strict), expected)


def is_number(value: object) -> bool:
    """Whether a value is one real number, from Python or NumPy."""
    return isinstance(value, numbers.Real | np.bool_)


def is_single(value: object) -> bool:
    """Whether a value is a number, or a tensor or an array without axes."""
    return is_number(value) or (isinstance(value, Tensor | np.ndarray) and value.ndim == 0)


def number(name: str, value: object) -> float | int:
    """One real number; a tensor or an array of one is read."""
    if isinstance(value, float | int):
        return value
    if isinstance(value, Tensor) and value.requires_grad:
        raise ValueError(
            f"{name} requires a gradient, but it is a plain number here, to which none flows; give {name}.detach()"
        )
    try:
        if isinstance(value, Tensor | np.ndarray):
            return float(torch.as_tensor(value).detach().item())
        if is_number(value):
            return float(value)
    except (TypeError, ValueError, RuntimeError):
        pass  # what is no number is refused below
    raise TypeError(f"{name} must be one number, got {described(value)}; give a float")


def count(name: str, value: object) -> int:
    """One whole number, and no truth value."""
    try:
        whole_number = operator.index(value)
    except TypeError:
        whole_number = None
    if whole_number is None or is_truth(value):
        raise TypeError(f"{name} must be a whole number, got {described(value)}; give an int")
    return whole_number


def choice(name: str, value: object) -> bool:
    """A truth value; text and other things that Python takes for true are refused."""
    if not is_truth(value) and value not in (0, 1):
        raise TypeError(f"{name} must be True or False, got {described(value)}; give one of the two")
    return bool(value)


def described(value: object) -> str:
    """A value in an error: itself where it is short, else its type and shape."""
    if isinstance(value, Tensor | np.ndarray):
        return f"{type(value).__name__} of shape {tuple(value.shape)} and {value.dtype}"
    text = repr(value)
    return text if len(text) <= 40 else type(value).__name__


def tensor_of(name: str, value: object) -> Tensor:
    """The same numbers as a tensor."""
    if isinstance(value, Tensor):
        return value
    try:
        if isinstance(value, list | tuple) and value and all(isinstance(part, Tensor) for part in value):
            return torch.stack(list(value))
        if isinstance(value, list | tuple | numbers.Real) and not holds_arrays(value):
            return torch.as_tensor(value)
        array = np.asanyarray(value)
        if isinstance(array, np.ma.MaskedArray):
            return from_array(array, name=name)
        # A copy in native byte order: torch shares neither memory that is read-only nor negative strides.
        return torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("="), order="C"))
    except (TypeError, ValueError, RuntimeError) as error:
        if np.ma.is_masked(value):
            raise  # which says it
        raise TypeError(
            f"{name} must be a tensor, a NumPy array or nested lists of numbers, got {described(value)}; "
            "convert it with torch.as_tensor"
        ) from error


def holds_arrays(value: object) -> bool:
    """Whether nested lists hold arrays somewhere, from which torch would build a tensor number by number."""
    if isinstance(value, list | tuple):
        return any(holds_arrays(part) for part in value)
    return isinstance(value, np.ndarray)


def real(name: str, value: object) -> Tensor:
    """A dense tensor of real numbers."""
    tensor = tensor_of(name, value)
    if tensor.is_complex() or tensor.is_quantized or tensor.layout is not torch.strided:
        kind = f"{tensor.dtype}" if tensor.layout is torch.strided else f"{tensor.dtype} in {tensor.layout}"
        raise TypeError(f"{name} must be a dense tensor of real numbers, got {kind}; convert it")
    return tensor


def whole(name: str, tensor: Tensor) -> Tensor:
    """A tensor of whole numbers, signed."""
    if tensor.dtype in (torch.int8, torch.int16, torch.int32, torch.int64):
        return tensor
    if tensor.is_complex() or not bool((tensor.detach() == tensor.detach().long()).all()):
        raise TypeError(f"{name} must be whole numbers, got {described(tensor)}; round them with .long()")
    return tensor.detach().long()


def check_axes(tensors: dict[str, Tensor], expected: dict[str, Expected], *, remedy: str) -> None:
    """Refuse a wrong number of axes, and sizes that do not fit those of an argument before."""
    sizes: dict[str, tuple[tuple[int, ...], str]] = {}
    for name, tensor in tensors.items():
        axes, shape = expected[name].axes, tuple(tensor.shape)
        label = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
        star = next((k for k, axis in enumerate(axes) if axis.startswith("*")), None)
        fixed = len(axes) - (star is not None)
        if len(shape) < fixed or (star is None and len(shape) > fixed):
            wanted = f"{fixed} {'axis' if fixed == 1 else 'axes'}{'' if star is None else ' or more'}"
            own = (
                f"add what is missing, as in {name}[:, None] for numbers or {name}[None] for one sample"
                if len(shape) < fixed
                else f"take one part of it, as in {name}[0], or flatten it"
            )
            advice = remedy if remedy and expected[name].data else own
            raise ValueError(f"{name} must have {wanted} {label}, got shape {shape}; {advice}")
        for axis, size in named_sizes(axes, shape, star):
            before, first = sizes.setdefault(axis, (size, name))
            if before != size and first == name:
                raise ValueError(
                    f"{name} must be square, {label}, got shape {shape}; give the values between the same samples "
                    "along both axes"
                )
            if before != size:
                raise ValueError(
                    f"{name} of shape {label} got shape {shape}, but {axis.lstrip('*')} is {shown(before)} in "
                    f"{first}; give what belongs together"
                )


def named_sizes(
    axes: tuple[str, ...], shape: tuple[int, ...], star: int | None
) -> list[tuple[str, tuple[int, ...]]]:
    """The sizes that belong to the names of axes; any number of batch axes may be broadcast, so has no size."""
    if star is None:
        return [(axis, (size,)) for axis, size in zip(axes, shape, strict=True)]
    behind = len(axes) - star - 1
    middle = shape[star : len(shape) - behind]
    parts = [(axis, (size,)) for axis, size in zip(axes[:star], shape[:star], strict=True)]
    parts += [] if axes[star] == "*batch" else [(axes[star], middle)]
    return parts + [
        (axis, (size,)) for axis, size in zip(axes[star + 1 :], shape[len(shape) - behind :], strict=True)
    ]


def shown(size: tuple[int, ...]) -> str:
    """A size of one axis as a number, of several as a shape."""
    return str(size[0]) if len(size) == 1 else str(size)


def in_one_precision(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The same tensors in the widest of their precisions."""
    widest = functools.reduce(torch.promote_types, [tensor.dtype for tensor in tensors])
    return tuple(tensor.to(widest) for tensor in tensors)


def promoted(tensors: dict[str, Tensor], expected: dict[str, Expected], *, strict: bool) -> dict[str, Tensor]:
    """Integers promoted, half precisions in single, and all data in the widest precision that is among them."""
    floats = {name: tensor for name, tensor in tensors.items() if expected[name].kind == "float"}
    for name, tensor in floats.items():
        if not tensor.is_floating_point() and (exactly := from_whole(tensor)).dtype == torch.float64:
            floats[name] = exactly
    if not strict:
        floats = {
            name: t if t.dtype in FULL or not t.is_floating_point() else t.float()
            for name, t in floats.items()
        }
    given = [tensor.dtype for name, tensor in floats.items() if expected[name].data]
    present = [dtype for dtype in given if dtype.is_floating_point]
    exact = functools.reduce(torch.promote_types, present, torch.get_default_dtype())
    # Without integers among the data the default precision has no say.
    common = functools.reduce(torch.promote_types, present) if present == given != [] else exact
    for name, tensor in floats.items():
        if not tensor.is_floating_point():
            floats[name] = tensor.to(exact)
        elif expected[name].data and not strict:
            floats[name] = tensor.to(common)
    return tensors | floats


def on_one_device(tensors: dict[str, Tensor], expected: dict[str, Expected]) -> dict[str, Tensor]:
    """Options where the data are; data on several devices are refused."""
    first = None
    for name, tensor in tensors.items():
        first = first or name
        if tensor.device != tensors[first].device:
            if expected[name].data:
                raise ValueError(
                    f"{first} is on {tensors[first].device}, but {name} on {tensor.device}; move one with "
                    ".to(device)"
                )
            tensors[name] = tensor.to(tensors[first].device)
    return tensors
