"""The average of a run's weights over its last rounds: steadier than the weights of any one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import final

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

__all__ = ["WeightAverage"]

#: Early on the average reaches back over a share of the run only, so that it forgets the untrained weights.
WARM_UP = 50


@final
class WeightAverage:
    r"""A running average of a module's trained parameters.

    .. math::

        \bar\theta_t = m_t\,\bar\theta_{t-1} + (1 - m_t)\,\theta_t,
        \qquad m_t = \min\Bigl(m, \frac{t}{t + 50}\Bigr)

    In a game the players circle around each other, and the middle of the circle is nearer to what they aim at
    than the place where a run happens to stop [yazici2019]. Buffers, such as running statistics, are those of the
    last round.

    Args:
        module: what is trained; its parameters are copied as they are now.
        decay: :math:`m`, at least 0 and below 1; the average reaches back over about :math:`1 / (1 - m)` rounds.

    Raises:
        ValueError: the decay is none.
    """

    def __init__(self, module: nn.Module, decay: float | int) -> None:
        check_decay(decay)
        self.decay = float(decay)
        self.trained = {name: p for name, p in module.named_parameters() if p.requires_grad}
        self.weights = {name: p.detach().clone() for name, p in self.trained.items()}

    @torch.no_grad()
    def follow(self, round: int) -> None:
        """Take in the parameters as they are after this round, counted from 1."""
        decay = min(self.decay, round / (round + WARM_UP))
        # One call for all of them: a call for each costs a small net's step a tenth of its time.
        get_ema_multi_avg_fn(decay)([*self.weights.values()], [*self.trained.values()], round)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """The module with its average weights for a while."""
        self.exchange()
        try:
            yield
        finally:
            self.exchange()

    @torch.no_grad()
    def exchange(self) -> None:
        """Put the averages where the last weights are, and those where the averages were; twice is nothing."""
        for name, parameter in self.trained.items():
            last = parameter.detach().clone()
            parameter.copy_(self.weights[name])
            self.weights[name].copy_(last)

    def state(self) -> dict[str, Tensor]:
        """The averages by the parameters' names."""
        return dict(self.weights)

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Go on with averages that :meth:`state` gave.

        Raises:
            ValueError: they are of other parameters.
        """
        if {k: tuple(v.shape) for k, v in state.items()} != {
            k: tuple(v.shape) for k, v in self.weights.items()
        }:
            raise ValueError(
                f"the averages are of other parameters ({len(state)} of them, expected {len(self.weights)} of the "
                "same shapes)"
            )
        for name, value in state.items():
            self.weights[name].copy_(value)


def check_decay(decay: float | int) -> None:
    """Refuse what is no decay of an average.

    Raises:
        ValueError: it is not in [0, 1).
    """
    if not 0 <= decay < 1:
        raise ValueError(f"an average's decay lies in [0, 1), got {decay}; use 0.999 for about 1,000 rounds")
