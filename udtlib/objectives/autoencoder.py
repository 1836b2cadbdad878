r"""The plain autoencoder: a code from which the image can be drawn again.

It comes with two losses. :class:`Reconstruction` is an objective of its own,

.. math:: \min_{E, \mathrm{Dec}} \; -\mathbb{E}_x \sum_i \left[ \tfrac{1 + x_i}{2} \log \sigma(\ell_i)
          + \tfrac{1 - x_i}{2} \log(1 - \sigma(\ell_i)) \right], \qquad \ell = \text{logits of } \mathrm{Dec}(E(x))

The cross-entropy of two-valued pixels, summed over an image [kingma2014, appendix C.1]. Both domains of the
pair are coded by the same nets, as [debezenac2019, section 2.3] has it: translation then moves codes.
:class:`SharedCoding` does so with any coding's own loss.

:class:`PlainCoding` is one domain's side of a game of two ([chevalley2020], section 3.1), with the mean
squared error over pixels in units of their deviation,

.. math:: \min_{E, \mathrm{Dec}} \; \mathbb{E}_x\, \tfrac1D \|u - \mathrm{Dec}(E(x))\|^2,
          \qquad u = (x - m) / s
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.vector_autoencoder import PixelDecoder
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.coding import Coded, Coding
from udtlib.types import Batch, Float, Points, Terms

__all__ = ["PlainCoding", "Reconstruction", "SharedCoding"]

#: The step size shapes the code as well: twice as large, it draws as sharply, but the distances between codes say
#: less of what an image shows.
STEP = AdamConfig(rate=1e-3, betas=(0.9, 0.99))


@final
class Reconstruction(Objective):
    r"""One player: an encoder and a decoder for the images of both domains.

    Args:
        autoencoder: its decoder gives logits.
        optimiser: Adam's settings.

    Raises:
        TypeError: the decoder gives no logits.
    """

    @checked_options()
    def __init__(self, autoencoder: Autoencoder, *, optimiser: AdamConfig = STEP) -> None:
        super().__init__()
        if not isinstance(autoencoder.decoder, PixelDecoder):
            raise TypeError(
                f"the cross-entropy of pixels needs logits, and {type(autoencoder.decoder).__name__} gives none; "
                "use a PixelDecoder, as vector_autoencoder does"
            )
        self.autoencoder, self.optimiser = autoencoder, optimiser

    def players(self) -> dict[str, Player]:
        return {
            "autoencoder": Player(module=self.autoencoder, loss=self.pixel_loss, optimiser=self.optimiser)
        }

    def pixel_loss(self, batch: Batch, clock: Clock) -> Terms:
        r"""The cross-entropy of every pixel, summed over an image, averaged over the images of both domains."""
        x = torch.cat([batch.x, batch.y])
        logits = self.autoencoder.decoder.logits(self.autoencoder.encoder(x))
        entropy = binary_cross_entropy_with_logits(logits, (1 + x) / 2, reduction="none")
        return {"pixels": entropy.flatten(1).sum(1).mean()}


@final
class PlainCoding(Coding):
    r"""A coding that asks nothing of its codes.

    Args:
        autoencoder: its encoder gives codes.
        isometry_weight: see :class:`~udtlib.objectives.coding.Coding`.
    """

    @checked_options()
    def __init__(self, autoencoder: Autoencoder, *, isometry_weight: float | int = 0.0) -> None:
        super().__init__(autoencoder, isometry_weight=isometry_weight)

    @property
    def judge(self) -> None:
        return None

    def encode(self, x: Points) -> Float[Tensor, "batch code"]:
        return self.point(x)

    def code(self, x: Points) -> Float[Tensor, "batch code"]:
        """The same as :meth:`encode`."""
        return self.encode(x)

    def own_terms(self, x: Points) -> Coded:
        z = self.encode(x)
        return Coded(z, {"pixels": self.squared_error(z, x)})

    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        return {}


@final
class SharedCoding(Objective):
    r"""One player: a coding, with its own loss, for the images of both domains.

    Args:
        coding: one that nobody judges.
        optimiser: Adam's settings.

    Raises:
        ValueError: the coding has a judge, which would be a second player.
    """

    @checked_options()
    def __init__(self, coding: Coding, *, optimiser: AdamConfig = STEP) -> None:
        super().__init__()
        if coding.judge is not None:
            raise ValueError(
                f"{type(coding).__name__} has a judge of codes, which is a player of its own; use GromovLatent, "
                "or a coding without a judge"
            )
        self.coding, self.optimiser = coding, optimiser

    def players(self) -> dict[str, Player]:
        return {
            "autoencoder": Player(
                module=self.coding.autoencoder, loss=self.coding_loss, optimiser=self.optimiser
            )
        }

    def coding_loss(self, batch: Batch, clock: Clock) -> Terms:
        r""":math:`\mathcal{L}(x; \theta)` of the images of both domains."""
        return self.coding.terms(torch.cat([batch.x, batch.y]), clock).terms
