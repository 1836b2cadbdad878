"""Pairs made of cartoon faces: a batch is a pure function, and its answers are right by construction."""

import functools
from collections.abc import Callable

import pytest
import torch

from udtlib.data.faces.draw import draw_faces, edge_drawing, paint_labels, read_labels
from udtlib.data.faces.factors import HAIR_KINDS, change
from udtlib.data.faces.pairs import (
    AttributePair,
    FacePair,
    edges_to_faces,
    glasses_pair,
    hair_pair,
    labels_to_faces,
    pose_pair,
    sex_pair,
)
from udtlib.types import Batch

PAIRED = (labels_to_faces, edges_to_faces)
ANSWERED = (glasses_pair, hair_pair, pose_pair, sex_pair)
SMALL = {"count": 12, "test": 5, "size": 16}


@functools.cache
def small(make: Callable[..., FacePair | AttributePair]) -> FacePair | AttributePair:
    """One pair for all tests that only read it."""
    return make(**SMALL)


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(s, t) for s, t in zip(a, b, strict=True))


@pytest.mark.parametrize("make", PAIRED + ANSWERED)
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_batch_is_a_pure_function_of_its_arguments(make: Callable[..., FacePair], split: str) -> None:
    pair = small(make)
    first = pair.batch(3, size=6, seed=1, split=split)
    torch.rand(1)
    assert same(first, make(**SMALL).batch(3, size=6, seed=1, split=split))
    for other in (pair.batch(4, size=6, seed=1, split=split), pair.batch(3, size=6, seed=2, split=split)):
        assert not torch.equal(first.x, other.x)
    assert first.y.shape == (6, 3, 16, 16)
    assert first.y_label.shape == (6,)
    assert not torch.equal(first.y, make(**SMALL, seed=1).batch(3, size=6, seed=1, split=split).y)


@pytest.mark.parametrize("make", PAIRED + ANSWERED)
def test_training_and_test_faces_are_other_people(make: Callable[..., FacePair | AttributePair]) -> None:
    pair = make(count=6, test=6, size=16)  # as many, so that equal streams would give equal people
    train, test = (pair.people[split].proportions for split in ("train", "test"))
    assert len(train) == len(test) == 6
    assert {len(small(make).people[split]) for split in ("train", "test")} == {12, 5}
    assert torch.cdist(train, test).min() > 0


@pytest.mark.parametrize("make", PAIRED)
def test_samples_correspond_and_are_drawn_from_the_kept_factors(make: Callable[..., FacePair]) -> None:
    pair = small(make)
    assert pair.paired
    for split, part in (("train", pair.samples.train), ("test", pair.samples.test)):
        factors = pair.factors(split)
        image, label = draw_faces(factors, size=16)
        assert torch.equal(part.y, image)
        assert torch.equal(pair.labels(split), label)
        wanted = paint_labels(label) if make is labels_to_faces else edge_drawing(factors, size=16)
        assert torch.equal(part.x, wanted)
        assert torch.equal(part.y_label, factors.sex)
    batch = pair.batch(0, size=4, seed=0)
    rows = [int((pair.samples.train.y == y).flatten(1).all(1).nonzero()) for y in batch.y]
    assert torch.equal(batch.x, pair.samples.train.x[rows])


def test_labels_and_edges_show_the_same_faces() -> None:
    one, other = small(labels_to_faces), small(edges_to_faces)
    assert torch.equal(one.samples.train.y, other.samples.train.y)
    assert torch.equal(read_labels(one.samples.test.x), other.labels("test"))


@pytest.mark.parametrize("make", PAIRED)
def test_variants_are_other_photos_of_the_same_drawing(make: Callable[..., FacePair]) -> None:
    pair = small(make)
    photos = pair.variants([4, 0], count=3, seed=5)
    assert photos.shape == (2, 3, 3, 16, 16)
    assert torch.equal(photos, pair.variants(torch.tensor([4, 0]), count=3, seed=5))
    assert not torch.equal(photos, pair.variants([4, 0], count=3, seed=6))
    flat = torch.cat([photos.flatten(0, 1), pair.samples.test.y[[4, 0]]]).flatten(1)
    assert torch.pdist(flat).min() > 1
    assert not torch.equal(photos, pair.variants([4, 0], count=3, seed=5, split="train"))


