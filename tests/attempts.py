"""Functions that are tried on tensors of every type, and what a user sees of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import torch

__all__ = ["TYPES", "Case", "attempt"]

#: The types that samples come in.
TYPES = (torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float32)


class Case(NamedTuple):
    """A function of tensors."""

    function: Callable
    #: of each tensor that it takes
    shapes: tuple[tuple[int, ...], ...]
    #: the types that it takes: classes are whole numbers, and images are not learned from
    only: tuple[torch.dtype, ...] = TYPES
    #: whether it draws random numbers, which differ from type to type
    random: bool = False
    #: whether it answers numbers, and not a tensor
    plain: bool = False


def attempt(case: Case, given: list[object]) -> object:
    """The answer, or the error that a user sees; warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return case.function(*given)
        except (ValueError, TypeError) as error:
            return error
