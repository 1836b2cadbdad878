r"""A net that says by how much to change its input: :math:`x \mapsto x + r(x)`.

What it starts from is the identity, up to the net's first output: for a translator the most modest map of all.
The choice is an inductive bias of the net, whatever it is trained on.
"""

from __future__ import annotations

from typing import final

from torch import nn

from udtlib.numerics.signatures import checked_options
from udtlib.types import Float, Tensor


@final
class Displacement(nn.Module):
    """The input, and the net's answer added to it.

    The sum of an image and a net's answer in [-1, 1] may leave [-1, 1]. It is not cut off here, since where it is
    cut off no gradient would pass; a discriminator that knows images soon forbids it.

    Args:
        net: from samples to changes of the same shape.
    """

    @checked_options()
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Float[Tensor, "batch *shape"]) -> Float[Tensor, "batch *shape"]:
        change = self.net(x)
        if change.shape != x.shape:
            raise ValueError(
                f"the net answers samples of shape {tuple(x.shape[1:])} with changes of shape "
                f"{tuple(change.shape[1:])}; only what has the same shape can be added"
            )
        return x + change
