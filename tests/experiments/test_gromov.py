"""Chapter 09's experiments: spaces, plans between them, and the honest case of different images."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, tiny, untrained
from udtlib.data.pair import Samples
from udtlib.evaluate.probe import probe_accuracy
from udtlib.experiments import gromov_different, gromov_tables
from udtlib.experiments.gromov_scores import Pairing, as_reported, by_search, least_distorted, pairing
from udtlib.experiments.gromov_tables import PAPER, PLANS, REPORTED, TRANSLATION
from udtlib.experiments.latent_spaces import (
    KINDS,
    different_digits,
    make_coding,
    same_digits,
    spaces_of,
    train_spaces,
)
from udtlib.objectives.gromov_latent import GromovLatentConfig
from udtlib.train import TrainConfig
from udtlib.train.randomness import random_run
from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised
from udtlib.transport.procrustes import RigidMap

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


def config(steps, *, seed=0):
    return TrainConfig(steps=steps, seed=seed, decay_from=0.5, progress=False)


@pytest.fixture(scope="module")
def images():
    return same_digits(source="embedded")


@pytest.fixture(scope="module")
def spaces(images):
    """Codes of autoencoders that have seen little; still almost isometric to the images."""
    return train_spaces(images, config=config(40), codes=(6, 6))


def test_every_kind_of_the_report_can_be_made(images):
    for kind in KINDS:
        coding = make_coding(kind, images.source.train, code=3)
        assert coding.encode(images.source.train[:5]).shape == (5, 3)
        assert (coding.judge is not None) == (kind == "WAE-GAN")
    with pytest.raises(ValueError, match="no autoencoder of the kind 'GAN'"):
        make_coding("GAN", images.source.train, code=3)


def test_the_domains_are_what_they_say(images):
    other = different_digits(source="embedded")
    assert torch.equal(images.source.train, -images.target.train)
    assert len(other.source.train) == len(images.source.train) // 2
    # Not one image of one side is the negative of one of the other.
    few = other.source.test[:200].flatten(1)
    assert torch.cdist(few, -other.target.test.flatten(1)).min() > 0.1


def test_together_and_with_other_dimensions(images):
    made = train_spaces(
        images,
        config=config(3),
        codes=(3, 5),
        kinds=("AE", "WAE-MMD"),
        together=GromovLatentConfig(weight=0.1, tolerance=0.05),
    )
    assert made.codes.source.shape == (3,)
    assert made.codes.target.shape == (5,)


def test_a_pairing_knows_where_each_image_is(spaces):
    batch = pairing(spaces, seed=1, size=30)
    assert torch.equal(batch.label_y[batch.partner], batch.label_x)
    assert torch.equal(batch.truth().argmax(1), batch.partner)
    assert not torch.equal(batch.dx, pairing(spaces, seed=2, size=30).dx)


def test_an_isometry_is_found_and_costs_nothing(spaces):
    z = spaces.codes.source.test[:40].double()
    order = torch.randperm(40, generator=torch.Generator().manual_seed(0))
    turned = 3 * z[order] @ torch.linalg.qr(torch.randn(6, 6, dtype=torch.float64)).Q
    label = spaces.codes.source.test_label[:40]
    batch = Pairing(
        dx=mean_normalised(distance_matrix(z)).distance,
        dy=mean_normalised(distance_matrix(turned)).distance,
        label_x=label,
        label_y=label[order],
        partner=order.argsort(),
    )
    scores = by_search(batch, seed=0)
    assert scores["the very same image"] == scores["X to Y"] == scores["Y to X"] == 100
    assert scores["energy"] == pytest.approx(0, abs=1e-9)
    assert scores["energy of the truth"] == pytest.approx(0, abs=1e-9)
    assert as_reported(batch)["energy"] >= -1e-9


def test_the_energy_of_the_truth_is_that_of_the_formula(spaces):
    batch = pairing(spaces, seed=0, size=12)
    p = batch.partner
    direct = (batch.dx - batch.dy[p][:, p]).square().mean()
    torch.testing.assert_close(gromov_energy(batch.dx, batch.dy, batch.truth()), direct)


@pytest.mark.parametrize(
    ("name", "kind", "code", "together"),
    [("WAE-GAN, together:4d", "WAE-GAN", 4, True), ("AE:8d", "AE", 8, False)],
)
def test_rows_are_what_their_names_say(images, name, kind, code, together):
    game = untrained(PLANS, name, pair=images)
    assert (game.coding_x.judge is not None) == (kind == "WAE-GAN")
    assert game.coding_x.encode(images.source.test[:2]).shape == (2, code)
    assert bool(game.config.weight) == together
    assert {row.split(":")[0].removesuffix(", together") for row in PAPER} == set(KINDS)


def test_the_pair_of_least_energy_is_chosen(images, spaces):
    other = train_spaces(images, config=config(4, seed=5), codes=(6, 6))
    # The same encoder on both sides: an isometry, up to the sign of the images, which no other pair is.
    twin = spaces._replace(coding_y=Negated(spaces.coding_x))
    chosen = least_distorted([other, twin], seed=0, size=30)
    assert chosen.coding_y is twin.coding_y
    assert torch.equal(chosen.codes.source.test, twin.codes.source.test)


class Negated(torch.nn.Module):
    """A coding of negatives by way of the digits that they are of."""

    def __init__(self, coding):
        super().__init__()
        self.coding = coding

    def encode(self, x):
        return self.coding.encode(-x)


def test_true_codes_are_scored_best(spaces):
    case = gromov_different.judged(spaces)
    identity = RigidMap(torch.eye(6), torch.zeros(6))
    true, untouched = (gromov_different.class_score(case, z) for z in (case.known, identity(case.x)))
    assert true > 55 > 40 > untouched
    x, y = gromov_different.anchors_of(case, per_class=2, seed=0)
    assert x.shape == y.shape == (20, 6)


def test_the_winner_is_compared_with_the_known_rotation_and_not_with_itself(spaces):
    case = gromov_different.judged(spaces)
    known = gromov_different.nearest_rotation(case.x, case.known)
    wrong = RigidMap(torch.linalg.qr(torch.randn(6, 6)).Q @ known.rotation, known.shift)
    assert gromov_different.apart(known, known, case.x) == 0
    assert 0.5 < gromov_different.apart(wrong, known, case.x) < 1.5
    other = "cheapest finalist that is another rotation"
    for maps, cost in (((known, wrong), 0.3), ((wrong, known), 0.2), ((known, known), None)):
        found = gromov_different.Alignment(
            map=maps[0], cost=0.2, costs=(0.2, 0.3), start_costs=(0.2, 0.3), maps=maps, draw=5
        )
        scores = gromov_different.finalists_scores(case, found, known)
        assert (scores[other].fit[gromov_different.COST] if other in scores else None) == cost
        right = scores["rotation from all known pairs"].fit[gromov_different.COST]
        clouds = case.codes.source.train, case.codes.target.train
        assert right == gromov_different.transport_cost(*clouds, known, draw=5)


def test_the_network_starts_from_the_rotation(spaces):
    case = gromov_different.judged(spaces)
    start = RigidMap(torch.linalg.qr(torch.randn(6, 6)).Q, torch.randn(6))
    one = replace(gromov_different.network_training(QUICK, seed=0), steps=1)
    translator = gromov_different.network(case, start, config=one)
    # One step of Adam moves the last layer by its step size.
    torch.testing.assert_close(translator(case.x[:50]), start(case.x[:50]), atol=0.5, rtol=0)
    torch.testing.assert_close(translator.inverse(case.x[:50]), start.inverse(case.x[:50]), atol=0.5, rtol=0)


def test_plans_are_scored_beside_the_papers_number(images, tmp_path):
    names = ("VAE:2d", "AE, together:8d")
    small = tiny(PLANS, pair=lambda setting: images, batch_size=20)
    few = replace(
        small,
        systems={name: small.systems[name] for name in names},
        scores=partial(gromov_tables.plan_scores, batches=1, size=12),
        paper={key: value for key, value in PLANS.paper.items() if key[0] in names},
    )
    report = carried_out(few, tmp_path)
    assert {row.system: row.paper[REPORTED] for row in report.rows} == {
        "VAE:2d": 35.08,
        "AE, together:8d": 56.25,
    }


def test_the_table_of_classes_measures_nothing_that_it_could_call_fit(images):
    game = untrained(gromov_tables.CLASSIFICATION, "AE:2d", pair=images)
    scores = gromov_tables.class_scores(game, images)
    assert not scores.fit
    assert not scores.effort
    assert scores.other[gromov_tables.CLASS_X] > 10


def test_what_is_read_from_codes_depends_on_the_runs_seed_and_not_on_what_was_drawn_before():
    label = torch.arange(40) % 2
    codes = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    domain, found = Samples(codes, codes + 0.5, label, label), []
    for drawn in (0, 3):
        with random_run(5):
            torch.rand(drawn)
            found.append(gromov_tables.read(domain))
    assert found[0] == found[1] == probe_accuracy((codes, label), (codes + 0.5, label), seed=5)


def test_growth_reads_the_same_run_at_three_moments():
    steps = {name: system.training(QUICK).steps for name, system in gromov_tables.GROWTH.systems.items()}
    assert steps == {
        f"AE:8d {words}, {count:,} steps": count
        for words in ("apart", "together")
        for count in (1_000, 3_000, 5_000)
    }
    assert {system.training(QUICK).decay_from for system in gromov_tables.GROWTH.systems.values()} == {1.0}


def test_of_several_members_the_others_are_trained_with_what_the_seed_shares(images, spaces):
    name = "AE:4d, isometry 0.3, the pair of nine with the least energy"
    system = TRANSLATION.systems[name]
    pair = gromov_tables.DigitsAndSpaces(images.source, images.target, images.truth, (spaces,))
    scores = gromov_tables.best_pair_scores(untrained(TRANSLATION, name, pair=images), pair)
    assert scores.other["energy found"] >= 0
    assert system.pair.func is gromov_tables.with_others
    assert spaces_of(untrained(TRANSLATION, "AE:4d", pair=images), images).codes.source.shape == (4,)
