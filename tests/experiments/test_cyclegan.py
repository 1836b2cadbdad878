"""Chapter 04's experiments on images: systems differ in what their names say, and every table is whole."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, tiny, untrained
from udtlib.data.faces.attributes import glasses_pair
from udtlib.data.street_digits import negative_digits, street_to_digits
from udtlib.experiments import unpaired
from udtlib.experiments.cyclegan import FACES, NEGATIVES, STREET
from udtlib.experiments.greys import SECRET
from udtlib.nets.displacement import Displacement
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.objectives.base import Clock
from udtlib.objectives.biases import Cycle
from udtlib.objectives.gan import LEAST_SQUARES

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def negatives():
    return negative_digits(size=32)


def test_the_systems_differ_in_what_their_names_say(negatives):
    batch = negatives.batch(0, size=2, seed=0)
    kinds = {"U-Net": UNet, "x + U-Net": Displacement, "residual blocks": ResNetGenerator}
    for name in NEGATIVES.systems:
        objective = untrained(NEGATIVES, name, pair=negatives)
        net, weight = name.split(", ")
        assert isinstance(objective.translator.forth.net, kinds[net])
        terms = objective.translator_loss(batch, Clock(0, 1))
        assert ("cycle_x" in terms) == (weight != "λ = 0")
        if weight.startswith("λ") and weight != "λ = 0":
            assert objective.biases == (Cycle(weight=float(weight.removeprefix("λ = "))),)


def test_what_is_compared_on_digits_shares_judges_batches_and_step_sizes(negatives):
    judges, trainings, rates = [], set(), set()
    for name, system in NEGATIVES.systems.items():
        objective = untrained(NEGATIVES, name, pair=negatives)
        judges.append({k: v.shape for k, v in objective.discriminators.state_dict().items()})
        trainings.add(system.training(QUICK))
        rates.add((objective.game.generator_optimiser, objective.game.discriminator_optimiser))
        log_game = objective.game.discriminator_loss is not LEAST_SQUARES.discriminator_loss
        assert log_game == ("DiscoGAN" in name)
    assert len(trainings) == len(rates) == 1
    assert all(shapes == judges[0] for shapes in judges)


@pytest.mark.parametrize("experiment", [NEGATIVES, STREET, FACES], ids=lambda e: e.name)
def test_a_table_has_a_value_for_every_seed_and_a_picture(experiment, tmp_path, negatives):
    pairs = {
        "cyclegan-negatives": lambda setting: negatives,
        "cyclegan-street": lambda setting: street_to_digits(size=32, count=8, test=12),
        "cyclegan-faces": lambda setting: glasses_pair(count=8, test=12, size=32),
    }
    small = tiny(experiment, pair=pairs[experiment.name])
    one = {name: small.systems[name] for name in [*small.systems][-1:]}
    report = carried_out(tiny_parts(small, one, pairs[experiment.name]), tmp_path)
    assert report.rows
    assert report.pictures["samples"].alt


def tiny_parts(experiment, systems, pair):
    """Some systems alone, without references, all on this pair and few samples."""
    scored = {
        name: replace(each, pair=None, scores=partial(each.scores or experiment.scores, size=10))
        for name, each in systems.items()
    }
    return replace(experiment, systems=scored, references={}, pair=pair, scores=None)


def test_the_secret_of_grey_pictures_is_measured(tmp_path):
    report = carried_out(tiny(SECRET, batch_size=16), tmp_path)
    assert [row.system for row in report.rows] == ["λ = 10", "λ = 0"]
    assert "samples" in report.pictures


@pytest.mark.parametrize("generator", [unpaired.unet, unpaired.displaced_unet, unpaired.residual_blocks])
def test_every_generator_takes_the_sides_that_translate_is_told(generator):
    translation = unpaired.translates(generator)
    side = translation.sides(QUICK).next(1)
    made = translation.build(QUICK)(torch.zeros(1, 3, side, side))
    assert made.shape == (1, 3, side, side)
