"""Chapter 08: digits that change sides: other digits than zeros and ones, and other weights of the effort."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import combinations

from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, balanced_dont, code_training, dont_game
from udtlib.experiments.declare import Experiment, Setting, System, Untrained
from udtlib.experiments.digit_swap import coded_answer, dont_scores, priced_dont, swap, what_a_rule_sees
from udtlib.objectives.dont import DONT
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.transport.semantic import shared_spread

#: Ten of the forty-five pairs of digits, drawn once, and two whose digits look alike.
ALIKE = [(4, 9), (7, 9)]
PAIRS = [*sorted(random.Random(0).sample(list(combinations(range(10), 2)), 10)), *ALIKE]
#: Two pairs on which weights of the effort are compared: the chapter's, and one whose digits look alike.
EASY, HARD = (0, 1), (4, 9)
#: Ten more, drawn after the recipe was settled, so that nothing was chosen by them; and again the two.
FRESH = [
    *sorted(random.Random(1).sample([each for each in combinations(range(10), 2) if each not in PAIRS], 10)),
    *ALIKE,
]
#: The smallest price: what is free to change is many coordinates, which together outvote few dear ones.
FLOOR = 1e-4
EFFORTS = (0.3, 1.0, 3.0, 10.0, 30.0)
#: The one that holds where digits look alike.
STRONG = 10.0
#: λ beside a critic whose slope is bounded: the verdict is worth a few units, whatever λ.
BOUNDED_EFFORTS = (0.02, 0.06, 0.2, 0.6, 2.0)
#: The one that serves that critic best where digits look alike, and it stays.
BOUNDED = 0.2
#: The measures of these tables.
KEPT = ("coherence", "task 1", "task 2", "task 2 in the exact plan", "brought back by the exact inverse, %")


def words(classes: tuple[int, int]) -> str:
    """A pair's name."""
    return "{} and {}".format(*classes)


def few_scores(flow: ResidualFlow, pair: CodedPair) -> Scores:
    """Those of chapter 08's scores that these tables are about."""
    scores = dont_scores(flow, pair)
    return Scores(
        **{
            question: {name: value for name, value in getattr(scores, question).items() if name in KEPT}
            for question in ("fit", "alignment", "effort", "other")
        }
    )


def answer_scores(nothing: None, pair: CodedPair) -> Scores:
    """What the autoencoder alone leaves of the right answers."""
    return Scores(alignment={"task 2": coded_answer(nothing, pair).alignment["task 2"]})


def shared(setting: Setting, *, classes: tuple[int, int]) -> CodedPair:
    """Codes of these digits, along the axes of the shared spread."""
    pair = swap(setting, classes=classes)
    return pair.seen_from(shared_spread(*what_a_rule_sees(pair), floor=FLOOR))


def systems_of(
    pairs: Sequence[tuple[int, int]], games: Mapping[str, Callable[[CodedPair, Setting], DONT]]
) -> dict[str, System]:
    """Every game on every pair of digits."""
    return {
        f"{words(classes)}: {name}": System(
            game,
            training=code_training,
            part="flow",
            pair=partial(shared, classes=classes),
            scores=few_scores,
        )
        for classes in pairs
        for name, game in games.items()
    }


def right_answers_coded(pairs: Sequence[tuple[int, int]]) -> dict[str, Untrained]:
    """What is left of the right answers of every pair."""
    return {
        f"{words(classes)}: right answers, coded": Untrained(
            None, pair=partial(swap, classes=classes), scores=answer_scores
        )
        for classes in pairs
    }


CLASSES = Experiment(
    name="digit-swap-classes",
    title="Task 2 for twelve pairs of digits, with one rule for the cost and two games",
    source="after [debezenac2019], table 1",
    pair=swap,
    systems=systems_of(PAIRS, {"bounded critic, λ falls": priced_dont, "balanced critic": balanced_dont}),
    references=right_answers_coded(PAIRS),
)
NEW_PAIRS = Experiment(
    name="digit-swap-fresh",
    title="Task 2 for ten pairs of digits by which nothing was chosen, and for two that look alike",
    source="after [debezenac2019], table 1",
    pair=swap,
    systems=systems_of(FRESH, {f"balanced critic, λ = {STRONG:g}": partial(balanced_dont, effort=STRONG)}),
    references=right_answers_coded(FRESH),
)
#: The other critic on the same pairs, at the weight that serves it best, so that neither is left behind.
NEW_PAIRS_BOUNDED = Experiment(
    name="digit-swap-fresh-bounded",
    title="Task 2 for the same ten pairs of digits and two, by the bounded critic at its best λ",
    source="after [debezenac2019], table 1",
    pair=swap,
    systems=systems_of(
        FRESH, {f"bounded critic, λ = {BOUNDED:g}": partial(dont_game, effort=BOUNDED, falls=False)}
    ),
)
EFFORT = Experiment(
    name="digit-swap-effort",
    title="Task 2 by a balanced critic, with the weight of the effort swept",
    source="after [debezenac2019], table 1",
    pair=swap,
    systems=systems_of(
        (EASY, HARD), {f"λ = {effort:g}": partial(balanced_dont, effort=effort) for effort in EFFORTS}
    ),
)
#: Two things tell the two games of the tables above apart, whose critic and whether λ falls: one at a time.
CRITICS = Experiment(
    name="digit-swap-critics",
    title="Task 2 where digits look alike: is it the critic, or the λ that falls?",
    source="after [debezenac2019], table 1",
    pair=swap,
    systems=systems_of(
        [HARD],
        {f"bounded critic, λ = {x:g} falls": partial(dont_game, effort=x) for x in BOUNDED_EFFORTS}
        | {
            f"bounded critic, λ = {x:g} stays": partial(dont_game, effort=x, falls=False)
            for x in BOUNDED_EFFORTS
        }
        | {
            f"{name} critic, λ = {STRONG:g} stays": partial(balanced_dont, effort=STRONG, balance=balance)
            for name, balance in (("quadratic", 0.0), ("balanced", 1.0))
        },
    ),
    references=right_answers_coded([HARD]),
)
