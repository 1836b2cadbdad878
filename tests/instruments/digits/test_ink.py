"""Where the ink is: the true map, the identity, and a map that shifts everything."""

import math

import pytest
import torch

from udtlib.data.street_digits import negative_digits
from udtlib.evaluate.translations import right_answers
from udtlib.instruments.digits.ink import common_shift, ink_scores
from udtlib.nets.invertible import Mix
from udtlib.translators.coupling_flow import SharedLatentFlow


@pytest.fixture(scope="module")
def pair():
    return negative_digits(size=28)


def flow(sign: float) -> SharedLatentFlow:
    """The true map for a sign of -1, the identity for 1."""
    return SharedLatentFlow(Mix(sign * torch.eye(1)), Mix(torch.eye(1)))


def test_the_true_map_has_perfect_scores(pair):
    scores = ink_scores(flow(-1.0), pair)
    assert scores.alignment["mean |T(x) − (−x)|, shifted back"] == 0
    assert scores.alignment["ink in its place"] == 1
    assert scores.alignment["all shifted by so many pixels"] == 0
    # Eight bits hold these images up to half a step.
    assert scores.other["mean |S(T(x)) − x| through an image file"] <= 1 / 255


def test_a_reference_is_stored_in_no_file(pair):
    scores = ink_scores(right_answers, pair)
    assert scores.alignment["ink in its place"] == 1
    assert not scores.other


def test_a_map_that_does_nothing_inverts_nothing(pair):
    scores = ink_scores(flow(1.0), pair)
    assert scores.alignment["ink in its place"] == 0
    assert scores.alignment["pixels inverted"] <= 0.1


def test_a_common_shift_is_found_and_taken_back(pair):
    wanted = -pair.batch(0, size=50, seed=0, split="test").x
    moved = torch.ones_like(wanted)
    moved[..., :-2, 1:] = wanted[..., 2:, :-1]
    shift = common_shift(moved, wanted)
    assert shift.pixels == pytest.approx(math.hypot(2, 1))
    assert shift.error <= 1e-3
