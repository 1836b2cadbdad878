r"""Translators with noise: :math:`T(x, z)` is a different translation of the same :math:`x` for each :math:`z`."""

from __future__ import annotations

from abc import abstractmethod
from typing import final

import torch
from torch import Tensor, nn

from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import ConditionalTranslator, Translator
from udtlib.types import Float, Points


class StochasticTranslator(ConditionalTranslator):
    r"""A family of translators :math:`T(\cdot, z)` indexed by codes :math:`z \sim N(0, I)`."""

    @property
    @abstractmethod
    def latent(self) -> int:
        """Entries of a code."""

    def draw(self, x: Points, *, generator: torch.Generator | None = None) -> Float[Tensor, "batch latent"]:
        """One code of the prior for each sample; ``generator`` lives on the CPU."""
        if generator is None:
            return torch.randn(len(x), self.latent, device=x.device, dtype=x.dtype)
        return torch.randn(len(x), self.latent, generator=generator).to(x)


@final
class StochasticDirect(StochasticTranslator):
    r"""The translator :math:`T(x, z) = \mathrm{net}(x, z)`.

    Args:
        net: a network of an image and a code, such as :class:`~udtlib.nets.unet.UNet`.
        latent: entries of the code.
    """

    @checked_options(least=1)
    def __init__(self, net: nn.Module, *, latent: int) -> None:
        super().__init__()
        if latent < 1:
            raise ValueError(
                f"a code needs at least one entry, got latent={latent}; without noise use Direct"
            )
        self.net = net
        self._latent = latent

    @property
    def latent(self) -> int:
        return self._latent

    def forward(self, x: Points, c: Tensor) -> Points:
        return self.net(x, c)


@final
class Sampling(Translator):
    r"""The translator that draws its own noise: :math:`x \mapsto T(x, z)` with a fresh :math:`z` on every call."""

    @checked_options()
    def __init__(self, family: StochasticTranslator) -> None:
        super().__init__()
        self.family = family

    def forward(self, x: Points) -> Points:
        return self.family(x, self.family.draw(x))
