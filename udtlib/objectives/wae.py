r"""The Wasserstein autoencoder: codes are points, all together distributed like the prior [tolstikhin2018].

For any ground cost c and a decoder that gives one image for a code, the optimal transport cost between the
data and what is drawn from the prior is

.. math:: \inf_{\pi \in \Pi(\alpha, \mathrm{Dec}_\# p)} \mathbb{E}_\pi\, c(x, \hat x)
    = \inf_{q \,:\, \mathbb{E}_x q(z \mid x) = p} \mathbb{E}_x
      \mathbb{E}_{q(z \mid x)}\, c(x, \mathrm{Dec}(z))

([tolstikhin2018], theorem 1): encoders whose codes have the prior's distribution take the place of
couplings. The constraint becomes a penalty,

.. math:: \min_{E, \mathrm{Dec}} \; \mathbb{E}_x\, c(x, \mathrm{Dec}(E(x)))
          + \lambda\, \mathcal{D}(E_\#\alpha, p), \qquad p = N(0, I)

([tolstikhin2018], eq. 4; [chevalley2020], eq. 2.11). The start is a transport cost with whatever c, and not
the distance :math:`W_1`, which is the case :math:`c(x, y) = \|x - y\|`; here c is the mean squared error of
standardised pixels, so that the cost is :math:`W_2^2` up to a factor.

Two divergences :math:`\mathcal{D}` are offered, the MMD (WAE-MMD) and a discriminator's (WAE-GAN). The weight
:math:`\lambda` belongs to the units of c: beside a *sum* of squared errors over 784 pixels it would be 784 times
as large.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import final

import torch
from torch import Tensor, nn

from udtlib.losses import adversarial
from udtlib.losses.mmd import squared_mmd_of_kernel
from udtlib.nets.autoencoder import Autoencoder
from udtlib.numerics.kernels import inverse_multiquadric_kernel
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.base import Clock
from udtlib.objectives.coding import Coded, Coding
from udtlib.types import Float, Points, Terms

__all__ = ["AdversarialPenalty", "MMDPenalty", "Penalty", "WAECoding"]


class Penalty(nn.Module, ABC):
    r""":math:`\lambda\, \mathcal{D}(E_\#\alpha, p)`, from the codes of a batch.

    Args:
        weight: :math:`\lambda`.

    Raises:
        ValueError: a weight that is not positive.
    """

    @abstractmethod
    def __init__(self, *, weight: float | int) -> None:
        super().__init__()
        if not weight > 0:
            raise ValueError(
                f"the weight of a penalty is positive, got weight={weight}; without one, use a PlainCoding"
            )
        self.weight = weight

    @property
    @abstractmethod
    def judge(self) -> nn.Module | None:
        """Whoever learns the divergence, or None where it has a formula."""

    @abstractmethod
    def forward(self, z: Float[Tensor, "batch code"]) -> Terms:
        """The encoder's term."""

    @abstractmethod
    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        """What the judge minimises; no terms where there is none."""


@final
class MMDPenalty(Penalty):
    r"""The squared MMD to the prior, without bias, with inverse multiquadrics.

    .. math:: \frac{\lambda}{n (n - 1)} \sum_{i \ne j} \bigl[k(z_i, z_j) + k(\tilde z_i, \tilde z_j)\bigr]
        - \frac{2 \lambda}{n^2} \sum_{i, j} k(z_i, \tilde z_j), \qquad
        k(z, z') = \sum_C \frac{C}{C + \|z - z'\|^2}

    with as many samples :math:`\tilde z` of the prior as codes ([tolstikhin2018], algorithm 2). It can be
    negative.

    Args:
        weight: :math:`\lambda`.
        multiples: the scales C in units of :math:`2 d`, the mean squared distance of two samples of the
            prior.

    Raises:
        ValueError: a weight that is not positive, or a multiple that is not positive and finite.
    """

    @checked_options()
    def __init__(self, *, weight: float | int = 1.0, multiples: Sequence[float | int] = (1.0,)) -> None:
        super().__init__(weight=weight)
        if not multiples or not all(0 < multiple < float("inf") for multiple in multiples):
            raise ValueError(
                f"a kernel needs positive finite multiples of its usual scale, got {tuple(multiples)}"
            )
        self.multiples = tuple(multiples)

    @property
    def judge(self) -> None:
        return None

    def forward(self, z: Float[Tensor, "batch code"]) -> Terms:
        scales = [multiple * 2 * z.shape[1] for multiple in self.multiples]
        kernel = partial(inverse_multiquadric_kernel, scales=scales)
        return {"mmd": self.weight * squared_mmd_of_kernel(z, torch.randn_like(z), kernel=kernel)}

    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        return {}


