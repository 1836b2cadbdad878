r"""Bridges between two latent spaces: the map from one space of codes to another that a latent translator crosses.

Codes of different autoencoders come in their own units. A frame takes them out:
:math:`\tilde z = (z - m) / s` with the mean and the mean distance of the training codes.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from udtlib.translators.affine import Affine
from udtlib.transport.procrustes import RigidMap
from udtlib.types import Float, Tensor

__all__ = ["Frame", "rigid_bridge"]

#: Codes whose distances a frame's unit is the mean of.
COUNT = 2_000


class Frame(NamedTuple):
    r"""The origin and the unit of a space of codes.

    Args:
        mean: :math:`m`, ``(d,)``.
        scale: :math:`s`, the mean distance between two codes.
    """

    mean: Float[Tensor, "d"]
    scale: float

    @classmethod
    def of(cls, z: Float[Tensor, "n d"]) -> Frame:
        """The frame of training codes; their order must not mean anything, since distances are taken of some.

        Raises:
            ValueError: fewer than two codes, or codes that have collapsed to a point.
        """
        if len(z) < 2:
            raise ValueError(f"a frame needs the distance of at least two codes, got {len(z)}")
        scale = float(torch.pdist(z[:COUNT].double()).mean())
        if not scale > 0:
            raise ValueError(f"the mean distance between codes is {scale:g}: they have collapsed to a point")
        return cls(z.mean(dim=0), scale)

    def enter(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        r""":math:`(z - m) / s`."""
        return (z - self.mean) / self.scale

    def leave(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        r""":math:`m + s z`."""
        return self.mean + self.scale * z


def rigid_bridge(source: Frame, target: Frame, found: RigidMap) -> Affine:
    r"""The rotation between two frames, as a map between codes in their own units.

    .. math:: z \mapsto m_Y + s_Y \left( \frac{z - m_X}{s_X} Q + t \right)

    Args:
        source: the frame of the source's codes.
        target: the frame of the target's codes.
        found: :math:`Q` and the shift :math:`t`, between codes in their frames.
    """
    matrix = target.scale / source.scale * found.rotation.T.double()
    shift = target.leave(found.shift[None])[0].double() - matrix @ source.mean.double()
    return Affine(matrix, shift)
