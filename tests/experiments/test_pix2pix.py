"""Chapter 02: every system differs in what its name says, and nothing else."""

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, same_nets, tiny, untrained
from udtlib.data.faces.pairs import labels_to_faces
from udtlib.experiments.pix2pix import ARCHITECTURES, FIELDS, LOSSES, fields
from udtlib.objectives.base import Clock
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


def few_faces(setting):
    return labels_to_faces(count=32, test=160, size=32, variety=0.2)


def terms(objective, pair):
    """The terms of every player, by player."""
    batch = pair.batch(0, size=4, seed=0)
    return {name: set(objective(name, batch, Clock(0, 1))) for name in objective.players()}


@pytest.mark.parametrize(
    ("name", "kind", "generator_terms", "condition"),
    [
        ("L1", PairedRegression, {"l1"}, None),
        ("GAN", Pix2Pix, {"fool"}, 0),
        ("cGAN", Pix2Pix, {"fool"}, 3),
        ("L1+GAN", Pix2Pix, {"fool", "l1"}, 0),
        ("L1+cGAN", Pix2Pix, {"fool", "l1"}, 3),
    ],
)
def test_the_five_losses(name, kind, generator_terms, condition):
    objective = untrained(LOSSES, name)
    assert isinstance(objective, kind)
    assert terms(objective, few_faces(None))["generator"] == generator_terms
    if condition is not None:
        assert objective.discriminator.condition == condition


@pytest.mark.parametrize("experiment", [LOSSES, FIELDS], ids=lambda each: each.name)
def test_every_system_of_an_ablation_starts_from_the_same_generator_and_has_the_same_budget(experiment):
    starts = [
        torch.cat([p.detach().flatten() for p in untrained(experiment, name, seed=5).generator.parameters()])
        for name in experiment.systems
    ]
    assert all(torch.equal(start, starts[0]) for start in starts)
    assert len({system.training(QUICK) for system in experiment.systems.values()}) == 1


def test_the_nets_without_skips_have_none():
    skips = {name: untrained(ARCHITECTURES, name).generator.net.skips for name in ARCHITECTURES.systems}
    assert skips == {name: name.startswith("U-Net") for name in ARCHITECTURES.systems}


def test_the_four_fields_are_those_of_the_profile():
    seen = tuple(untrained(FIELDS, name).discriminator.field for name in FIELDS.systems)
    assert seen == fields(QUICK) == (1, 7, 16, 34)


def test_an_ablation_has_a_value_for_each_system_and_seed_the_papers_values_and_a_picture(tmp_path):
    experiment = tiny(LOSSES, pair=few_faces, only=("L1", "L1+cGAN"))
    report = carried_out(experiment, tmp_path, seeds=(0, 1))
    assert [row.system for row in report.rows] == ["L1", "L1+cGAN", "ground truth"]
    assert all(len(values) == 2 for row in report.rows for _, _, values in row.measures())
    truth = report.rows[-1]
    assert truth.alignment["mean |y − G(x)|"] == (0, 0)
    assert min(truth.alignment["per-pixel accuracy"]) > 0.9
    # Judges draw their windows by the run's seed.
    assert len(set(truth.fit["fooling rate, a glimpse"])) == 2
    assert dict(truth.paper) == {"per-pixel accuracy": 0.80, "per-class accuracy": 0.26}
    assert list(report.pictures) == ["samples", "curves"]


@pytest.mark.parametrize("experiment", [LOSSES, ARCHITECTURES, FIELDS], ids=lambda each: each.name)
def test_what_is_built_again_to_translate_is_what_was_trained(experiment):
    assert all(same_nets(experiment, name) for name in experiment.systems)
