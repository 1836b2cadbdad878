r"""Adversarial losses: what a discriminator, a critic and a generator minimise.

Discriminator losses take **logits** :math:`\ell`, so that :math:`D = \sigma(\ell)`; a critic's output
:math:`f` is a plain number. Every function returns a mean over all entries, so that a map of patch scores
counts like a batch of single scores. Half precision is answered in single precision; without scores, a loss is
refused with a ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import relu, softplus

from udtlib.numerics.inputs import check_axes, check_filled, floating, full_precision
from udtlib.types import Float, Shaped, Tensor

Scores = Shaped[Tensor, "..."]
Points = Shaped[Tensor, "batch ..."]
Scalar = Float[Tensor, ""]


def log_discriminator(real: Scores, fake: Scores) -> Scalar:
    r"""The discriminator's cross-entropy.

    .. math:: -\mathbb{E}_y \log D(y) - \mathbb{E}_z \log(1 - D(G(z)))

    Equals :math:`2 \log 2` for a discriminator that always answers one half, whatever the distributions; at
    the optimal discriminator it is :math:`2\log 2 - 2\,\mathrm{JS}(\beta, G_\#\alpha)` [goodfellow2014, eq. 1,
    theorem 1].
    """
    # log σ(ℓ) = −softplus(−ℓ) and log(1 − σ(ℓ)) = −softplus(ℓ): no logarithm of a number that rounded to zero.
    real, fake = scores(real, name="real"), scores(fake, name="fake")
    return softplus(-real).mean() + softplus(fake).mean()


def saturating_generator(fake: Scores) -> Scalar:
    r"""The generator's loss of the minimax game, whose gradient vanishes as :math:`D(G(z)) \to 0`.

    .. math:: \mathbb{E}_z \log(1 - D(G(z)))

    Its slope in the logit is :math:`-D(G(z))` [goodfellow2014, eq. 1].
    """
    return -softplus(scores(fake, name="fake")).mean()


def nonsaturating_generator(fake: Scores) -> Scalar:
    r"""The generator's loss that practice uses: strongest where the discriminator is surest.

    .. math:: -\mathbb{E}_z \log D(G(z))

    Its slope in the logit is :math:`-(1 - D(G(z)))` [goodfellow2014, section 3].
    """
    return softplus(-scores(fake, name="fake")).mean()


def square_discriminator(real: Scores, fake: Scores) -> Scalar:
    r"""The least-squares discriminator's loss [mao2017, eq. 2, with labels 1 and 0].

    .. math:: \tfrac12 \mathbb{E}_y (D(y) - 1)^2 + \tfrac12 \mathbb{E}_z D(G(z))^2
    """
    real, fake = scores(real, name="real"), scores(fake, name="fake")
    return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()


def square_generator(fake: Scores) -> Scalar:
    r"""The least-squares generator's loss [mao2017, eq. 2, with the target label 1].

    .. math:: \tfrac12 \mathbb{E}_z (D(G(z)) - 1)^2
    """
    return 0.5 * (scores(fake, name="fake") - 1).square().mean()


def hinge_discriminator(real: Scores, fake: Scores) -> Scalar:
    r"""The hinge loss: only scores inside the margin are still taught [lim2017, eq. 7].

    .. math:: \mathbb{E}_y \max(0, 1 - f(y)) + \mathbb{E}_z \max(0, 1 + f(G(z)))
    """
    real, fake = scores(real, name="real"), scores(fake, name="fake")
    return relu(1 - real).mean() + relu(1 + fake).mean()


def wasserstein_critic(real: Scores, fake: Scores) -> Scalar:
    r"""The critic's loss: minus the Kantorovich dual objective [arjovsky2017, eq. 2].

    .. math:: \mathbb{E}_z f(G(z)) - \mathbb{E}_y f(y)

    Over 1-Lipschitz critics its minimum is :math:`-W_1(\beta, G_\#\alpha)`.
    """
    return scores(fake, name="fake").mean() - scores(real, name="real").mean()


def wasserstein_generator(fake: Scores) -> Scalar:
    r"""The generator's side of the Wasserstein and of the hinge game [arjovsky2017, algorithm 1].

    .. math:: -\mathbb{E}_z f(G(z))
    """
    return -scores(fake, name="fake").mean()


def gradient_penalty(critic: Callable[[Tensor], Tensor], real: Points, fake: Points) -> Scalar:
    r"""The penalty that keeps a critic's slope near one between the two distributions [gulrajani2017, eq. 3].

    .. math:: \mathbb{E}\,(\|\nabla_{\hat y} f(\hat y)\|_2 - 1)^2, \qquad
        \hat y = \epsilon y + (1 - \epsilon)\, G(z), \quad \epsilon \sim U[0, 1] \text{ for each sample}

    Args:
        critic: a function of samples alone; fix a condition before.
        real: samples :math:`y`.
        fake: as many samples :math:`G(z)`; they are detached here.

    Raises:
        ValueError: the two batches differ in shape, or hold no samples.
    """
    real, fake = samples(real, name="real"), samples(fake, name="fake")
    if real.shape != fake.shape:
        raise ValueError(
            f"the gradient penalty mixes samples one to one, got shapes {tuple(real.shape)} and "
            f"{tuple(fake.shape)}; draw equally many of the same shape"
        )
    epsilon = torch.rand(len(real), *[1] * (real.ndim - 1), device=real.device, dtype=real.dtype)
    mixed = (epsilon * real + (1 - epsilon) * fake).detach().requires_grad_(True)
    # create_graph: the penalty is itself differentiated with respect to the critic's parameters.
    (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
    return (slope_rows(slope).norm(dim=1) - 1).square().mean()


def real_slope_penalty(judge: Callable[[Tensor], Tensor], real: Points) -> Scalar:
    r"""The penalty that calms a discriminator where it should end up flat: at the data [mescheder2018, eq. 9].

    .. math:: R_1 = \tfrac12\, \mathbb{E}_y \|\nabla \ell(y)\|_2^2

    At the equilibrium the best logit is constant, so that this costs nothing there.

    Args:
        judge: a function of samples alone; fix a condition before.
        real: samples :math:`y`.

    Raises:
        ValueError: no samples.
    """
    y = samples(real, name="real").detach().requires_grad_(True)
    # create_graph: the penalty is itself differentiated with respect to the discriminator's parameters.
    (slope,) = torch.autograd.grad(judge(y).sum(), y, create_graph=True)
    return 0.5 * slope_rows(slope).square().sum(1).mean()


def optimal_discriminator(
    density: Callable[[Tensor], Tensor], model: Callable[[Tensor], Tensor], x: Points
) -> Tensor:
    r"""The best answer to a fixed generator, where both densities are known [goodfellow2014, proposition 1].

    .. math:: D^\star(x) = \frac{\beta(x)}{\beta(x) + (G_\#\alpha)(x)}

    Args:
        density: the data's log-density.
        model: the generated samples' log-density.
        x: where to evaluate.
    """
    x = full_precision(x, name="x")
    return torch.sigmoid(density(x) - model(x))


def scores(x: Scores, *, name: str) -> Float[Tensor, "..."]:
    """Scores that have a mean, in single or double precision."""
    x = full_precision(x, name=name)
    check_filled(x, name=name)
    return x


def samples(x: Points, *, name: str) -> Float[Tensor, "batch ..."]:
    """Samples that a net can be asked about; half precision stays, as the net may be in it."""
    x = floating(x, name=name)
    check_axes(x, name=name, words="(samples, *shape)")
    check_filled(x, name=name)
    return x


def slope_rows(slope: Tensor) -> Float[Tensor, "batch entries"]:
    """The gradient at each sample, in a precision in which squares can be summed."""
    return full_precision(slope, name="the gradient").flatten(1)
