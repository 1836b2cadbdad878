r"""UNIT: two variational autoencoders with discriminators and one latent space [liu2017].

.. math::

    \min_{E, \mathrm{Dec}} \max_{D_X, D_Y} \; \sum_{\text{both ways}} \mathcal{L}_\mathrm{GAN}
        + \mathcal{L}_\mathrm{VAE} + \mathcal{L}_\mathrm{CC}

with, for :math:`X` (and likewise for :math:`Y`), :math:`q_X(z \mid x) = N(E_X(x), I)` and :math:`\hat y = T(x)`,

.. math::

    \mathcal{L}_{\mathrm{VAE}, X} &= \lambda_\mathrm{KL}\, \mathrm{KL}(q_X(z \mid x) \,\|\, N(0, I))
        + \lambda_\mathrm{rec} \|\mathrm{Dec}_X(z) - x\|_1 \\
    \mathcal{L}_{\mathrm{CC}, X} &= \lambda_\mathrm{KL}\, \mathrm{KL}(q_Y(z \mid \hat y) \,\|\, N(0, I))
        + \lambda_\mathrm{cyc} \|\mathrm{Dec}_X(z') - x\|_1, \qquad z' \sim q_Y(z \mid \hat y)

(section 3). The code's own KL term is written a second time for the translation, whose code must decode to the
source again. Norms and divergences are means over entries, and the default weights are those of the authors'
later implementation, which the survey quotes: 10, 10 and 0.01. There the game and the divergence lack the factor
of one half that they have here, so that those weights are 5, 5 and 0.01 in this convention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, final

from torch import nn

from udtlib.losses.reconstruction import l1
from udtlib.numerics.signatures import check_fields, checked_options
from udtlib.objectives.base import Clock
from udtlib.objectives.game import UnpairedGame
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.translators.latent import LatentTranslator
from udtlib.types import Batch, Float, Points, Tensor, Terms


@dataclass(frozen=True, kw_only=True)
class UNITConfig:
    """The weights of UNIT's terms."""

    #: weight of both reconstructions within a domain
    reconstruction_weight: float = 10.0
    #: weight of both cycles
    cycle_weight: float = 10.0
    #: weight of the divergence of both domains' codes from N(0, I), a mean over entries
    kl_weight: float = 0.01
    #: likewise for the codes of translations
    cycle_kl_weight: float = 0.01
    #: translations that each discriminator remembers
    pool: int = 0
    #: the two losses of the game and how the players step
    game: GANConfig = LEAST_SQUARES

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("reconstruction_weight", "cycle_weight", "kl_weight", "cycle_kl_weight"):
            if getattr(self, name) < 0:
                raise ValueError(f"a weight must not be negative, got {name}={getattr(self, name)}")


class Coded(NamedTuple):
    """A batch of both domains, its codes before and after their noise, and its translations."""

    x: Tensor
    y: Tensor
    mean_x: Tensor
    mean_y: Tensor
    z_x: Tensor
    z_y: Tensor
    #: S(y), which is judged in X
    fake_x: Tensor
    #: T(x), which is judged in Y
    fake_y: Tensor

    def to(self, domain: str) -> Tensor:
        """The translations to "x" or to "y"."""
        return {"x": self.fake_x, "y": self.fake_y}[domain]

    def real(self, domain: str) -> Tensor:
        """The domain's own samples."""
        return {"x": self.x, "y": self.y}[domain]


@final
class UNIT(UnpairedGame):
    r"""Two autoencoders that share a latent space, against two discriminators.

    Args:
        translator: the autoencoders; its ``noise`` is the deviation of :math:`q(z \mid x)`, 1 in the paper.
        discriminator_x: :math:`D_X`, a net from samples to logits.
        discriminator_y: :math:`D_Y`, a net from samples to logits.
        config: weights, losses and step sizes.
    """

    @checked_options()
    def __init__(
        self,
        translator: LatentTranslator,
        discriminator_x: nn.Module,
        discriminator_y: nn.Module,
        *,
        config: UNITConfig | None = None,
    ) -> None:
        self.config = config or UNITConfig()
        super().__init__(
            translator, discriminator_x, discriminator_y, game=self.config.game, pool=self.config.pool
        )

    def make(self, batch: Batch) -> Coded:
        """Codes and translations of both domains."""
        T, (x, y, *_) = self.translator, batch
        mean_x, mean_y = T.encode_x(x), T.encode_y(y)
        z_x, z_y = T.blur(mean_x), T.blur(mean_y)
        fake_y, fake_x = T.decode_y(T.cross(z_x)), T.decode_x(T.cross_back(z_y))
        return Coded(x, y, mean_x, mean_y, z_x, z_y, fake_x, fake_y)

    def translator_loss(self, given: Batch | Coded, clock: Clock) -> Terms:
        r"""Fool both judges, reconstruct at home, come back from abroad, keep all codes near the prior."""
        x, y, mean_x, mean_y, z_x, z_y, fake_x, fake_y = self.made(given)
        T, w = self.translator, self.config
        again_x, again_y = T.encode_y(fake_y), T.encode_x(fake_x)
        return {
            **self.fool_terms(x=fake_x, y=fake_y),
            "reconstruct_x": w.reconstruction_weight * l1(T.decode_x(z_x), x),
            "reconstruct_y": w.reconstruction_weight * l1(T.decode_y(z_y), y),
            "kl_x": w.kl_weight * kl_of_mean(mean_x),
            "kl_y": w.kl_weight * kl_of_mean(mean_y),
            "cycle_x": w.cycle_weight * l1(T.decode_x(T.cross_back(T.blur(again_x))), x),
            "cycle_y": w.cycle_weight * l1(T.decode_y(T.cross(T.blur(again_y))), y),
            "kl_cycle_x": w.cycle_kl_weight * kl_of_mean(again_x),
            "kl_cycle_y": w.cycle_kl_weight * kl_of_mean(again_y),
        }


def kl_of_mean(mean: Points) -> Float[Tensor, ""]:
    r"""The divergence of :math:`N(\mu, I)` from the prior, per entry of the code, in nats.

    .. math:: \tfrac1n \mathrm{KL}(N(\mu, I) \,\|\, N(0, I)) = \tfrac{1}{2n} \|\mu\|^2
    """
    return 0.5 * mean.square().mean()
