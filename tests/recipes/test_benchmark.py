"""The benchmark: scores in units of the case, seeds that are put together, divergence that is recorded."""

from collections.abc import Callable

import pytest
import torch

from udtlib.data.pair import IndependentPair, Samples
from udtlib.numerics.integrators import BlowUpError
from udtlib.profiles import Profile
from udtlib.recipes import benchmark
from udtlib.recipes.benchmark import Measured
from udtlib.recipes.benchmark_judge import EFFORT, PAIRING, ROUND_TRIP, SECONDS, SHARE, Judge, Outcome
from udtlib.recipes.benchmark_methods import Lesson, Ways
from udtlib.recipes.benchmark_tasks import TASKS, Case, Task
from udtlib.recipes.catalogue import REPRODUCTIONS
from udtlib.recipes.coded_pairs import CodedPair
from udtlib.train.log import NonFiniteLossError
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Tensor

QUICK = Profile(name="quick", device=torch.device("cpu"))


class PlainSpace:
    """Codes that are their own images: four numbers as four pixels."""

    def encode(self, x: Tensor) -> Tensor:
        return x.flatten(1)

    def decode(self, z: Tensor) -> Tensor:
        return z.view(-1, 1, 2, 2)


def cloud(seed: int, *, shift: float) -> Tensor:
    z = torch.randn(300, 4, generator=torch.Generator().manual_seed(seed))
    return z * torch.tensor([2.0, 1.0, 0.5, 0.3]) + shift


@pytest.fixture
def pair() -> CodedPair:
    domains = [Samples(cloud(2 * k, shift=k), cloud(2 * k + 1, shift=k)) for k in range(2)]
    images = [Samples(*(part.view(-1, 1, 2, 2) for part in (d.train, d.test))) for d in domains]
    return CodedPair(IndependentPair(*images), PlainSpace(), IndependentPair(*domains))


@pytest.fixture
def case(pair: CodedPair) -> Case:
    rows = torch.arange(100)
    return Case(
        pair=pair,
        rows=(rows, rows.flip(0)),
        in_target=lambda made: 100 * (made.flatten(1).mean(1) > 0.5).double().mean().item(),
        in_source=lambda made: 100 * (made.flatten(1).mean(1) < 0.5).double().mean().item(),
        alignment=lambda made: {"mean": made.mean().item()},
    )


def task_of(case: Case, *, share: float = 60.0) -> Task:
    return Task(name="plain", title="points", prepare=lambda profile, seed: case, share=share)


def test_the_judge_s_units(case: Case) -> None:
    judge = Judge(task_of(case), case, seed=0)
    x, y = case.measured
    still, order = judge(Outcome(x, x, y)), judge.partner
    plan = judge(Outcome(y[order], x, x[order.argsort()], seconds=3.0))
    assert still[EFFORT] == 0
    assert still[PAIRING] == 1
    assert plan[PAIRING] == pytest.approx(1, rel=1e-5)
    assert judge(Outcome(y, x, x))[PAIRING] > 1.5
    assert plan[EFFORT] == pytest.approx(1, rel=1e-5)
    assert plan["fit: energy distance, floors"] == pytest.approx(0, abs=1e-6)
    assert plan["back: energy distance, floors"] == pytest.approx(0, abs=1e-6)
    assert still["fit: energy distance, floors"] > 5
    assert plan[SECONDS] == 3
    assert plan["alignment: mean"] == pytest.approx(y.mean().item(), rel=1e-5)
    away = judge(Outcome(y, 0 * x, x))
    assert away[ROUND_TRIP] == pytest.approx(1)


@pytest.mark.parametrize(
    ("share", "way", "sound", "well"),
    [(60.0, 1.0, True, 100), (101.0, 1.0, True, 0), (0.0, 0.2, True, 0), (60.0, 1.0, False, 0)],
)
def test_what_ends_well_fits_by_both_measures_and_did_not_diverge(
    case: Case, share: float, way: float, sound: bool, well: float
) -> None:
    judge = Judge(task_of(case, share=share), case, seed=0)
    x, y = case.measured
    scores = judge(Outcome(x.lerp(y[judge.partner], way), x, x, sound=sound))
    assert benchmark.starting(scores, "stability: ") == well
    assert scores[ROUND_TRIP] == (0 if sound else 1)


