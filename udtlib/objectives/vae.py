r"""The variational autoencoder: codes are Gaussians, and close to the prior one by one [kingma2014].

.. math:: \log p(x) \ge \mathrm{ELBO}(x) = \mathbb{E}_{z \sim q(z \mid x)} \log p(x \mid z)
          - \mathrm{KL}(q(z \mid x) \,\|\, N(0, I))

with :math:`q(z \mid x) = N(\mu(x), \operatorname{diag} \sigma^2(x))` ([kingma2014], eq. 3; [chevalley2020],
eq. 2.10). With D standardised pixels u and the likelihood :math:`p(u \mid z) = N(\mathrm{Dec}(z), s^2 I)`,

.. math:: -\mathrm{ELBO}(u) = \frac{D}{2 s^2}\, \mathbb{E}_q\, \mathrm{MSE} + \mathrm{KL}
          + \frac{D}{2} \log(2 \pi s^2), \qquad \mathrm{MSE} = \tfrac1D \|u - \mathrm{Dec}(z)\|^2

**The weight that a mean hides.** The loss "MSE + KL", with a mean over the D pixels and a sum over the code,
is the ELBO of a likelihood with :math:`s^2 = D/2`: for 784 pixels of variance 1 a noise of variance 392,
under which no image is worth a code, and every :math:`q(z \mid x)` becomes the prior. With :math:`s^2 = 1`
the error weighs 784/2 times as much. So the variance is stated here, and the loss is the same one in the
units of the error,

.. math:: \frac{2 s^2}{D} (-\mathrm{ELBO})
          = \mathbb{E}_q\, \mathrm{MSE} + \frac{2 s^2}{D}\, \mathrm{KL} + \text{const},

which leaves the minimiser and makes a weight beside it mean what it means beside a plain autoencoder.
"""

from __future__ import annotations

import math
from typing import final

import torch
from torch import Tensor

from udtlib.losses.reconstruction import kl_to_standard, reparameterise
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.encoder import Code
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import Clock
from udtlib.objectives.coding import Coded, Coding
from udtlib.types import Float, Points, Terms

__all__ = ["VAECoding"]


@final
class VAECoding(Coding):
    r"""A coding whose codes are drawn from :math:`q(z \mid x)` while it is trained, and its means afterwards.

    Args:
        autoencoder: its encoder gives a :class:`~udtlib.nets.encoder.Code`, as that of
            ``dense_autoencoder(gaussian=True)`` does.
        variance: :math:`s^2` of a standardised pixel under the likelihood.
        isometry_weight: see :class:`~udtlib.objectives.coding.Coding`.

    Raises:
        ValueError: a variance that is not positive, or a negative weight.
    """

    @checked_options()
    def __init__(
        self, autoencoder: Autoencoder, *, variance: float | int = 1.0, isometry_weight: float | int = 0.0
    ) -> None:
        super().__init__(autoencoder, isometry_weight=isometry_weight)
        if not 0 < variance < math.inf:
            raise ValueError(
                f"the likelihood of a pixel needs a positive finite variance, got variance={variance}; "
                "1 is that of the standardised pixels themselves"
            )
        self.variance = variance

    @property
    def judge(self) -> None:
        return None

    def posterior(self, x: Points) -> Code:
        r""":math:`q(z \mid x)`, as its mean and :math:`\log \sigma^2`.

        Raises:
            TypeError: the encoder gives something else.
        """
        code = self.autoencoder.encoder(x)
        if not isinstance(code, Code):
            raise TypeError(
                "a variational coding needs an encoder that gives a mean and a log variance, got "
                f"{type(code).__name__}; build it by dense_autoencoder(gaussian=True)"
            )
        return code

    def encode(self, x: Points) -> Float[Tensor, "batch code"]:
        r"""The mean :math:`\mu(x)`."""
        return self.posterior(x).mean

    def code(self, x: Points) -> Float[Tensor, "batch code"]:
        r""":math:`z \sim q(z \mid x)`."""
        return reparameterise(*self.posterior(x))

    def own_terms(self, x: Points) -> Coded:
        r""":math:`\mathbb{E}_q\, \mathrm{MSE}` by one sample, and :math:`(2 s^2 / D)\, \mathrm{KL}`."""
        mean, log_variance = self.posterior(x)
        z = reparameterise(mean, log_variance)
        D = math.prod(x.shape[1:])
        kl = 2 * self.variance / D * kl_to_standard(mean, log_variance)
        return Coded(z, {"pixels": self.squared_error(z, x), "kl": kl})

    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        return {}

    @torch.no_grad()
    def elbo(self, x: Points) -> Float[Tensor, ""]:
        r"""The bound on the mean of :math:`\log p(u)`, in nats per image, by one sample of each code."""
        D = math.prod(x.shape[1:])
        constant = D / 2 * math.log(2 * math.pi * self.variance)
        return -sum(self.own_terms(x).terms.values()) * D / (2 * self.variance) - constant
