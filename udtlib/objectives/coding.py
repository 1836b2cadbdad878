r"""Codings: one domain's autoencoder with what keeps its codes in order.

.. math:: \mathcal{L}(x; \theta) = \mathbb{E}_x\, c(x, \mathrm{Dec}(z))
          + \text{what the codes have to be like}, \qquad z \text{ the code of } x

A plain autoencoder asks nothing of its codes, a variational one that each is a cloud near the prior
:math:`N(0, I)`, a Wasserstein one that all of them together are distributed like it. Two codings make the
game of :mod:`udtlib.objectives.gromov_latent` ([chevalley2020], eq. 3.1).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

from torch import Tensor, nn

from udtlib.losses.isometry import local_isometry
from udtlib.losses.reconstruction import l2
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.dense_autoencoder import DenseDecoder
from udtlib.nets.encoder import Code
from udtlib.objectives.base import Clock
from udtlib.types import Float, Points, Terms

__all__ = ["Coded", "Coding"]


class Coded(NamedTuple):
    """The codes of a batch, as training uses them, and what they cost."""

    z: Float[Tensor, "batch code"]
    terms: Terms


class Coding(nn.Module, ABC):
    r"""One domain's autoencoder and its loss :math:`\mathcal{L}(x; \theta)`.

    Args:
        autoencoder: its decoder gives standardised pixels, as ``dense_autoencoder`` makes it.
        isometry_weight: weight of the decoder's :func:`~udtlib.losses.isometry.local_isometry`; 0 leaves it
            out.

    Raises:
        TypeError: the decoder gives no standardised pixels.
        ValueError: a negative weight.
    """

    @abstractmethod
    def __init__(self, autoencoder: Autoencoder, *, isometry_weight: float | int) -> None:
        super().__init__()
        if not isinstance(autoencoder.decoder, DenseDecoder):
            raise TypeError(
                "the squared error is taken of standardised pixels, and "
                f"{type(autoencoder.decoder).__name__} gives none; use a DenseDecoder, as "
                "dense_autoencoder does"
            )
        if not isometry_weight >= 0:
            raise ValueError(f"a weight must not be negative, got isometry_weight={isometry_weight}")
        self.autoencoder, self.isometry_weight = autoencoder, isometry_weight

    @property
    @abstractmethod
    def judge(self) -> nn.Module | None:
        """Whoever judges the codes and is trained by a player of its own, or None."""

    @abstractmethod
    def encode(self, x: Points) -> Float[Tensor, "batch code"]:
        """The codes to use after training: the same for the same image, always."""

    @abstractmethod
    def code(self, x: Points) -> Float[Tensor, "batch code"]:
        """The codes that training uses: where codes are distributions, a sample of each."""

    @abstractmethod
    def own_terms(self, x: Points) -> Coded:
        """The codes and what this kind of coding minimises."""

    @abstractmethod
    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        """What the judge minimises, without training the encoder; empty where nobody judges."""

    def decode(self, z: Float[Tensor, "batch code"]) -> Points:
        """Images of the domain; about [-1, 1], and not clamped to it."""
        return self.autoencoder.decoder(z)

    def point(self, x: Points) -> Float[Tensor, "batch code"]:
        """The encoder's answer, where that is a code.

        Raises:
            TypeError: it is a Gaussian over codes.
        """
        z = self.autoencoder.encoder(x)
        if isinstance(z, Code):
            raise TypeError(
                f"{type(self).__name__} needs an encoder that gives a code, got one that gives a Gaussian "
                "over codes; use a VAECoding, or dense_autoencoder(gaussian=False)"
            )
        return z

    def terms(self, x: Points, clock: Clock) -> Coded:
        r"""The codes and the terms of :math:`\mathcal{L}(x; \theta)`."""
        z, terms = self.own_terms(x)
        if self.isometry_weight:
            terms = terms | {"isometry": self.isometry_weight * local_isometry(self.decode, z)}
        return Coded(z, terms)

    def squared_error(self, z: Float[Tensor, "batch code"], x: Points) -> Float[Tensor, ""]:
        r"""The mean over images and pixels of :math:`(\hat u - u)^2`, in standardised pixels.

        It is the share of the pixels' variance that is not drawn again.
        """
        decoder = self.autoencoder.decoder
        return l2(decoder.standardised(z), decoder.standardise(x))
