r"""Translation through a latent space: encode with the source's encoder, decode with the target's decoder.

.. math:: T = \mathrm{Dec}_Y \circ B \circ E_X, \qquad S = \mathrm{Dec}_X \circ B^{-1} \circ E_Y

In a *shared* latent space the bridge :math:`B` is the identity [liu2017]; with two latent spaces it translates
codes.
"""

from __future__ import annotations

from typing import final

import torch
from torch import nn

from udtlib.nets.autoencoder import Autoencoder
from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Points


@final
class LatentTranslator(InvertibleTranslator):
    r"""Two autoencoders, joined by shared layers around the code, by a bridge between codes, or by both.

    Nothing but training makes :math:`S` the inverse of :math:`T`; ``exact`` is therefore False.

    Args:
        coder_x: :math:`X`'s own encoder and decoder.
        coder_y: :math:`Y`'s own encoder and decoder.
        shared_end: the last layers of both encoders, one module for both; None shares nothing.
        shared_start: the first layers of both decoders, likewise.
        bridge: :math:`B`, from codes of :math:`X` to codes of :math:`Y`; None where there is one space of codes.
        noise: deviation of the Gaussian noise on codes **while training**: 1 for the encoder
            :math:`q(z \mid x) = N(E(x), I)` of [liu2017, section 3]. In evaluation a code is its mean.
    """

    @checked_options()
    def __init__(
        self,
        coder_x: Autoencoder,
        coder_y: Autoencoder,
        *,
        shared_end: nn.Module | None = None,
        shared_start: nn.Module | None = None,
        bridge: InvertibleTranslator | None = None,
        noise: float | int = 0.0,
    ) -> None:
        super().__init__()
        if not noise >= 0:
            raise ValueError(f"the noise on codes has a deviation of at least 0, got noise={noise}")
        self.coder_x, self.coder_y, self.noise = coder_x, coder_y, noise
        self.shared_end = nn.Identity() if shared_end is None else shared_end
        self.shared_start = nn.Identity() if shared_start is None else shared_start
        self.bridge = bridge

    def forward(self, x: Points) -> Points:
        return self.decode_y(self.cross(self.blur(self.encode_x(x))))

    def inverse(self, y: Points) -> Points:
        return self.decode_x(self.cross_back(self.blur(self.encode_y(y))))

    @property
    def exact(self) -> bool:
        return False

    def encode_x(self, x: Points) -> Points:
        r"""The code's mean :math:`E_X(x)`."""
        return self.shared_end(self.coder_x.encoder(x))

    def encode_y(self, y: Points) -> Points:
        r"""The code's mean :math:`E_Y(y)`."""
        return self.shared_end(self.coder_y.encoder(y))

    def decode_x(self, z: Points) -> Points:
        r""":math:`\mathrm{Dec}_X(z)`."""
        return self.coder_x.decoder(self.shared_start(z))

    def decode_y(self, z: Points) -> Points:
        r""":math:`\mathrm{Dec}_Y(z)`."""
        return self.coder_y.decoder(self.shared_start(z))

    def blur(self, z: Points) -> Points:
        r"""A sample of :math:`N(z, \text{noise}^2 I)` while training, and :math:`z` itself in evaluation."""
        return z + self.noise * torch.randn_like(z) if self.training and self.noise else z

    def cross(self, z: Points) -> Points:
        """The code of X as a code of Y."""
        return z if self.bridge is None else self.bridge(z)

    def cross_back(self, z: Points) -> Points:
        """The code of Y as a code of X."""
        return z if self.bridge is None else self.bridge.inverse(z)
