"""What a method's translations score in the benchmark, in units of what a task's own samples score."""

from __future__ import annotations

from typing import NamedTuple

import torch

from udtlib.evaluate.effort import effort_over_pairing
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.recipes.benchmark_methods import Codes
from udtlib.recipes.benchmark_tasks import Case, Scores, Task
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling

SHARE, EFFORT = "fit: in the target, %", "effort: ‖T(z) − z‖² over the exact plan's"
PAIRING = "effort: over the best pairing of the same translations"
ROUND_TRIP, SECONDS = "back: ‖T⁻¹T(z) − z‖ / ‖z‖", "time: seconds of training"
#: What a run that ended well may leave of the energy distance between untranslated sources and the target.
LEFT = 0.5


class Outcome(NamedTuple):
    """Where a system sends the measured codes.

    Args:
        made: T(x).
        home: the way back from there.
        back: the way back from samples of the target.
        seconds: of training.
        sound: whether it trained to the end and all codes are finite.
    """

    made: Codes
    home: Codes
    back: Codes
    seconds: float = 0.0
    sound: bool = True


class Judge:
    """Scores of outcomes on one case, in units of what the case's own samples score.

    A plan between finitely many codes is dearer than one between their laws, and more so the more numbers a
    code has: a smooth map that fits can spend less than the plan. The second measure of effort has no such
    bias: it is one exactly where no other pairing of the sources with the very same translations would spend
    less.
    """

    def __init__(self, task: Task, case: Case, *, seed: int) -> None:
        self.task, self.case = task, case
        self.x, self.y = case.measured
        # Training samples against test samples: what two samples of one law are apart.
        batch = case.pair.codes.batch(0, size=len(self.x), seed=seed)
        self.floor_x, self.floor_y = (
            energy_distance_biased(batch.x, self.x),
            energy_distance_biased(batch.y, self.y),
        )
        self.apart = energy_distance_biased(self.x, self.y)
        plan = optimal_coupling(squared_euclidean(self.x, self.y)).or_raise()
        assert plan.permutation is not None, "a vertex between equal counts of equal weights is a permutation"
        self.partner, self.least = plan.permutation, float(plan.cost)

    @torch.no_grad()
    def __call__(self, outcome: Outcome) -> Scores:
        case, x = self.case, self.x
        decode = case.pair.space.decode
        images = decode(outcome.made)
        share, apart = case.in_target(images), energy_distance_biased(outcome.made, self.y)
        well = outcome.sound and share >= self.task.share and apart <= LEFT * self.apart
        far = (outcome.made - x).square().sum(1).mean().item()
        away = ((outcome.home - x).square().sum() / x.square().sum()).sqrt().item()
        return {
            SHARE: share,
            "fit: energy distance, floors": apart / self.floor_y,
            **{f"alignment: {name}": value for name, value in case.alignment(images).items()},
            EFFORT: far / self.least,
            PAIRING: effort_over_pairing(outcome.made, x) if far else 1.0,
            ROUND_TRIP: away if outcome.sound else 1.0,
            "back: in the source, %": case.in_source(decode(outcome.back)),
            "back: energy distance, floors": energy_distance_biased(outcome.back, x) / self.floor_x,
            f"stability: {words(self.task)}, % of seeds": 100.0 * well,
            SECONDS: outcome.seconds,
        }


def words(task: Task) -> str:
    """When a run counts as one that ended well."""
    return f"ended well (in the target ≥ {task.share:g} %, energy distance ≤ {LEFT:g} of x's)"
