"""Autoencoders of images: sizes of codes, and what is refused."""

import pytest
import torch
from torch import nn

from udtlib.nets.autoencoder import Autoencoder, image_autoencoder, residual_blocks


@pytest.mark.parametrize(("channels", "halvings", "size"), [(1, 2, 28), (3, 1, 16), (1, 0, 7)])
def test_codes_are_small_images_and_decode_to_the_same_size(channels, halvings, size):
    coder = image_autoencoder(channels, width=4, halvings=halvings, blocks=1)
    x = torch.rand(2, channels, size, size) * 2 - 1
    code = coder.encoder(x)
    assert code.shape == (2, 4 * 2**halvings, size >> halvings, size >> halvings)
    made = coder.decoder(code)
    assert made.shape == x.shape
    assert made.detach().abs().max() <= 1
    assert torch.equal(coder(x), made)


def test_shared_blocks_keep_the_shape_of_a_code_and_add_to_it():
    blocks, code = residual_blocks(6, count=2, norm=nn.Identity), torch.randn(2, 6, 4, 4)
    assert blocks(code).shape == code.shape
    for parameter in blocks.parameters():
        nn.init.zeros_(parameter)
    assert torch.equal(blocks(code), code)
    assert len(residual_blocks(6, count=0)) == 0


def test_an_autoencoder_of_any_nets_decodes_what_it_encodes():
    coder = Autoencoder(nn.Linear(2, 3), nn.Linear(3, 2))
    x = torch.randn(4, 2)
    assert torch.equal(coder(x), coder.decoder(coder.encoder(x)))


@pytest.mark.parametrize("sizes", [{"channels": 0}, {"width": 0}, {"halvings": -1}, {"blocks": -1}])
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match=next(iter(sizes))):
        image_autoencoder(**({"channels": 1} | sizes))
