"""Games of wrong parts: a net for a translator, exchanged arguments, one module twice."""

import math

import pytest
from torch import nn

from udtlib.objectives.alignflow import AlignFlow
from udtlib.objectives.biases import Cycle
from udtlib.objectives.cgan import ConditionalGAN
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.flow_matching import FlowMatching
from udtlib.objectives.gan import GAN
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix
from udtlib.objectives.unit import UNIT
from udtlib.objectives.wgan import WGAN
from udtlib.translators.direct import Direct
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.translators.two_way import TwoWay
from udtlib.translators.velocity_flow import VelocityFlow

pytestmark = pytest.mark.usefixtures("as_a_user")


def net() -> nn.Module:
    return nn.Linear(2, 2)


def judge() -> nn.Module:
    return nn.Linear(2, 1)


def both() -> TwoWay:
    return TwoWay(Direct(net()), Direct(net()))


#: Objectives of one translator or generator and so many judges.
GAMES = {"GAN": (GAN, 1), "WGAN": (WGAN, 1), "Pix2Pix": (Pix2Pix, 1), "cyclegan": (cyclegan, 2)}
GAMES |= {"discogan": (discogan, 2), "UNIT": (UNIT, 2), "AlignFlow": (AlignFlow, 2)}
GAMES |= {"ConditionalGAN": (ConditionalGAN, 1), "PairedRegression": (PairedRegression, 0)}


@pytest.mark.parametrize(("make", "judges"), GAMES.values(), ids=GAMES)
def test_a_net_nothing_or_a_class_in_place_of_a_translator_is_refused(make, judges):
    for odd, words in ((net(), "Linear"), (None, "None"), (TwoWay, "the class TwoWay itself")):
        with pytest.raises(TypeError, match=rf"(translator|generator) must be of \w+, got {words}; \w"):
            make(odd, *(judge() for _ in range(judges)))


REFUSED = {
    "a net says its remedy": (lambda: GAN(net(), judge()), r"Direct\(net\) makes a translator of a net"),
    "so do ways back": (lambda: cyclegan(net(), judge(), judge()), r"TwoWay\(T, S\) makes one of two"),
    "no judge": (lambda: GAN(Direct(net()), None), "discriminator must be of Module, got None"),
    "one judge too few": (
        lambda: cyclegan(both(), judge(), None),
        "discriminator_y must be of Module, got None",
    ),
    "a judge twice": (
        lambda: cyclegan(both(), *[judge()] * 2),
        "_x and discriminator_y are one module",
    ),
    "exchanged": (
        lambda: GAN(Direct(net()), Direct(judge())),
        "discriminator judges samples, got the translator",
    ),
    "exchanged twice": (lambda: cyclegan(both(), both(), judge()), "discriminator_x judges samples, got the"),
    "one translator twice": (lambda: TwoWay(*[Direct(net())] * 2), "forth and back are one module, Direct"),
    "nets both ways": (lambda: TwoWay(net(), net()), "forth must be of Translator, got Linear; Direct"),
    "no net": (lambda: Direct(None), "net must be of Module, got None"),
    "no flow": (lambda: FlowMatching(Direct(net())), "flow must be of VelocityFlow, got Direct"),
    "no integrator": (
        lambda: VelocityFlow(net(), integrator="Euler"),
        "must be of Integrator, or None",
    ),
    "no solver": (lambda: ResidualFlow([net()], solver=None), "solver must be of Solver, got None"),
    "no settings": (
        lambda: GAN(Direct(net()), judge(), config={}),
        "of GANConfig, or None, got dict",
    ),
    "no game": (lambda: cyclegan(both(), judge(), judge(), game=None), "game must be of GANConfig, got None"),
    "a weight below zero": (lambda: cyclegan(both(), judge(), judge(), cycle_weight=-1), "cycle_weight=-1"),
    "a weight of NaN": (
        lambda: cyclegan(both(), judge(), judge(), cycle_weight=math.nan),
        "cycle_weight must be a finite number",
    ),
    "a bias of NaN": (lambda: Cycle(weight=math.nan), "weight must be a finite number"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_parts_that_make_no_game_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_right_parts_still_make_one():
    assert cyclegan(both(), judge(), judge())
    assert GAN(Direct(net()), judge(), config=None)
    assert VelocityFlow(net(), integrator=None)