@final
class AdversarialPenalty(Penalty):
    r"""A discriminator between the prior, which is real, and codes, which are fake.

    .. math:: \max_D \; \mathbb{E}_{\tilde z \sim p} \log D(\tilde z) + \mathbb{E}_x \log(1 - D(E(x))), \qquad
        \min_E \; -\lambda\, \mathbb{E}_x \log D(E(x))

    ([tolstikhin2018], algorithm 1).

    Args:
        judge: a net from codes to logits.
        weight: :math:`\lambda`; the judge's own loss has none.
        judge_loss: what the judge minimises, from its scores of the prior and of codes.
        fool_loss: what the encoder minimises, from the scores of codes.
        slope_weight: weight of :func:`~udtlib.losses.adversarial.real_slope_penalty` at the prior, which
            the judge pays in every step; 0 leaves it out.

    Raises:
        ValueError: a weight that is not positive, or a negative slope weight.
    """

    @checked_options()
    def __init__(
        self,
        judge: nn.Module,
        *,
        weight: float | int = 0.1,
        judge_loss: Callable[[Tensor, Tensor], Tensor] = adversarial.log_discriminator,
        fool_loss: Callable[[Tensor], Tensor] = adversarial.nonsaturating_generator,
        slope_weight: float | int = 0.0,
    ) -> None:
        super().__init__(weight=weight)
        if not slope_weight >= 0:
            raise ValueError(f"the slope penalty's weight must not be negative, got {slope_weight}")
        self.discriminator, self.slope_weight = judge, slope_weight
        self.judge_loss, self.fool_loss = judge_loss, fool_loss

    @property
    def judge(self) -> nn.Module:
        return self.discriminator

    def forward(self, z: Float[Tensor, "batch code"]) -> Terms:
        return {"fool": self.weight * self.fool_loss(self.discriminator(z))}

    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        # detach: the judge's loss must not train the encoder
        z, prior, D = z.detach(), torch.randn_like(z), self.discriminator
        terms = {"judge": self.judge_loss(D(prior), D(z))}
        if self.slope_weight:
            terms["slope"] = self.slope_weight * adversarial.real_slope_penalty(D, prior)
        return terms


@final
class WAECoding(Coding):
    r"""A coding whose codes are together like the prior.

    Args:
        autoencoder: its encoder gives codes.
        penalty: :math:`\lambda\, \mathcal{D}`.
        isometry_weight: see :class:`~udtlib.objectives.coding.Coding`.
    """

    @checked_options()
    def __init__(
        self, autoencoder: Autoencoder, penalty: Penalty, *, isometry_weight: float | int = 0.0
    ) -> None:
        super().__init__(autoencoder, isometry_weight=isometry_weight)
        self.penalty = penalty

    @property
    def judge(self) -> nn.Module | None:
        return self.penalty.judge

    def encode(self, x: Points) -> Float[Tensor, "batch code"]:
        return self.point(x)

    def code(self, x: Points) -> Float[Tensor, "batch code"]:
        """The same as :meth:`encode`: the encoder is a map."""
        return self.encode(x)

    def own_terms(self, x: Points) -> Coded:
        r""":math:`\mathbb{E}\, c(x, \mathrm{Dec}(E(x))) + \lambda\, \mathcal{D}(E_\#\alpha, p)` (eq. 4)."""
        z = self.encode(x)
        return Coded(z, {"pixels": self.squared_error(z, x), **self.penalty(z)})

    def judge_terms(self, z: Float[Tensor, "batch code"], clock: Clock) -> Terms:
        return self.penalty.judge_terms(z, clock)
