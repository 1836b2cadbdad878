"""Two codings and the loss between their shapes: its terms, who moves, and how a run that fails says so."""

import pytest
import torch

from udtlib.data.pair import IndependentPair, Samples
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.mlp import mlp
from udtlib.objectives import gromov_latent
from udtlib.objectives.autoencoder import PlainCoding
from udtlib.objectives.base import AdamConfig, Clock, total
from udtlib.objectives.coding import Coding
from udtlib.objectives.gromov_latent import GromovLatent, GromovLatentConfig
from udtlib.objectives.vae import VAECoding
from udtlib.objectives.wae import AdversarialPenalty, MMDPenalty, WAECoding
from udtlib.train import TrainConfig, fit
from udtlib.transport.gromov.energy import distance_matrix, gromov_energy
from udtlib.transport.gromov.loss import GromovForm, GromovLoss, gromov_loss
from udtlib.transport.result import NotConvergedError
from udtlib.types import Batch, Tensor

CLOCK = Clock(7, 10)
SHAPE = (1, 4, 4)


def images(count: int, *, seed: int) -> Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(seed)) * 2 - 1


BATCH = Batch(images(12, seed=0), images(12, seed=1))


def plain(code: int = 2) -> Coding:
    net = dense_autoencoder(Standardise(0.0, 0.6), code=code, shape=SHAPE, widths=(8,))
    return PlainCoding(net)


def judged(code: int = 2) -> Coding:
    net = dense_autoencoder(Standardise(0.0, 0.6), code=code, shape=SHAPE, widths=(8,))
    return WAECoding(net, AdversarialPenalty(mlp([code, 8, 1])))


def game(*codings: Coding, **settings: object) -> GromovLatent:
    """Two plain codings unless told otherwise; an epsilon at which plans are found in a few steps."""
    return GromovLatent(*(codings or (plain(), plain())), config=GromovLatentConfig(epsilon=0.1, **settings))


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def no_solver(*args: object, **options: object) -> None:
    raise AssertionError("a transport problem was solved")


def test_without_weight_nothing_is_solved_and_each_is_trained_as_if_alone(monkeypatch) -> None:
    monkeypatch.setattr(gromov_latent, "gromov_loss", no_solver)
    objective = game(weight=0.0)
    terms = objective("autoencoders", BATCH, CLOCK)
    assert set(terms) == {"pixels_x", "pixels_y"}
    total(terms).backward()
    together = [p.grad.clone() for p in objective.parameters()]
    objective.zero_grad()
    for coding, samples in ((objective.coding_x, BATCH.x), (objective.coding_y, BATCH.y)):
        total(coding.terms(samples, CLOCK).terms).backward()
    assert all(torch.equal(p.grad, g) for p, g in zip(objective.parameters(), together, strict=True))


@pytest.mark.parametrize("form", GromovForm)
def test_the_loss_between_the_codes_is_weighted_and_added(form: GromovForm) -> None:
    objective = game(weight=2.5, form=form)
    terms = objective("autoencoders", BATCH, CLOCK)
    z_x, z_y = objective.coding_x.encode(BATCH.x), objective.coding_y.encode(BATCH.y)
    expected = 2.5 * gromov_loss(z_x, z_y, epsilon=0.1, form=form).value
    assert set(terms) == {"pixels_x", "pixels_y", "gromov"}
    torch.testing.assert_close(terms["gromov"], expected)


def test_the_loss_between_the_codes_moves_both_encoders_and_no_decoder() -> None:
    objective = game(weight=1.0)
    objective("autoencoders", BATCH, CLOCK)["gromov"].backward()
    for coding in (objective.coding_x, objective.coding_y):
        assert any(p.grad.abs().sum() > 0 for p in coding.autoencoder.encoder.parameters())
        assert all(p.grad is None for p in coding.autoencoder.decoder.parameters())


def test_codes_of_two_dimensions_and_batches_of_two_sizes_are_compared() -> None:
    objective = game(plain(2), plain(5), weight=1.0)
    terms = objective("autoencoders", Batch(BATCH.x, images(9, seed=3)), CLOCK)
    assert terms["gromov"].isfinite()
    total(terms).backward()
    assert all(p.grad is not None for p in objective.parameters())


def test_the_debiased_loss_of_a_coding_with_itself_is_zero() -> None:
    """Both sides see the same images and code them alike."""
    coding = plain()
    objective = game(coding, coding, weight=1.0)
    same = Batch(BATCH.x, BATCH.x)
    debiased = objective("autoencoders", same, CLOCK)["gromov"].item()
    other = objective("autoencoders", BATCH, CLOCK)["gromov"].item()
    assert debiased == pytest.approx(0, abs=1e-3)
    assert abs(other) > 10 * abs(debiased)


