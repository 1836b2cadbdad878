"""Which bias for which problem? All methods of the course on the same codes, with the same data and budget.

The benchmark that [menier2022, section 3] announces. Seeds are independent: :func:`measure` can run one of them
in a process of its own, and :func:`findings` put them together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import NamedTuple

import torch

from udtlib.numerics.integrators import IntegrationError
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.benchmark_judge import PAIRING, ROUND_TRIP, SECONDS, SHARE, Judge, Outcome
from udtlib.recipes.benchmark_methods import METHODS, TOLD, Learn, Lesson
from udtlib.recipes.benchmark_tasks import TASKS, Case, Scores, Task
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.log import NonFiniteLossError
from udtlib.types import Float, Tensor

#: How long three seeds of a task take on a CPU.
SECONDS_OF = {"swap": 1_530.0, "digits": 1_560.0, "negatives": 1_480.0, "faces": 3_090.0}
#: Test images in a picture.
SHOWN = 8
PLAN = "exact plan of the test codes"
#: The score of alignment that stands for a task in the overview.
CHIEF = {
    "swap": "task 2: same digit, other side, %",
    "digits": "slant kept, correlation",
    "negatives": "class kept, %",
    "faces": "factors kept, mean correlation",
}


class Measured(NamedTuple):
    """One seed: the scores of every system, and what each makes of a few test images."""

    scores: Mapping[str, Scores]
    shown: Mapping[str, Float[Tensor, "n channels height width"]]


def measure(task: Task, profile: Profile, *, seed: int) -> Measured:
    """Train and judge every method once."""
    case = task.prepare(profile, seed)
    x, y = case.measured
    scores, shown = {}, {"x": case.pair.images.source.test[case.rows[0]][:SHOWN].cpu()}
    judge = Judge(task, case, seed=seed)

    def enter(system: str, outcome: Outcome) -> None:
        scores[system] = judge(outcome)
        shown[system] = case.pair.space.decode(outcome.made[:SHOWN]).cpu()

    enter("x, coded and decoded", Outcome(x, x, y))
    if (truth := case.truth()) is not None:
        enter("the right answer, coded and decoded", Outcome(truth[0], x, truth[1]))
    order = judge.partner
    enter(PLAN, Outcome(y[order], x, x[order.argsort()]))
    for name, method in METHODS.items():
        enter(name, play(method, Lesson(case.pair), case, profile, seed=seed))
        if case.cost and name in TOLD:
            told = Lesson(case.pair, cost=case.cost[1])
            enter(f"{name}, {case.cost[0]}", play(method, told, case, profile, seed=seed))
    return Measured(scores, shown)


@torch.no_grad()
def play(method: Learn, lesson: Lesson, case: Case, profile: Profile, *, seed: int) -> Outcome:
    """Train one method and send the measured codes there and back.

    A run that diverges translates nothing: its codes stay where they are, and it is recorded as unsound.
    """
    x, y = case.measured
    began = time.perf_counter()
    try:
        with torch.enable_grad():
            ways = method(lesson, profile, seed=seed)
        seconds = time.perf_counter() - began
        made = ways.forth(x)
        outcome = Outcome(made, ways.back(made), ways.back(y), seconds)
    except (NonFiniteLossError, IntegrationError):
        return Outcome(x, x, y, time.perf_counter() - began, sound=False)
    if not all(bool(codes.isfinite().all()) for codes in outcome[:3]):
        return Outcome(x, x, y, seconds, sound=False)
    return outcome


def findings(task: Task, runs: Sequence[Measured]) -> Findings:
    """The table of one task from its seeds, and what the first of them made of a few test images."""
    first = runs[0]
    rows = [
        Row(system=system, metric=metric, values=tuple(run.scores[system][metric] for run in runs))
        for system, scores in first.scores.items()
        for metric in scores
    ]
    return Findings(rows=rows, pictures={"maps": maps_picture(task, first.shown)})


def maps_picture(task: Task, shown: Mapping[str, Tensor]) -> Picture:
    """One row for each system, below the images that it was given."""
    return image_grid(
        torch.cat(list(shown.values())),
        columns=len(next(iter(shown.values()))),
        row_labels=list(shown),
        alt=f"Test images of the task {task.title} in the first row; below, what each method makes of them.",
        caption="The first seed, test images. All translations are decoded codes; a run that diverged left "
        "them where they were.",
    )


def overview(runs: Mapping[str, Sequence[Measured]]) -> Findings:
    """The methods' chief scores on all tasks in one table; seeds by the name of their task.

    For each task: fit, the score named in :data:`CHIEF`, the effort over the best pairing; over the tasks:
    the mean error of a round trip, the share of runs that ended well, and the seconds of all trainings.
    """
    rows: list[Row] = []
    for method in METHODS:
        scores = {name: [run.scores[method] for run in each] for name, each in runs.items()}
        for name, each in scores.items():
            for metric in (SHARE, f"alignment: {CHIEF[name]}", PAIRING):
                values = tuple(score[metric] for score in each)
                rows.append(Row(system=method, metric=f"{name}, {metric}", values=values))
        seeds = list(zip(*scores.values(), strict=True))
        for metric, start, merge in (
            ("back: mean round trip, ‖T⁻¹T(z) − z‖ / ‖z‖", ROUND_TRIP, fmean),
            ("stability: ended well, % of runs", "stability: ", fmean),
            ("time: seconds of all trainings", SECONDS, sum),
        ):
            values = tuple(merge(starting(score, start) for score in seed) for seed in seeds)
            rows.append(Row(system=method, metric=metric, values=values))
    return Findings(rows=rows)


def starting(scores: Scores, start: str) -> float:
    """The score whose name starts so; a task's thresholds are part of some names."""
    return next(value for name, value in scores.items() if name.startswith(start))


def one_task(profile: Profile, *, seeds: tuple[int, ...], task: Task) -> Findings:
    """All methods on one task."""
    return findings(task, [measure(task, profile, seed=seed) for seed in seeds])


def all_tasks(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """All methods on all tasks, in one table."""
    return overview(
        {name: [measure(task, profile, seed=seed) for seed in seeds] for name, task in TASKS.items()}
    )


REPRODUCTIONS = (
    Reproduction(
        name="benchmark",
        title="Which bias for which problem? All methods on four tasks",
        source="the benchmark that [menier2022, section 3] announces",
        seconds={"quick": 7_670.0},
        run=all_tasks,
    ),
    *(
        Reproduction(
            name=f"benchmark-{task.name}",
            title=f"Which bias for which problem? All methods on {task.title}",
            source="the benchmark that [menier2022, section 3] announces",
            seconds={"quick": SECONDS_OF[task.name]},
            run=partial(one_task, task=task),
        )
        for task in TASKS.values()
    ),
)
