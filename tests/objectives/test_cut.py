"""CUT: which terms it has, what moves whom, and what is refused."""

import pytest
import torch
from torch import nn

from udtlib.losses.contrast import patch_nce
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.nets.unet import UNet
from udtlib.objectives.base import Clock, total
from udtlib.objectives.biases import PatchNCE
from udtlib.objectives.cut import cut
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch

NOW = Clock(0, 10)


def way() -> Direct:
    return Direct(ResizeUNet(3, 3, width=4, depth=2))


def judge() -> PatchGAN:
    return PatchGAN(3, field=7, width=4, norm=nn.Identity)


def batch() -> Batch:
    return Batch(*(torch.rand(2, 3, 16, 16) * 2 - 1 for _ in "xy"))


@pytest.fixture(autouse=True)
def same_start():
    torch.manual_seed(0)


def test_the_terms_of_one_way():
    terms = cut(way(), None, judge())("translator", batch(), NOW)
    assert set(terms) == {"fool_y", "patches_x", "identity_y"}


def test_the_faster_sibling_has_no_identity():
    terms = cut(way(), None, judge(), patch_weight=10, identity_share=0)("translator", batch(), NOW)
    assert set(terms) == {"fool_y", "patches_x"}


def test_both_ways_are_two_games():
    game = cut(TwoWay(way(), way()), judge(), judge())
    terms = game("translator", batch(), NOW)
    assert set(terms) == {"fool_y", "fool_x", "patches_x", "identity_y", "patches_y", "identity_x"}
    # Neither way's terms of patches move the other.
    (terms["patches_x"] + terms["identity_y"]).backward()
    assert all(p.grad is None for p in game.translator.back.parameters())
    assert all(p.grad is not None for p in game.translator.forth.net.down[0].parameters())


def test_it_is_the_formula():
    game, given = cut(way(), None, judge(), patch_weight=3, places=10_000), batch()
    (bias,) = game.biases
    net, x, Tx = bias.net, given.x, game.translator(given.x)
    every = [torch.arange(each.shape[-1] ** 2) for each in net.features(x)]
    pairs = zip(bias.heads(net.features(Tx), every), bias.heads(net.features(x), every), strict=True)
    expected = 3 * torch.stack([patch_nce(q, k) for q, k in pairs]).mean()
    torch.testing.assert_close(game("translator", given, NOW)["patches_x"], expected)


def test_weights_multiply():
    torch.manual_seed(1)
    game, given = cut(way(), None, judge(), patch_weight=2, identity_share=0.5, places=10_000), batch()
    (bias,) = game.biases
    terms = game("translator", given, NOW)
    torch.testing.assert_close(terms["patches_x"], 2 * bias.loss(given.x, game.translator(given.x)))
    torch.testing.assert_close(terms["identity_y"], bias.loss(given.y, game.translator(given.y)))


def test_the_source_s_features_do_not_come_to_meet_the_translation_s():
    bias = PatchNCE(net=way().net, heads=cut(way(), None, judge()).biases[0].heads)
    source, translation = (each.requires_grad_() for each in batch()[:2])
    bias.loss(source, translation).backward()
    assert source.grad is None
    assert translation.grad is not None


def test_heads_move_with_the_translator_and_not_with_the_judge():
    game = cut(way(), None, judge())
    players = game.players()
    heads = {id(p) for p in game.biases[0].heads.parameters()}
    assert heads <= {id(p) for p in players["translator"].module.parameters()}
    assert not heads & {id(p) for p in players["discriminators"].module.parameters()}
    total(game("translator", batch(), NOW)).backward()
    assert all(p.grad is not None for p in game.biases[0].heads.parameters())


def test_a_map_that_moves_things_is_worse_than_one_that_leaves_them():
    bias, given = cut(way(), None, judge(), places=10_000).biases[0], batch()
    assert bias.loss(given.x, given.x) < bias.loss(given.x, given.x.roll(5, dims=3))


def test_a_net_that_describes_no_patches_is_refused():
    with pytest.raises(TypeError, match=r"UNet has no features; give Direct\(ResizeUNet"):
        cut(Direct(UNet(3, 3, width=4, depth=2)), None, judge())


def test_a_way_back_needs_its_judge():
    with pytest.raises(ValueError, match="nobody would judge the way back"):
        cut(TwoWay(way(), way()), None, judge())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"patch_weight": 0}, "weight of a PatchNCE must be positive"),
        ({"identity_share": -1}, "identity_share must not be negative, got -1"),
        ({"identity_share": float("nan")}, "identity_share must be a finite number"),
        ({"temperature": 0}, "temperature must be positive and finite, got 0"),
        ({"places": 1}, "got places=1; use at least 2"),
        ({"width": 0}, "width=0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        cut(way(), None, judge(), **settings)


def test_a_bias_of_patches_goes_one_way():
    with pytest.raises(ValueError, match="give two PatchNCE"):
        PatchNCE(net=way().net, heads=cut(way(), None, judge()).biases[0].heads, starts="xy")
