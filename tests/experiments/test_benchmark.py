"""The benchmark: scores in units of the case, what ends well, divergence, and the tables that are declared."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.experiments.tiny import QUICK, SETTING, carried_out, tiny
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.scores import Scores
from udtlib.experiments import benchmark_methods
from udtlib.experiments.benchmark import DIGITS, EMOJI, FACES, NEGATIVES, SWAP
from udtlib.experiments.benchmark_cases import Case
from udtlib.experiments.benchmark_knobs import (
    DIGITS_KNOBS,
    EMOJI_KNOBS,
    FACES_KNOBS,
    KNOBS,
    NEGATIVES_KNOBS,
    SWAP_KNOBS,
    TWICE,
    at,
)
from udtlib.experiments.benchmark_methods import METHODS, PRICED, unframed
from udtlib.experiments.benchmark_scores import Maps, Outcome, code_scores, outcome_of, planned, right, stays
from udtlib.experiments.coded_pairs import CodedPair
from udtlib.experiments.declare import Experiment
from udtlib.nets.autoencoder import Autoencoder
from udtlib.objectives.flow_matching import OptimalCoupling
from udtlib.train.log import NonFiniteLossError
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import Translator
from udtlib.translators.latent_space import LatentSpace
from udtlib.translators.two_way import TwoWay
from udtlib.transport.procrustes import ProcrustesSearch, wasserstein_procrustes
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Tensor

# Each trains what a table trains, small: for every change that is handed in, not for every day.
pytestmark = pytest.mark.slow


class PlainSpace(LatentSpace):
    """Codes that are their own images: four numbers as four pixels, neither moved nor scaled."""

    def __init__(self) -> None:
        images = torch.randn(8, 1, 2, 2)
        super().__init__(Autoencoder(nn.Flatten(), nn.Unflatten(1, (1, 2, 2))), images)

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        return z.view(-1, 1, 2, 2)


def cloud(seed: int, *, shift: float) -> Tensor:
    z = torch.randn(300, 4, generator=torch.Generator().manual_seed(seed))
    return z * torch.tensor([2.0, 1.0, 0.5, 0.3]) + shift


def mean_of(images: Tensor) -> Scores:
    return Scores(alignment={"mean": images.mean().item()})


@pytest.fixture
def case() -> Case:
    domains = [Samples(cloud(2 * k, shift=k), cloud(2 * k + 1, shift=k)) for k in range(2)]
    images = [Samples(*(part.view(-1, 1, 2, 2) for part in (d.train, d.test))) for d in domains]
    rows = torch.arange(100)
    return Case(
        coded=CodedPair(IndependentPair(*images), PlainSpace(), IndependentPair(*domains)),
        rows=(rows, rows.flip(0)),
        in_target=lambda made: 100 * (made.flatten(1).mean(1) > 0.5).double().mean().item(),
        in_source=lambda made: 100 * (made.flatten(1).mean(1) < 0.5).double().mean().item(),
        alignment=mean_of,
        share=60.0,
        cost=SemanticCost(basis=torch.eye(4), weight=torch.ones(4)),
    )


def values_of(scores: Scores) -> dict[str, float]:
    return {name: value for _, name, value in scores}


def along_the_plan(case: Case, way: float) -> Outcome:
    """Part of the way to the partners of the exact plan."""
    x, _ = case.measured
    return Outcome(x.lerp(planned(case).made, way), x, x)


def test_scores_are_told_in_units_of_the_case(case: Case) -> None:
    x, y = case.measured
    still, plan = values_of(code_scores(stays, case)), values_of(code_scores(planned, case))
    effort, pairing = "‖T(z) − z‖² over the exact plan's", "over the best pairing of the same translations"
    assert (still[effort], still[pairing]) == (0, 1)
    assert plan[effort] == pytest.approx(1, rel=1e-5)
    assert plan[pairing] == pytest.approx(1, rel=1e-5)
    assert values_of(code_scores(lambda case: Outcome(y, x, x), case))[pairing] > 1.5
    assert plan["energy distance, floors"] == pytest.approx(0, abs=1e-6)
    assert plan["back: energy distance, floors"] == pytest.approx(0, abs=1e-6)
    assert still["energy distance, floors"] > 5
    assert plan["mean"] == pytest.approx(y.mean().item(), rel=1e-5)
    away = values_of(code_scores(lambda case: Outcome(y, 0 * x, x), case))
    assert away["error of a round trip"] == pytest.approx(1)


@pytest.mark.parametrize(("share", "way", "well"), [(60.0, 1.0, 100), (101.0, 1.0, 0), (0.0, 0.2, 0)])
def test_what_ends_well_fits_by_both_measures(case: Case, share: float, way: float, well: float) -> None:
    scores = code_scores(lambda case: along_the_plan(case, way), replace(case, share=share))
    assert values_of(scores)["ended well, %"] == well


def test_codes_that_are_not_finite_are_a_run_that_diverged(case: Case) -> None:
    with pytest.raises(NonFiniteLossError, match="not finite"):
        outcome_of(Maps(lambda z: z / 0, lambda z: z), case)


def test_a_right_answer_needs_a_truth(case: Case) -> None:
    with pytest.raises(ValueError, match="no right answers are known"):
        right(case)


@pytest.mark.parametrize("method", [*METHODS, *PRICED])
def test_every_method_becomes_two_maps_of_codes(case: Case, method: str) -> None:
    system = {**METHODS, **PRICED}[method]
    with random_run(0):
        objective = system.game(case, SETTING)
        trained = system.trained_on(case, SETTING) if system.trained_on else case
        batch = trained.batch(0, size=8, seed=0)
    assert batch.x.shape == (8, case.dimension)
    x, _ = case.measured
    maps = system.seen_as(objective.get_submodule(system.part).eval(), case)
    outcome = outcome_of(maps, case)
    assert all(codes.shape == x.shape for codes in outcome)
    assert outcome.made.isfinite().all()


class Still(Translator):
    def forward(self, x: Tensor) -> Tensor:
        return x


def test_frames_are_left_as_they_were_entered(case: Case) -> None:
    x, _ = case.measured
    maps = unframed(TwoWay(Still(), Still()), case)
    made = maps.forth(x)
    assert (made - x).abs().max() > 0.1
    torch.testing.assert_close(maps.back(made), x, rtol=1e-4, atol=1e-4)


def test_all_methods_have_one_budget() -> None:
    trainings = {str(each.training(QUICK)) for each in {**METHODS, **PRICED}.values()}
    assert len(trainings) == 1


def test_methods_that_are_told_a_cost_play_only_where_there_is_one() -> None:
    for experiment in (SWAP, DIGITS, NEGATIVES, FACES, EMOJI):
        assert set(METHODS) <= set(experiment.systems)
        assert (set(PRICED) <= set(experiment.systems)) == (experiment is SWAP)


def test_partners_are_the_right_answers_where_both_sides_are_measured_alike(case: Case) -> None:
    rows = torch.arange(100)
    told = replace(case, rows=(rows, rows), partners=True)
    x, y = told.measured
    there, back = told.truth()
    torch.testing.assert_close(there, y)
    torch.testing.assert_close(back, x)
    assert values_of(code_scores(right, told))["energy distance, floors"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("usual", "turned"),
    [
        (SWAP, SWAP_KNOBS),
        (DIGITS, DIGITS_KNOBS),
        (NEGATIVES, NEGATIVES_KNOBS),
        (FACES, FACES_KNOBS),
        (EMOJI, EMOJI_KNOBS),
    ],
)
def test_every_knob_is_turned_on_every_task(usual: Experiment, turned: Experiment) -> None:
    assert turned.name == f"{usual.name}-knobs"
    assert turned.pair is usual.pair
    for name, system in usual.systems.items():
        knob = KNOBS[name]
        assert knob.usual not in knob.others
        for value in knob.others:
            assert turned.systems[at(name, value)].training(QUICK) == system.training(QUICK)
        longer = turned.systems[f"{name}: {TWICE}"]
        assert longer.game is system.game
        assert longer.training(QUICK) == replace(
            system.training(QUICK), steps=2 * system.training(QUICK).steps
        )


@pytest.mark.parametrize("method", [*KNOBS])
def test_a_turned_knob_is_another_game_and_the_usual_value_is_the_usual_one(
    case: Case, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which rotation it begins with is no matter here; a full search takes a quarter of a minute.
    short = partial(wasserstein_procrustes, search=ProcrustesSearch(starts=2, finalists=1))
    monkeypatch.setattr(benchmark_methods, "wasserstein_procrustes", short)
    knob, system = KNOBS[method], {**METHODS, **PRICED}[method]

    def trained(**turned: float) -> Tensor:
        with random_run(0):
            objective = system.game(case, SETTING, **turned)
        pair = system.trained_on(case, SETTING) if system.trained_on else case
        fit(objective, pair, config=TrainConfig(steps=3, batch_size=256, progress=False))
        return torch.cat([each.detach().flatten() for each in objective.parameters()])

    usual = trained()
    assert torch.equal(usual, trained(**{knob.keyword: knob.usual}))
    for value in knob.others:
        assert not torch.equal(usual, trained(**{knob.keyword: value}))


def test_plans_with_prices_are_solved_in_chunks() -> None:
    x, y = cloud(0, shift=0.0)[:8], cloud(1, shift=1.0)[:8]
    cost = SemanticCost(basis=torch.eye(4), weight=torch.tensor([1.0, 1.0, 1.0, 0.1]))
    whole, halves = (OptimalCoupling(chunk=chunk, cost=cost)(x, y) for chunk in (8, 4))
    assert sorted(map(tuple, halves[:4].tolist())) == sorted(map(tuple, y[:4].tolist()))
    assert sorted(map(tuple, whole.tolist())) == sorted(map(tuple, y.tolist()))
    without = OptimalCoupling(chunk=8)(x, y)
    paid = [cost(x, each).diagonal().sum() for each in (whole, halves, without)]
    assert paid[0] < min(paid[1:])


def test_a_task_becomes_one_table_with_a_picture(case: Case, tmp_path: Path) -> None:
    names = ("DONT", "CycleGAN")
    small = tiny(
        replace(SWAP, pair=lambda setting: case, references={"x": SWAP.references["x, coded and decoded"]}),
        only=names,
    )
    report = carried_out(small, tmp_path, seeds=(0, 1))
    assert [row.system for row in report.rows] == ["CycleGAN", "DONT", "x"]
    assert all(row.alignment["mean"] is not None for row in report.rows)
    assert list(report.pictures) == ["maps"]
