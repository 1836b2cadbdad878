"""Faces made of label maps: true ones, those of other maps, noise; one answer and many."""

import pytest
import torch

from udtlib.data.faces.pairs import labels_to_faces
from udtlib.instruments.faces.label_maps import (
    conditional_coverage,
    diversity,
    face_scores,
    scores_of_variants,
    variety_scores,
)
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.nets.unet import UNet
from udtlib.translators.stochastic import StochasticDirect


@pytest.fixture(scope="module")
def pair():
    return labels_to_faces(count=32, test=160, size=32, variety=0.4)


def test_true_faces_are_read_and_wrong_maps_are_noticed(pair):
    references = (
        lambda pair, batch: batch.y,
        lambda pair, batch: batch.y.roll(1, 0),
        lambda pair, batch: torch.rand_like(batch.y) * 2 - 1,
    )
    right, wrong, noise = (face_scores(each, pair) for each in references)
    accuracies = [each.alignment["per-pixel accuracy"] for each in (right, wrong, noise)]
    assert accuracies[0] > 0.95 > accuracies[1] > accuracies[2]
    assert right.alignment["mean |y − G(x)|"] == 0
    # Faces of other people are as real as any; noise is not.
    for judge in ("a glimpse", "the whole face"):
        assert wrong.fit[f"fooling rate, {judge}"] > 0.3
        assert noise.fit[f"fooling rate, {judge}"] < 0.05


def test_true_answers_cover_the_truth_and_a_single_answer_does_not(pair):
    rows = torch.arange(4)
    truth, others = (pair.variants(rows, count=40, seed=seed) for seed in (0, 1))
    labels = pair.labels("test")[:4]
    assert conditional_coverage(others, truth, labels) > 0.8
    same = others[:, :1].expand_as(others)
    assert conditional_coverage(same, truth, labels) < 0.3


def test_diversity_is_zero_where_the_code_is_ignored(pair):
    reader = load_face_reader()
    truth = pair.variants(torch.arange(2), count=8, seed=0)
    assert diversity(truth, reader=reader) > 0.05
    assert diversity(truth[:, :1].expand_as(truth), reader=reader) == pytest.approx(0, abs=1e-6)


def test_true_variants_score_above_an_untrained_translator(pair):
    truth = pair.variants(torch.arange(3), count=12, seed=1)
    best = scores_of_variants(truth, pair.samples.test.y, pair, reader=load_face_reader(), seed=0)
    torch.manual_seed(0)
    net = UNet(3, 3, width=4, depth=3, noise=2, inject_everywhere=True)
    made = variety_scores(StochasticDirect(net, latent=2), pair, seed=0, maps=3, count=12)
    assert {name for _, name, _ in made} == {name for _, name, _ in best}
    for question in ("fit", "alignment"):
        for name, value in getattr(best, question).items():
            assert value > getattr(made, question)[name]
