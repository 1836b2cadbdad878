"""The benchmark's five tasks: the codes that methods are given, and what is read of their translations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean
from typing import final

import torch
from torch.nn.functional import interpolate

from udtlib.data.digit_pairs import two_digits
from udtlib.data.digit_swap import digit_swap
from udtlib.data.emoji import EmojiPair
from udtlib.data.pair import DomainPair, IndependentPair, Samples, stream
from udtlib.data.street_digits import negative_digits
from udtlib.evaluate.pairings import nearest_is_partner
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import mean_difference
from udtlib.experiments.coded_pairs import CodedPair, code_digits, coded_by, train_coder
from udtlib.experiments.declare import Setting
from udtlib.experiments.digit_swap import what_a_rule_sees
from udtlib.experiments.digit_swap_classes import FLOOR
from udtlib.experiments.distance_faces import ATTRIBUTES
from udtlib.experiments.dont_faces import coded_faces
from udtlib.instruments.digits.classifier import load_digit_classifier
from udtlib.instruments.digits.scores import digits_read, hand_kept, share_of_class, sure_digits
from udtlib.instruments.emoji.scores import share_of_hand, thumbnails
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import exact_traits, factors_kept
from udtlib.instruments.swap.reader import Reading, load_swap_reader
from udtlib.instruments.swap.scores import read_swap, scores_of_read, share_inside
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.train.randomness import random_run
from udtlib.transport.semantic import SemanticCost, shared_spread
from udtlib.types import Batch, Float, Int, Split, Tensor

#: Side of all images in pixels, in every profile.
SIZE = 32
#: Test samples of each side that are measured, or as many as the smaller side has.
MEASURED = 1_000
#: A digit counts as one that the classifier sees with at least this probability.
SURE = 0.9

Images = Float[Tensor, "n channels height width"]
Codes = Float[Tensor, "n code"]


@final
@dataclass(frozen=True, kw_only=True)
class Case(DomainPair):
    """One seed's task: what the methods are given, and how their translations are judged.

    Args:
        coded: images, their space and their codes.
        rows: which test samples of the source are measured, and which of the target.
        in_target: the share of images, in %, that are seen in the target.
        in_source: the share that are seen in the source.
        alignment: from the translations of the measured sources, in their order, to the task's own scores.
        share: % of translations in the target that a run must reach to have ended well.
        cost: what a move ought to cost, where the task has such a cost.
        partners: the measured samples of both sides correspond, row by row.
    """

    coded: CodedPair
    rows: tuple[Int[Tensor, "n"], Int[Tensor, "n"]]
    in_target: Callable[[Images], float]
    in_source: Callable[[Images], float]
    alignment: Callable[[Images], Scores]
    share: float
    cost: SemanticCost | None = None
    partners: bool = False

    @property
    def paired(self) -> bool:
        return False

    @property
    def dimension(self) -> int:
        """Numbers in a code."""
        return self.coded.dimension

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        return self.coded.batch(index, size=size, seed=seed, split=split)

    def answers(self, batch: Batch) -> Tensor | None:
        return None

    def to(self, device: torch.device | str) -> Case:
        return replace(self, coded=self.coded.to(device))

    @property
    def measured(self) -> tuple[Codes, Codes]:
        """The codes of the measured test samples, equally many of both sides."""
        codes = self.coded.codes
        return codes.source.test[self.rows[0]], codes.target.test[self.rows[1]]

    def truth(self) -> tuple[Codes, Codes]:
        """Codes of the right answers there and back: of the partners, or of a map that is its own inverse.

        Raises:
            ValueError: no answer is known.
        """
        if self.partners:
            x, y = self.measured
            return y, x
        images, space = self.coded.images, self.coded.space
        if images.truth is None:
            raise ValueError("no right answers are known on this task; leave the reference out")
        x, y = images.source.test[self.rows[0]], images.target.test[self.rows[1]]
        return space.encode(images.truth(x)), space.encode(images.truth(y))


def some_rows(images: IndependentPair, *, seed: int) -> tuple[Tensor, Tensor]:
    """Equally many test samples of both sides, in a random order, since tests are sorted by class."""
    sides = images.source.test, images.target.test
    count = min(MEASURED, *map(len, sides))
    orders = [
        torch.randperm(len(side), generator=stream(seed, k, "test", "measured"))[:count].to(side.device)
        for k, side in enumerate(sides)
    ]
    return orders[0], orders[1]


def swap_case(setting: Setting, *, source: str = "official") -> Case:
    """Zeros and ones on two sides, 128 numbers; the cost of chapter 08 that ignores the side."""
    images = digit_swap(size=SIZE, source=source, seed=setting.seed)
    coded = code_digits(images, setting)
    rows = some_rows(coded.images, seed=setting.seed)
    kind, reader = coded.images.source.test_label[rows[0]], load_swap_reader(device=setting.profile.device)

    def read(made: Images) -> Reading:
        return read_swap(made.clamp(-1, 1), reader=reader)

    def tasks(made: Images) -> Scores:
        found = scores_of_read(read(made), kind).alignment
        return Scores(
            alignment={
                "task 1: other digit, same side, %": found["task 1, of ten digits"],
                "task 2: same digit, other side, %": found["task 2, of ten digits"],
            }
        )

    return Case(
        coded=coded,
        rows=rows,
        in_target=lambda made: share_inside(read(made), source=False),
        in_source=lambda made: share_inside(read(made), source=True),
        alignment=tasks,
        share=90.0,
        cost=shared_spread(*what_a_rule_sees(coded), floor=FLOOR),
    )


def threes_case(setting: Setting, *, source: str = "official") -> Case:
    """Threes and eights, 16 numbers; what can be kept is the hand."""
    steps = setting.profile.pick(quick=2_000, colab=4_000, full=8_000)
    coded = code_digits(two_digits(size=SIZE, source=source), setting, code=16, steps=steps)
    rows = some_rows(coded.images, seed=setting.seed)
    x = coded.images.source.test[rows[0]]
    classifier = load_digit_classifier(device=setting.profile.device)

    def showing(made: Images, digit: int) -> float:
        return 100 * (digits_read(made.clamp(-1, 1), classifier=classifier) == digit).double().mean().item()

    return Case(
        coded=coded,
        rows=rows,
        in_target=lambda made: showing(made, 8),
        in_source=lambda made: showing(made, 3),
        alignment=lambda made: hand_kept(x, made),
        share=90.0,
    )


def negatives_case(setting: Setting, *, source: str = "official") -> Case:
    """Half of the digits and the negatives of the other half, 32 numbers."""
    images = negative_digits(size=SIZE, source=source, seed=setting.seed)
    coded = code_digits(images, setting, code=32)
    rows = some_rows(coded.images, seed=setting.seed)
    x, kind = coded.images.source.test[rows[0]], coded.images.source.test_label[rows[0]]
    classifier = load_digit_classifier(device=setting.profile.device)

    def digits(white: Images) -> float:
        """White digits on black that the classifier is sure of."""
        return 100 * sure_digits(white, classifier=classifier, sure=SURE)

    def kept(made: Images) -> Scores:
        classes = share_of_class(-made.clamp(-1, 1), kind, classifier=classifier)
        return Scores(
            alignment={
                "class kept, %": 100 * classes,
                "mean ‖T(x) − (−x)‖₁ per pixel": mean_difference(made, -x),
            }
        )

    return Case(
        coded=coded,
        rows=rows,
        in_target=lambda made: digits(-made),
        in_source=digits,
        alignment=kept,
        share=90.0,
    )


def faces_case(setting: Setting) -> Case:
    """Women's and men's cartoon faces, 128 numbers; what can be kept is all but the sex's own traits."""
    faces = coded_faces(setting)
    coded, people, reader = faces.coded, faces.people, load_face_reader()
    count = len(coded.images.source.test)
    order = torch.arange(count, device=coded.images.source.test.device)
    domains = DomainFeatures(people, reader)
    exact = exact_traits(people, people.batch(0, size=count, seed=0, split="test"))
    x = coded.images.source.test.cpu()

    def kept(made: Images) -> Scores:
        found = factors_kept(reader, exact, made.cpu())
        same = [value for name, value in found.items() if name not in ATTRIBUTES["sex"].changed]
        return Scores(
            alignment={
                "factors kept, mean correlation": fmean(same),
                "identity similarity": domains.similarity(x, made.cpu()),
            }
        )

    return Case(
        coded=coded,
        rows=(order, order),
        in_target=lambda made: 100 * domains.separation(made.cpu()),
        in_source=lambda made: 100 * domains.separation(made.cpu(), back=True),
        alignment=kept,
        share=80.0,
    )


