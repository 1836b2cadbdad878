r"""Translation of codes: encode, translate the code, decode [debezenac2019, section 2.3].

.. math:: T_\text{image} = \mathrm{Dec} \circ T \circ E

Coordinates of codes are chosen once: moved to mean zero, divided by one number, and turned by an orthogonal
matrix. All three leave the shape of the set of codes as it is, so that distances are those of the encoder up
to one factor.
"""

from __future__ import annotations

from typing import final

import torch
from torch import nn

from udtlib.nets.autoencoder import Autoencoder
from udtlib.numerics.gaussian import check_orthogonal
from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import FlowTranslator, InvertibleTranslator
from udtlib.types import Float, Points, Tensor

__all__ = ["LatentFlow", "LatentSpace"]


@final
class LatentSpace(nn.Module):
    r"""A pretrained encoder and decoder, frozen, with coordinates of codes.

    .. math:: \text{encode}(x) = Q^\top (E(x) - m) / s, \qquad \text{decode}(z) = \mathrm{Dec}(s\,Q z + m)

    Args:
        autoencoder: it is set to evaluation and frozen, in place; training a flow of codes leaves it so.
        images: what mean and scale are taken from; afterwards a coordinate has mean square one on average.
        basis: :math:`Q`, orthogonal, ``(code, code)``; None for the identity.
        chunk: images that are coded at a time.

    Raises:
        ValueError: the basis is not orthogonal.
    """

    @checked_options(least=1)
    def __init__(
        self, autoencoder: Autoencoder, images: Points, *, basis: Tensor | None = None, chunk: int = 500
    ) -> None:
        super().__init__()
        self.autoencoder, self.chunk = autoencoder.eval().requires_grad_(False), chunk
        with torch.no_grad():
            codes = self.by_chunks(autoencoder.encoder, images)
        self.register_buffer("mean", codes.mean(0))
        self.register_buffer("scale", (codes - codes.mean(0)).square().mean().sqrt())
        Q = torch.eye(codes.shape[1]) if basis is None else basis
        check_orthogonal(Q.cpu().double())
        self.register_buffer("basis", Q.to(codes))

    def turned(self, basis: Float[Tensor, "code code"]) -> LatentSpace:
        """The same space with the columns of a matrix as axes; their coordinates are those of this space."""
        check_orthogonal(basis.cpu().double())
        other = LatentSpace.__new__(LatentSpace)
        nn.Module.__init__(other)
        other.autoencoder, other.chunk = self.autoencoder, self.chunk
        other.register_buffer("mean", self.mean)
        other.register_buffer("scale", self.scale)
        other.register_buffer("basis", self.basis @ basis.to(self.basis))
        return other

    def train(self, mode: bool = True) -> LatentSpace:
        """Evaluation in any case: batch statistics would make an image's code depend on its batch."""
        super().train(mode)
        self.autoencoder.eval()
        return self

    def encode(self, x: Points) -> Float[Tensor, "batch code"]:
        """Codes of images."""
        return (self.by_chunks(self.autoencoder.encoder, x) - self.mean) @ self.basis / self.scale

    def decode(self, z: Float[Tensor, "batch code"]) -> Points:
        """Points of codes."""
        return self.by_chunks(self.autoencoder.decoder, self.scale * z @ self.basis.T + self.mean)

    def by_chunks(self, net: nn.Module, batch: Tensor) -> Tensor:
        """The net's answers, a few samples at a time to save memory."""
        return torch.cat([net(part) for part in batch.split(self.chunk)])


@final
class LatentFlow(InvertibleTranslator):
    r"""A flow of codes as a translator of images.

    It is no flow of images: its way begins at what the autoencoder makes of an image, and not at the image.

    Args:
        flow: :math:`T`, in the coordinates of the space.
        space: encoder and decoder.
    """

    @checked_options()
    def __init__(self, flow: FlowTranslator, space: LatentSpace) -> None:
        super().__init__()
        self.flow, self.space = flow, space

    @property
    def exact(self) -> bool:
        """False: an autoencoder loses a little of every image, however exact the flow is."""
        return False

    def forward(self, x: Points) -> Points:
        return self.space.decode(self.flow(self.space.encode(x)))

    def inverse(self, y: Points) -> Points:
        return self.space.decode(self.flow.inverse(self.space.encode(y)))

    def decoded_way(self, x: Points, *, times: Float[Tensor, "time"]) -> Float[Tensor, "time batch ..."]:
        r"""The codes' positions at these times, decoded: from :math:`\mathrm{Dec}(E(x))` to the translation."""
        path = self.flow.trajectory(self.space.encode(x), times=times)
        return self.space.decode(path.flatten(0, 1)).unflatten(0, path.shape[:2])
