"""What every solver asks of its input: finite costs, weights that are distributions, a positive epsilon."""

from __future__ import annotations

import math

import torch

from udtlib.numerics.inputs import FULL
from udtlib.types import Float, Tensor

__all__ = [
    "check_binary",
    "check_cost",
    "check_finite",
    "check_options",
    "check_positive",
    "check_precision",
    "unit_weights",
]

#: Weights may sum to one up to this much.
SLACK = 1e-6


def check_cost(cost: Float[Tensor, "*batch n m"]) -> None:
    """Refuse a transport problem without samples, or with costs that are not finite."""
    # The extremes are NaN or infinite where an entry is, and are found in one pass.
    if cost.numel() == 0 or not all(math.isfinite(bound) for bound in cost.detach().aminmax()):
        bad = int((~cost.isfinite()).sum())
        shape = f"shape {tuple(cost.shape)}" + (f" with {bad} entries that are not finite" if bad else "")
        remedy = (
            "drop samples that are NaN, and give a forbidden pair a finite cost far above all others"
            if bad
            else "give at least one sample on each side"
        )
        raise ValueError(
            f"a transport problem needs finite costs and samples on both sides, got {shape}; {remedy}"
        )


def check_finite(name: str, values: Tensor, *, remedy: str) -> None:
    """Refuse no values, or values that are not finite."""
    bad = int((~values.detach().isfinite()).sum())
    if bad or values.numel() == 0:
        raise ValueError(
            f"{name} must hold finite values and at least one, got {bad} that are not finite in shape "
            f"{tuple(values.shape)}; {remedy}"
        )


def check_binary(name: str, label: Tensor) -> None:
    """Refuse a label with other values than 0 and 1."""
    others = label[(label != 0) & (label != 1)].unique().tolist()
    if others:
        raise ValueError(f"{name} must be 0 or 1 for each code, got {others[:3]} too; leave these codes out")


def check_positive(name: str, value: float | int) -> None:
    """Refuse a number that is not positive and finite."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, got {value}")


def check_options(*, epsilon: float | int, iterations: int, tolerance: float | int) -> None:
    """Refuse options with which no solver can run."""
    check_positive("epsilon", epsilon)
    check_positive("tolerance", tolerance)
    if iterations < 1:
        raise ValueError(f"a solver takes at least one iteration, got {iterations}")


def check_precision(values: Tensor, *, what: str = "costs") -> None:
    """Refuse half precision, in which marginals cannot be met."""
    if values.dtype not in FULL:
        raise ValueError(
            f"transport needs {what} in single or double precision, got {values.dtype}; convert them with .float()"
        )


def unit_weights(
    name: str, weight: Float[Tensor, "*batch count"] | None, *, shape: tuple[int, ...]
) -> Float[Tensor, "*batch count"]:
    """Weights in double precision that sum to one over the last axis; equal ones by default.

    Raises:
        ValueError: a wrong shape, a negative weight or NaN, or a sum that is not one.
    """
    if weight is None:
        return torch.full(shape, 1 / shape[-1], dtype=torch.float64)
    if tuple(weight.shape) != shape:
        raise ValueError(
            f"{name} has shape {tuple(weight.shape)}, but the costs ask for {shape}: one weight per sample"
        )
    weight = weight.detach().double()
    total = weight.sum(dim=-1, keepdim=True)
    if not bool((weight >= 0).all()) or not bool(((total - 1).abs() <= SLACK).all()):
        raise ValueError(
            f"{name} must be at least 0 and sum to 1, got sums of {total.flatten().tolist()[:3]} and a "
            f"smallest weight of {float(weight.min()):g}; divide by the sum, in single or double precision"
        )
    return weight / total