def test_codings_of_two_kinds_make_one_game_and_terms_name_their_side() -> None:
    net = dense_autoencoder(Standardise(0.0, 0.6), code=3, shape=SHAPE, widths=(8,), gaussian=True)
    objective = game(VAECoding(net, isometry_weight=0.1), judged(), weight=1.0)
    assert list(objective.players()) == ["judges", "autoencoders"]
    terms = objective("autoencoders", BATCH, CLOCK)
    assert set(terms) == {"pixels_x", "kl_x", "isometry_x", "pixels_y", "fool_y", "gromov"}
    assert set(objective("judges", BATCH, CLOCK)) == {"judge_y"}


def test_who_judges_is_a_player_of_its_own_with_its_settings() -> None:
    settings = {"judge_moves": 3, "judge_optimiser": AdamConfig(rate=0.5), "optimiser": AdamConfig(rate=0.7)}
    objective = game(judged(), judged(), **settings)
    players = objective.players()
    assert (players["judges"].moves, players["judges"].optimiser.rate) == (3, 0.5)
    assert (players["autoencoders"].moves, players["autoencoders"].optimiser.rate) == (1, 0.7)
    judges = {id(p) for c in (objective.coding_x, objective.coding_y) for p in c.judge.parameters()}
    assert {id(p) for p in players["judges"].module.parameters()} == judges
    assert not judges & {id(p) for p in players["autoencoders"].module.parameters()}


def test_without_judges_there_is_one_player() -> None:
    net = dense_autoencoder(Standardise(0.0, 0.6), code=2, shape=SHAPE, widths=(8,))
    assert list(game(plain(), WAECoding(net, MMDPenalty())).players()) == ["autoencoders"]


def test_the_judges_loss_moves_the_judges_only() -> None:
    objective = game(judged(), judged())
    total(objective("judges", BATCH, CLOCK)).backward()
    for coding in (objective.coding_x, objective.coding_y):
        assert all(p.grad is not None for p in coding.judge.parameters())
        assert all(p.grad is None for p in coding.autoencoder.parameters())


def test_a_plan_that_is_not_found_says_at_which_step_and_what_to_do() -> None:
    objective = game(weight=4.0, iterations=1)
    with pytest.raises(NotConvergedError, match=r"at step 7 of training.*weight below 4") as caught:
        objective("autoencoders", BATCH, CLOCK)
    assert caught.value.__cause__ is not None


def test_codes_that_have_collapsed_are_reported_with_the_step() -> None:
    objective = game(weight=1.0)
    torch.nn.init.zeros_(objective.coding_y.autoencoder.encoder[2][-1].weight)
    with pytest.raises(ValueError, match=r"at step 7 of training.*zy have collapsed"):
        objective("autoencoders", BATCH, CLOCK)


def run(objective: GromovLatent, *, steps: int) -> None:
    x, y = images(40, seed=2), images(40, seed=3)
    pair = IndependentPair(Samples(x, x), Samples(y, y))
    fit(objective, pair, config=TrainConfig(steps=steps, batch_size=12, log_every=steps, progress=False))


def stuck(z_x: Tensor, z_y: Tensor, **options: object) -> GromovLoss:
    """The debiased loss with the independent plan for each side with itself, which is far too dear."""
    loss = gromov_loss(z_x, z_y, **(options | {"form": GromovForm.CROSS}))
    value = 2 * loss.value
    for d in (distance_matrix(z_x), distance_matrix(z_y)):
        value = value - gromov_energy(d, d, torch.full_like(d, 1 / d.numel()))
    return loss._replace(value=value)


def test_a_debiased_loss_that_falls_without_bound_stops_the_run_and_says_why(monkeypatch) -> None:
    """It is negative at codes that could be laid upon each other, and the more so the larger they are."""
    z = images(12, seed=0).flatten(1)
    values = [stuck(c * z, c * z, epsilon=0.1).value.item() for c in (1, 10)]
    assert values[1] == pytest.approx(100 * values[0], rel=0.05)
    assert values[0] < 0
    monkeypatch.setattr(gromov_latent, "gromov_loss", stuck)
    objective = game(weight=10.0, optimiser=AdamConfig(rate=1.0))
    with pytest.raises(ValueError, match=r"at step \d+ of training.*have exploded") as caught:
        run(objective, steps=200)
    assert "lower the weight" in str(caught.value)
    # The run ended before anything broke.
    assert all(p.isfinite().all() for p in objective.parameters())


def test_at_plans_that_are_too_rough_a_run_does_not_even_begin() -> None:
    with pytest.raises(NotConvergedError, match="at step 0 of training"):
        run(game(weight=10.0, iterations=1), steps=3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": -1.0}, "must not be negative, got weight=-1"),
        ({"weight": float("nan")}, "got weight=nan"),
        ({"epsilon": 0.0}, "got epsilon=0.0; the report's 0.005"),
        ({"iterations": 0}, "got iterations=0"),
        ({"tolerance": 0.0}, "tolerance=0.0"),
        ({"judge_moves": 0}, "got judge_moves=0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(settings, message) -> None:
    with pytest.raises(ValueError, match=message):
        GromovLatentConfig(**settings)
