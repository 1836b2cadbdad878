r"""What one translator scores on one pair: named numbers under the question that each of them answers.

*Fit*: is :math:`T_\#\alpha` close to :math:`\beta`? *Alignment*: is :math:`T(x)` the right :math:`y`? *Effort*: at
what cost? What answers none of them, such as a round trip or a reconstruction error, is *other*: under one of the
three it would be mistaken for an answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from udtlib.numerics.options import check_text, described, is_number, is_truth
from udtlib.types import Tensor

__all__ = ["GROUPS", "Measurement", "Scores", "as_values"]

#: The groups of scores, in the order in which they are told.
GROUPS = ("fit", "alignment", "effort", "other")
#: One number, or one number for each seed.
Measurement = float | int | Sequence[float | int] | Tensor | None


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Named finite numbers in four groups; iterating gives ``(question, name, value)``, ``a | b`` joins two.

    Args:
        fit: is T#α close to β?
        alignment: is T(x) the right y?
        effort: at what cost?
        other: what answers none of the three.

    Raises:
        ValueError: no number at all, an empty name or one under two questions, or a number that is not finite.
        TypeError: a group that is no mapping, a name that is no text, or a value that is not one number.
    """

    fit: Mapping[str, float] = field(default_factory=dict)
    alignment: Mapping[str, float] = field(default_factory=dict)
    effort: Mapping[str, float] = field(default_factory=dict)
    other: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places: dict[str, str] = {}
        for group in GROUPS:
            values = plain_scores(getattr(self, group), group=group)
            for name in values:
                if name in places:
                    raise ValueError(f"{name!r} is under {places[name]} and {group}; choose one question")
                places[name] = group
            # A frozen dataclass can still hold a dictionary that changes; a read-only copy cannot.
            object.__setattr__(self, group, MappingProxyType(values))
        if not places:
            raise ValueError("scores without a number; give fit, alignment, effort or other at least one")
        bad = {name: value for _, name, value in self if not math.isfinite(value)}
        if bad:
            named = ", ".join(f"{name!r} is {value}" for name, value in bad.items())
            raise ValueError(f"scores must be finite: {named}; did the run diverge?")

    def __iter__(self) -> Iterator[tuple[str, str, float]]:
        for group in GROUPS:
            for name, value in getattr(self, group).items():
                yield group, name, value

    def __or__(self, other: Scores) -> Scores:
        """All scores of both.

        Raises:
            ValueError: a name stands in both.
        """
        if twice := {name for _, name, _ in self} & {name for _, name, _ in other}:
            raise ValueError(f"both scores have {sorted(twice)}; rename one, or measure it once")
        return Scores(**{each: {**getattr(self, each), **getattr(other, each)} for each in GROUPS})

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled, and scores come back from other processes.
        return partial(Scores, **{each: dict(getattr(self, each)) for each in GROUPS}), ()


def plain_scores(scores: object, *, group: str) -> dict[str, float]:
    """The named numbers of one group as Python's; truth values are none, and text is not read."""
    if not isinstance(scores, Mapping):
        raise TypeError(f"{group} holds numbers by name, got {described(scores)}; give a dict")
    for name, value in scores.items():
        check_text(name, name=f"a score's name under {group}")
        if not is_number(value):
            raise TypeError(f"{name!r} must be one real number, got {described(value)}; give a float")
    return {
        name: float(value.detach() if isinstance(value, Tensor) else value) for name, value in scores.items()
    }


def as_values(name: str, value: Measurement) -> tuple[float, ...] | None:
    """A measurement as one float per seed."""
    if value is None:
        return None
    try:
        if value.is_complex() if isinstance(value, Tensor) else np.iscomplexobj(value):
            raise TypeError("complex numbers")
        if is_truth(value) or (isinstance(value, list | tuple) and any(map(is_truth, value))):
            raise TypeError("truth values")
        found = torch.as_tensor(value, dtype=torch.float64)
        if found.ndim > 1:
            raise TypeError("more than one axis")
        values = found.flatten().tolist()
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise TypeError(
            f"{name!r} is a real number, or one for each seed, got {value!r}; give floats, and None where nothing "
            "was measured"
        ) from error
    if not values:
        raise ValueError(
            f"{name!r} has no values; give a number, one number per seed, or None if not measured"
        )
    return tuple(values)
