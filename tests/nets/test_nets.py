"""Shapes, initialisation and Lipschitz bounds of the nets."""

import math

import pytest
import torch
from torch import nn

from udtlib.nets.dcgan import DCGANDiscriminator, DCGANGenerator
from udtlib.nets.init import fan_in, initialise_normal, initialise_scaled
from udtlib.nets.mlp import image_mlp, mlp


@pytest.mark.parametrize(("size", "depth"), [(28, 1), (28, 2), (32, 2), (32, 3), (64, 3), (64, 4)])
@pytest.mark.parametrize("channels", [1, 3])
def test_dcgan_shapes(size, depth, channels):
    image = DCGANGenerator(5, size=size, channels=channels, width=4, depth=depth)(torch.randn(2, 5))
    assert image.shape == (2, channels, size, size)
    assert image.abs().max() <= 1
    net = DCGANDiscriminator(size=size, channels=channels, width=4, depth=depth, features=8)
    assert net(image).shape == (2,)
    assert net(image[:0]).shape == (0,)


@pytest.mark.parametrize(("size", "depth"), [(30, 2), (28, 3), (2, 2), (28, 0)])
def test_dcgan_refuses_sizes_that_do_not_halve(size, depth):
    for make in (
        lambda: DCGANGenerator(5, size=size, depth=depth),
        lambda: DCGANDiscriminator(size=size, depth=depth),
    ):
        with pytest.raises(ValueError, match="use a side divisible by"):
            make()


def test_a_conditional_discriminator_judges_image_and_class_together():
    torch.manual_seed(0)
    net = DCGANDiscriminator(size=8, width=4, depth=1, features=8, classes=3)
    y = torch.randn(4, 1, 8, 8)
    assert not torch.allclose(
        net(y, torch.zeros(4, dtype=torch.long)), net(y, torch.ones(4, dtype=torch.long))
    )
    with pytest.raises(ValueError, match="each image with its class"):
        net(y)
    with pytest.raises(ValueError, match="images alone"):
        DCGANDiscriminator(size=8, width=4, depth=1)(y, torch.zeros(4, dtype=torch.long))


def test_a_discriminator_judges_every_image_by_itself():
    torch.manual_seed(0)
    net = DCGANDiscriminator(size=8, width=4, depth=1)
    y = torch.randn(5, 1, 8, 8)
    assert torch.allclose(net(y)[:2], net(y[:2]), atol=1e-6)


def test_spectral_normalisation_bounds_the_slope_of_an_mlp_by_one():
    torch.manual_seed(0)
    net = mlp([6, 32, 32, 1], activation=lambda: nn.LeakyReLU(0.2), spectral=True)
    for parameter in net.parameters():
        parameter.data.mul_(10)
    for _ in range(30):  # each training-mode pass refines the estimate of the singular values
        net(torch.randn(4, 6))
    y = torch.randn(200, 6, requires_grad=True)
    (slope,) = torch.autograd.grad(net(y).sum(), y)
    assert slope.norm(dim=1).max() <= 1.001


def test_mlp_shapes_and_bad_sizes():
    assert mlp([3, 5, 2])(torch.randn(4, 3)).shape == (4, 2)
    assert isinstance(mlp([3, 2])[-1], nn.Linear)
    assert image_mlp(3, shape=(1, 6, 4), widths=(8,))(torch.randn(2, 3)).shape == (2, 1, 6, 4)
    for sizes in ([3], [3, 0]):
        with pytest.raises(ValueError, match="all positive"):
            mlp(sizes)
    with pytest.raises(ValueError, match="sizes must be positive"):
        image_mlp(3, shape=(1, 0, 4))


def test_initialise_normal_has_the_stated_deviation():
    torch.manual_seed(0)
    net = initialise_normal(nn.Sequential(nn.Conv2d(16, 64, 4), nn.BatchNorm2d(64)))
    assert net[0].weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert net[1].weight.mean().item() == pytest.approx(1, abs=0.01)
    assert not net[0].bias.any()


@pytest.mark.parametrize("gain", [0.1, 1.0, 3.0])
def test_initialise_scaled_keeps_the_mean_square_times_the_gain(gain):
    torch.manual_seed(0)
    net = initialise_scaled(nn.Linear(400, 400), gain=gain)
    y = net(torch.randn(500, 400))
    assert y.square().mean().sqrt().item() == pytest.approx(gain, rel=0.05)


def test_fan_in_counts_the_summands_of_one_output():
    assert fan_in(nn.Linear(7, 3)) == 7
    assert fan_in(nn.Conv2d(4, 8, 3)) == 36
    # With stride 2 and kernel 4, an output pixel receives 2 × 2 of the kernel's entries from each input channel.
    assert fan_in(nn.ConvTranspose2d(4, 8, 4, stride=2)) == 16
    torch.manual_seed(0)
    layer = initialise_scaled(nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), gain=1.0)
    y = layer(torch.randn(4, 64, 12, 12))[..., 4:-4, 4:-4]
    assert y.square().mean().sqrt().item() == pytest.approx(1, rel=0.1)


def test_scales_must_be_positive():
    with pytest.raises(ValueError, match="gain must be positive"):
        initialise_scaled(nn.Linear(2, 2), gain=0.0)
    with pytest.raises(ValueError, match="deviation must be positive"):
        initialise_normal(nn.Linear(2, 2), deviation=math.nan)
