"""Systems that translate images: the nets take the sides and channels that are declared."""

import pytest
import torch

from udtlib.experiments.catalogue import entries, find
from udtlib.profiles import NAMES, Profile
from udtlib.translators.stochastic import StochasticTranslator

IMAGES = {
    f"{experiment.name}: {name}": system.translation
    for experiment in map(find, entries())
    for name, system in experiment.systems.items()
    if system.translation is not None
}


def size(name):
    return Profile(name=name, device=torch.device("cpu"))


@pytest.mark.parametrize("name", IMAGES)
def test_some_image_has_sides_that_the_nets_take(name):
    for each in NAMES:
        sides = IMAGES[name].sides(size(each))
        assert sides.allow(sides.next(1))


@torch.no_grad()
@pytest.mark.parametrize("name", [name for name, each in IMAGES.items() if not each.from_noise])
def test_the_smallest_image_is_translated_to_one_of_the_same_side(name):
    translation, quick = IMAGES[name], size("quick")
    before, after = translation.channels
    side, translator = translation.sides(quick).next(1), translation.build(quick).eval()
    x = torch.rand(2, before, side, side) * 2 - 1
    if isinstance(translator, StochasticTranslator):
        translator = translator.given(translator.draw(x))
    assert translator(x).shape == (2, after, side, side)
