"""Convolutions by the rows of their kernels: the same numbers, and only where it pays."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import conv2d

from tests.properties import examples
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.rows import ByRows, convolve_by_rows


@examples(40)
@given(
    outputs=st.integers(1, 4),
    channels=st.integers(1, 3),
    kernel=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    padding=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    side=st.tuples(st.integers(7, 10), st.integers(7, 10)),
    bias=st.booleans(),
)
def test_rows_are_the_convolution(outputs, channels, kernel, padding, side, bias):
    draws = torch.Generator().manual_seed(0)
    shapes = [(2, channels, *side), (outputs, channels, *kernel), (outputs,)]
    given = [torch.randn(s, generator=draws, dtype=torch.float64, requires_grad=True) for s in shapes]
    given = given if bias else given[:2]
    here, there = convolve_by_rows(*given, padding=padding), conv2d(*given, padding=padding)
    assert torch.allclose(here, there, atol=1e-10)
    weight = torch.randn(there.shape, generator=draws, dtype=torch.float64)
    gradients = (torch.autograd.grad((value * weight).sum(), given) for value in (here, there))
    assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(*gradients, strict=True))


def test_a_generator_by_rows_is_the_generator():
    torch.manual_seed(0)
    net, x = ResNetGenerator(3, 3, width=4, blocks=1).double(), torch.randn(2, 3, 16, 16).double()
    with ByRows():
        by_rows = net(x)
    assert torch.allclose(by_rows, net(x), atol=1e-10)
    assert not torch.equal(by_rows, net(x))


@pytest.mark.parametrize(
    "net",
    [
        PatchGAN(3, field=16, width=4),
        nn.Conv2d(3, 3, 7, stride=2),
        nn.Conv2d(3, 3, 7, dilation=2),
        nn.Conv2d(3, 3, 7, groups=3),
        nn.Conv2d(3, 3, 7, padding="same"),
        nn.Conv2d(3, 8, 7),
    ],
    ids=str,
)
def test_other_convolutions_are_left_alone(net):
    x = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    net.eval()
    with ByRows():
        found = net(x)
    assert torch.equal(found, net(x))
