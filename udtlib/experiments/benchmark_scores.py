"""How the benchmark judges a map of codes, in units of what the case's own samples score."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

from udtlib.evaluate.effort import effort_over_pairing
from udtlib.evaluate.metrics import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.experiments.benchmark_cases import Case, Codes
from udtlib.train.log import NonFiniteLossError
from udtlib.transport.costs import squared_euclidean
from udtlib.transport.exact import optimal_coupling

#: What a run that ended well may leave of the energy distance between untranslated sources and the target.
LEFT = 0.5


class Outcome(NamedTuple):
    """Where a system sends the measured codes.

    Args:
        made: T(x).
        home: the way back from there.
        back: the way back from samples of the target.
    """

    made: Codes
    home: Codes
    back: Codes


#: What nothing is trained for.
Reference = Callable[[Case], Outcome]


class Maps(NamedTuple):
    """A trained system as two maps of codes."""

    forth: Callable[[Codes], Codes]
    back: Callable[[Codes], Codes]


@torch.no_grad()
def outcome_of(subject: Maps | Reference, case: Case) -> Outcome:
    """Where the measured codes go: by a trained system's maps, or by a reference.

    Raises:
        NonFiniteLossError: codes that are infinite or not a number; the run diverged.
    """
    if not isinstance(subject, Maps):
        return subject(case)
    x, y = case.measured
    made = subject.forth(x)
    outcome = Outcome(made, subject.back(made), subject.back(y))
    if not all(bool(codes.isfinite().all()) for codes in outcome):
        raise NonFiniteLossError("some translated codes are not finite")
    return outcome


@torch.no_grad()
def code_scores(subject: Maps | Reference, case: Case) -> Scores:
    """Fit, alignment, effort and the way back, in units of what the case's own samples score.

    A plan between finitely many codes is dearer than one between their laws, and more so the more numbers a
    code has: a smooth map that fits can spend less than the plan. The second measure of effort has no such
    bias: it is one exactly where no other pairing of the sources with the very same translations would spend
    less.
    """
    made, home, back = outcome_of(subject, case)
    x, y = case.measured
    # Training samples against test samples: what two samples of one law are apart.
    own = case.batch(0, size=len(x), seed=0)
    floor_x, floor_y = energy_distance_biased(own.x, x), energy_distance_biased(own.y, y)
    decode = case.coded.space.decode
    images, apart = decode(made), energy_distance_biased(made, y)
    share, far = case.in_target(images), (made - x).square().sum(1).mean().item()
    well = share >= case.share and apart <= LEFT * energy_distance_biased(x, y)
    least = float(optimal_coupling(squared_euclidean(x, y)).or_raise().cost)
    return case.alignment(images) | Scores(
        fit={"in the target, %": share, "energy distance, floors": apart / floor_y},
        effort={
            "‖T(z) − z‖² over the exact plan's": far / least,
            "over the best pairing of the same translations": effort_over_pairing(made, x) if far else 1.0,
        },
        other={
            "error of a round trip": ((home - x).square().sum() / x.square().sum()).sqrt().item(),
            "back in the source, %": case.in_source(decode(back)),
            "back: energy distance, floors": energy_distance_biased(back, x) / floor_x,
            "ended well, %": 100.0 * well,
        },
    )


def stays(case: Case) -> Outcome:
    """x itself."""
    x, y = case.measured
    return Outcome(x, x, y)


def right(case: Case) -> Outcome:
    """The right answers there and back."""
    there, back = case.truth()
    return Outcome(there, case.measured[0], back)


def planned(case: Case) -> Outcome:
    """The partners of the exact plan between the measured codes."""
    x, y = case.measured
    order = optimal_coupling(squared_euclidean(x, y)).or_raise().permutation
    assert order is not None, "a vertex between equal counts of equal weights is a permutation"
    return Outcome(y[order], x, x[order.argsort()])
