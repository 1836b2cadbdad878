"""Autoencoders that chapters begin from: each trains, ships, comes back, and draws again what it saw."""

from pathlib import Path

import pytest
import torch

from tests.experiments.tiny import QUICK, SETTING, carried_out, same_nets, tiny
from udtlib.data.digit_pairs import two_digits
from udtlib.data.digit_swap import digit_swap
from udtlib.data.pair import IndependentPair
from udtlib.experiments.autoencoders import AUTOENCODERS, redrawn, shipped_codes, shipped_spaces
from udtlib.experiments.latent_spaces import same_digits
from udtlib.experiments.shipped import shipped_card
from udtlib.objectives.autoencoder import SharedCoding
from udtlib.objectives.base import Clock
from udtlib.types import Batch


def small(name: str) -> IndependentPair:
    """The system's images, from the digits that come with the package."""
    if name == "threes and eights":
        return two_digits()
    if name == "digits on either side":
        return digit_swap()
    pair = same_digits(source="embedded")
    domain = pair.source if name.startswith("digits") else pair.target
    return IndependentPair(domain, domain)


@pytest.mark.parametrize("name", AUTOENCODERS.systems)
def test_each_is_built_again_as_it_is_trained(name: str) -> None:
    assert same_nets(AUTOENCODERS, name, pair=small(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", AUTOENCODERS.systems)
def test_each_is_trained_and_scored(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tiny(AUTOENCODERS, only={name})
    monkeypatch.setattr(type(few), "pair_of", lambda self, system: lambda setting: small(name))
    (row,) = carried_out(few, tmp_path).rows
    assert 0 < row.other["root mean squared error of a pixel"][0] < 2


def test_a_shared_coding_codes_both_domains() -> None:
    """Its loss is the coding's, of all images at once."""
    pair = small("digits")
    game = AUTOENCODERS.systems["digits"].game(pair, SETTING)
    assert isinstance(game, SharedCoding)
    x, y = pair.source.train[:3], pair.source.train[3:8]
    (term,) = game("autoencoder", Batch(x, y), Clock(0, 1)).values()
    both = torch.cat([x, y])
    torch.testing.assert_close(term, game.coding.squared_error(game.coding.encode(both), both))


@pytest.mark.parametrize(
    ("name", "system", "limit"),
    [
        ("threes-and-eights", "threes and eights", 0.3),
        ("digits-on-either-side", "digits on either side", 0.1),
        ("digits", "digits", 0.45),
        ("negatives", "negatives", 0.45),
        ("digits-even", "digits, even", 0.45),
        ("negatives-even", "negatives, even", 0.45),
    ],
)
def test_what_ships_draws_digits_again(name: str, system: str, limit: float) -> None:
    """On the digits of the package, an error near that of its card."""
    pair, card = small(system), shipped_card(name)
    assert card["system"] == system
    if system in ("threes and eights", "digits on either side"):
        autoencoder = shipped_codes(name, pair, QUICK).space.autoencoder
    else:
        autoencoder = shipped_spaces((name, name), pair).coding_x.autoencoder
    (error,) = redrawn(autoencoder, pair).other.values()
    assert error < limit
    assert error == pytest.approx(card["scores"]["other"]["root mean squared error of a pixel"], rel=0.15)


def test_codes_are_scaled_on_the_pair_that_is_coded() -> None:
    coded = shipped_codes("threes-and-eights", two_digits())
    both = torch.cat([coded.codes.source.train, coded.codes.target.train])
    assert both.square().mean().item() == pytest.approx(1, abs=1e-3)
    assert both.mean(0).abs().max() < 1e-3
