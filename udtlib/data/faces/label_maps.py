"""Label maps as images: every class a flat colour of its own, and back."""

from __future__ import annotations

import torch

from udtlib.data.faces.canvas import LABELS
from udtlib.types import Float, Int, Tensor

#: RGB in [-1, 1] of each label; no two of them are nearer than 0.6.
PALETTE = (
    (0.80, 0.86, 0.92),
    (0.96, 0.55, 0.25),
    (-0.20, -0.60, -0.85),
    (-0.95, -0.90, -0.30),
    (-0.75, 0.55, 0.95),
    (0.90, -0.65, -0.45),
    (-0.90, 0.30, -0.55),
    (0.30, -0.85, 0.75),
    (-0.55, -0.20, 0.60),
)


def paint_labels(label: Int[Tensor, "n h w"]) -> Float[Tensor, "n 3 h w"]:
    """A label map as an image of flat colours in [-1, 1], one colour of ``PALETTE`` for each label.

    Raises:
        ValueError: an entry is no index into ``LABELS``.
    """
    if label.numel() and not ((label >= 0) & (label < len(LABELS))).all():
        raise ValueError(
            f"labels lie in 0 … {len(LABELS) - 1}, got {label.min()} … {label.max()}; "
            f"they are indices into {LABELS}"
        )
    colours = torch.tensor(PALETTE, device=label.device)
    return colours[label.long()].movedim(-1, 1).contiguous()


def read_labels(x: Float[Tensor, "n 3 h w"]) -> Int[Tensor, "n h w"]:
    """The label whose colour is nearest to each pixel's: the inverse of ``paint_labels``, on any image.

    Raises:
        ValueError: a pixel is not finite.
    """
    if not x.isfinite().all():
        raise ValueError("an image to read labels from has a pixel that is not finite; look at what made it")
    colours = x.new_tensor(PALETTE)
    return (x[:, None] - colours[:, :, None, None]).square_().sum(2).argmin(1)
