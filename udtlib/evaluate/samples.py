"""What every metric asks of its samples, and how it measures distances between them."""

from __future__ import annotations

import math

import torch

from udtlib.numerics.inputs import real_tensor
from udtlib.types import Float, Shaped, Tensor

__all__ = ["as_features", "centre_and_spread", "exact_distances", "finite_score", "same_features"]


#: Sizes of coordinates whose squares, and the squares of their distances, double precision holds.
RANGE = (1e-150, 1e150)


def as_features(samples: Shaped[Tensor, "n *shape"], *, name: str, at_least: int = 1) -> Float[Tensor, "n d"]:
    """Samples of any real type as rows in double precision, without gradient.

    Raises:
        TypeError: no tensor or array of real numbers.
        ValueError: too few samples, samples without coordinates, or values that are not finite.
    """
    samples = real_tensor(samples, name=name)
    if samples.dim() < 2:
        raise ValueError(
            f"{name} has shape {tuple(samples.shape)}, not (samples, coordinates); use [:, None] for numbers"
        )
    if len(samples) < at_least:
        raise ValueError(f"{name} has {len(samples)} samples; this metric needs at least {at_least}")
    if samples[0].numel() == 0:
        raise ValueError(f"{name} has samples without coordinates, shape {tuple(samples.shape)}")
    rows = samples.detach().flatten(1).double()
    bad = int((~rows.isfinite().all(dim=1)).sum())
    if bad:
        raise ValueError(
            f"{bad} of the {len(rows)} samples in {name} hold NaN or infinity; find their cause first"
        )
    if not (largest := float(rows.abs().max())) < RANGE[1]:
        raise ValueError(out_of_range(name, largest))
    return rows


def same_features(
    x: Shaped[Tensor, "n *shape"], y: Shaped[Tensor, "m *other"], *, at_least: int = 1
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Two sets of samples as rows of the same length.

    Raises:
        TypeError, ValueError: as :func:`as_features`, or the two sets have different sample shapes or devices.
    """
    x, y = real_tensor(x, name="x"), real_tensor(y, name="y")
    if x.device != y.device:
        raise ValueError(f"x is on {x.device} and y on {y.device}; move one of them with .to(device)")
    if x.shape[1:] != y.shape[1:]:
        raise ValueError(
            f"x has samples of shape {tuple(x.shape[1:])} and y of {tuple(y.shape[1:])}; "
            "compare samples of one space"
        )
    both = as_features(x, name="x", at_least=at_least), as_features(y, name="y", at_least=at_least)
    if 0 < (largest := max(float(rows.abs().max()) for rows in both)) < RANGE[0]:
        raise ValueError(out_of_range("x and y", largest))
    return both


def out_of_range(name: str, largest: float) -> str:
    """What is wrong with samples whose squares double precision does not hold."""
    return (
        f"coordinates of {name} are of size {largest:.3g}, whose squares leave double precision; multiply all "
        "samples by one number, and divide the score accordingly"
    )


def exact_distances(
    x: Float[Tensor, "*batch n d"], y: Float[Tensor, "*batch m d"]
) -> Float[Tensor, "*batch n m"]:
    r"""The Euclidean distances :math:`\|x_i - y_j\|`, by differences and not by the faster matrix product.

    Equal samples are exactly 0 apart and equal pairs exactly equally far, so that ties are seen as such. It costs
    about twice the product's time in a hundred dimensions, and ten times in some thousand; where distances are
    only compared, :mod:`~udtlib.evaluate.neighbours` needs few of them.
    """
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def centre_and_spread(rows: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "d"], Float[Tensor, "d"]]:
    """Mean and standard deviation of every coordinate; of one that does not vary, its value and 1.

    Rounding would leave such a coordinate a deviation of almost zero, and dividing by it make noise of nothing.
    """
    still = rows.amax(dim=0) == rows.amin(dim=0)
    spread = torch.ones_like(rows[0]) if len(rows) < 2 else rows.std(dim=0).masked_fill(still, 1.0)
    return torch.where(still, rows[0], rows.mean(dim=0)), spread


def finite_score(value: float, *, name: str) -> float:
    """The score itself, once it is known to be a number.

    Raises:
        ValueError: samples so large or so small that squares leave the range of double precision.
    """
    if not math.isfinite(value):
        raise ValueError(
            f"{name} is {value}: squares of samples of this size leave double precision; divide all samples by "
            "one number, and multiply the score accordingly"
        )
    return value
