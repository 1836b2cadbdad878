"""The variational coding: its bound against an exact likelihood, and the weight that a mean hides."""

import math

import pytest
import torch
from torch import nn
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from udtlib.data.pair import Samples
from udtlib.losses.reconstruction import kl_to_standard
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.dense_autoencoder import DenseDecoder, Standardise, ToCode, dense_autoencoder
from udtlib.objectives.base import AdamConfig, Clock, total
from udtlib.objectives.vae import VAECoding
from udtlib.types import Tensor

CLOCK = Clock(0, 10)
D, d, VARIANCE = 4, 2, 0.3
#: Columns at right angles, so that the exact posterior is a diagonal Gaussian.
W = torch.tensor([[1.0, 1.0], [1.0, -1.0], [0.5, 0.5], [0.5, -0.5]]) @ torch.diag(torch.tensor([1.0, 0.4]))
BIAS = torch.tensor([0.2, -0.1, 0.0, 0.5])
STANDARDISE = (0.25, 0.5)


def linear_vae(*, shift: float = 0.0, widen: float = 1.0) -> VAECoding:
    """Probabilistic principal components with their exact posterior, or one that is shifted or too wide."""
    encoder, decoder = nn.Linear(D, 2 * d), nn.Linear(d, D)
    precision = W.T @ W / VARIANCE + torch.eye(d)
    gain = torch.linalg.solve(precision, W.T / VARIANCE)
    with torch.no_grad():
        decoder.weight.copy_(W)
        decoder.bias.copy_(BIAS)
        encoder.weight.copy_(torch.cat([gain, torch.zeros(d, D)]))
        encoder.bias.copy_(torch.cat([-gain @ BIAS + shift, (widen * precision.inverse().diagonal()).log()]))
    layer = Standardise(*STANDARDISE)
    net = Autoencoder(
        nn.Sequential(layer, nn.Flatten(), encoder, ToCode()),
        DenseDecoder(nn.Sequential(decoder, nn.Unflatten(1, (1, 2, 2))), layer),
    )
    return VAECoding(net, variance=VARIANCE)


def pixels(count: int = 40) -> Tensor:
    """Standardised pixels from the model itself."""
    generator = torch.Generator().manual_seed(0)
    noise = VARIANCE**0.5 * torch.randn(count, D, generator=generator)
    return torch.randn(count, d, generator=generator) @ W.T + BIAS + noise


def log_likelihood(u: Tensor) -> float:
    return MultivariateNormal(BIAS, W @ W.T + VARIANCE * torch.eye(D)).log_prob(u).mean().item()


def bound(coding: VAECoding, u: Tensor) -> float:
    mean, deviation = STANDARDISE
    x = (mean + deviation * u).view(-1, 1, 2, 2)
    torch.manual_seed(0)
    return coding.elbo(x.repeat(2_500, 1, 1, 1)).item()


def test_the_bound_is_tight_at_the_exact_posterior() -> None:
    assert torch.linalg.cond(W) > 2
    u = pixels()
    assert bound(linear_vae(), u) == pytest.approx(log_likelihood(u), abs=0.01)


@pytest.mark.parametrize(("shift", "widen"), [(0.3, 1.0), (0.0, 2.0), (-0.2, 0.5)])
def test_otherwise_it_is_short_by_the_divergence_of_the_posteriors(shift: float, widen: float) -> None:
    """log p(x) − ELBO(x) = KL(q(z|x) ‖ p(z|x)), the same for every x in a linear model."""
    u = pixels()
    variance = (W.T @ W / VARIANCE + torch.eye(d)).inverse().diagonal()
    exact, used = Normal(torch.zeros(d), variance.sqrt()), Normal(shift, (widen * variance).sqrt())
    gap = log_likelihood(u) - bound(linear_vae(shift=shift, widen=widen), u)
    assert gap > 0.02
    assert gap == pytest.approx(kl_divergence(used, exact).sum().item(), rel=0.05, abs=0.01)


