"""Scores of faces with another attribute: right answers, faces left alone, mirror images."""

import pytest
from torch import nn

from udtlib.data.faces.attributes import glasses_pair, hair_pair, pose_pair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.instruments.faces.attributes import (
    attribute_scores,
    glasses_scores,
    hair_scores,
    identity_scores,
    pose_scores,
)
from udtlib.instruments.faces.traits import FACTORS
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay


@pytest.fixture(scope="module")
def glasses():
    return glasses_pair(count=8, test=60, size=32)


def test_faces_left_alone_still_wear_glasses(glasses):
    scores = glasses_scores(TwoWay(Direct(nn.Identity()), Direct(nn.Identity())), glasses)
    assert scores.alignment["T(x) wears glasses"] > 0.9
    assert scores.alignment["S(y) wears glasses"] < 0.1
    # what the glasses do not touch is read alike with and without them
    assert scores.alignment["error of all other traits"] < 0.1
    assert scores.alignment["error of the changed traits"] > 0.7
    assert scores.other["mean |S(T(x)) − x|"] == 0


def test_right_answers_have_no_error(glasses):
    scores = glasses_scores(right_answers, glasses)
    assert scores.alignment["T(x) wears glasses"] < 0.1
    assert scores.alignment["error of the changed traits"] == 0
    assert scores.alignment["error of all other traits"] == 0


def test_hair_is_three_traits():
    pair = hair_pair(count=8, test=40, size=32)
    colours = ("hair_r", "hair_g", "hair_b")
    assert hair_scores(untouched, pair, size=40) == attribute_scores(
        untouched, pair, changed=colours, size=40
    )


def test_the_right_person_is_who_it_was_and_on_the_other_side(glasses):
    right, same = (
        identity_scores(each, glasses, changed=("glasses",), size=60) for each in (right_answers, untouched)
    )
    assert right.fit["separation accuracy"] > 0.8 > 0.3 > same.fit["separation accuracy"]
    assert right.alignment["identity similarity"] > 0.7
    kept = {name for name in right.alignment if name.startswith("kept: ")}
    assert kept == {f"kept: {name}" for name in FACTORS if name != "glasses"}


def test_a_mirror_image_turns_the_head_and_the_light_with_it():
    pair = pose_pair(count=60, test=100, size=32, studio=True)

    def mirrored(pair, batch):
        return batch.x.flip(3)

    truth, mirror, same = (pose_scores(v, pair, size=100) for v in (right_answers, mirrored, untouched))
    error = "RMSE of the yaw"
    assert max(truth.alignment[error], mirror.alignment[error]) < 0.5 * same.alignment[error]
    assert same.fit["share of heads turned to the other side"] < 0.1
    assert mirror.other["correlation of pairwise distances"] == pytest.approx(1, abs=1e-5)
    assert truth.alignment["kept: light"] > 0.8
    assert mirror.alignment["kept: light"] < -0.8
