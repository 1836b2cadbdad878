"""What every metric asks of its samples."""

from __future__ import annotations

from udtlib.types import Float, Tensor

__all__ = ["as_features", "same_features"]


def as_features(samples: Float[Tensor, "n *shape"], *, name: str, at_least: int = 1) -> Float[Tensor, "n d"]:
    """Samples as rows in double precision, without gradient.

    Raises:
        ValueError: too few samples, samples without coordinates, or values that are not finite.
    """
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
    return rows


def same_features(
    x: Float[Tensor, "n *shape"], y: Float[Tensor, "m *other"], *, at_least: int = 1
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Two sets of samples as rows of the same length.

    Raises:
        ValueError: as :func:`as_features`, or the two sets have different sample shapes.
    """
    if x.shape[1:] != y.shape[1:]:
        raise ValueError(
            f"x has samples of shape {tuple(x.shape[1:])} and y of {tuple(y.shape[1:])}; "
            "compare samples of one space"
        )
    return as_features(x, name="x", at_least=at_least), as_features(y, name="y", at_least=at_least)
