"""Chapter 04's recipes on images: systems differ in what their names say, and the tables are whole."""

import dataclasses

import pytest
import torch

from udtlib.data.faces.attributes import glasses_pair
from udtlib.data.street_digits import negative_digits, street_to_digits
from udtlib.nets.displacement import Displacement
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.objectives.base import Clock
from udtlib.profiles import Profile
from udtlib.recipes import cyclegan, greys, unpaired

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture(scope="module")
def negatives():
    return negative_digits(size=32)


def test_the_systems_differ_in_what_their_names_say(negatives):
    batch = negatives.batch(0, size=2, seed=0)
    kinds = {"U-Net": UNet, "x + U-Net": Displacement, "residual blocks": ResNetGenerator}
    for name, system in cyclegan.NEGATIVE_SYSTEMS.items():
        objective = cyclegan.objective_for(system, unpaired.NEGATIVES, QUICK, seed=0)
        net, weight = name.split(", ")
        assert isinstance(objective.translator.forth.net, kinds[net])
        terms = objective.translator_loss(batch, Clock(0, 1))
        assert ("cycle_x" in terms) == (weight != "λ = 0")
        if weight.startswith("λ"):
            assert objective.config.cycle_weight == float(weight.removeprefix("λ = "))


def test_an_unknown_generator_is_named():
    with pytest.raises(ValueError, match=r"'V-Net'.*U-Net"):
        unpaired.net_for("V-Net", 1, 1, unpaired.SCALES["quick"])


@pytest.fixture
def _tiny(monkeypatch, negatives):
    small = dataclasses.replace(unpaired.SCALES["quick"], unet=(4, 2), resnet=(4, 1), judge=4, batch=2)
    monkeypatch.setitem(unpaired.SCALES, "quick", small)
    street = street_to_digits(size=32, count=8, test=12)
    faces = glasses_pair(count=8, test=12, size=32)
    for name, pair in (("NEGATIVES", negatives), ("STREET", street), ("GLASSES", faces), ("HAIR", faces)):
        task = getattr(unpaired, name)
        task = dataclasses.replace(task, steps={"quick": 2}, pair=lambda profile, pair=pair: pair)
        monkeypatch.setattr(cyclegan, name, task)
    monkeypatch.setitem(greys.GREY_STEPS, "quick", 2)


@pytest.mark.usefixtures("_tiny")
@pytest.mark.parametrize("entry", [*cyclegan.REPRODUCTIONS, *greys.REPRODUCTIONS], ids=lambda e: e.name)
def test_a_reproduction_gives_a_value_for_every_seed_and_a_picture(entry):
    findings = entry.run(QUICK, seeds=(0, 1))
    assert findings.rows
    assert all(len(row.values) == 2 for row in findings.rows)
    assert findings.pictures["samples"].alt


@pytest.mark.usefixtures("_tiny")
def test_the_recipe_keeps_what_udt_translate_loads(tmp_path):
    (recipe,) = cyclegan.RECIPES
    recipe.train(QUICK, seed=0, folder=tmp_path, resume=False)
    stored = torch.load(tmp_path / "checkpoint.pt", weights_only=False)
    fresh = recipe.translation.build(QUICK)
    assert len(list(fresh.state_dict())) > 0
    assert stored
