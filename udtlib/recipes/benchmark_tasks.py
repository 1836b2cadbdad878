"""The benchmark's four tasks: the codes that methods are given, and what is read of their translations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

import torch

from udtlib.data.digit_pairs import two_digits
from udtlib.data.digit_swap import digit_swap
from udtlib.data.pair import IndependentPair, stream
from udtlib.data.street_digits import negative_digits
from udtlib.evaluate.translations import mean_difference
from udtlib.experiments.distance_faces import ATTRIBUTES
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.instruments.digits.scores import digits_read, hand_kept, share_of_class, sure_digits
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import exact_traits, factors_kept
from udtlib.instruments.swap.reader import Reading, load_swap_reader
from udtlib.instruments.swap.scores import read_swap, scores_of_read, share_inside
from udtlib.profiles import Profile
from udtlib.recipes.coded_pairs import CodedPair, code_digits
from udtlib.recipes.digit_swap import what_the_rule_sees
from udtlib.recipes.dont_faces import MEASURED as FACES
from udtlib.recipes.dont_faces import code_faces
from udtlib.recipes.named import plain
from udtlib.transport.semantic import SemanticCost, shared_spread
from udtlib.types import Float, Int, Tensor

#: Side of all images in pixels, in every profile.
SIZE = 32
#: Test samples of each side that are measured, or as many as the smaller side has.
MEASURED = 1_000
#: A digit counts as one that the classifier sees with at least this probability.
SURE = 0.9

Images = Float[Tensor, "n channels height width"]
Scores = dict[str, float]


class Case(NamedTuple):
    """One seed's task: what the methods are given, and how their translations are judged.

    Args:
        pair: images, their space and their codes.
        rows: which test samples of the source are measured, and which of the target.
        in_target: the share of images, in %, that are seen in the target.
        in_source: the share that are seen in the source.
        alignment: from the translations of the measured sources, in their order, to the task's own scores.
        cost: what a move ought to cost, by its name, where the task has such a cost.
    """

    pair: CodedPair
    rows: tuple[Int[Tensor, "n"], Int[Tensor, "n"]]
    in_target: Callable[[Images], float]
    in_source: Callable[[Images], float]
    alignment: Callable[[Images], Scores]
    cost: tuple[str, SemanticCost] | None = None

    @property
    def measured(self) -> tuple[Float[Tensor, "n code"], Float[Tensor, "n code"]]:
        """The codes of the measured test samples, equally many of both sides."""
        codes = self.pair.codes
        return codes.source.test[self.rows[0]], codes.target.test[self.rows[1]]

    def truth(self) -> tuple[Float[Tensor, "n code"], Float[Tensor, "n code"]] | None:
        """Codes of the right answers there and back, where they are known; that map is its own inverse."""
        images, space = self.pair.images, self.pair.space
        x, y = images.source.test[self.rows[0]], images.target.test[self.rows[1]]
        if images.truth is None:
            return None
        return space.encode(images.truth(x)), space.encode(images.truth(y))


@dataclass(frozen=True, kw_only=True)
class Task:
    """A pair of domains in the benchmark.

    Args:
        name: of its reproduction, behind ``benchmark-``.
        title: one line.
        prepare: codes for a seed, and how to judge.
        share: % of translations in the target that a run must reach to have ended well.
    """

    name: str
    title: str
    prepare: Callable[[Profile, int], Case]
    share: float


def some_rows(images: IndependentPair, *, seed: int) -> tuple[Tensor, Tensor]:
    """Equally many test samples of both sides, in a random order, since tests are sorted by class."""
    sides = images.source.test, images.target.test
    count = min(MEASURED, *map(len, sides))
    orders = [
        torch.randperm(len(side), generator=stream(seed, k, "test", "measured"))[:count].to(side.device)
        for k, side in enumerate(sides)
    ]
    return orders[0], orders[1]


def swap(profile: Profile, seed: int) -> Case:
    """Zeros and ones on two sides, 128 numbers; the cost of chapter 08 that ignores the side."""
    images = digit_swap(size=SIZE, source="official", seed=seed)
    pair = code_digits(images, profile, seed=seed)
    rows = some_rows(pair.images, seed=seed)
    kind = pair.images.source.test_label[rows[0]]
    reader = load_swap_reader(device=profile.device)

    def read(made: Images) -> Reading:
        return read_swap(made.clamp(-1, 1), reader=reader)

    def alignment(made: Images) -> Scores:
        found = scores_of_read(read(made), kind).alignment
        return {
            "task 1: other digit, same side, %": found["task 1, of ten digits"],
            "task 2: same digit, other side, %": found["task 2, of ten digits"],
        }

    return Case(
        pair=pair,
        rows=rows,
        in_target=lambda made: share_inside(read(made), source=False),
        in_source=lambda made: share_inside(read(made), source=True),
        alignment=alignment,
        cost=("the side is free", shared_spread(*what_the_rule_sees(pair))),
    )


def threes(profile: Profile, seed: int) -> Case:
    """Threes and eights, 16 numbers; what can be kept is the hand."""
    images = two_digits(classes=(3, 8), size=SIZE, source="official")
    pair = code_digits(images, profile, seed=seed, code=16, steps=profile.pick(quick=2_000, colab=4_000, full=8_000))
    rows = some_rows(pair.images, seed=seed)
    x = pair.images.source.test[rows[0]]
    classifier = load_digit_classifier(device=profile.device)

    def showing(made: Images, digit: int) -> float:
        return 100 * (digits_read(made.clamp(-1, 1), classifier=classifier) == digit).double().mean().item()

    return Case(
        pair=pair,
        rows=rows,
        in_target=lambda made: showing(made, 8),
        in_source=lambda made: showing(made, 3),
        alignment=lambda made: plain(hand_kept(x, made)),
    )


def negatives(profile: Profile, seed: int) -> Case:
    """Half of the digits and the negatives of the other half, 32 numbers."""
    pair = code_digits(negative_digits(size=SIZE, source="official", seed=seed), profile, seed=seed, code=32)
    rows = some_rows(pair.images, seed=seed)
    x, kind = pair.images.source.test[rows[0]], pair.images.source.test_label[rows[0]]
    classifier = load_digit_classifier(device=profile.device)

    def digits(white: Images) -> float:
        """White digits on black that the classifier is sure of."""
        return 100 * sure_digits(white, classifier=classifier, sure=SURE)

    return Case(
        pair=pair,
        rows=rows,
        in_target=lambda made: digits(-made),
        in_source=digits,
        alignment=lambda made: {
            "class kept, %": 100 * share_of_class(-made.clamp(-1, 1), kind, classifier=classifier),
            "mean ‖T(x) − (−x)‖₁ per pixel": mean_difference(made, -x),
        },
    )


def faces(profile: Profile, seed: int) -> Case:
    """Women's and men's cartoon faces, 128 numbers; what can be kept is all but the sex's own traits."""
    pair, people = code_faces(profile, seed=seed)
    order = torch.arange(FACES, device=pair.images.source.test.device)
    reader = load_face_reader()
    domains = DomainFeatures(people, reader)
    exact = exact_traits(people, people.batch(0, size=FACES, seed=0, split="test"))
    x = pair.images.source.test.cpu()

    def alignment(made: Images) -> Scores:
        kept = factors_kept(reader, exact, made.cpu())
        same = [value for name, value in kept.items() if name not in ATTRIBUTES["sex"].changed]
        return {
            "factors kept, mean correlation": fmean(same),
            "identity similarity": domains.similarity(x, made.cpu()),
        }

    return Case(
        pair=pair,
        rows=(order, order),
        in_target=lambda made: 100 * domains.separation(made.cpu()),
        in_source=lambda made: 100 * domains.separation(made.cpu(), back=True),
        alignment=alignment,
    )


TASKS: dict[str, Task] = {
    task.name: task
    for task in (
        Task(name="swap", title="digits that change sides or places", prepare=swap, share=90.0),
        Task(name="digits", title="threes and eights", prepare=threes, share=90.0),
        Task(name="negatives", title="digits and the negatives of others", prepare=negatives, share=90.0),
        Task(name="faces", title="faces of women and of men", prepare=faces, share=80.0),
    )
}