def test_moving_reaches_every_tensor() -> None:
    moved = small(labels_to_faces).to("meta")
    assert moved.samples.train.x.device.type == "meta"
    assert moved.factors("test").skin.device.type == "meta"
    assert moved.labels("train").device.type == "meta"
    turned = small(pose_pair).to("meta")
    assert turned.domains.target.test.device.type == "meta"
    assert turned.changed["test"].yaw.device.type == "meta"
    assert turned.people["train"].yaw.device.type == "meta"


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("make", ANSWERED)
def test_answers_are_the_same_people_changed(make: Callable[..., AttributePair], split: str) -> None:
    pair = small(make)
    assert not pair.paired
    batch = pair.batch(2, size=7, seed=3, split=split)
    rows = batch.x_row - (0 if split == "train" else SMALL["count"])
    people, changed = pair.people[split][rows], pair.changed[split][rows]
    assert torch.equal(pair.people_of(batch).proportions, people.proportions)
    assert torch.allclose(batch.x, draw_faces(people, size=16).image, atol=1e-4)
    answers = pair.answers(batch)
    assert torch.allclose(answers, draw_faces(changed, size=16).image, atol=1e-4)
    assert torch.equal(people.proportions, changed.proportions)
    assert torch.equal(people.texture, changed.texture)
    assert torch.equal(people.skin, changed.skin)
    assert torch.equal(batch.x_label, people.sex)
    assert ((answers - batch.x).abs().flatten(1).amax(1) > 0.05).all()


def test_answers_have_the_value_of_the_target() -> None:
    glasses = small(glasses_pair)
    assert glasses.people["test"].glasses.all()
    assert not glasses.changed["test"].glasses.any()
    hair = small(hair_pair)
    assert (hair.people["train"].hair_kind == HAIR_KINDS.index("blond")).all()
    assert (hair.changed["train"].hair_kind == HAIR_KINDS.index("black")).all()
    pose = small(pose_pair)
    assert (pose.people["test"].yaw <= -0.4).all()
    assert torch.equal(pose.changed["test"].yaw, -pose.people["test"].yaw)
    sex = small(sex_pair)
    assert (sex.people["test"].sex == 0).all()
    assert (sex.changed["test"].sex == 1).all()
    batch = sex.batch(0, size=9, seed=0)
    assert (batch.x_label == 0).all()
    assert (batch.y_label == 1).all()


def test_an_unambiguous_change_can_be_made_again() -> None:
    """The answer of the answer, back to the source's value, is the source."""
    pair = small(glasses_pair)
    back = draw_faces(change(pair.changed["test"], glasses=True), size=16).image
    assert torch.equal(back, pair.domains.source.test)


@pytest.mark.parametrize("make", ANSWERED)
def test_targets_are_other_people(make: Callable[..., AttributePair]) -> None:
    pair = small(make)
    answers = draw_faces(pair.changed["test"], size=16).image.flatten(1)
    assert torch.cdist(answers, pair.domains.target.test.flatten(1)).min() > 1


def test_full_correlation_reaches_both_sides() -> None:
    pair = sex_pair(**SMALL, correlation=1.0)
    assert (pair.people["train"].beard < 0.45).all()
    assert (pair.changed["train"].beard >= 0.3).all()


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("at least one face is needed, got count=0", lambda: labels_to_faces(count=0, test=1, size=16)),
        ("at least one face is needed, got count=-1", lambda: pose_pair(count=1, test=-1, size=16)),
        ("at least 16 × 16 pixels, got size=8", lambda: glasses_pair(count=1, test=1, size=8)),
        (r"lies in \[0, 1\], got 2", lambda: edges_to_faces(count=1, test=1, size=16, correlation=2)),
        ("split is 'valid'", lambda: small(labels_to_faces).factors("valid")),
        ("split is 'valid'", lambda: small(labels_to_faces).labels("valid")),
        ("x_row is None", lambda: small(hair_pair).answers(Batch(torch.zeros(1), torch.zeros(1)))),
        ("at least one variant", lambda: small(labels_to_faces).variants([0], count=0, seed=0)),
        ("at least one sample, got size=0", lambda: small(labels_to_faces).batch(0, size=0, seed=0)),
    ],
)
def test_what_cannot_be_is_refused(message: str, call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_one_face_is_enough() -> None:
    pair = labels_to_faces(count=1, test=1, size=16)
    assert pair.batch(0, size=3, seed=0).x.shape == (3, 3, 16, 16)


def test_variants_have_the_variety_of_their_pair() -> None:
    tame, wild = (labels_to_faces(count=2, test=3, size=32, variety=v) for v in (0.0, 1.0))
    assert torch.equal(tame.labels("test"), wild.labels("test"))
    spread = [pair.variants([0, 1], count=12, seed=0).std(1).mean() for pair in (tame, wild)]
    assert spread[0] < 0.6 * spread[1]
    assert tame.to("cpu").variety == 0.0


@pytest.mark.parametrize("make", ANSWERED)
def test_in_the_studio_wall_and_clothes_are_everybodys(make):
    pair = make(count=3, test=4, size=16, studio=True)
    for people in (pair.people["test"], pair.changed["test"]):
        for colours in (people.background, people.clothes):
            assert (colours == colours[:1]).all()
    assert (make(count=3, test=4, size=16).people["test"].background.std(0) > 0).all()
