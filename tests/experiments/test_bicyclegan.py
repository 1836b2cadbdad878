"""Chapter 03: every stochastic translator differs in what its name says, and true answers are more diverse."""

import pytest

from tests.experiments.tiny import QUICK, carried_out, same_nets, tiny, untrained
from udtlib.data.faces.pairs import labels_to_faces
from udtlib.experiments.bicyclegan import LENGTHS, NOISE, PLANE
from udtlib.objectives.bicyclegan import BicycleGAN

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


def few_faces(setting):
    return labels_to_faces(count=32, test=160, size=32, variety=0.4)


@pytest.mark.parametrize(
    ("name", "players"),
    [
        ("pix2pix + noise", {"discriminator", "generator"}),
        ("cVAE-GAN", {"encoded_judge", "generator"}),
        ("cLR-GAN", {"prior_judge", "generator"}),
        ("BicycleGAN", {"encoded_judge", "prior_judge", "generator"}),
        ("BicycleGAN, latent term moves E", {"encoded_judge", "prior_judge", "generator"}),
    ],
)
def test_the_stochastic_systems(name, players):
    objective = untrained(PLANE, name)
    assert set(objective.players()) == players
    if isinstance(objective, BicycleGAN):
        assert objective.config.latent_moves_encoder == name.endswith("moves E")


@pytest.mark.parametrize("experiment", [PLANE, NOISE, LENGTHS], ids=lambda each: each.name)
def test_all_systems_have_the_same_budget(experiment):
    assert len({system.training(QUICK) for system in experiment.systems.values()}) == 1


def test_noise_is_tried_under_two_kinds_of_judges():
    ours, hybrids = (untrained(NOISE, name) for name in NOISE.systems)
    kinds = [{type(m).__name__ for m in each.discriminator.modules()} for each in (ours, hybrids)]
    assert "BatchNorm2d" not in kinds[0]
    assert "BatchNorm2d" in kinds[1]
    assert ours.config.l1_weight == hybrids.config.l1_weight == 100


def test_the_codes_have_the_lengths_of_their_names():
    for name in LENGTHS.systems:
        objective = untrained(LENGTHS, name)
        assert name == f"|z| = {objective.generator.latent}"


@pytest.mark.parametrize("experiment", [PLANE, NOISE, LENGTHS], ids=lambda each: each.name)
def test_what_is_built_again_to_translate_is_what_was_trained(experiment):
    assert all(same_nets(experiment, name) for name in experiment.systems)


@pytest.mark.slow
def test_true_answers_are_more_diverse_than_untrained_ones_and_stand_in_the_picture(tmp_path):
    report = carried_out(tiny(NOISE, pair=few_faces), tmp_path)
    assert [row.system for row in report.rows] == [*NOISE.systems, "true answers"]
    *systems, truth = report.rows
    for name in ("diversity", "coverage of the true answers", "per-pixel accuracy"):
        values = [report.cell(row.system, name)[0] for row in systems]
        assert report.cell("true answers", name)[0] > max(values)
    assert truth.alignment["per-pixel accuracy"][0] > 0.9
    assert "true answers" in report.pictures["samples"].alt
