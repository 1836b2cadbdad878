"""Chapters 02 and 03's recipes: every system differs in what its name says, and the scores mean what they say."""

import dataclasses

import pytest
import torch

from udtlib.data.faces.pairs import labels_to_faces
from udtlib.objectives.base import Clock
from udtlib.objectives.bicyclegan import BicycleGAN
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix
from udtlib.profiles import Profile
from udtlib.recipes import bicyclegan, faces, pix2pix
from udtlib.train import TrainConfig, fit

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture(scope="module")
def pair():
    return labels_to_faces(count=32, test=160, size=32, variety=0.4)


@pytest.fixture
def _tiny(monkeypatch):
    small = dataclasses.replace(faces.SCALES["quick"], width=4, steps=2, batch=4)
    monkeypatch.setitem(faces.SCALES, "quick", small)
    monkeypatch.setitem(bicyclegan.STEPS, "quick", 2)
    for module in (pix2pix, bicyclegan):
        monkeypatch.setattr(
            module, "face_pair", lambda profile, *, variety: labels_to_faces(count=32, test=160, size=32)
        )
    monkeypatch.setattr(bicyclegan, "MAPS", 4)
    monkeypatch.setattr(bicyclegan, "SAMPLES", 12)


def terms(objective, pair):
    """The terms of every player, by player."""
    batch = pair.batch(0, size=4, seed=0)
    return {name: set(objective(name, batch, Clock(0, 1))) for name in objective.players()}


@pytest.mark.parametrize(
    ("name", "kind", "generator_terms", "told"),
    [
        ("L1", PairedRegression, {"l1"}, None),
        ("GAN", Pix2Pix, {"fool"}, 0),
        ("cGAN", Pix2Pix, {"fool"}, 3),
        ("L1+GAN", Pix2Pix, {"fool", "l1"}, 0),
        ("L1+cGAN", Pix2Pix, {"fool", "l1"}, 3),
    ],
)
def test_the_five_losses(name, kind, generator_terms, told, pair):
    objective = pix2pix.objective_for(pix2pix.LOSSES[name], faces.SCALES["quick"], seed=0)
    assert isinstance(objective, kind)
    assert terms(objective, pair)["generator"] == generator_terms
    if told is not None:
        assert objective.discriminator.condition == told


def test_every_system_of_an_ablation_starts_from_the_same_generator():
    scale = faces.SCALES["quick"]
    starts = [
        torch.cat(
            [p.detach().flatten() for p in pix2pix.objective_for(s, scale, seed=5).generator.parameters()]
        )
        for s in pix2pix.LOSSES.values()
    ]
    assert all(torch.equal(start, starts[0]) for start in starts)


def test_the_four_fields_are_those_of_the_scale():
    scale = faces.SCALES["quick"]
    for place, field in enumerate(scale.fields):
        objective = pix2pix.objective_for(pix2pix.System(field=place), scale, seed=0)
        assert objective.discriminator.field == field


@pytest.mark.parametrize(
    ("name", "players"),
    [
        ("pix2pix + noise", {"discriminator", "generator"}),
        ("cVAE-GAN", {"encoded_judge", "generator"}),
        ("cLR-GAN", {"prior_judge", "generator"}),
        ("BicycleGAN", {"encoded_judge", "prior_judge", "generator"}),
    ],
)
def test_the_stochastic_systems(name, players):
    objective = bicyclegan.objective_for(bicyclegan.SYSTEMS[name], QUICK, seed=0)
    assert set(objective.players()) == players
    if isinstance(objective, BicycleGAN):
        assert not objective.config.latent_moves_encoder


@pytest.mark.usefixtures("_tiny")
def test_an_ablation_has_a_value_for_each_system_and_seed_and_a_picture():
    findings = pix2pix.losses(QUICK, seeds=(0, 1))
    assert {row.system for row in findings.rows} == {*pix2pix.LOSSES, "ground truth"}
    assert all(len(row.values) == 2 for row in findings.rows)
    truth = {row.metric: row.mean for row in findings.rows if row.system == "ground truth"}
    assert truth["mean |y − G(x)|"] == 0
    assert truth["per-pixel accuracy"] > 0.9
    assert list(findings.pictures) == ["samples"]


def test_noise_is_tried_under_two_kinds_of_judges():
    ours, hybrids = (bicyclegan.objective_for(system, QUICK, seed=0) for system in bicyclegan.NOISE.values())
    kinds = [{type(m).__name__ for m in each.discriminator.modules()} for each in (ours, hybrids)]
    assert "BatchNorm2d" not in kinds[0]
    assert "BatchNorm2d" in kinds[1]
    assert ours.config.l1_weight == hybrids.config.l1_weight == 100


@pytest.mark.usefixtures("_tiny")
def test_the_comparison_of_stochastic_systems():
    findings = bicyclegan.plane(QUICK, seeds=(0,))
    assert {row.system for row in findings.rows} == {*bicyclegan.SYSTEMS, "true answers"}
    by_name = {(row.system, row.metric): row.mean for row in findings.rows}
    assert by_name["true answers", "diversity"] > by_name["pix2pix + noise", "diversity"]


def test_training_a_recipe_leaves_a_generator_that_differs_from_its_start(pair):
    objective = pix2pix.objective_for(
        pix2pix.PIX2PIX, dataclasses.replace(faces.SCALES["quick"], width=4), seed=0
    )
    before = [p.detach().clone() for p in objective.generator.parameters()]
    fit(objective, pair, config=TrainConfig(steps=2, batch_size=4, progress=False))
    assert any(not torch.equal(a, b) for a, b in zip(before, objective.generator.parameters(), strict=True))
