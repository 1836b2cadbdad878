"""Chapter 09's spaces of codes, and the scores of plans and rotations between them."""

from __future__ import annotations

import pytest
import torch

from udtlib.objectives.gromov_latent import GromovLatentConfig
from udtlib.profiles import Profile
from udtlib.recipes import gromov_different, gromov_growth, gromov_plans, gromov_tables
from udtlib.recipes.gromov_scores import Pairing, as_reported, by_search, least_distorted, pairing
from udtlib.recipes.latent_spaces import (
    KINDS,
    Spaces,
    different_digits,
    make_coding,
    same_digits,
    train_spaces,
)
from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised
from udtlib.transport.procrustes import RigidMap

QUICK = Profile(name="quick", device=torch.device("cpu"))


@pytest.fixture(scope="module")
def spaces() -> Spaces:
    """Codes of autoencoders that have seen little; still almost isometric to the images."""
    return train_spaces(same_digits(source="embedded"), QUICK, seed=0, codes=(6, 6), steps=40)


def test_every_kind_of_the_report_can_be_made() -> None:
    images = same_digits(source="embedded").source.train
    for kind in KINDS:
        coding = make_coding(kind, images, code=3)
        assert coding.encode(images[:5]).shape == (5, 3)
        assert (coding.judge is not None) == (kind == "WAE-GAN")
    with pytest.raises(ValueError, match="no autoencoder of the kind 'GAN'"):
        make_coding("GAN", images, code=3)


def test_the_domains_are_what_they_say() -> None:
    same, other = same_digits(source="embedded"), different_digits(source="embedded")
    assert torch.equal(same.source.train, -same.target.train)
    assert len(other.source.train) == len(same.source.train) // 2
    # Not one image of one side is the negative of one of the other.
    few = other.source.test[:200].flatten(1)
    assert torch.cdist(few, -other.target.test.flatten(1)).min() > 0.1


def test_together_and_with_other_dimensions() -> None:
    made = train_spaces(
        same_digits(source="embedded"),
        QUICK,
        seed=0,
        codes=(3, 5),
        kinds=("AE", "WAE-MMD"),
        steps=3,
        config=GromovLatentConfig(weight=0.1, tolerance=0.05),
    )
    assert made.codes.source.shape == (3,)
    assert made.codes.target.shape == (5,)


def test_a_pairing_knows_where_each_image_is(spaces: Spaces) -> None:
    batch = pairing(spaces, seed=1, size=30)
    assert torch.equal(batch.label_y[batch.partner], batch.label_x)
    assert torch.equal(batch.truth().argmax(1), batch.partner)
    other = pairing(spaces, seed=2, size=30)
    assert not torch.equal(batch.dx, other.dx)


def test_an_isometry_is_found_and_costs_nothing(spaces: Spaces) -> None:
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


def test_the_energy_of_the_truth_is_that_of_the_formula(spaces: Spaces) -> None:
    batch = pairing(spaces, seed=0, size=12)
    p = batch.partner
    direct = (batch.dx - batch.dy[p][:, p]).square().mean()
    torch.testing.assert_close(gromov_energy(batch.dx, batch.dy, batch.truth()), direct)


def test_systems_are_read_from_their_names() -> None:
    assert gromov_tables.System.of("WAE-GAN, together:4d") == ("WAE-GAN", True, 4)
    assert gromov_tables.System.of("AE:8d") == ("AE", False, 8)
    assert {gromov_tables.System.of(name).kind for name in gromov_tables.PAPER} == set(KINDS)


def test_the_pair_of_least_energy_is_chosen(spaces: Spaces) -> None:
    other = train_spaces(same_digits(source="embedded"), QUICK, seed=5, codes=(6, 6), steps=4)
    # The same encoder on both sides: an isometry, up to the sign of the images, which no other pair is.
    twin = spaces._replace(coding_y=Negated(spaces.coding_x))
    chosen = least_distorted([other, twin], seed=0, size=30)
    assert chosen.coding_y is twin.coding_y
    assert torch.equal(chosen.codes.source.test, twin.codes.source.test)


class Negated(torch.nn.Module):
    """A coding of negatives by way of the digits that they are of."""

    def __init__(self, coding: torch.nn.Module) -> None:
        super().__init__()
        self.coding = coding

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return self.coding.encode(-x)


def test_true_codes_are_scored_best(spaces: Spaces) -> None:
    case = gromov_different.judged(spaces)
    identity = RigidMap(torch.eye(6), torch.zeros(6))
    true, untouched = (gromov_different.class_score(case, z) for z in (case.known, identity(case.x)))
    assert true > 55 > 40 > untouched
    x, y = gromov_different.anchors_of(case, per_class=2, seed=0)
    assert x.shape == y.shape == (20, 6)


def test_the_network_starts_from_the_rotation(spaces: Spaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gromov_different, "NETWORK_STEPS", 1)
    case = gromov_different.judged(spaces)
    start = RigidMap(torch.linalg.qr(torch.randn(6, 6)).Q, torch.randn(6))
    translator = gromov_different.network(case, start, QUICK, seed=0)
    # One step of Adam moves the last layer by its step size.
    torch.testing.assert_close(translator(case.x[:50]), start(case.x[:50]), atol=0.5, rtol=0)
    torch.testing.assert_close(translator.inverse(case.x[:50]), start.inverse(case.x[:50]), atol=0.5, rtol=0)


def test_codes_are_read_on_the_way_apart_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(gromov_growth.SEEN, "quick", (2, 4))
    monkeypatch.setattr(gromov_growth, "LOG_EVERY", 2)
    embedded = same_digits(source="embedded")
    monkeypatch.setattr(gromov_growth, "same_digits", lambda: embedded)
    rows = gromov_growth.growth(QUICK, seeds=(0, 1)).rows
    assert list(dict.fromkeys(row.system for row in rows)) == [
        f"AE:8d {words}, {steps} steps" for words in ("apart", "together") for steps in (2, 4)
    ]
    assert all(len(row.values) == 2 for row in rows)


@pytest.mark.parametrize("profile", ["quick", "colab", "full"])
def test_moments_are_rows_of_the_log(profile: str) -> None:
    assert all(step % gromov_growth.LOG_EVERY == 0 for step in gromov_growth.SEEN[profile])


def test_plans_are_scored_for_every_kind_beside_the_papers_number(monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = same_digits(source="embedded")
    monkeypatch.setattr(gromov_plans, "same_digits", lambda: embedded)
    monkeypatch.setitem(gromov_plans.TABLE_STEPS, "quick", 2)
    monkeypatch.setattr(gromov_tables, "BATCHES", 1)
    monkeypatch.setattr(gromov_tables, "pairing", lambda spaces, *, seed: pairing(spaces, seed=seed, size=12))
    rows = gromov_plans.plans(QUICK, seeds=(0,), systems=("VAE:2d", "AE, together:8d")).rows
    papers = {row.system: row.paper for row in rows if row.metric == gromov_tables.REPORTED}
    assert papers == {"VAE:2d": 35.08, "AE, together:8d": 56.25}
