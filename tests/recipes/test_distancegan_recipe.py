"""Chapter 06's recipes: systems differ in what their names say, and the scores mean what they say."""

import itertools

import pytest
import torch

from udtlib.evaluate.translations import right_answers
from udtlib.objectives.base import Clock
from udtlib.profiles import Profile
from udtlib.recipes import distance_evidence, distance_faces, distance_pose, distancegan
from udtlib.recipes.distancegan import digit_scores, objective_for, rows_of
from udtlib.recipes.unpaired import NEGATIVES

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture(scope="module")
def negatives():
    return NEGATIVES.pair(QUICK)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("CycleGAN", {"fool_x", "fool_y", "cycle_x", "cycle_y"}),
        ("Distance", {"fool_x", "fool_y", "distance_x", "distance_y"}),
        ("Distance + cycle", {"fool_x", "fool_y", "cycle_x", "cycle_y", "distance_x", "distance_y"}),
        ("Self-distance", {"fool_x", "fool_y", "self_x", "self_y"}),
    ],
)
def test_the_papers_four_systems(name, names, negatives):
    system = distancegan.SYSTEMS[name]
    objective = objective_for(system, NEGATIVES, negatives, QUICK, seed=0, generator="U-Net")
    batch = negatives.batch(0, size=4, seed=0)
    assert set(objective("translator", batch, Clock(0, 1))) == names


def test_all_systems_start_from_the_same_translators(negatives):
    starts = [
        torch.nn.utils.parameters_to_vector(
            objective_for(system, NEGATIVES, negatives, QUICK, seed=3, generator="U-Net").parameters()
        )
        for system in distancegan.SYSTEMS.values()
    ]
    assert all(torch.equal(start, starts[0]) for start in starts)


def test_the_true_negative_scores_perfectly(negatives):
    batch = negatives.batch(0, size=100, seed=0, split="test")
    right = right_answers(negatives, batch)
    scores = digit_scores(right, right, batch, negative=True)
    assert torch.equal(right, -batch.x)
    assert scores["accuracy of the digit classifier"] > 0.95
    assert scores["mean |T(x) − right y|"] == 0
    assert scores["correlation of pairwise distances"] == pytest.approx(1, abs=1e-6)


def test_an_uninverted_digit_is_not_read_as_a_negative(negatives):
    batch = negatives.batch(0, size=100, seed=0, split="test")
    scores = digit_scores(batch.x, -batch.x, batch, negative=True)
    assert scores["accuracy of the digit classifier"] < 0.5


def test_rows_stand_beside_the_papers_numbers_only_where_it_has_them():
    scores = {
        "A": [{"accuracy": 0.1, "other": 1.0}, {"accuracy": 0.2, "other": 2.0}],
        "B": [{"accuracy": 0.3}],
    }
    rows = rows_of(scores, prefix="t: ", paper={"A": 0.9}, compared="accuracy")
    assert [(r.system, r.metric, r.values, r.paper) for r in rows] == [
        ("A", "t: accuracy", (0.1, 0.2), 0.9),
        ("A", "t: other", (1.0, 2.0), None),
        ("B", "t: accuracy", (0.3,), None),
    ]


@pytest.mark.parametrize("title", ["a shift", "a quarter turn", "a stretch"])
def test_every_exchange_of_components_fits(title):
    scores = distance_evidence.map_scores(distance_evidence.plane_tasks()[title], seed=0)
    assert len(scores) == 6
    assert max(s["fit: energy distance to Y"] for s in scores.values()) < 0.03


@pytest.mark.parametrize(
    ("title", "by_effort", "by_distance"),
    [("a shift", True, True), ("a quarter turn", False, True), ("a stretch", True, False)],
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_which_bias_finds_the_truth(title, by_effort, by_distance, seed):
    scores = distance_evidence.map_scores(distance_evidence.plane_tasks()[title], seed=seed)
    for metric, right in (("effort: mean |T(x) − x|²", by_effort), ("distance loss", by_distance)):
        best = min(scores, key=lambda name: scores[name][metric])
        assert (best == "ABC → ABC") == right


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


@pytest.fixture
def _tiny(monkeypatch):
    monkeypatch.setattr(distancegan, "MEASURED", 60)
    monkeypatch.setattr(distancegan, "TASKS", distancegan.TASKS[1:])
    monkeypatch.setattr(distance_faces, "COUNT", 60)
    monkeypatch.setattr(distance_faces, "ATTRIBUTES", {"hair": distance_faces.ATTRIBUTES["hair"]})
    for module in (distance_faces, distance_evidence, distance_pose):
        monkeypatch.setattr(module, "MEASURED", 60)
    for module in (distancegan, distance_faces, distance_evidence, distance_pose):
        monkeypatch.setitem(module.STEPS, "quick", 1)
    # After one step hardly a pixel changes from image to image.
    monkeypatch.setattr(distance_evidence, "DEAD", -1.0)


@pytest.mark.parametrize(
    ("module", "name", "systems"),
    [
        (distancegan, "distance-digits", {*distancegan.DIGIT_SYSTEMS, "the truth"}),
        (distance_faces, "distance-faces", {*distance_faces.SYSTEMS, "the truth"}),
        (
            distance_pose,
            "distance-pose",
            {*distance_pose.SYSTEMS, "the truth", "x itself", "the mirror image"},
        ),
        (distance_evidence, "distance-evidence", {"CycleGAN", "strangers", "the truth", "a random matrix"}),
    ],
)
@pytest.mark.usefixtures("_tiny")
def test_reproductions_measure_every_system(module, name, systems):
    entry = {each.name: each for each in module.REPRODUCTIONS}[name]
    findings = entry.run(QUICK, seeds=(0,))
    assert {row.system for row in findings.rows} == systems
    assert all(len(row.values) == 1 for row in findings.rows)


def test_the_recipe_trains_and_its_weights_are_found_again(tmp_path, monkeypatch):
    from udtlib.recipes.trained import load_trained

    monkeypatch.setitem(distancegan.STEPS, "quick", 1)
    (recipe,) = distancegan.RECIPES
    history = recipe.train(QUICK, seed=0, folder=tmp_path, resume=False)
    assert history.rows[-1]["step"] == 1
    found = load_trained(recipe, tmp_path / "checkpoint.pt")
    assert found.translator(torch.zeros(1, 1, 32, 32)).shape == (1, 1, 32, 32)
