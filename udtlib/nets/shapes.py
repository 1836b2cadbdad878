"""What a net asks of the shape of its samples, said in one sentence before PyTorch speaks of its matrices."""

from __future__ import annotations

from udtlib.types import Tensor

__all__ = ["check_entries", "check_images"]


def check_images(x: Tensor, *, channels: int) -> None:
    """Refuse what is no batch of images with so many channels.

    Raises:
        ValueError: another number of axes or of channels.
    """
    if x.ndim != 4:
        raise ValueError(
            f"images come as (batch, channels, height, width), got shape {tuple(x.shape)}; x[None] makes a batch "
            "of one"
        )
    if x.shape[1] != channels:
        raise ValueError(
            f"this net takes images of {channels} channels, got {x.shape[1]}; convert them, or make it for "
            f"{x.shape[1]} channels"
        )


def check_entries(x: Tensor, *, entries: int, axes: int | None = 2) -> None:
    """Refuse what are no samples with so many entries along the last axis; None allows any number of axes.

    Raises:
        ValueError: another number of axes or of entries.
    """
    if x.ndim == 0 or (axes is not None and x.ndim != axes) or x.shape[-1] != entries:
        words = f"(batch, {entries})" if axes else f"(…, {entries})"
        raise ValueError(
            f"this net takes samples of shape {words}, got {tuple(x.shape)}; reshape them, or make it for "
            "another size"
        )