def diverging(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    raise NonFiniteLossError("nan")


def blowing_up(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    def out(z: Tensor) -> Tensor:
        raise BlowUpError("too far", time=0.5)

    return Ways(lambda z: z + 1, out)


def not_finite(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
    return Ways(lambda z: z / 0, lambda z: z)


@pytest.mark.parametrize("method", [diverging, blowing_up, not_finite])
def test_a_run_that_diverges_is_recorded_as_one_that_translates_nothing(
    method: Callable[..., Ways], case: Case
) -> None:
    outcome = benchmark.play(method, Lesson(case.pair), case, QUICK, seed=0)
    x, y = case.measured
    assert not outcome.sound
    assert torch.equal(outcome.made, x)
    assert torch.equal(outcome.back, y)


def test_other_mistakes_are_not_swallowed(case: Case) -> None:
    def broken(lesson: Lesson, profile: Profile, *, seed: int) -> Ways:
        raise KeyError("a slip")

    with pytest.raises(KeyError, match="a slip"):
        benchmark.play(broken, Lesson(case.pair), case, QUICK, seed=0)


def test_seeds_that_were_measured_apart_are_put_together(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = lambda by: lambda lesson, profile, *, seed: Ways(lambda z: z + by, lambda z: z - by)  # noqa: E731
    chosen = {"DONT": moved(1.0), "CycleGAN": moved(0.5)}
    monkeypatch.setattr(benchmark, "METHODS", chosen)
    priced = case._replace(cost=("told", SemanticCost(basis=torch.eye(4), weight=torch.ones(4))))
    task = task_of(priced)
    runs = [benchmark.measure(task, QUICK, seed=seed) for seed in (0, 1)]
    found = benchmark.findings(task, runs)
    values = {(row.system, row.metric): row.values for row in found.rows}
    assert {system for system, _ in values} == {"x, coded and decoded", benchmark.PLAN, *chosen, "DONT, told"}
    assert all(len(each) == 2 for each in values.values())
    x, _ = priced.measured
    assert values["DONT", "alignment: mean"] == pytest.approx((x.mean().item() + 1,) * 2, rel=1e-5)
    assert values["CycleGAN", ROUND_TRIP] == pytest.approx((0, 0), abs=1e-6)
    # One table: every system has every measure.
    assert len(values) == 5 * len(runs[0].scores["DONT"])
    assert list(found.pictures) == ["maps"]


def test_the_overview_has_every_method_and_task_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "METHODS", {"a": diverging, "b": diverging})

    def run(name: str, seed: int) -> Measured:
        scores = {
            SHARE: 90.0 + seed,
            f"alignment: {benchmark.CHIEF[name]}": 1.0,
            PAIRING: 2.0,
            ROUND_TRIP: 0.5 * seed,
            "stability: ended well (so), % of seeds": 100.0 * (name != "faces"),
            SECONDS: 10.0,
        }
        return Measured({"a": scores, "b": scores, "a plan": scores}, {})

    found = benchmark.overview({name: [run(name, 0), run(name, 1)] for name in TASKS})
    values = {(row.system, row.metric): row.values for row in found.rows}
    assert len(values) == len(found.rows) == 2 * (3 * len(TASKS) + 3)
    assert values["a", f"swap, {SHARE}"] == (90, 91)
    assert values["b", "stability: ended well, % of runs"] == (75, 75)
    assert values["b", "back: mean round trip, ‖T⁻¹T(z) − z‖ / ‖z‖"] == (0, 0.5)
    assert values["a", "time: seconds of all trainings"] == (40, 40)


def test_the_catalogue_has_the_overview_and_every_task() -> None:
    names = {"benchmark", *(f"benchmark-{name}" for name in TASKS)}
    assert names <= set(REPRODUCTIONS)
    assert set(benchmark.CHIEF) == set(TASKS)
