r"""Two flows into one latent space: a translator whose cycle is exact by construction [grover2020].

.. math:: T = F_Y^{-1} \circ F_X, \qquad S = F_X^{-1} \circ F_Y = T^{-1}
"""

from __future__ import annotations

import math
from typing import final

from udtlib.nets.invertible import InvertibleLayer
from udtlib.numerics.signatures import checked_options
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float, Points, Tensor


@final
class SharedLatentFlow(InvertibleTranslator):
    r"""The translator :math:`T = F_Y^{-1} \circ F_X` of two invertible nets [grover2020, section 3].

    Each flow gives its domain a density: that of the samples which it sends to :math:`N(0, I)`,

    .. math:: \log p_X(x) = \log N(F_X(x);\, 0, I) + \log|\det \partial F_X(x)|.

    Args:
        flow_x: :math:`F_X`, from the source to the latent space.
        flow_y: :math:`F_Y`, from the target to the latent space.
    """

    @checked_options()
    def __init__(self, flow_x: InvertibleLayer, flow_y: InvertibleLayer) -> None:
        super().__init__()
        self.flow_x, self.flow_y = flow_x, flow_y

    def forward(self, x: Points) -> Points:
        return self.flow_y.inverse(self.flow_x(x).z)

    def inverse(self, y: Points) -> Points:
        return self.flow_x.inverse(self.flow_y(y).z)

    @property
    def exact(self) -> bool:
        return True

    def log_likelihood_x(self, x: Points) -> Float[Tensor, "batch"]:
        r""":math:`\log p_X(x)` in nats, for every sample."""
        return log_likelihood(self.flow_x, x)

    def log_likelihood_y(self, y: Points) -> Float[Tensor, "batch"]:
        r""":math:`\log p_Y(y)` in nats, for every sample."""
        return log_likelihood(self.flow_y, y)


def log_likelihood(flow: InvertibleLayer, x: Points) -> Float[Tensor, "batch"]:
    r"""The change of variables: the density that a flow to :math:`N(0, I)` gives its samples, in nats.

    .. math:: \log p(x) = -\tfrac12 \|F(x)\|^2 - \tfrac{d}{2} \log 2\pi + \log|\det \partial F(x)|

    [dinh2017, equation 3], with :math:`d` entries in a sample.
    """
    z, log_det = flow(x)
    z = z.flatten(1)
    return log_det - 0.5 * z.square().sum(1) - 0.5 * z.shape[1] * math.log(2 * math.pi)
