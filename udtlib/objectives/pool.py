r"""A memory of earlier translations for a discriminator [shrivastava2017, section 2.3]."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.types import Points


@final
class SamplePool(nn.Module):
    r"""Shows a discriminator what the translator made lately, not only what it makes now.

    Until ``size`` samples are kept, every sample is kept and shown. From then on each new one is shown as it is
    with probability 1/2; else a kept one, drawn at random, is shown and the new one takes its place
    [zhu2017cycle, section 4]. What is kept belongs to the module's state, so that a resumed run goes on exactly.

    Args:
        size: how many samples to keep; 0 shows what comes in.
    """

    @checked_options()
    def __init__(self, size: int) -> None:
        super().__init__()
        if size < 0:
            raise ValueError(f"a pool keeps 0 or more samples, got size={size}")
        self.size = size
        self.kept: Tensor | None = None

    def forward(self, made: Points) -> Points:
        if not self.size or not len(made):
            return made
        shown = []
        for sample in made.detach():
            count = 0 if self.kept is None else len(self.kept)
            if count < self.size:
                # A copy: what is kept is written to later, and must not be the caller's memory.
                own = sample[None].clone()
                self.kept = own if self.kept is None else torch.cat([self.kept, own])
                shown.append(sample)
            elif torch.rand(()) < 0.5:
                shown.append(sample)
            else:
                place = int(torch.randint(self.size, ()))
                shown.append(self.kept[place].clone())
                self.kept[place] = sample
        return torch.stack(shown)

    def get_extra_state(self) -> Tensor:
        """What is kept, for ``state_dict``; empty at the start."""
        return torch.empty(0) if self.kept is None else self.kept

    def set_extra_state(self, state: Tensor) -> None:
        """Keep what a checkpoint kept."""
        if state.ndim < 1 or not state.is_floating_point() or len(state) > self.size:
            raise ValueError(
                f"the pool keeps up to {self.size} samples of real numbers, got {state.dtype} {tuple(state.shape)}"
            )
        self.kept = state.clone() if len(state) else None

    def _apply(self, fn, recurse: bool = True) -> SamplePool:
        # The kept samples follow the module from device to device, although they are no buffer of a fixed shape.
        super()._apply(fn, recurse)
        self.kept = None if self.kept is None else fn(self.kept)
        return self
