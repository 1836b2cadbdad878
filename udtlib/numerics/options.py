"""The gate for plain numbers, counts, choices and generators: a function's options, a configuration's fields.

One sentence says what was given, what is expected, and what to do.
"""

from __future__ import annotations

import math
import numbers
import operator

import numpy as np
import torch

from udtlib.types import Tensor

__all__ = [
    "check_generator",
    "check_text",
    "described",
    "is_number",
    "is_truth",
    "number",
    "truth_value",
    "whole",
    "words",
]


def number(value: object, *, name: str) -> float:
    """A finite plain number, given as one or as a tensor or an array with one entry.

    Raises:
        TypeError: no single number, or a truth value.
        ValueError: NaN or infinity, or a tensor that asks for a gradient, which would be lost.
    """
    if not is_number(value):
        raise TypeError(f"{name} must be one real number, got {described(value)}; give a float")
    if isinstance(value, Tensor) and value.requires_grad:
        raise ValueError(
            f"{name} requires a gradient, but it is a plain number here, to which none flows; give "
            f"{name}.detach()"
        )
    try:
        plain = float(value.item() if isinstance(value, Tensor | np.ndarray) else value)
    except OverflowError:
        plain = math.inf  # a whole number of Python's that no float holds
    if not math.isfinite(plain):
        raise ValueError(
            f"{name} must be a finite number, got {name}={plain}; find its cause, or give another"
        )
    return plain


def whole(value: object, *, name: str, at_least: int | None = 1) -> int:
    """A count: a whole number, of Python's or NumPy's, and no truth value; None sets no lower bound.

    Raises:
        TypeError: no whole number.
        ValueError: a smaller one.
    """
    try:
        count = None if is_truth(value) else operator.index(value)
    except TypeError:
        count = None
    if count is None:
        raise TypeError(
            f"{name} counts and must be a whole number, got {name}={described(value)}; give an int"
        )
    if at_least is not None and count < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {name}={count}")
    return count


def truth_value(value: object, *, name: str) -> bool:
    """True or False, also as 1 or 0; text and other things that Python takes for true are refused.

    Raises:
        TypeError: anything else.
    """
    if is_truth(value) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise TypeError(f"{name} must be True or False, got {described(value)}; give one of the two")


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


def check_text(value: object, *, name: str) -> None:
    """Refuse what is no text that can be read: no string, an empty one, or spaces.

    Raises:
        TypeError: no string.
        ValueError: nothing to read.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text, got {described(value)}; give a string")
    if not value.strip():
        raise ValueError(f"{name} must say something, got {value!r}; give a word for it")


def is_number(value: object) -> bool:
    """Whether a value is one real number, of Python's or NumPy's, or as a tensor or an array; no truth value."""
    if isinstance(value, Tensor):
        return value.numel() == 1 and not value.is_complex() and not is_truth(value)
    if isinstance(value, np.ndarray):
        return value.size == 1 and value.dtype.kind in "fiu"
    return isinstance(value, numbers.Real) and not is_truth(value)


def is_truth(value: object) -> bool:
    """Whether a value is a truth value, of Python's, NumPy's or PyTorch's."""
    return isinstance(value, bool | np.bool_) or getattr(value, "dtype", None) in (torch.bool, np.dtype(bool))


def described(value: object) -> str:
    """A value in an error: itself where it is short, else its type and shape."""
    if isinstance(value, Tensor | np.ndarray):
        return f"{type(value).__name__} of shape {tuple(value.shape)} and {value.dtype}"
    text = repr(value)
    return text if len(text) <= 40 else f"{type(value).__module__}.{type(value).__qualname__}"


def words(dtype: torch.dtype) -> str:
    """float64 for torch.float64."""
    return str(dtype).removeprefix("torch.")
