"""Reconstruction losses and the KL divergence, against closed forms."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Independent, Normal, kl_divergence

from udtlib.losses.reconstruction import kl_to_standard, l1, l2, reparameterise


def test_l1_and_l2_are_means_over_every_entry():
    made, wanted = torch.zeros(2, 3, 4, 4), torch.full((2, 3, 4, 4), -2.0)
    assert l1(made, wanted).item() == 2
    assert l2(made, wanted).item() == 4


@pytest.mark.parametrize(("loss", "best"), [(l1, "median"), (l2, "mean")])
def test_the_best_constant(loss, best):
    y = torch.tensor([-1.0, -1.0, -1.0, 1.0, 0.5]).view(-1, 1)
    grid = torch.linspace(-1, 1, 2001)
    cost = torch.stack([loss(c.expand_as(y), y) for c in grid])
    assert grid[cost.argmin()].item() == pytest.approx(getattr(y, best)().item(), abs=2e-3)


@pytest.mark.parametrize("loss", [l1, l2])
def test_shapes_are_not_broadcast(loss):
    with pytest.raises(ValueError, match=r"shapes \(2, 1\) and \(2, 3\)"):
        loss(torch.zeros(2, 1), torch.zeros(2, 3))


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**31))
def test_the_divergence_is_that_of_torch(batch, latent, seed):
    generator = torch.Generator().manual_seed(seed)
    mean, log_variance = (torch.randn(batch, latent, generator=generator).double() for _ in range(2))
    law = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mean), torch.ones_like(mean)), 1)
    torch.testing.assert_close(kl_to_standard(mean, log_variance), kl_divergence(law, prior).mean())


def test_the_divergence_of_the_prior_is_zero():
    assert kl_to_standard(torch.zeros(3, 4), torch.zeros(3, 4)).item() == 0


def test_reparameterised_samples_have_the_mean_and_deviation_that_were_asked_for():
    torch.manual_seed(0)
    mean = torch.tensor([[2.0, -1.0]]).expand(100_000, 2)
    log_variance = torch.tensor([[0.25, 4.0]]).log().expand(100_000, 2)
    z = reparameterise(mean, log_variance)
    torch.testing.assert_close(z.mean(0), torch.tensor([2.0, -1.0]), atol=0.03, rtol=0)
    torch.testing.assert_close(z.std(0), torch.tensor([0.5, 2.0]), atol=0.03, rtol=0)


def test_gradients_reach_mean_and_variance():
    mean, log_variance = torch.zeros(4, 2, requires_grad=True), torch.zeros(4, 2, requires_grad=True)
    reparameterise(mean, log_variance).square().sum().backward()
    assert mean.grad.abs().sum() > 0
    assert log_variance.grad.abs().sum() > 0
