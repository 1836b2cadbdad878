r"""How far a translation is from the sample that it should have been, and a code from its prior."""

from __future__ import annotations

import torch
from torch import Tensor

from udtlib.types import Float, Points

Scalar = Float[Tensor, ""]


def l1(made: Points, wanted: Points) -> Scalar:
    r"""The mean absolute difference over all entries; best is a conditional **median** [isola2017, eq. 3].

    .. math:: \tfrac{1}{n} \|y - G(x)\|_1

    Raises:
        ValueError: the shapes differ.
    """
    return same_shape(made, wanted).abs().mean()


def l2(made: Points, wanted: Points) -> Scalar:
    r"""The mean squared difference over all entries; best is a conditional **mean**.

    .. math:: \tfrac{1}{n} \|y - G(x)\|_2^2

    Raises:
        ValueError: the shapes differ.
    """
    return same_shape(made, wanted).square().mean()


def same_shape(made: Tensor, wanted: Tensor) -> Tensor:
    """The difference, of equal shapes only: broadcasting would compare everything with everything."""
    if made.shape != wanted.shape:
        raise ValueError(
            f"a reconstruction is compared entry by entry, got shapes {tuple(made.shape)} and "
            f"{tuple(wanted.shape)}; make them equal"
        )
    return made - wanted


def reparameterise(
    mean: Float[Tensor, "batch latent"], log_variance: Float[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    r"""A sample of a Gaussian through which gradients reach its mean and variance [kingma2014, section 2.4].

    .. math:: z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim N(0, I)
    """
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def kl_to_standard(
    mean: Float[Tensor, "batch latent"], log_variance: Float[Tensor, "batch latent"]
) -> Scalar:
    r"""The divergence of a diagonal Gaussian from the prior, summed over the code, averaged over the batch.

    .. math:: \mathrm{KL}(N(\mu, \sigma^2) \,\|\, N(0, I))
        = \tfrac12 \sum_j \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)

    In nats [kingma2014, appendix B].
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
