r"""How far a translation is from the sample that it should have been, and a code from its prior.

Half precision is answered in single precision, but for codes, which go on into a net.
"""

from __future__ import annotations

import torch

from udtlib.numerics.inputs import alike, check_filled, floating
from udtlib.types import Float, Shaped, Tensor

Points = Shaped[Tensor, "batch ..."]
Scalar = Float[Tensor, ""]


def l1(made: Points, wanted: Points) -> Scalar:
    r"""The mean absolute difference over all entries; best is a conditional **median** [isola2017, eq. 3].

    .. math:: \tfrac{1}{n} \|y - G(x)\|_1

    Raises:
        ValueError: the shapes differ, or there is nothing to compare.
    """
    return difference(made, wanted).abs().mean()


def l2(made: Points, wanted: Points) -> Scalar:
    r"""The mean squared difference over all entries; best is a conditional **mean**.

    .. math:: \tfrac{1}{n} \|y - G(x)\|_2^2

    Raises:
        ValueError: the shapes differ, or there is nothing to compare.
    """
    return difference(made, wanted).square().mean()


def difference(made: Points, wanted: Points) -> Float[Tensor, "batch ..."]:
    """The difference, of equal shapes only: broadcasting would compare everything with everything."""
    made, wanted = alike(made=made, wanted=wanted)
    if made.shape != wanted.shape:
        raise ValueError(
            f"a reconstruction is compared entry by entry, got shapes {tuple(made.shape)} and "
            f"{tuple(wanted.shape)}; make them equal"
        )
    check_filled(made, name="made")
    return made - wanted


def reparameterise(
    mean: Shaped[Tensor, "batch latent"], log_variance: Shaped[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    r"""A sample of a Gaussian through which gradients reach its mean and variance [kingma2014, section 2.4].

    .. math:: z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim N(0, I)

    Raises:
        ValueError: not one variance for each mean.
    """
    mean, log_variance = floating(mean, name="mean"), floating(log_variance, name="log_variance")
    check_moments(mean, log_variance)
    return mean + (0.5 * log_variance).exp() * torch.randn_like(mean)


def kl_to_standard(
    mean: Shaped[Tensor, "batch latent"], log_variance: Shaped[Tensor, "batch latent"]
) -> Scalar:
    r"""The divergence of a diagonal Gaussian from the prior, summed over the code, averaged over the batch.

    .. math:: \mathrm{KL}(N(\mu, \sigma^2) \,\|\, N(0, I))
        = \tfrac12 \sum_j \left(\mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2\right)

    In nats [kingma2014, appendix B].

    Raises:
        ValueError: not one variance for each mean, or no codes.
    """
    mean, log_variance = alike(mean=mean, log_variance=log_variance)
    check_moments(mean, log_variance)
    check_filled(mean, name="mean")
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()


def check_moments(mean: Tensor, log_variance: Tensor) -> None:
    """Refuse what broadcasting would stretch: a variance for another number of codes or entries."""
    if mean.ndim != 2 or mean.shape != log_variance.shape:
        raise ValueError(
            "a Gaussian code has one mean and one variance for each entry, (batch, latent), got shapes "
            f"{tuple(mean.shape)} and {tuple(log_variance.shape)}; make them equal"
        )
