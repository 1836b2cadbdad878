"""Features of an image's patches: a net's own maps, and small heads that make them comparable [park2020]."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Int

__all__ = ["FeatureNet", "PatchHeads", "drawn_places"]


class FeatureNet(nn.Module, ABC):
    """An image net whose first half describes patches: each place of a map sees a patch of the image."""

    @abstractmethod
    def features(self, x: Float[Tensor, "batch channels height width"]) -> list[Tensor]:
        """The described maps of the image, the finest first."""

    @property
    @abstractmethod
    def channels(self) -> list[int]:
        """How many channels each of them has."""


@final
class PatchHeads(nn.Module):
    r"""For each map a small net, applied place by place, whose answers have length one.

    .. math:: h_l(v) = \frac{\mathrm{MLP}_l(v)}{\|\mathrm{MLP}_l(v)\|}

    Two layers each, as in [park2020, section 3].

    Args:
        channels: of each map, such as a :class:`FeatureNet`'s ``channels``.
        width: entries of an answer, and of the hidden layer.

    Raises:
        ValueError: no map, or a size below one.
    """

    @checked_options()
    def __init__(self, channels: Sequence[int], *, width: int = 64) -> None:
        super().__init__()
        if not channels or min(*channels, width) < 1:
            raise ValueError(
                f"heads need at least one map and sizes of at least 1, got channels={list(channels)}, "
                f"width={width}; pass the channels of a FeatureNet"
            )
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(each, width), nn.ReLU(), nn.Linear(width, width)) for each in channels
        )

    def forward(
        self, maps: Sequence[Tensor], places: Sequence[Int[Tensor, "_"]]
    ) -> list[Float[Tensor, "_ _ _"]]:
        """Every map's answers at its places, which count row by row: (batch, place, feature).

        Raises:
            ValueError: not one map and one list of places for each head.
        """
        if not len(maps) == len(places) == len(self.heads):
            raise ValueError(
                f"{len(self.heads)} heads take as many maps and lists of places, got {len(maps)} and {len(places)}"
            )
        return [
            normalize(head(each.flatten(2)[:, :, at].transpose(1, 2)), dim=-1)
            for head, each, at in zip(self.heads, maps, places, strict=True)
        ]


@checked_options(least=1)
def drawn_places(maps: Sequence[Tensor], *, count: int) -> list[Int[Tensor, "_"]]:
    """At most ``count`` different places of each map, the same for all images of the batch."""
    return [torch.randperm(each.shape[-2] * each.shape[-1], device=each.device)[:count] for each in maps]
