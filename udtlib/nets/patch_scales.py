r"""Discriminators of one kind at several scales of an image [wang2018pix2pixhd, section 3.2].

A discriminator of small patches sees texture and outlines, one of large patches how parts belong together. The
same small patch on an image of half the side is a patch of twice the side, for a quarter of the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.shapes import check_images
from udtlib.types import Float

__all__ = ["PatchScales"]


@final
class PatchScales(nn.Module):
    r"""Discriminator :math:`k` judges the image at the scale :math:`2^{-k}`; each has its channel of the answer.

    .. math:: D(y) = \bigl(D_0(y),\, \uparrow D_1(y\!\downarrow_2),\, \uparrow D_2(y\!\downarrow_4), \dots\bigr)

    A coarser map of logits is enlarged to the finest one's size, each logit repeated, so that a mean over the
    answer is the mean over the scales. The game's two losses are such means.

    Args:
        judges: the discriminators, the finest first.

    Raises:
        ValueError: none is given, or they do not judge the same channels.
    """

    def __init__(self, judges: Sequence[PatchGAN]) -> None:
        super().__init__()
        if len({(judge.channels, judge.condition) for judge in judges}) != 1:
            given = ", ".join(f"{judge.channels} given {judge.condition}" for judge in judges) or "none"
            raise ValueError(
                f"the discriminators of all scales judge the same channels; got {given}: build each by one "
                "function"
            )
        self.judges = nn.ModuleList(judges)

    def forward(
        self,
        y: Float[Tensor, "batch channels height width"],
        x: Float[Tensor, "batch condition height width"] | None = None,
    ) -> Float[Tensor, "batch scales rows columns"]:
        first = self.judges[0]
        check_images(y, first, channels=first.channels, weight=first.layers[0].bias, name="y")
        step = 2 ** (len(self.judges) - 1)
        if any(side % step for side in y.shape[-2:]):
            raise ValueError(
                f"images of {y.shape[-2]} × {y.shape[-1]} pixels cannot be halved {len(self.judges) - 1} times; "
                f"use sides divisible by {step}, or fewer scales"
            )
        maps: list[Tensor] = []
        for k, judge in enumerate(self.judges):
            if k:
                y, x = avg_pool2d(y, 2), None if x is None else avg_pool2d(x, 2)
            logits = judge(y, x)
            maps.append(logits if not k else interpolate(logits, size=maps[0].shape[-2:], mode="nearest"))
        return torch.cat(maps, dim=1)
