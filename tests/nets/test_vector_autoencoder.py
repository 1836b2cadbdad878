"""Autoencoders with a vector for a code: shapes, what a logit means, and which sizes fit."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy, binary_cross_entropy_with_logits

from udtlib.nets.vector_autoencoder import PixelDecoder, vector_autoencoder


@pytest.mark.parametrize(
    ("channels", "size", "depth", "code"), [(1, 32, 3, 128), (3, 64, 4, 10), (1, 28, 2, 1), (2, 16, 4, 5)]
)
def test_an_image_becomes_so_many_numbers_and_an_image_again(channels, size, depth, code):
    net = vector_autoencoder(channels, size=size, depth=depth, code=code, width=4)
    x = torch.rand(3, channels, size, size) * 2 - 1
    z = net.encoder(x)
    assert z.shape == (3, code)
    assert net.decoder(z).shape == net.decoder.logits(z).shape == x.shape
    torch.testing.assert_close(net.eval()(x), net.decoder(net.encoder(x)))


def test_a_pixel_is_the_mean_of_black_and_white():
    """x̂ = P(white) − P(black), from the logit of white."""
    torch.manual_seed(0)
    net = vector_autoencoder(1, size=16, width=4).eval()
    z = 5 * torch.randn(4, 128)
    logits, pixels = net.decoder.logits(z), net.decoder(z)
    torch.testing.assert_close(pixels, 2 * logits.sigmoid() - 1)
    assert logits.abs().max() > 0.05
    assert pixels.abs().max() <= 1


def test_logits_keep_a_cross_entropy_that_pixels_have_lost():
    decoder = PixelDecoder(torch.nn.Unflatten(1, (1, 1, 4)))
    ell = torch.tensor([[-3.0, 0.0, 0.7, 40.0]])
    x = torch.tensor([[-1.0, 0.3, 0.9, -1.0]])
    target, mean = (1 + x) / 2, (1 + decoder(ell).flatten(1)) / 2
    entropy = binary_cross_entropy_with_logits(decoder.logits(ell).flatten(1), target, reduction="none")
    torch.testing.assert_close(
        entropy[:, :3], binary_cross_entropy(mean[:, :3], target[:, :3], reduction="none")
    )
    assert float(entropy[0, 3]) == 40
    assert float(mean[0, 3]) == 1


def test_in_evaluation_an_image_is_coded_by_itself_and_in_training_it_is_not():
    torch.manual_seed(0)
    net = vector_autoencoder(1, size=16, width=4)
    x = torch.rand(6, 1, 16, 16)
    torch.testing.assert_close(net.eval().encoder(x)[:2], net.encoder(x[:2]))
    assert not torch.allclose(net.train().encoder(x)[:2], net.encoder(x[:2]), atol=1e-3)


def test_every_parameter_is_used_and_widths_double():
    net = vector_autoencoder(1, size=16, width=4, depth=3)
    net(torch.rand(2, 1, 16, 16)).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    convolutions = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [m.out_channels for m in convolutions] == [4, 8, 16]
    # Biases that a normalisation takes away again are not there.
    assert all(m.bias is None for m in convolutions)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 0}, "channels=0"),
        ({"code": 0}, "code=0"),
        ({"width": 0}, "width=0; use at least 1"),
        ({"size": 28}, "side 28 cannot be halved 3 times"),
        ({"size": 4}, "side 4 cannot be halved 3 times"),
        ({"depth": 0}, "cannot be halved 0 times"),
    ],
)
def test_impossible_sizes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        vector_autoencoder(**({"channels": 1} | options))
