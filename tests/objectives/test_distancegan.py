"""DistanceGAN: eight weights and their terms, one side or two, and what is refused."""

import math

import pytest
import torch
from torch import nn

from udtlib.data.pair import IndependentPair, Samples
from udtlib.losses.distance import half_distances, left_right, pairwise_distances, top_bottom
from udtlib.losses.reconstruction import l1, l2
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.unet import UNet
from udtlib.objectives.base import Clock, total
from udtlib.objectives.biases import Cycle
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.distancegan import (
    NO_WAY,
    ONE_WAY,
    Weights,
    distancegan,
    kept_distances,
    measure_scales,
)
from udtlib.objectives.gan import GANConfig
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

CLOCK = Clock(0, 10)


def pair(*, sources=(2, 8, 8), targets=(3, 8, 8)):
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.rand(16, *shape, generator=generator) * 2 - 1 for shape in (sources, targets))
    return IndependentPair(Samples(x, x), Samples(y, y))


def scales_of(game):
    (bias,) = game.biases
    return bias.scales


def batch(size=4):
    return pair().batch(0, size=size, seed=0)


def net(inputs, outputs):
    return Direct(UNet(inputs, outputs, width=4, depth=2, norm=nn.InstanceNorm2d))


def judge(channels):
    return PatchGAN(channels, field=7, width=4, norm=nn.Identity)


def one_sided(*, forth=ONE_WAY, back=NO_WAY, halves=left_right, **settings):
    torch.manual_seed(0)
    kept = kept_distances(forth, back, halves=halves)
    scales = measure_scales(pair(), kept, count=16) if kept else None
    return distancegan(
        net(2, 3), None, judge(3), scales=scales, forth=forth, back=back, halves=halves, **settings
    )


def two_sided(*, forth=ONE_WAY, back=NO_WAY, halves=left_right, **settings):
    torch.manual_seed(0)
    kept = kept_distances(forth, back, halves=halves)
    scales = measure_scales(pair(), kept, count=16) if kept else None
    return distancegan(
        TwoWay(net(2, 3), net(3, 2)),
        judge(2),
        judge(3),
        scales=scales,
        forth=forth,
        back=back,
        halves=halves,
        **settings,
    )


ALL = Weights(cycle=10, distance=0.5)
NO_WAY_BUT_GAN = Weights()


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: one_sided(), {"fool_y", "distance_x"}),
        (lambda: one_sided(forth=Weights(self_distance=1)), {"fool_y", "self_x"}),
        (lambda: one_sided(forth=Weights()), {"fool_y"}),
        (
            lambda: two_sided(forth=ALL, back=ALL),
            {"fool_x", "fool_y", "cycle_x", "cycle_y", "distance_x", "distance_y"},
        ),
        (
            lambda: two_sided(forth=Weights(self_distance=1), back=Weights(self_distance=1)),
            {"fool_x", "fool_y", "self_x", "self_y"},
        ),
        (lambda: two_sided(forth=Weights(distance=1), back=Weights()), {"fool_x", "fool_y", "distance_x"}),
    ],
)
def test_each_weight_brings_its_term_and_no_other(make, names):
    assert set(make().translator_loss(batch(), CLOCK)) == names


@pytest.mark.parametrize(("field", "term"), [("gan", "fool"), ("cycle", "cycle"), ("distance", "distance")])
@pytest.mark.parametrize("way", ["forth", "back"])
def test_each_of_the_eight_weights_multiplies_its_term(field, term, way):
    plain = {"gan": 1.0, "cycle": 1.0, "distance": 1.0}
    ways = {"forth": Weights(**plain), "back": Weights(**plain)}
    light = two_sided(**ways).translator_loss(batch(), CLOCK)
    heavy = two_sided(**ways | {way: Weights(**plain | {field: 3.0})}).translator_loss(batch(), CLOCK)
    domain = {"forth": "x", "back": "y"}[way] if field != "gan" else {"forth": "y", "back": "x"}[way]
    for name, value in heavy.items():
        factor = 3 if name == f"{term}_{domain}" else 1
        assert value.item() == pytest.approx(factor * light[name].item(), rel=1e-4), name


@pytest.mark.parametrize("way", ["forth", "back"])
def test_the_self_distances_weights_multiply_their_terms(way):
    ways = {"forth": Weights(self_distance=1), "back": Weights(self_distance=1)}
    light = two_sided(**ways).translator_loss(batch(), CLOCK)
    heavy = two_sided(**ways | {way: Weights(self_distance=2)}).translator_loss(batch(), CLOCK)
    name = {"forth": "self_x", "back": "self_y"}[way]
    assert heavy[name].item() == pytest.approx(2 * light[name].item(), rel=1e-5)


def test_the_distance_term_is_the_formula():
    objective, b = one_sided(forth=Weights(distance=0.5)), batch()
    x, made = b.x, objective.translator(b.x)
    (mu_x, sigma_x), (mu_y, sigma_y) = ((s.mean, s.deviation) for s in scales_of(objective))
    gaps = []
    for i in range(4):
        for j in range(i + 1, 4):
            before = ((x[i] - x[j]).abs().sum() - mu_x) / sigma_x
            after = ((made[i] - made[j]).abs().sum() - mu_y) / sigma_y
            gaps.append((before - after).abs())
    term = objective.translator_loss(b, CLOCK)["distance_x"]
    assert term.item() == pytest.approx(0.5 * torch.stack(gaps).mean().item(), rel=1e-4)


