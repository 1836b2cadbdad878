"""The U-Net for translation: sizes, each image by itself, no checkerboard, what is refused."""

import pytest
import torch
from torch.nn.functional import conv2d, interpolate

from udtlib.nets.resize_unet import EnlargingConv, ResizeUNet


@pytest.mark.parametrize(("depth", "side"), [(1, 4), (2, 16), (3, 48), (4, 64)])
def test_the_answer_has_the_input_s_size_and_the_range_of_images(depth, side):
    torch.manual_seed(0)
    image = ResizeUNet(3, 1, width=4, depth=depth)(torch.randn(2, 3, side, 2 * side))
    assert image.shape == (2, 1, side, 2 * side)
    assert image.abs().max() <= 1


def test_what_becomes_of_an_image_does_not_depend_on_its_batch():
    torch.manual_seed(0)
    net, images = ResizeUNet(3, 3, width=4, depth=2), torch.randn(4, 3, 16, 16)
    torch.testing.assert_close(net(images)[1:2], net(images[1:2]))


def test_every_weight_is_used():
    torch.manual_seed(0)
    net = ResizeUNet(3, 3, width=4, depth=3)
    net(torch.randn(2, 3, 16, 16)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


@pytest.mark.parametrize("shape", [(2, 5, 3, 4), (1, 5, 8, 8), (3, 5, 9, 14), (0, 5, 8, 8)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_enlarging_and_convolving_in_one_step_gives_the_two_steps_numbers_and_gradients(shape, dtype):
    torch.manual_seed(0)
    net = EnlargingConv(5, 4).to(dtype)
    x = torch.randn(shape, dtype=dtype, requires_grad=True)
    direction = torch.randn(shape[0], 4, 2 * shape[2], 2 * shape[3], dtype=dtype)
    two = conv2d(interpolate(x, scale_factor=2.0), net.weight, net.bias, padding=1)
    ours = net(x)
    torch.testing.assert_close(ours, two)
    leaves = (x, *net.parameters())
    for mine, theirs in zip(
        torch.autograd.grad((ours * direction).sum(), leaves),
        torch.autograd.grad((two * direction).sum(), leaves),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4 if dtype == torch.float32 else 1e-9)


def test_a_plain_image_gets_no_checkerboard():
    # Far from the border, neighbours see the same plain surroundings, so they must get the same answer.
    torch.manual_seed(0)
    inner = ResizeUNet(3, 3, width=4, depth=2)(torch.full((1, 3, 64, 64), 0.3))[..., 28:36, 28:36]
    torch.testing.assert_close(inner, inner[..., :1, :1].expand_as(inner))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((1, 1, 16, 16), "images of 3 channels, got 1"),
        ((1, 3, 18, 16), "18 × 16 pixels cannot be halved 2 times"),
        ((1, 3, 4, 16), "use sides divisible by 4 from 8"),
    ],
)
def test_images_that_do_not_fit_are_refused(shape, words):
    with pytest.raises(ValueError, match=words):
        ResizeUNet(3, 3, width=4, depth=2)(torch.zeros(shape))


def test_a_net_without_a_halving_is_refused():
    with pytest.raises(ValueError, match=r"one channel everywhere, and no negative noise, got depth=0"):
        ResizeUNet(3, 3, depth=0)


def test_every_entry_of_a_code_counts_at_every_halving():
    torch.manual_seed(0)
    net, x, z = ResizeUNet(1, 3, width=4, depth=2, noise=5), torch.randn(2, 1, 16, 16), torch.randn(2, 5)
    made = net(x, z.requires_grad_())
    assert made.shape == (2, 3, 16, 16)
    made.square().sum().backward()
    assert (z.grad.abs() > 0).all()
    assert [down[0].in_channels for down in net.down] == [6, 9]
    # One image's code says nothing about another image.
    torch.testing.assert_close(net(x[1:], z[1:]), made[1:])


@pytest.mark.parametrize(("noise", "z"), [(0, torch.zeros(1, 3)), (3, None), (3, torch.zeros(1, 2))])
def test_a_code_of_another_length_is_refused(noise, z):
    with pytest.raises(ValueError, match=f"takes a code of {noise} entries"):
        ResizeUNet(1, 1, width=4, depth=2, noise=noise)(torch.zeros(1, 1, 16, 16), z)
