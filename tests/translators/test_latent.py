"""Translators through a latent space: what is shared, bridged, and blurred."""

import pytest
import torch
from torch import nn

from udtlib.nets.autoencoder import Autoencoder, image_autoencoder, residual_blocks
from udtlib.numerics.gaussian import rotation
from udtlib.translators.affine import Affine
from udtlib.translators.latent import LatentTranslator


def coder(inputs: int, latent: int = 2) -> Autoencoder:
    return Autoencoder(nn.Linear(inputs, latent), nn.Linear(latent, inputs))


def test_it_encodes_with_one_domain_and_decodes_with_the_other():
    T = LatentTranslator(coder(3), coder(4))
    x, y = torch.randn(5, 3), torch.randn(5, 4)
    assert torch.equal(T(x), T.coder_y.decoder(T.coder_x.encoder(x)))
    assert torch.equal(T.inverse(y), T.coder_x.decoder(T.coder_y.encoder(y)))
    assert not T.exact


def test_shared_layers_stand_around_the_code_of_both_domains():
    end, start = nn.Linear(2, 2), nn.Linear(2, 2)
    T = LatentTranslator(coder(3), coder(4), shared_end=end, shared_start=start)
    x, y = torch.randn(5, 3), torch.randn(5, 4)
    assert torch.equal(T(x), T.coder_y.decoder(start(end(T.coder_x.encoder(x)))))
    assert torch.equal(T.encode_y(y), end(T.coder_y.encoder(y)))
    assert torch.equal(T.decode_x(end.bias[None]), T.coder_x.decoder(start(end.bias[None])))
    T(x).sum().backward()
    assert all(p.grad is not None for p in [*end.parameters(), *start.parameters()])
    assert all(p.grad is None for p in T.coder_x.decoder.parameters())


def test_shared_layers_are_counted_once():
    parts = coder(3), coder(3), nn.Linear(2, 2), nn.Linear(2, 2)
    T = LatentTranslator(*parts[:2], shared_end=parts[2], shared_start=parts[3])
    counted = sum(p.numel() for p in T.parameters())
    assert counted == sum(p.numel() for part in parts for p in part.parameters())


def test_a_bridge_translates_codes_there_and_back():
    bridge = Affine(rotation(1.0), torch.tensor([1.0, 2.0]))
    T = LatentTranslator(coder(3), coder(4), bridge=bridge)
    x, y = torch.randn(5, 3), torch.randn(5, 4)
    torch.testing.assert_close(T(x), T.decode_y(bridge(T.encode_x(x))))
    torch.testing.assert_close(T.inverse(y), T.decode_x(bridge.inverse(T.encode_y(y))))
    torch.testing.assert_close(T.cross_back(T.cross(x[:, :2])), x[:, :2], atol=1e-5, rtol=1e-5)


def test_codes_are_noisy_in_training_and_means_in_evaluation():
    torch.manual_seed(0)
    T = LatentTranslator(coder(3), coder(3), noise=2.0)
    z = torch.zeros(20_000, 2)
    drawn = T.blur(z)
    assert drawn.std().item() == pytest.approx(2, abs=0.05)
    assert drawn.mean().item() == pytest.approx(0, abs=0.05)
    assert torch.equal(T.eval().blur(z), z)
    x = torch.randn(4, 3)
    assert torch.equal(T(x), T(x))


def test_domains_with_different_channels_share_a_latent_space_of_images():
    shared = [residual_blocks(8, count=1) for _ in range(2)]
    coders = [image_autoencoder(c, width=4, halvings=1, blocks=1) for c in (1, 3)]
    T = LatentTranslator(*coders, shared_end=shared[0], shared_start=shared[1])
    assert T(torch.randn(2, 1, 8, 8)).shape == (2, 3, 8, 8)
    assert T.inverse(torch.randn(2, 3, 8, 8)).shape == (2, 1, 8, 8)


@pytest.mark.parametrize("noise", [-1.0, float("nan")])
def test_noise_without_a_deviation_is_refused(noise):
    with pytest.raises(ValueError, match="noise="):
        LatentTranslator(coder(3), coder(3), noise=noise)
