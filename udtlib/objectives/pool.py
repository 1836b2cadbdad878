r"""A memory of earlier translations for a discriminator [shrivastava2017, section 2.3]."""

from __future__ import annotations

from typing import NamedTuple, final

import torch
from torch import Tensor

from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import DrawsAhead
from udtlib.types import Points


class Exchange(NamedTuple):
    """What happens to each sample of a batch, as tensors of whole numbers, one entry a sample."""

    #: the place whose sample is shown instead, or anything where none is
    place: Tensor
    #: the sample of the batch that is shown, where it is one of the batch
    shown: Tensor
    #: whether what is shown had been kept before this batch
    old: Tensor
    #: the place that the sample takes, or one beyond the last where it is not kept
    taken: Tensor


@final
class SamplePool(DrawsAhead):
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
        # One more place than are kept, for what is not: so that all samples of a batch are written at once.
        self._places: Tensor | None = None
        self._count = 0
        self._ahead: Exchange | None = None
        self._spent = False

    @property
    def kept(self) -> Tensor | None:
        """What is kept, in the order of the places; None at the start."""
        return None if self._places is None or not self._count else self._places[: self._count]

    def forward(self, made: Points) -> Points:
        if not self.size or not len(made):
            return made
        made = made.detach()
        exchange = self.exchange(made) if self._ahead is None else self.spend(made)
        places = self.places(made)
        column = (-1, *[1] * (made.ndim - 1))
        shown = torch.where(
            exchange.old.view(column),
            places.index_select(0, exchange.place),
            made.index_select(0, exchange.shown),
        )
        places.index_copy_(0, exchange.taken, made)
        return shown

    def spend(self, made: Points) -> Exchange:
        """What was drawn ahead, once.

        Raises:
            RuntimeError: it was for other samples, or was used already.
        """
        if self._spent or len(self._ahead.place) != len(made):
            raise RuntimeError(
                f"the pool drew ahead for one batch of {len(self._ahead.place)} samples, and was shown "
                f"{'another one' if self._spent else f'{len(made)} samples'}; train with graph=Never()"
            )
        self._spent = True
        return self._ahead

    def places(self, made: Tensor) -> Tensor:
        """The memory of the kept samples, which begins with the first of them."""
        if self._places is None:
            self._places = made.new_zeros(self.size + 1, *made.shape[1:])
        return self._places

    def exchange(self, made: Tensor) -> Exchange:
        """Draw what happens to each sample, one after the other."""
        place, shown, old, taken = [], [], [], []
        # Where a place holds a sample of this batch: which.
        holds: dict[int, int] = {}
        for k in range(len(made)):
            free = self._count < self.size
            if free or torch.rand(()) < 0.5:
                at, mine = self._count, k
            else:
                at = int(torch.randint(self.size, ()))
                mine = holds.get(at, -1)
            place.append(at)
            shown.append(max(mine, 0))
            old.append(mine < 0)
            if free or mine != k:
                # A later sample in the same place overwrites: only the last may write there.
                if at in holds:
                    taken[holds[at]] = self.size
                holds[at] = k
                taken.append(at)
                self._count += free
            else:
                taken.append(self.size)
        whole = (torch.tensor(each, device=made.device) for each in (place, shown, old, taken))
        return Exchange(*whole)

    def draw_ahead(self, like: Tensor) -> None:
        """Draw for a batch of as many samples, into memory that stays where it is."""
        if not self.size or not len(like):
            return
        drawn = self.exchange(like)
        if self._ahead is None or len(self._ahead.place) != len(like):
            self._ahead = drawn
        else:
            for there, new in zip(self._ahead, drawn, strict=True):
                there.copy_(new)
        self._spent = False

    def draw_anew(self) -> None:
        self._ahead = None

    def get_extra_state(self) -> Tensor:
        """What is kept, for ``state_dict``; empty at the start."""
        return torch.empty(0) if self.kept is None else self.kept.clone()

    def set_extra_state(self, state: Tensor) -> None:
        """Keep what a checkpoint kept."""
        if state.ndim < 1 or not state.is_floating_point() or len(state) > self.size:
            raise ValueError(
                f"the pool keeps up to {self.size} samples of real numbers, got {state.dtype} {tuple(state.shape)}"
            )
        self._places, self._count = None, len(state)
        if len(state):
            self.places(state)[: len(state)] = state

    def _apply(self, fn, recurse: bool = True) -> SamplePool:
        # The kept samples follow the module from device to device, although they are no buffer of a fixed shape.
        super()._apply(fn, recurse)
        self._places = None if self._places is None else fn(self._places)
        return self
