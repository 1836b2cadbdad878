"""The report's tables 4.1 and 4.2: what codes keep of the class, and greedy translation [chevalley2020]."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.probe import probe_accuracy
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.gromov_scores import as_reported, by_search, least_distorted, pairing
from udtlib.experiments.latent_spaces import BATCH, Spaces, same_digits, spaces_of, train_spaces, two_codings
from udtlib.objectives.gromov_latent import GromovLatent, GromovLatentConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.types import Float, Tensor

#: Batches for every translation score.
BATCHES = 10
TOGETHER = GromovLatentConfig(weight=1.0, iterations=30, tolerance=0.05)
#: Autoencoders of either domain, of which the pair with the lowest energy is taken.
MEMBERS = 3
CLASS_X, CLASS_Y = "class read from codes of X, %", "class read from codes of Y, %"
REPORTED = "greedy, one plan at ε = .005, %"

#: Tables 4.1 (X, Y) and 4.2 (X to Y), in per cent.
PAPER: Mapping[str, tuple[float, float, float]] = {
    "VAE:2d": (82.0, 71.33, 35.08),
    "VAE:4d": (91.67, 90.0, 21.73),
    "VAE:8d": (94.0, 92.33, 31.55),
    "WAE-GAN:2d": (80.67, 80.67, 16.13),
    "WAE-GAN:4d": (90.0, 90.0, 31.13),
    "WAE-GAN:8d": (90.33, 91.0, 15.6),
    "WAE-GAN, together:2d": (81.33, 79.67, 11.93),
    "WAE-GAN, together:4d": (83.0, 84.5, 44.15),
    "WAE-GAN, together:8d": (89.67, 89.0, 13.4),
    "WAE-MMD:2d": (79.0, 72.33, 4.5),
    "WAE-MMD:4d": (90.67, 89.33, 9.78),
    "WAE-MMD:8d": (93.67, 94.0, 10.12),
    "WAE-MMD, together:2d": (67.33, 60.67, 15.9),
    "WAE-MMD, together:4d": (87.33, 84.0, 23.23),
    "WAE-MMD, together:8d": (92.67, 91.67, 36.17),
    "AE:2d": (77.0, 75.67, 12.67),
    "AE:4d": (90.0, 86.67, 24.58),
    "AE:8d": (94.67, 93.0, 72.77),
    "AE, together:2d": (81.33, 75.33, 16.1),
    "AE, together:4d": (92.33, 89.33, 28.25),
    "AE, together:8d": (95.67, 94.33, 56.25),
}


def digits(setting: Setting) -> IndependentPair:
    """All official digits, and the negatives of the same digits."""
    return same_digits()


def codings(
    pair: IndependentPair,
    setting: Setting,
    *,
    kind: str = "AE",
    code: int,
    together: bool = False,
    isometry_weight: float = 0.0,
) -> GromovLatent:
    """The two autoencoders of a row, of one kind and with as many numbers in either code."""
    return two_codings(
        pair,
        kinds=(kind, kind),
        codes=(code, code),
        isometry_weight=isometry_weight,
        together=TOGETHER if together else None,
    )


def table_training(profile: Profile, *, quick: int, colab: int, full: int) -> TrainConfig:
    """Step sizes stay as they are, as in the report, whose steps are 30,000."""
    return TrainConfig(steps=profile.pick(quick=quick, colab=colab, full=full), batch_size=BATCH)


#: Of the large tables' autoencoders, and with the report's budget everywhere.
large = partial(table_training, quick=1_000, colab=5_000, full=30_000)
reported = partial(table_training, quick=30_000, colab=30_000, full=30_000)


def row(name: str, *, training: Callable[[Profile], TrainConfig]) -> System:
    """A row of the report's tables, from its name in :data:`PAPER`."""
    kind, code = name.removesuffix("d").split(":")
    return System(
        partial(
            codings,
            kind=kind.removesuffix(", together"),
            code=int(code),
            together=kind.endswith("together"),
        ),
        training=training,
        part="",
    )


