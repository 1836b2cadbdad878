"""Chapter 08's table: who keeps the digit, who keeps the place, and which cost asks for which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch

from udtlib.data.digit_swap import CLASSES, classes_of, digit_swap, move_across, sides_of
from udtlib.evaluate.pairings import nearest_is_partner, same_label_share
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, code_cyclegan, code_digits, code_training, dont_game
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.pictures import Drawn
from udtlib.instruments.swap.reader import load_swap_reader
from udtlib.instruments.swap.scores import read_swap, scores_of_read
from udtlib.objectives.dont import DONT
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.translators.base import Translator
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.transport.dynamic import transport_energy
from udtlib.transport.semantic import SemanticCost, mean_difference, shared_spread, sparse_mask
from udtlib.types import Float, Int, Tensor

#: Codes of each domain in an exact plan.
PLANNED = 1_000
#: A code is brought back when it is off by at most this share of its length.
BACK = 1e-3
#: Digits of each class in the picture.
SHOWN = 5


def swap(
    setting: Setting, *, size: int | None = None, source: str = "official", classes: tuple[int, int] = CLASSES
) -> CodedPair:
    """Digits on either side, coded by an autoencoder that is trained here and then left alone.

    Args:
        setting: the seed names the digits' sharing out, too.
        size: side of the images in pixels, the paper's is 64; None for the profile's.
        source: of the digits, "official" or "embedded".
        classes: which two digits.
    """
    size = size or setting.profile.pick(quick=32, colab=32, full=64)
    images = digit_swap(size=size, source=source, seed=setting.seed, classes=classes)
    name = "coder" if tuple(classes) == CLASSES else "coder-" + "-".join(map(str, classes))
    return code_digits(images, setting, steps=2_000 if size > 32 else None, name=name)


def what_a_rule_sees(
    pair: CodedPair,
) -> tuple[Float[Tensor, "n code"], Int[Tensor, "n"], Int[Tensor, "n"]]:
    """Training codes, the side of each digit and the domain of each image: all that a choice of cost may use."""
    images, codes = pair.images, pair.codes
    side = sides_of(torch.cat([images.source.train, images.target.train]))
    domain = torch.arange(2, device=side.device).repeat_interleave(len(codes.source.train))
    return torch.cat([codes.source.train, codes.target.train]), side, domain


#: Which directions of the codes are cheap, from what a rule may see.
RULES: dict[str, Callable[[CodedPair], SemanticCost]] = {
    "paper's rule": lambda pair: sparse_mask(*what_a_rule_sees(pair)[:2]),
    "difference of means": lambda pair: mean_difference(*what_a_rule_sees(pair)),
    "shared spread": lambda pair: shared_spread(*what_a_rule_sees(pair)),
}


def by_rule(setting: Setting, *, rule: str, size: int | None = None) -> CodedPair:
    """The same codes, seen from the cost that a rule chooses."""
    pair = swap(setting, size=size)
    return pair.seen_from(RULES[rule](pair))


def plain_dont(pair: CodedPair, setting: Setting, *, size: int | None = None) -> DONT:
    """Every coordinate counts alike; codes of larger images lie farther apart in the directions of a hand."""
    large = size or setting.profile.pick(quick=32, colab=32, full=64)
    return dont_game(pair, setting, effort=0.6 if large > 32 else 0.3)


def priced_dont(pair: CodedPair, setting: Setting) -> DONT:
    """Coordinates have the weights of the pair's cost."""
    return dont_game(pair, setting, effort=0.2)


def read_scores(made: Tensor, pair: CodedPair) -> Scores:
    """Coherence and both tasks, of translations of the source's test images."""
    reader = load_swap_reader(device=made.device)
    kind = pair.images.source.test_label.to(made.device)
    return scores_of_read(read_swap(made, reader=reader), kind, classes=classes_of(pair.images))


@torch.no_grad()
def swap_scores(translator: Translator, pair: CodedPair) -> Scores:
    """Which task was solved, in whose hand, and how far codes were moved."""
    z = pair.codes.source.test
    moved = translator(z)
    made = pair.space.decode(moved)
    # All targets are decoded codes, so that what the autoencoder loses counts for nobody.
    wanted = pair.space.decode(pair.space.encode(move_across(pair.images.source.test)))
    return read_scores(made, pair) | Scores(
        alignment={"same handwriting": nearest_is_partner(made, wanted)},
        effort={"mean ‖T(z) − z‖²": (moved - z).square().sum(1).mean().item()},
    )


