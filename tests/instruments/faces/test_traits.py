"""Traits of faces, exactly and as they are read."""

import pytest
import torch

from udtlib.data.faces.attributes import glasses_pair
from udtlib.data.faces.factors import sample_factors
from udtlib.evaluate.translations import right_answers
from udtlib.instruments.faces.reader import TRAITS, load_face_reader, traits_read
from udtlib.instruments.faces.traits import BEARD_SHOWS, FACTORS, exact_traits, factors_kept, trait_values


@pytest.fixture(scope="module")
def glasses():
    return glasses_pair(count=400, test=200)


def test_traits_are_in_the_order_of_their_names():
    factors = sample_factors(40, generator=torch.Generator().manual_seed(0))
    values = trait_values(factors)
    assert values.shape == (40, len(TRAITS))
    for name in ("sex", "jaw", "age", "glasses", "yaw", "smile", "light"):
        torch.testing.assert_close(values[:, TRAITS.index(name)], getattr(factors, name).float())
    torch.testing.assert_close(values[:, TRAITS.index("skin_g")], factors.skin[:, 1])
    shaven = factors.beard < BEARD_SHOWS
    assert (values[shaven, TRAITS.index("beard")] == 0).all()
    assert (values[~shaven, TRAITS.index("beard")] > 0).all()


def test_factors_are_read_from_the_answer_and_not_from_a_stranger(glasses):
    batch = glasses.batch(0, size=200, seed=0, split="test")
    exact = exact_traits(glasses, batch)
    answer, reader = right_answers(glasses, batch), load_face_reader()
    kept, lost = (factors_kept(reader, exact, faces) for faces in (answer, answer.roll(1, 0)))
    assert "glasses" not in kept, "everybody in the source wears them: nothing to follow"
    assert set(kept) == set(FACTORS) - {"glasses"}
    assert min(kept.values()) > 0.4
    assert sum(kept.values()) / len(kept) > 0.8
    assert max(lost.values()) < 0.25


def test_exact_traits_are_those_of_the_people_of_the_batch(glasses):
    batch = glasses.batch(0, size=60, seed=0, split="test")
    exact, read = exact_traits(glasses, batch), traits_read(load_face_reader(), batch.x)
    for name in ("glasses", "light", "skin_r"):
        assert (exact - read)[:, TRAITS.index(name)].abs().mean() < 0.15
    assert torch.equal(exact[:, TRAITS.index("glasses")], torch.ones(60))
