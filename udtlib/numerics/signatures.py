"""The gate for what annotations say already: what an argument may be is said once and holds at run time too.

A public function of tensors is decorated with :func:`checked_inputs`, a constructor with :func:`checked_options`,
and a configuration calls :func:`check_fields` when it is made. Each reads the annotations themselves.
"""

from __future__ import annotations

import functools
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import torch
from jaxtyping import AbstractArray
from torch import nn

from udtlib.numerics.inputs import (
    check_axes,
    check_one_device,
    floating,
    from_lists,
    full_precision,
    is_single,
    real_tensor,
    whole_tensor,
)
from udtlib.numerics.options import check_generator, described, number, truth_value, whole
from udtlib.types import Tensor

__all__ = ["check_fields", "checked_inputs", "checked_options"]


@dataclass(frozen=True)
class Expected:
    """What one argument may be, by its annotation.

    Args:
        kind: "float" or "whole" for tensors, "number", "count" or "choice" for a single value, "counts" for
            several, "generator", or "made" for an object of one of the library's classes or a module.
        axes: a tensor's axes by name; a star stands for any number of them.
        data: whether it is one of the samples or costs that the function is about, and no option.
        optional: whether it may be None.
        single: whether one number does in place of a tensor.
        classes: of which an object is, where it is made.
    """

    kind: str
    axes: tuple[str, ...] = ()
    data: bool = False
    optional: bool = False
    single: bool = False
    classes: tuple[type, ...] = ()


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


def checked_options(
    *, least: int | None = None, zero: tuple[str, ...] = ()
) -> Callable[[Callable], Callable]:
    """A decorator for what builds something: numbers must be finite, counts whole numbers, choices True or False.

    What is given is passed on as it is, tensors and all else unseen.

    Args:
        least: the least count; None leaves it to the function.
        zero: the names of counts that may be 0.

    Raises:
        TypeError: an option that is no number, no count or no choice, truth values for numbers among them.
        ValueError: a number that is not finite, or a count that is too small.
    """

    def decorated(function: Callable) -> Callable:
        signature = inspect.signature(function)
        expected = functools.cache(lambda: expectations(function, signature))

        @functools.wraps(function)
        def gated(*arguments: object, **options: object) -> object:
            try:
                given = signature.bind(*arguments, **options).arguments
            except TypeError:
                return function(*arguments, **options)  # Python's own message names the function
            for name, want in expected().items():
                if name in given:
                    check_option(given[name], want, name=name, at_least=0 if name in zero else least)
            return function(*arguments, **options)

        return gated

    return decorated


def check_fields(value: object) -> None:
    """Refuse a dataclass with a number that is not finite, a count that is not whole, or a choice that is none.

    Raises:
        TypeError, ValueError: as :func:`checked_options`; counts may be of any size.
    """
    for name, want in fields_expected(type(value)).items():
        check_option(getattr(value, name), want, name=name, at_least=None)


@functools.cache
def fields_expected(kind: type) -> dict[str, Expected]:
    """What each field of a dataclass may be."""
    found = {name: expectation(hint, data=False) for name, hint in typing.get_type_hints(kind).items()}
    return {field.name: found[field.name] for field in fields(kind) if found.get(field.name) is not None}


def check_option(value: object, want: Expected, *, name: str, at_least: int | None) -> None:
    """Refuse a single value, or one of several, that is not what the annotation says; tensors pass unseen."""
    if value is None and want.optional:
        return
    if want.kind == "number":
        number(value, name=name)
    elif want.kind == "count":
        whole(value, name=name, at_least=at_least)
    elif want.kind == "choice":
        truth_value(value, name=name)
    elif want.kind == "generator":
        check_generator(value, name=name)
    elif want.kind == "made":
        check_made(value, want.classes, name=name, optional=want.optional)
    elif want.kind == "counts":
        if isinstance(value, str | bytes) or not isinstance(value, Sequence):
            raise TypeError(f"{name} must be several whole numbers, got {described(value)}; give a tuple")
        for each in value:
            whole(each, name=f"each of {name}", at_least=at_least)


