"""The generator of residual blocks: its sizes, its count of parameters, what it leaves in place."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from udtlib.nets.resnet import ResidualBlock, ResNetGenerator


@given(st.integers(0, 3), st.integers(2, 4), st.integers(2, 4), st.integers(0, 2))
def test_every_size_that_halves_keeps_its_shape(halvings, rows, columns, blocks):
    net = ResNetGenerator(2, 3, width=2, halvings=halvings, blocks=blocks)
    height, width = (max(4, side * 2**halvings) for side in (rows, columns))
    y = net(torch.randn(2, 2, height, width))
    assert y.shape == (2, 3, height, width)
    assert y.abs().max() <= 1


def test_the_paper_s_net_has_its_parameters():
    """c7s1-64, d128, d256, nine blocks of 256, u128, u64, c7s1-3, each with its weights and biases."""
    sides = [(3, 64, 7), (64, 128, 3), (128, 256, 3), *[(256, 256, 3)] * 18]
    sides += [(256, 128, 3), (128, 64, 3), (64, 3, 7)]
    expected = sum(before * after * side**2 + after for before, after, side in sides)
    assert sum(p.numel() for p in ResNetGenerator(3, 3).parameters()) == expected == 11_378_179


def test_a_block_without_a_change_is_the_identity():
    block = ResidualBlock(3, norm=nn.Identity)
    h = torch.randn(2, 3, 5, 6)
    assert not torch.equal(block(h), h)
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    assert torch.equal(block(h), h)


def test_a_shifted_image_is_translated_to_the_shifted_translation():
    """By a whole step of the halvings, and away from the border; by less, halving sees other pixels."""
    torch.manual_seed(0)
    net = ResNetGenerator(1, 1, width=3, halvings=1, blocks=1, norm=nn.Identity).double()
    x = torch.rand(1, 1, 48, 48, dtype=torch.float64)
    middle = (..., slice(16, 32), slice(16, 32))
    plain, shifted, less = (net(x.roll(by, -1)).roll(-by, -1)[middle] for by in (0, 2, 1))
    torch.testing.assert_close(shifted, plain)
    assert (less - plain).abs().max() > 1e-4


def test_an_output_pixel_sees_a_neighbourhood_and_not_the_whole_image():
    """Of pixel 24: 21 … 27 of the last layer's input, 10 … 14 at half the side, 8 … 16 before the block,
    15 … 33 before the halving, 12 … 36 of the image."""
    torch.manual_seed(0)
    net = ResNetGenerator(1, 1, width=8, halvings=1, blocks=1, norm=nn.Identity)
    x = torch.randn(1, 1, 48, 48, requires_grad=True)
    net(x)[0, 0, 24, 24].backward()
    reached = x.grad[0, 0] != 0
    assert reached[24, 24]
    for axis in (0, 1):
        places = reached.any(axis).nonzero()
        assert (places.min().item(), places.max().item()) == (12, 36)


def test_instance_normalisation_takes_an_image_s_own_contrast_away():
    torch.manual_seed(0)
    net = ResNetGenerator(1, 1, width=4, halvings=1, blocks=1)
    x = torch.rand(1, 1, 16, 16)
    torch.testing.assert_close(net(0.5 * x), net(x), atol=1e-3, rtol=0)
    plain = ResNetGenerator(1, 1, width=4, halvings=1, blocks=1, norm=nn.Identity)
    assert (plain(0.5 * x) - plain(x)).abs().max() > 5e-3


@pytest.mark.parametrize(
    ("halvings", "shape", "message"),
    [
        (2, (3, 8, 8), "takes images of 2 channels, got 3"),
        (2, (2, 8, 10), "8 × 10 pixels cannot be halved 2 times; use sides divisible by 4 and at least 8"),
        (2, (2, 4, 8), "4 × 8 pixels"),
        (1, (2, 3, 4), "divisible by 2 and at least 4"),
        (0, (2, 3, 4), "3 × 4 pixels .* divisible by 1 and at least 4"),
    ],
)
def test_images_that_cannot_be_halved_are_refused(halvings, shape, message):
    net = ResNetGenerator(2, 3, width=2, halvings=halvings, blocks=1)
    with pytest.raises(ValueError, match=message):
        net(torch.zeros(1, *shape))


@pytest.mark.parametrize("halvings", [0, 1, 2, 3])
def test_the_smallest_image(halvings):
    side = max(4, 2 * 2**halvings)
    net = ResNetGenerator(1, 1, width=2, halvings=halvings, blocks=1)
    assert net(torch.randn(1, 1, side, side)).isfinite().all()


def test_an_empty_batch_has_an_empty_translation():
    assert ResNetGenerator(1, 2, width=2, blocks=1)(torch.zeros(0, 1, 8, 8)).shape == (0, 2, 8, 8)


@pytest.mark.parametrize(
    "options", [{"inputs": 0}, {"outputs": 0}, {"width": 0}, {"halvings": -1}, {"blocks": -1}]
)
def test_nets_without_layers_are_refused(options):
    with pytest.raises(ValueError, match="at least one channel everywhere"):
        ResNetGenerator(**({"inputs": 1, "outputs": 1} | options))