def class_scores(trained: GromovLatent, pair: IndependentPair) -> Scores:
    """Table 4.1's columns, and how large the codes and their errors are.

    None of them says how a translation fits, and a probe's accuracy is no right answer: all are *other*.
    """
    spaces = spaces_of(trained, pair)
    codes, images = spaces.codes, spaces.images
    few = images.source.test[:2_000], images.target.test[:2_000]
    with torch.no_grad():
        errors = [
            float(coding.squared_error(coding.encode(x), x))
            for coding, x in zip((spaces.coding_x, spaces.coding_y), few, strict=True)
        ]
    return Scores(
        other={
            CLASS_X: 100 * read(codes.source),
            CLASS_Y: 100 * read(codes.target),
            "squared error of standardised pixels": statistics.fmean(errors),
            "mean distance between codes": mean_distance(codes.source.test[:2_000]),
        }
    )


def read(domain: Samples) -> float:
    """What a classifier reads from a domain's test codes; its seed is the run's, so that nothing else moves it."""
    train, test = (domain.train, domain.train_label), (domain.test, domain.test_label)
    return probe_accuracy(train, test, seed=torch.initial_seed())


def mean_distance(z: Float[Tensor, "n d"]) -> float:
    """The mean distance between two codes."""
    return (z[: len(z) // 2] - z[len(z) // 2 :][: len(z) // 2]).norm(dim=1).mean().item()


def plan_scores(
    trained: GromovLatent, pair: IndependentPair, *, batches: int = BATCHES, size: int = BATCH
) -> Scores:
    """Table 4.2's column, by the report's solver and by ours, on batches that both see."""
    return scores_of_plans(spaces_of(trained, pair), batches=batches, size=size)


def scores_of_plans(spaces: Spaces, *, batches: int = BATCHES, size: int = BATCH) -> Scores:
    """The same, of spaces."""
    first = int(torch.randint(2**20, ()))
    drawn = [pairing(spaces, seed=first + k, size=size) for k in range(batches)]
    searched = [by_search(batch, seed=k) for k, batch in enumerate(drawn)]
    there = [one["X to Y"] for one in searched]
    return Scores(
        alignment={
            REPORTED: statistics.fmean(as_reported(batch)["X to Y"] for batch in drawn),
            "greedy, best of 32 restarts, %": statistics.fmean(there),
            "worst of ten batches, %": min(there),
            "deviation over ten batches, %": statistics.pstdev(there),
            "the very same image, %": statistics.fmean(one["the very same image"] for one in searched),
        },
        other={
            "energy found": statistics.fmean(one["energy"] for one in searched),
            "energy of the true pairing": statistics.fmean(one["energy of the truth"] for one in searched),
        },
    )


def paper_of(systems: Mapping[str, System], measures: Mapping[str, int]) -> dict[tuple[str, str], float]:
    """The paper's values of these systems; measures say which of the three numbers they are."""
    return {
        (name, measure): PAPER[name][column]
        for name in systems
        if name in PAPER
        for measure, column in measures.items()
    }


ROWS = {name: row(name, training=large) for name in PAPER}
BEST = {name: row(name, training=reported) for name in ("AE:8d", "AE, together:8d")}
TABLE_41, TABLE_42 = {CLASS_X: 0, CLASS_Y: 1}, {REPORTED: 2}

CLASSIFICATION = Experiment(
    name="gw-classification",
    title="Classes read from codes, for every autoencoder, trained apart and together",
    source="[chevalley2020], table 4.1, with 1,000 of its 30,000 steps",
    pair=digits,
    systems=ROWS,
    scores=class_scores,
    paper=paper_of(ROWS, TABLE_41),
)
BUDGET = Experiment(
    name="gw-budget",
    title="Training together with the report's 30,000 steps",
    source="[chevalley2020], table 4.1, its best rows",
    pair=digits,
    systems=BEST,
    scores=class_scores,
    paper=paper_of(BEST, TABLE_41),
)
#: Every kind of autoencoder; what is scored are plans between batches of the same images.
PLANS = Experiment(
    name="gw-plans",
    title="Greedy translation between the same images, for every autoencoder, trained apart and together",
    source="[chevalley2020], table 4.2, with 1,000 of its 30,000 steps",
    pair=digits,
    systems=ROWS,
    scores=plan_scores,
    paper=paper_of(ROWS, TABLE_42),
)


def moment(*, together: bool, steps: int) -> System:
    """The report's best row after some steps; step sizes stay as they are, so that moments compare."""
    training = partial(table_training, quick=steps, colab=steps, full=6 * steps)
    return System(partial(codings, code=8, together=together), training=training, part="")


#: Does training together help more, the longer it goes on?
GROWTH = Experiment(
    name="gw-growth",
    title="Training together, apart from it, and how the difference changes with the number of steps",
    source="[chevalley2020], table 4.1, its best row, at a sixth of its 30,000 steps",
    pair=digits,
    systems={
        f"AE:8d {words}, {steps:,} steps": moment(together=words == "together", steps=steps)
        for words in ("apart", "together")
        for steps in (1_000, 3_000, 5_000)
    },
    scores=class_scores,
)


def translation_training(profile: Profile, *, seed: int = 0) -> TrainConfig:
    """Longer, and with step sizes that fall."""
    return TrainConfig(
        steps=profile.pick(quick=3_000, colab=10_000, full=30_000),
        batch_size=BATCH,
        decay_from=0.5,
        seed=seed,
        accelerator=profile.accelerator,
        progress=False,
    )


@dataclass(frozen=True)
class DigitsAndSpaces(IndependentPair):
    """The pair of images, with spaces of it that were trained before."""

    spaces: tuple[Spaces, ...] = ()


def with_others(setting: Setting, *, code: int, isometry_weight: float) -> DigitsAndSpaces:
    """The digits, and the spaces of two other seeds, which are kept with what the seed shares."""
    pair, others = digits(setting), []
    for k in range(1, MEMBERS):
        others.append(
            train_spaces(
                pair,
                config=translation_training(setting.profile, seed=100 * (setting.seed + 1) + k),
                codes=(code, code),
                isometry_weight=isometry_weight,
                folder=None if setting.shared is None else setting.shared / f"member-{k}",
            )
        )
    return DigitsAndSpaces(pair.source, pair.target, pair.truth, tuple(others))


def best_pair_scores(trained: GromovLatent, pair: DigitsAndSpaces) -> Scores:
    """Of the nine pairs that three autoencoders of either domain make, the one whose plans have least energy."""
    members = [spaces_of(trained, pair), *pair.spaces]
    return scores_of_plans(least_distorted(members, seed=int(torch.randint(1_000, ()))))


def translating(*, code: int, isometry_weight: float = 0.0) -> System:
    """A pair of plain autoencoders."""
    return System(
        partial(codings, code=code, isometry_weight=isometry_weight), training=translation_training, part=""
    )


#: What makes table 4.2's best row reliable: the search, decoders that do not stretch, and the energies.
TRANSLATION = Experiment(
    name="gw-translation",
    title="Greedy translation between batches of the same images, made reliable",
    source="[chevalley2020], table 4.2, its best row",
    pair=digits,
    systems={
        "AE:8d": translating(code=8),
        "AE:8d, isometry 0.1": translating(code=8, isometry_weight=0.1),
        "AE:4d": translating(code=4),
        "AE:4d, isometry 0.3": translating(code=4, isometry_weight=0.3),
        "AE:4d, isometry 0.3, the pair of nine with the least energy": System(
            partial(codings, code=4, isometry_weight=0.3),
            training=translation_training,
            part="",
            pair=partial(with_others, code=4, isometry_weight=0.3),
            scores=best_pair_scores,
        ),
    },
    scores=plan_scores,
    paper={("AE:8d", REPORTED): PAPER["AE:8d"][2], ("AE:4d", REPORTED): PAPER["AE:4d"][2]},
)
