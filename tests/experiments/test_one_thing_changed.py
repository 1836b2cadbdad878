"""What is compared differs in what its name says: starts of AlignFlow, and BicycleGAN in the plane."""

import pytest
import torch

from tests.experiments.tiny import QUICK, carried_out, same_nets, tiny, untrained
from udtlib.data.street_digits import negative_digits
from udtlib.experiments.alignflow_negatives import ALIGNFLOW_BUDGET, ALIGNFLOW_NEGATIVES
from udtlib.experiments.bicyclegan_points import (
    ASKED,
    DEVIATION,
    HEIGHTS,
    NOISE,
    POINTS,
    SAMPLES,
    FourAnswers,
    bands,
    scores_of_answers,
    scores_of_truth,
    true_answers,
)
from udtlib.objectives.bicyclegan import BicycleGAN


@pytest.fixture(scope="module")
def digits():
    return negative_digits(size=28)


@pytest.mark.parametrize(
    ("name", "kept", "sign"),
    [
        ("as in unit-negatives", True, 1.0),
        ("starts at −x", True, -1.0),
        ("starts at a rotation", False, None),
    ],
)
def test_flows_start_where_their_names_say(digits, name, kept, sign):
    x = digits.batch(0, size=4, seed=0).x
    T = untrained(ALIGNFLOW_NEGATIVES, name, pair=digits).translator
    if kept:
        torch.testing.assert_close(T(x), sign * x)
    else:
        # A rotation keeps lengths, and is neither of the two.
        torch.testing.assert_close(T(x).norm(), x.norm(), rtol=1e-4, atol=0)
        assert min((T(x) - x).abs().mean(), (T(x) + x).abs().mean()) > 0.1
    torch.testing.assert_close(T.inverse(T(x)), x, rtol=0, atol=1e-4)


def test_budgets_of_the_starts_are_equal_and_a_longer_one_is_three_times_as_long():
    usual = {system.training(QUICK).steps for system in ALIGNFLOW_NEGATIVES.systems.values()}
    assert len(usual) == 1
    longer = ALIGNFLOW_BUDGET.systems["three times the rounds"].training(QUICK).steps
    assert longer == 3 * usual.pop()


def test_scales_weights_and_steps_are_what_the_names_say(digits):
    games = {name: untrained(ALIGNFLOW_BUDGET, name, pair=digits) for name in ALIGNFLOW_BUDGET.systems}
    assert {layer.bound for layer in couplings(games["shifts alone, no scales"])} == {0.0}
    assert {layer.bound for layer in couplings(games["no likelihood"])} == {0.5}
    assert games["no likelihood"].config.likelihood_weight == 0
    rates = [g.config.game.generator_optimiser.rate for g in games.values()]
    assert rates[2] == pytest.approx(3 * rates[0])
    assert all(same_nets(ALIGNFLOW_BUDGET, name, pair=digits) for name in ALIGNFLOW_BUDGET.systems)


def couplings(game):
    return [layer for layer in game.translator.flow_x.layers if hasattr(layer, "bound")]


def test_every_answer_lies_at_its_band():
    batch = FourAnswers().batch(0, size=2_000, seed=0)
    middle = bands(batch.x)[torch.arange(2_000), batch.y_label]
    assert (batch.y - middle).std() == pytest.approx(DEVIATION, rel=0.05)
    assert torch.bincount(batch.y_label, minlength=4).min() > 400
    assert FourAnswers().answers(batch) is None


def test_rows_of_the_plane_differ_in_what_they_say():
    games = {name: untrained(POINTS, name, pair=FourAnswers()) for name in POINTS.systems}
    hybrid = games["BicycleGAN"]
    assert {system.training(QUICK) for system in POINTS.systems.values()} == {
        POINTS.systems["BicycleGAN"].training(QUICK)
    }
    pix = games["no encoder: pix2pix + noise"]
    assert not isinstance(pix, BicycleGAN)
    assert pix.config.l1_weight == hybrid.config.l1_weight
    assert pix.config.game == hybrid.config.game
    shapes = [[p.shape for p in judge.parameters()] for judge in (pix.discriminator, hybrid.prior_judge)]
    assert shapes[0] == shapes[1]
    assert games["no prior half: cVAE-GAN"].prior_judge is None
    assert games["no encoded half: cLR-GAN"].encoded_judge is None
    assert games["latent term moves E"].config.latent_moves_encoder
    for name in ("no prior half: cVAE-GAN", "no encoded half: cLR-GAN"):
        assert games[name].config == hybrid.config


def test_weights_of_the_noisy_systems_are_their_names():
    for name in NOISE.systems:
        assert name == f"λ = {untrained(NOISE, name, pair=FourAnswers()).config.l1_weight:g}"


def test_scores_tell_the_truth_one_band_and_the_middle_apart():
    truth = scores_of_truth(None, FourAnswers())
    assert truth.fit["near a true answer"] > 0.95
    assert truth.alignment["answers found, of 4"] > 3.7
    middles = bands(torch.linspace(-1, 1, ASKED)[:, None])
    one_band = scores_of_answers(middles[:, :1].expand(-1, SAMPLES, -1))
    assert one_band.fit["near a true answer"] == 1
    assert one_band.alignment["answers found, of 4"] == pytest.approx(1)
    between = scores_of_answers(middles.mean(1, keepdim=True).expand(-1, SAMPLES, -1))
    assert between.fit["near a true answer"] == 0
    assert between.alignment["answers found, of 4"] == 0
    assert len(HEIGHTS) == 4
    assert true_answers(seed=0).shape == (ASKED, SAMPLES, 2)


@pytest.mark.slow
def test_the_plane_s_table_and_pictures_are_whole(tmp_path):
    report = carried_out(tiny(POINTS, batch_size=8), tmp_path)
    assert [row.system for row in report.rows] == [*POINTS.systems, "true answers"]
    assert set(report.pictures) == {"answers", "plane"}