def expectations(function: Callable, signature: inspect.Signature) -> dict[str, Expected]:
    """What each argument may be; arguments that are neither tensors nor numbers are left out."""
    hints = typing.get_type_hints(function)
    found = {
        name: expectation(hints.get(name), data=parameter.kind is not parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
    }
    return {name: one for name, one in found.items() if one is not None}


def expectation(hint: object, *, data: bool) -> Expected | None:
    """What an annotation allows, if it is one of tensors or numbers."""
    union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    members = typing.get_args(hint) if union else (hint,)
    optional = type(None) in members
    for member in members:
        if isinstance(member, type) and issubclass(member, AbstractArray):
            kind, single = "float" if "float32" in member.dtypes else "whole", float in members
            # What may be one number says how the data are treated, and is none of them.
            data = data and not single
            return Expected(kind, tuple(member.dim_str.split()), data=data, optional=optional, single=single)
    kinds = {
        bool: "choice",
        torch.Generator: "generator",
        float: "number",
        int: "count",
        Sequence[int]: "counts",
        tuple[int, int, int]: "counts",
    }
    plain = next((kind for each, kind in kinds.items() if each in members), None)
    if any(each not in (*kinds, type(None)) for each in members):
        # A name or an object would do as well, and what it may be is not the annotation's to say.
        plain = None
    if plain is not None:
        return Expected(plain, optional=optional)
    classes = tuple(member for member in members if member is not type(None))
    return Expected("made", optional=optional, classes=classes) if all(map(is_made, classes)) else None


def is_made(kind: object) -> bool:
    """Whether a class is one of the library's, or of modules, whose objects can be told from others."""
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False) or issubclass(kind, tuple):
        return False
    return issubclass(kind, nn.Module) or kind.__module__.startswith("udtlib.")


def check_made(value: object, classes: tuple[type, ...], *, name: str, optional: bool) -> None:
    """Refuse what is no object of these classes, such as a net in place of a translator, or a class itself.

    Raises:
        TypeError: anything else.
    """
    if isinstance(value, classes):
        return
    wanted = " or ".join(kind.__name__ for kind in classes)
    given = value.__name__ if isinstance(value, type) else type(value).__qualname__
    if isinstance(value, bool | int | float | str | None):
        shown = repr(value)
    else:
        shown = f"the class {given} itself" if isinstance(value, type) else given
    remedy = next((made for kind in classes if (made := getattr(kind, "made_by", ""))), "give one")
    raise TypeError(f"{name} must be of {wanted}{', or None' if optional else ''}, got {shown}; {remedy}")


def converted(
    given: dict[str, object], expected: dict[str, Expected], *, strict: bool, remedy: str
) -> dict[str, object]:
    """The arguments as the function wants them."""
    plain = {"count": functools.partial(whole, at_least=None), "choice": truth_value, "number": number}
    values, tensors = {}, {}
    for name, value in given.items():
        want = expected[name]
        if value is None and want.optional:
            continue
        if want.kind in plain:
            values[name] = plain[want.kind](value, name=name)
        elif want.kind in ("generator", "counts", "made"):
            check_option(value, want, name=name, at_least=None)
        elif want.single and is_single(value):
            values[name] = number(value.detach() if isinstance(value, Tensor) else value, name=name)
        else:
            kind = whole_tensor if want.kind == "whole" else real_tensor
            tensors[name] = kind(from_lists(value, name=name), name=name)
    check_sizes(tensors, expected, remedy=remedy)
    return values | on_one_device(promoted(tensors, expected, strict=strict), expected)


def check_sizes(tensors: dict[str, Tensor], expected: dict[str, Expected], *, remedy: str) -> None:
    """Refuse a wrong number of axes, and sizes that do not fit those of an argument before."""
    sizes: dict[str, tuple[tuple[int, ...], str]] = {}
    for name, tensor in tensors.items():
        axes, shape = expected[name].axes, tuple(tensor.shape)
        label = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
        star = next((k for k, axis in enumerate(axes) if axis.startswith("*")), None)
        check_axes(
            tensor,
            name=name,
            words=label,
            count=len(axes) if star is None else None,
            least=len(axes) - 1,
            remedy=remedy if expected[name].data else "",
        )
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
    behind = len(shape) - (len(axes) - star - 1)
    middle = [] if axes[star] == "*batch" else [(axes[star], shape[star:behind])]
    return [
        *named_sizes(axes[:star], shape[:star], None),
        *middle,
        *named_sizes(axes[star + 1 :], shape[behind:], None),
    ]


def shown(size: tuple[int, ...]) -> str:
    """A size of one axis as a number, of several as a shape."""
    return str(size[0]) if len(size) == 1 else str(size)


def promoted(tensors: dict[str, Tensor], expected: dict[str, Expected], *, strict: bool) -> dict[str, Tensor]:
    """Integers promoted, half precisions in single, and all data in the widest precision that is among them."""
    convert = floating if strict else full_precision
    floats = {name: convert(x, name=name) for name, x in tensors.items() if expected[name].kind == "float"}
    widest = functools.reduce(
        torch.promote_types, [x.dtype for name, x in floats.items() if expected[name].data], torch.bool
    )
    for name, x in floats.items():
        if not tensors[name].is_floating_point() or (expected[name].data and not strict):
            floats[name] = x.to(torch.promote_types(x.dtype, widest))
    return tensors | floats


def on_one_device(tensors: dict[str, Tensor], expected: dict[str, Expected]) -> dict[str, Tensor]:
    """Options where the first argument is; data on several devices are refused."""
    first = next(iter(tensors), None)
    check_one_device(**{name: x for name, x in tensors.items() if expected[name].data or name == first})
    return {name: x.to(tensors[first].device) for name, x in tensors.items()}