@torch.no_grad()
def dont_scores(flow: ResidualFlow, pair: CodedPair) -> Scores:
    """The same, how straight the path is, how well both inverses bring codes back, what the cost does alone."""
    z = pair.codes.source.test
    path = flow.path(z)
    made, size = path[-1], z.square().sum(1).mean()
    answer = flow.try_inverse(made)
    error = (answer.x - z).norm(dim=1) / z.norm(dim=1)
    # A step that is too steep may have a second solution: found is not yet brought back.
    back = answer.converged & (error < BACK)
    naive = (flow.naive_inverse(made) - z).square().sum(1).mean() / size
    far = (made - z).square().sum(1).mean()
    return swap_scores(flow, pair) | Scores(
        effort={"energy of the path over ‖T(z) − z‖²": (transport_energy(path) / far).item()},
        other={
            "brought back by the exact inverse, %": 100 * back.double().mean().item(),
            "squared error of the naive inverse": naive.item(),
            "task 2 in the exact plan": plan_score(pair),
        },
    )


def plan_score(pair: CodedPair, *, count: int = PLANNED) -> float:
    """Percentage of pairs of equal digits in an exact plan between training codes: task 2 without any network."""
    picked = []
    for domain in (pair.codes.source, pair.codes.target):
        rows = torch.randperm(len(domain.train))[:count].to(domain.train.device)
        picked.append((domain.train[rows], domain.train_label[rows]))
    (x, x_kind), (y, y_kind) = picked
    # The codes of a pair that is seen from a cost lie along that cost's axes already.
    root = 1.0 if pair.cost is None else pair.cost.weight.to(x).sqrt()
    C = torch.cdist(root * x, root * y).square()
    return same_label_share(C, x_kind, y_kind)


def coded_answer(nothing: None, pair: CodedPair) -> Scores:
    """Task 2's right answer, coded and decoded: no translator of codes can be asked for more."""
    right = pair.images.truth(pair.images.source.test)
    return read_scores(pair.space.decode(pair.space.encode(right)), pair)


@torch.no_grad()
def few_digits(translator: Translator, pair: CodedPair) -> Shown:
    """A few digits of both kinds, and their decoded translations."""
    kind = pair.images.source.test_label
    few = torch.cat([(kind == k).nonzero().flatten()[:SHOWN] for k in classes_of(pair.images)])
    made = pair.space.decode(translator(pair.codes.source.test[few]))
    return {"x": pair.images.source.test[few].cpu(), "T(x)": made.cpu()}


def maps_picture(shown: Mapping[str, Shown]) -> Picture:
    """One row for each system, below the digits that it was given."""
    rows = {"x": next(iter(shown.values()))["x"], **{name: each["T(x)"] for name, each in shown.items()}}
    return image_grid(
        torch.cat([*rows.values()]),
        columns=2 * SHOWN,
        row_labels=[*rows],
        alt="Zeros on the left and ones on the right in the first row; below, what each system makes of them: "
        "the other digit on the same side, or the same digit on the other side.",
        caption="The first seed, test digits. Which of the two maps is found depends on what the cost counts.",
    )


def swap_systems(rules: tuple[str, ...], *, size: int | None = None) -> dict[str, System]:
    """CycleGAN, the plain cost and these rules."""
    systems = {
        "CycleGAN": System(code_cyclegan, training=code_training),
        "DONT, every coordinate counts": System(
            partial(plain_dont, size=size), training=code_training, part="flow", scores=dont_scores
        ),
    }
    return systems | {
        f"DONT, {rule}": System(
            priced_dont,
            training=code_training,
            part="flow",
            pair=partial(by_rule, rule=rule, size=size),
            scores=dont_scores,
        )
        for rule in rules
    }


#: The paper's percentages: coherence, task 1, task 2.
PERCENTAGES = {
    "CycleGAN": (99.9, 99.9, 0.0),
    "DONT, every coordinate counts": (99.9, 99.9, 0.0),
    "DONT, paper's rule": (99.0, 15.42, 83.4),
}


def paper_of(systems: Mapping[str, System]) -> dict[tuple[str, str], float]:
    """The paper's values of these systems."""
    measures = ("coherence", "task 1", "task 2")
    return {
        (name, measure): value
        for name in systems
        for measure, value in zip(measures, PERCENTAGES.get(name, ()), strict=False)
    }


ALL_RULES, LARGE = swap_systems(tuple(RULES)), swap_systems(("shared spread",), size=64)
SWAP = Experiment(
    name="digit-swap",
    title="Digits that change sides or change places: two tasks on one pair of domains",
    source="[debezenac2019], table 1",
    pair=swap,
    systems=ALL_RULES,
    references={"task 2's answer, coded and decoded": Untrained(scores=coded_answer)},
    scores=swap_scores,
    paper=paper_of(ALL_RULES),
    pictures={"maps": Drawn(show=few_digits, picture=maps_picture)},
)
#: At the paper's size in every profile, with the shared spread alone.
SWAP_64 = Experiment(
    name="digit-swap-64",
    title="The two tasks at the paper's 64 pixels",
    source="[debezenac2019], table 1",
    pair=partial(swap, size=64),
    systems=LARGE,
    references={"task 2's answer, coded and decoded": Untrained(scores=coded_answer)},
    scores=swap_scores,
    paper=paper_of(LARGE),
    pictures={"maps": Drawn(show=few_digits, picture=maps_picture)},
)
