"""The U-Net: every size that halves, skips, noise."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from udtlib.nets.encoder import CNNEncoder, ResNetEncoder
from udtlib.nets.unet import NoiseDropout, UNet


@given(
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
    st.booleans(),
    st.sampled_from([nn.BatchNorm2d, nn.Identity]),
)
def test_every_size_that_halves_keeps_its_shape(depth, rows, columns, skips, norm):
    net = UNet(2, 3, width=2, depth=depth, skips=skips, norm=norm).eval()
    height, width = rows * 2**depth, columns * 2**depth
    y = net(torch.randn(2, 2, height, width))
    assert y.shape == (2, 3, height, width)
    assert y.abs().max() <= 1


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_the_usual_sizes(size):
    net = UNet(1, 3, width=1, depth=size.bit_length() - 1)
    assert net(torch.zeros(2, 1, size, size)).shape == (2, 3, size, size)


def test_instance_norm_copes_with_an_innermost_map_of_one_pixel():
    net = UNet(1, 1, width=2, depth=3, norm=nn.InstanceNorm2d)
    assert net(torch.randn(1, 1, 8, 8)).isfinite().all()


def test_skips_carry_a_pixel_to_its_own_place_and_their_absence_does_not():
    """With the innermost path cut, only the skips connect input and output."""
    x = torch.randn(1, 1, 8, 8)
    for skips in (True, False):
        torch.manual_seed(0)
        net = UNet(1, 1, width=4, depth=3, skips=skips, norm=nn.Identity)
        nn.init.zeros_(net.up[0][1].weight)
        moved = (net(x) - net(x.flip(-1))).abs().max()
        assert (moved > 1e-6) == skips


def test_both_nets_have_the_same_depth_and_the_one_with_skips_more_parameters():
    with_skips, without = (UNet(3, 3, width=8, depth=4, skips=s) for s in (True, False))
    assert len(with_skips.down) == len(without.down) == 4
    count = [sum(p.numel() for p in net.parameters()) for net in (with_skips, without)]
    assert count[0] > count[1]


@pytest.mark.parametrize("everywhere", [False, True])
def test_noise_reaches_the_output(everywhere):
    torch.manual_seed(0)
    net = UNet(1, 1, width=4, depth=3, noise=2, inject_everywhere=everywhere, norm=nn.Identity)
    x, z = torch.randn(2, 1, 8, 8), torch.randn(2, 2, requires_grad=True)
    (slope,) = torch.autograd.grad(net(x, z).square().sum(), z)
    assert (slope.abs().sum(1) > 0).all()
    inputs = [down[-2].in_channels for down in net.down]
    assert inputs == ([3, 6, 10] if everywhere else [3, 4, 8])


def test_dropout_is_noise_in_evaluation_too():
    torch.manual_seed(0)
    net = UNet(1, 1, width=4, depth=5, dropout=0.5).eval()
    assert sum(isinstance(m, NoiseDropout) for m in net.modules()) == 3
    x = torch.randn(2, 1, 32, 32)
    assert not torch.equal(net(x), net(x))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"30 × 32 pixels cannot be halved 3 times.*divisible by 8"):
        UNet(1, 1, depth=3)(torch.zeros(1, 1, 30, 32))
    with pytest.raises(ValueError, match="images of 3 channels, got 1"):
        UNet(3, 1, depth=1)(torch.zeros(1, 1, 8, 8))
    with pytest.raises(ValueError, match="noise of 2 entries, got 0"):
        UNet(1, 1, depth=1, noise=2)(torch.zeros(1, 1, 8, 8))
    with pytest.raises(ValueError, match="noise of 0 entries, got 2"):
        UNet(1, 1, depth=1)(torch.zeros(1, 1, 8, 8), torch.zeros(1, 2))
    with pytest.raises(ValueError, match="depth=0"):
        UNet(1, 1, depth=0)


@pytest.mark.parametrize("encoder", [CNNEncoder, ResNetEncoder])
@pytest.mark.parametrize("size", [8, 32, 64])
def test_encoders_give_a_mean_and_a_log_variance(encoder, size):
    torch.manual_seed(0)
    net = encoder(3, latent=5, width=4, depth=2)
    y = torch.randn(3, 3, size, size)
    code = net(y)
    assert code.mean.shape == code.log_variance.shape == (3, 5)
    # One image's code does not depend on the others of its batch.
    torch.testing.assert_close(net(y[:1]).mean, code.mean[:1])


@pytest.mark.parametrize("encoder", [CNNEncoder, ResNetEncoder])
def test_encoders_refuse_sides_that_do_not_halve(encoder):
    with pytest.raises(ValueError, match="cannot be halved 3 times"):
        encoder(3, latent=5, width=4, depth=3)(torch.randn(1, 3, 30, 30))
