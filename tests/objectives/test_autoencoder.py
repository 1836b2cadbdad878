"""The plain autoencoder: its loss by hand, both domains in it, and that it learns to draw again."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy

from udtlib.data.pair import IndependentPair, Samples
from udtlib.nets.autoencoder import Autoencoder, image_autoencoder
from udtlib.nets.vector_autoencoder import PixelDecoder, vector_autoencoder
from udtlib.objectives.autoencoder import Reconstruction
from udtlib.objectives.base import AdamConfig, Clock
from udtlib.train import TrainConfig, fit
from udtlib.types import Batch, Tensor

CLOCK = Clock(0, 10)


def images(count: int, *, seed: int = 0) -> Tensor:
    return torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def constant(logit: float) -> Autoencoder:
    """Draws the same grey whatever it sees."""
    body = nn.Sequential(nn.Linear(2, 64), nn.Unflatten(1, (1, 8, 8)))
    nn.init.zeros_(body[0].weight)
    nn.init.constant_(body[0].bias, logit)
    return Autoencoder(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), PixelDecoder(body))


def loss(autoencoder: Autoencoder, x: Tensor, y: Tensor) -> float:
    (term,) = Reconstruction(autoencoder)("autoencoder", Batch(x, y), CLOCK).items()
    assert term[0] == "pixels"
    return term[1].item()


def test_a_pixel_of_unknown_colour_costs_the_logarithm_of_two() -> None:
    """Summed over an image, averaged over images: a larger batch does not cost more."""
    for count in (1, 5):
        assert loss(constant(0.0), images(count), images(count)) == pytest.approx(64 * math.log(2), rel=1e-5)


@pytest.mark.parametrize("ell", [-2.0, 1.5])
def test_white_and_black_pixels_by_hand(ell: float) -> None:
    white, black = torch.ones(1, 1, 8, 8), -torch.ones(1, 1, 8, 8)
    of_white, of_black = (64 * math.log1p(math.exp(sign * ell)) for sign in (-1, 1))
    assert loss(constant(ell), white, white) == pytest.approx(of_white, rel=1e-5)
    assert loss(constant(ell), black, black) == pytest.approx(of_black, rel=1e-5)
    # Both domains count, each of their images once.
    mixed = loss(constant(ell), white, black.expand(3, -1, -1, -1))
    assert mixed == pytest.approx((of_white + 3 * of_black) / 4, rel=1e-5)


def test_it_is_the_cross_entropy_of_what_is_drawn() -> None:
    torch.manual_seed(0)
    autoencoder = vector_autoencoder(1, size=8, depth=2, width=4, code=3).eval()
    x, y = images(4), images(3, seed=1)
    both = torch.cat([x, y])
    entropy = binary_cross_entropy((1 + autoencoder(both)) / 2, (1 + both) / 2, reduction="none")
    assert loss(autoencoder, x, y) == pytest.approx(entropy.sum((1, 2, 3)).mean().item(), rel=1e-4)


def test_nothing_costs_less_than_the_image_itself() -> None:
    """For a grey pixel the least cost is its entropy, where the drawn mean is the grey."""
    grey = torch.full((2, 1, 8, 8), 0.5)
    best = math.log(0.75 / 0.25)
    costs = [loss(constant(best + off), grey, grey) for off in (-0.3, 0.0, 0.3)]
    assert costs[1] < min(costs[0], costs[2])
    assert costs[1] == pytest.approx(64 * -(0.75 * math.log(0.75) + 0.25 * math.log(0.25)), rel=1e-5)
    torch.testing.assert_close(constant(best)(grey), grey)


def test_it_learns_to_draw_both_domains() -> None:
    torch.manual_seed(0)
    bars = torch.full((8, 1, 8, 8), -1.0)
    for k in range(8):
        bars[k, :, k] = 1
    pair = IndependentPair(Samples(bars, bars), Samples(bars.mT.contiguous(), bars.mT.contiguous()))
    objective = Reconstruction(
        vector_autoencoder(1, size=8, depth=2, width=8, code=8), optimiser=AdamConfig(rate=5e-3)
    )
    history = fit(objective, pair, config=TrainConfig(steps=150, batch_size=16, log_every=10, progress=False))
    series = history.series("autoencoder/pixels")
    assert series[-1] < 0.2 * series[0]
    autoencoder = objective.autoencoder.eval()
    for each in (bars, bars.mT):
        assert ((autoencoder(each) > 0) == (each > 0)).double().mean() > 0.97


def test_one_player_with_its_settings() -> None:
    autoencoder = constant(0.0)
    (player,) = Reconstruction(autoencoder, optimiser=AdamConfig(rate=0.7)).players().values()
    assert player.module is autoencoder
    assert player.optimiser.rate == 0.7


def test_a_decoder_without_logits_is_refused() -> None:
    with pytest.raises(TypeError, match="needs logits, and Sequential gives none; use a PixelDecoder"):
        Reconstruction(image_autoencoder(1, width=4, halvings=1, blocks=1))
