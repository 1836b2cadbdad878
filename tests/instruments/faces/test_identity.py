"""Who a face still is, and on which side an attribute puts it."""

import pytest

from udtlib.data.faces.attributes import glasses_pair
from udtlib.evaluate.translations import right_answers
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader


@pytest.fixture(scope="module")
def glasses():
    return glasses_pair(count=400, test=200)


@pytest.fixture(scope="module")
def domains(glasses):
    return DomainFeatures(glasses, load_face_reader())


def test_the_same_person_is_similar_and_a_stranger_is_not(glasses, domains):
    batch = glasses.batch(0, size=100, seed=0, split="test")
    answer = right_answers(glasses, batch)
    assert domains.similarity(batch.x, answer) > 0.8
    assert abs(domains.similarity(batch.x, answer.roll(1, 0))) < 0.15


def test_separation_counts_the_side_that_was_to_be_reached(glasses, domains):
    batch = glasses.batch(0, size=100, seed=0, split="test")
    assert domains.separation(batch.y) > 0.9
    assert domains.separation(batch.x) < 0.1
    assert domains.separation(batch.x, back=True) > 0.9