def test_the_way_back_uses_each_domains_own_statistics():
    objective, b = two_sided(forth=Weights(), back=Weights(distance=1)), batch()
    before, after = pairwise_distances(b.y), pairwise_distances(objective.translator.inverse(b.y))
    x, y = scales_of(objective)
    expected = (y.normalise(before) - x.normalise(after)).abs().mean()
    assert objective.translator_loss(b, CLOCK)["distance_y"].item() == pytest.approx(expected.item())


def test_the_self_distance_cuts_as_configured():
    config = {"forth": Weights(self_distance=1), "halves": top_bottom}
    objective, b = one_sided(**config), batch()
    x, y = scales_of(objective)
    before, after = (half_distances(v, halves=top_bottom) for v in (b.x, objective.translator(b.x)))
    expected = (x.normalise(before) - y.normalise(after)).abs().mean()
    assert objective.translator_loss(b, CLOCK)["self_x"].item() == pytest.approx(expected.item())


def test_without_distances_it_is_cyclegan():
    ours = two_sided(forth=Weights(cycle=10), back=Weights(cycle=10))
    torch.manual_seed(0)
    theirs = cyclegan(TwoWay(net(2, 3), net(3, 2)), judge(2), judge(3))
    for player in ours.players():
        mine, its = (total(game(player, batch(), CLOCK)) for game in (ours, theirs))
        assert mine.item() == pytest.approx(its.item(), rel=1e-6)


def test_with_the_logarithmic_game_and_squares_it_is_discogan():
    ours = two_sided(forth=Weights(cycle=1), back=Weights(cycle=1), game=GANConfig(), cycle_loss=l2, pool=0)
    torch.manual_seed(0)
    theirs = discogan(TwoWay(net(2, 3), net(3, 2)), judge(2), judge(3))
    for player in ours.players():
        mine, its = (total(game(player, batch(), CLOCK)) for game in (ours, theirs))
        assert mine.item() == pytest.approx(its.item(), rel=1e-6)


def test_the_backbones_differ_in_how_the_cycle_is_measured():
    (absolute,) = (b for b in two_sided(forth=ALL, back=NO_WAY_BUT_GAN).biases if isinstance(b, Cycle))
    assert absolute.compare is l1


def test_a_one_sided_game_has_half_of_the_networks():
    one, two = one_sided(), two_sided(forth=ALL, back=ALL)
    count = [sum(p.numel() for p in game.parameters()) for game in (one, two)]
    assert count[0] == pytest.approx(count[1] / 2, rel=0.05)
    assert not isinstance(one.translator, InvertibleTranslator)


def test_pairwise_and_self_distance_together_are_refused():
    with pytest.raises(ValueError, match="alternatives, got distance=1 and self_distance=2"):
        kept_distances(Weights(distance=1, self_distance=2), NO_WAY)
    with pytest.raises(ValueError, match="set one of them to 0 on both ways"):
        kept_distances(Weights(distance=1), Weights(self_distance=1))


@pytest.mark.parametrize("name", ["gan", "cycle", "distance", "self_distance"])
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_weights_are_not_negative(name, value):
    with pytest.raises(ValueError, match=f"{name}={value}"):
        Weights(**{name: value})


def test_a_game_without_terms_is_refused():
    with pytest.raises(ValueError, match="all eight weights are zero"):
        one_sided(forth=NO_WAY)


def test_a_batch_of_one_has_no_distances():
    with pytest.raises(ValueError, match="two samples, got a batch of 1; use batch_size=2"):
        one_sided().translator_loss(batch(1), CLOCK)


def test_a_batch_of_one_is_enough_for_the_self_distance():
    terms = one_sided(forth=Weights(self_distance=1)).translator_loss(batch(1), CLOCK)
    assert total(terms).isfinite()


@pytest.mark.parametrize(
    ("weights", "x", "y", "message"),
    [
        ({}, None, None, "the way forth has gan=1.0 but discriminator_y is None"),
        ({"back": Weights()}, None, judge(3), "the way back has gan=1.0 but discriminator_x"),
        ({}, judge(2), judge(3), "discriminator_x would judge translations that nobody"),
    ],
)
def test_weights_and_discriminators_belong_together(weights, x, y, message):
    scales = measure_scales(pair(), count=16)
    with pytest.raises(ValueError, match=message):
        distancegan(TwoWay(net(2, 3), net(3, 2)), x, y, scales=scales, **weights)


@pytest.mark.parametrize(
    "weights",
    [
        {"forth": Weights(cycle=10)},
        {"forth": Weights(), "back": Weights(gan=0, distance=1)},
    ],
)
def test_a_translator_without_a_way_back_cannot_come_back(weights):
    with pytest.raises(TypeError, match="Direct has none; give TwoWay"):
        distancegan(net(2, 3), None, judge(3), scales=measure_scales(pair(), count=16), **weights)


def test_distances_need_scales():
    with pytest.raises(ValueError, match="pass scales=measure_scales"):
        distancegan(net(2, 3), None, judge(3), scales=None)


def test_scales_are_those_of_the_training_samples():
    found = measure_scales(pair(), count=16, seed=3)
    b = pair().batch(0, size=16, seed=3)
    for scale, samples in zip(found, (b.x, b.y), strict=True):
        d = pairwise_distances(samples).double()
        assert scale.mean == pytest.approx(d.mean().item(), rel=1e-6)
        assert scale.deviation == pytest.approx(d.std(correction=0).item(), rel=1e-6)


def test_a_constant_domain_has_no_scale():
    same = Samples(torch.ones(8, 1, 4, 4), torch.ones(8, 1, 4, 4))
    with pytest.raises(ValueError, match="distances are all equal"):
        measure_scales(IndependentPair(same, same), count=8)