def test_the_loss_is_the_negative_bound_in_the_error_s_units() -> None:
    coding, u = linear_vae(), pixels()
    x = (STANDARDISE[0] + STANDARDISE[1] * u).view(-1, 1, 2, 2)
    torch.manual_seed(0)
    loss = total(coding.terms(x, CLOCK).terms).item()
    torch.manual_seed(0)
    elbo = coding.elbo(x).item()
    constant = D / 2 * math.log(2 * math.pi * VARIANCE)
    assert D / (2 * VARIANCE) * loss == pytest.approx(-elbo - constant, rel=1e-5)
    # Written out: the density of a Gaussian likelihood, and the divergence from the prior.
    torch.manual_seed(0)
    z = coding.code(x)
    density = Normal(z @ W.T + BIAS, VARIANCE**0.5).log_prob(u).sum(1).mean()
    assert elbo == pytest.approx((density - kl_to_standard(*coding.posterior(x))).item(), rel=1e-5)


@pytest.mark.parametrize("variance", [0.5, 2.0])
def test_the_divergence_is_weighed_by_twice_the_variance_over_the_pixels(variance: float) -> None:
    torch.manual_seed(0)
    net = dense_autoencoder(Standardise(0.0, 1.0), code=3, shape=(1, 6, 6), widths=(8,), gaussian=True)
    coding, x = VAECoding(net, variance=variance), torch.randn(5, 1, 6, 6)
    kl = coding.terms(x, CLOCK).terms["kl"]
    torch.testing.assert_close(kl, 2 * variance / 36 * kl_to_standard(*coding.posterior(x)))


def test_training_draws_from_the_posterior_and_use_takes_its_mean() -> None:
    coding = linear_vae()
    x = (STANDARDISE[0] + STANDARDISE[1] * pixels(1)).view(-1, 1, 2, 2).repeat(20_000, 1, 1, 1)
    mean, log_variance = coding.posterior(x)
    assert torch.equal(coding.encode(x), mean)
    torch.manual_seed(0)
    for z in (coding.code(x), coding.terms(x, CLOCK).z):
        torch.testing.assert_close(z.mean(0), mean[0], atol=0.03, rtol=0)
        torch.testing.assert_close(z.var(0), log_variance[0].exp(), atol=0.03, rtol=0)


def lines() -> Samples:
    """Images of one bright row, which one number tells apart."""
    x = torch.full((6, 1, 6, 6), -1.0)
    for k in range(6):
        x[k, :, k] = 1
    return Samples(x, x)


def nats(variance: float) -> float:
    """What a code holds after training."""
    torch.manual_seed(0)
    x = lines().train
    net = dense_autoencoder(Standardise.of(x), code=2, shape=(1, 6, 6), widths=(32,), gaussian=True)
    coding = VAECoding(net, variance=variance)
    optimiser = AdamConfig(rate=1e-2, betas=(0.5, 0.99)).build(coding.parameters())
    for _ in range(200):
        loss = total(coding.terms(x.repeat(4, 1, 1, 1), CLOCK).terms)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return kl_to_standard(*coding.posterior(x)).item()


def test_the_sum_of_a_mean_over_pixels_and_a_divergence_forgets_every_image() -> None:
    """MSE + KL is the bound for a noise of D/2 per pixel; with a variance of 1 codes are worth something."""
    assert nats(36 / 2) < 0.02
    assert nats(1.0) > 1


@pytest.mark.parametrize("variance", [0.0, -1.0, float("inf"), float("nan")])
def test_a_variance_that_is_none_is_refused(variance: float) -> None:
    net = dense_autoencoder(Standardise(0.0, 1.0), code=2, gaussian=True)
    with pytest.raises(ValueError, match=f"variance={variance}; 1 is that of|finite number, got variance="):
        VAECoding(net, variance=variance)
