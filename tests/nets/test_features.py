"""Described patches: which maps a net shows, and what its heads say of places."""

import pytest
import torch

from udtlib.nets.features import PatchHeads, drawn_places
from udtlib.nets.resize_unet import ResizeUNet


def net() -> ResizeUNet:
    torch.manual_seed(0)
    return ResizeUNet(3, 1, width=4, depth=3)


def test_a_u_net_shows_the_image_and_all_maps_but_the_innermost():
    maps = net().features(torch.randn(2, 3, 32, 32))
    assert [tuple(each.shape) for each in maps] == [(2, 3, 32, 32), (2, 4, 16, 16), (2, 8, 8, 8)]
    assert net().channels == [3, 4, 8]


def test_its_maps_are_those_that_the_translation_is_made_of():
    unet, x = net(), torch.randn(2, 3, 32, 32)
    seen = []
    unet.down[1].register_forward_hook(lambda module, given, answer: seen.append(answer))
    unet(x)
    assert torch.equal(unet.features(x)[2], seen[0])


def test_answers_have_length_one_and_are_those_of_their_places():
    unet, x = net(), torch.randn(2, 3, 32, 32)
    maps, heads = unet.features(x), PatchHeads(unet.channels, width=5)
    places = drawn_places(maps, count=9)
    answers = heads(maps, places)
    assert [tuple(each.shape) for each in answers] == [(2, 9, 5)] * 3
    for answer in answers:
        torch.testing.assert_close(answer.norm(dim=-1), torch.ones(2, 9))
    row, column = divmod(places[1][4].item(), 16)
    alone = heads.heads[1](maps[1][0, :, row, column])
    torch.testing.assert_close(answers[1][0, 4], alone / alone.norm())


def test_places_are_different_ones_and_no_more_than_there_are():
    maps = [torch.zeros(1, 1, 4, 6), torch.zeros(1, 1, 2, 2)]
    first, second = drawn_places(maps, count=10)
    assert len(first.unique()) == 10
    assert int(first.max()) < 24
    assert sorted(second.tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("settings", [{"channels": []}, {"channels": [3, 0]}, {"channels": [3], "width": 0}])
def test_heads_without_a_size_are_refused(settings):
    with pytest.raises(ValueError, match="pass the channels of a FeatureNet"):
        PatchHeads(**settings)


def test_as_many_maps_as_heads():
    with pytest.raises(ValueError, match="2 heads take as many maps and lists of places, got 1 and 1"):
        PatchHeads([3, 4])([torch.zeros(1, 3, 4, 4)], [torch.tensor([0])])
