"""Chapter 06's experiments: systems differ in what their names say, and the scores mean what they say."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, tiny, untrained
from udtlib.data.faces.attributes import hair_pair, pose_pair
from udtlib.data.street_digits import negative_digits
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.experiments import distance_evidence, distance_faces
from udtlib.experiments.declare import Setting
from udtlib.experiments.distance import ACCURACY, DIGITS, digit_scores
from udtlib.experiments.distance_faces import FACES, POSE, both_directions, mirrored
from udtlib.instruments.faces.attributes import pose_scores
from udtlib.objectives.base import Clock

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow

TASK = "digits → negatives"


@pytest.fixture(scope="module")
def negatives():
    return negative_digits(size=32)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("the game alone", {"fool_x", "fool_y"}),
        ("CycleGAN", {"fool_x", "fool_y", "cycle_x", "cycle_y"}),
        ("Distance", {"fool_x", "fool_y", "distance_x", "distance_y"}),
        ("Distance + cycle", {"fool_x", "fool_y", "cycle_x", "cycle_y", "distance_x", "distance_y"}),
        ("Self-distance", {"fool_x", "fool_y", "self_x", "self_y"}),
    ],
)
def test_the_systems_have_the_terms_of_their_names(name, names, negatives):
    objective = untrained(DIGITS, f"{TASK}: {name}", pair=negatives)
    assert set(objective("translator", negatives.batch(0, size=4, seed=0), Clock(0, 1))) == names


def test_all_systems_start_from_the_same_nets_and_train_as_long(negatives):
    mine = [name for name in DIGITS.systems if name.startswith(TASK)]
    starts = [
        torch.nn.utils.parameters_to_vector(untrained(DIGITS, name, pair=negatives, seed=3).parameters())
        for name in mine
    ]
    assert all(torch.equal(start, starts[0]) for start in starts)
    assert len({DIGITS.systems[name].training(QUICK) for name in mine}) == 1


def test_the_true_negative_scores_perfectly_and_the_identity_does_not(negatives):
    right = digit_scores(right_answers, negatives, negative=True)
    assert right.alignment[ACCURACY] > 0.95
    assert right.alignment["mean |T(x) − right y|"] == 0
    assert right.other["correlation of pairwise distances"] == pytest.approx(1, abs=1e-6)
    assert digit_scores(untouched, negatives, negative=True).alignment[ACCURACY] < 0.5


@pytest.mark.parametrize("title", ["a shift", "a quarter turn", "a stretch"])
def test_every_exchange_of_components_fits(title):
    scores = distance_evidence.map_scores(distance_evidence.plane_tasks()[title], seed=0)
    assert len(scores) == 6
    assert max(each.fit["energy distance to Y"] for each in scores.values()) < 0.03


@pytest.mark.parametrize(
    ("title", "by_effort", "by_distance"),
    [("a shift", True, True), ("a quarter turn", False, True), ("a stretch", True, False)],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_which_bias_finds_the_truth(title, by_effort, by_distance, seed):
    scores = distance_evidence.map_scores(distance_evidence.plane_tasks()[title], seed=seed)
    efforts = {name: each.effort["mean |T(x) − x|²"] for name, each in scores.items()}
    losses = {name: each.other["distance loss"] for name, each in scores.items()}
    for values, right in ((efforts, by_effort), (losses, by_distance)):
        assert (min(values, key=values.__getitem__) == "ABC → ABC") == right


def test_the_true_exchange_keeps_every_label():
    task = distance_evidence.plane_tasks()["a quarter turn"]
    x, label, *_ = task.source.draw(200, generator=torch.Generator().manual_seed(0))
    for order in itertools.permutations(range(3)):
        made = distance_evidence.exchange(x, task, order)
        sent = torch.cdist(made, task.target.means).argmin(1)
        assert (sent == torch.tensor(order)[label]).float().mean() > 0.98


def test_coarse_images_are_grey_intensities():
    image = torch.stack([torch.ones(3, 32, 32), -torch.ones(3, 32, 32)])
    assert distance_evidence.coarse(image).shape == (2, 64)
    assert distance_evidence.coarse(image)[0].unique().item() == 1
    assert distance_evidence.coarse(image)[1].unique().item() == 0


def test_the_assumption_is_measured_for_all_maps_of_all_tasks():
    measured = distance_evidence.ASSUMPTION.measure(Setting(QUICK, 0))
    assert len(measured.scores) == 18
    assert "a shift: ABC → ACB" in measured.scores


def test_a_random_matrix_is_far_from_a_permutation(negatives):
    torch.manual_seed(0)
    cosine = distance_evidence.random_matrix(None, negatives).other[distance_evidence.COSINE]
    assert 0.1 < cosine < 0.3


@pytest.fixture(scope="module")
def hair():
    return hair_pair(count=60, test=60, size=32, studio=True)


def test_faces_are_scored_in_both_directions_and_by_the_factors_that_should_stay(hair):
    truth = both_directions(right_answers, hair, attribute="hair", size=60)
    assert "kept: hair colour" not in truth.alignment
    assert truth.alignment["kept: yaw"] > 0.9
    assert truth.fit["blond → black: separation accuracy"] > 0.9
    still = both_directions(untouched, hair, attribute="hair", size=60)
    assert still.fit["blond → black: separation accuracy"] < 0.1


def test_the_papers_numbers_stand_beside_the_right_systems():
    assert FACES.paper["sex: CycleGAN", "male → female: identity similarity"] == 0.23
    assert FACES.paper["glasses: Self-distance", "without → glasses: separation accuracy"] == 0.81
    assert DIGITS.paper["street digits: Distance", ACCURACY] == 0.268
    assert POSE.paper["Distance + cycle", "RMSE of the yaw"] == 0.098


def test_tables_of_faces_are_whole(hair, tmp_path):
    small = tiny(FACES, steps=1)
    system = small.systems["hair: Distance"]
    one = replace(
        system, pair=lambda setting: hair, scores=partial(both_directions, attribute="hair", size=60)
    )
    alone = replace(small, systems={"hair: Distance": one}, references={}, paper={})
    report = carried_out(replace(alone, pictures={"hair": FACES.pictures["hair"]}), tmp_path)
    assert [question for question, _, _ in report.rows[0].measures()].count("fit") == 2
    assert set(report.pictures) == {"hair"}
    heads = pose_pair(count=60, test=60, size=32, studio=True)
    pose = tiny(POSE, pair=lambda setting: heads, steps=1)
    scored = replace(
        pose, systems={"Distance": pose.systems["Distance"]}, scores=partial(pose_scores, size=60), paper={}
    )
    report = carried_out(scored, tmp_path)
    assert [row.system for row in report.rows] == ["Distance", "the truth", "x itself", "the mirror image"]
    assert report.cell("the truth", "RMSE of the yaw")[0] < report.cell("x itself", "RMSE of the yaw")[0]


def test_a_mirror_image_is_the_image_from_right_to_left(hair):
    batch = hair.batch(0, size=2, seed=0)
    assert torch.equal(mirrored(hair, batch)[..., 0], batch.x[..., -1])


def test_attributes_say_what_is_to_change():
    assert distance_faces.ATTRIBUTES["glasses"].changed == ("glasses",)
