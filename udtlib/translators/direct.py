r"""Translators that are a network and nothing else: :math:`T(x) = \mathrm{net}(x)`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import ConditionalTranslator, Translator
from udtlib.types import Points


class Direct(Translator):
    r"""The translator :math:`T(x) = \mathrm{net}(x)`; with noise as its source, a GAN's generator."""

    @checked_options()
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Points) -> Points:
        return self.net(x)


class ConditionalDirect(ConditionalTranslator):
    r"""The conditional translator :math:`T(x \mid c) = \mathrm{net}(x \oplus \mathrm{onehot}(c))`.

    The class is appended to the input as a one-hot vector [mirza2014, section 3.2].

    Args:
        net: a network on vectors of ``dimension + classes`` entries.
        classes: how many classes there are.
    """

    @checked_options(least=1)
    def __init__(self, net: nn.Module, *, classes: int) -> None:
        super().__init__()
        self.net = net
        self.classes = classes

    def forward(self, x: Points, c: Tensor) -> Points:
        onehot = nn.functional.one_hot(c, self.classes).to(x.dtype)
        return self.net(torch.cat([x, onehot], dim=1))