def both_ways_round(images: Images) -> Images:
    """The images, and the same as in a mirror."""
    return torch.cat([images, images.flip(3)])


def emoji_case(setting: Setting) -> Case:
    """Noto's emoji and Twemoji's of other things, 128 numbers; what is to be kept is the thing."""
    hands = EmojiPair("noto", "twemoji", size=SIZE)
    x, y = (hands.numbers(side, split="train") for side in ("source", "target"))
    test = hands.whole("test")
    images = IndependentPair(
        Samples(both_ways_round(hands.shown(x, x).x), test.x),
        Samples(both_ways_round(hands.shown(y, y).y), test.y),
    )
    with random_run(setting.seed):
        autoencoder = vector_autoencoder(3, size=SIZE, width=24)
    train_coder(
        autoencoder, images, setting, steps=setting.profile.pick(quick=2_000, colab=6_000, full=20_000)
    )
    coded = coded_by(autoencoder, images, setting.profile)
    order = torch.arange(len(test.x), device=coded.images.source.test.device)

    def by(made: Images, hand: str) -> float:
        """The share that the classifier of hands, who has learned emoji of 64 pixels, takes for this hand's."""
        return 100 * share_of_hand(interpolate(made.clamp(-1, 1).cpu(), size=64, mode="bilinear"), hand)

    def kept(made: Images) -> Scores:
        made = made.clamp(-1, 1).cpu()
        return Scores(
            alignment={
                "partner found, %": nearest_is_partner(thumbnails(made), thumbnails(test.y)),
                "mean |T(x) − right y| per pixel": mean_difference(made, test.y),
            }
        )

    return Case(
        coded=coded,
        rows=(order, order),
        in_target=lambda made: by(made, "twemoji"),
        in_source=lambda made: by(made, "noto"),
        alignment=kept,
        share=60.0,
        partners=True,
    )
