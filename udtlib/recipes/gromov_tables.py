"""The report's tables 4.1 and 4.2: what codes keep of the class, and greedy translation [chevalley2020]."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch

from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.probe import probe_accuracy
from udtlib.objectives.gromov_latent import GromovLatentConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.gromov_scores import as_reported, by_search, least_distorted, pairing
from udtlib.recipes.latent_spaces import Spaces, same_digits, train_spaces
from udtlib.recipes.results import Findings, Row
from udtlib.types import Float, Tensor

#: Steps of every autoencoder of the large table; the report's are 30,000.
TABLE_STEPS = {"quick": 1_000, "colab": 5_000, "full": 30_000}
#: Steps of the few that the tables' best rows are about.
STEPS = {"quick": 3_000, "colab": 10_000, "full": 30_000}
#: Batches for every translation score.
BATCHES = 10
TOGETHER = GromovLatentConfig(weight=1.0, iterations=30, tolerance=0.05)
#: Autoencoders of either domain, of which the pair with the lowest energy is taken.
MEMBERS = 3
CLASS_X, CLASS_Y = "fit: class read from codes of X, %", "fit: class read from codes of Y, %"
REPORTED = "alignment: greedy, one plan as in the report, %"
SEARCHED = "alignment: greedy, best of 32 restarts, %"
WORST = "alignment: worst of ten batches, %"
SPREAD = "alignment: deviation over ten batches, %"
SAME = "alignment: the very same image, %"
FOUND, TRUE = "fit: energy found", "fit: energy of the true pairing"
ERROR = "fit: squared error of standardised pixels"
LENGTH = "effort: mean distance between codes"

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


class System(NamedTuple):
    """A row of the tables."""

    kind: str
    together: bool
    code: int

    @classmethod
    def of(cls, name: str) -> System:
        """From its name in :data:`PAPER`."""
        kind, code = name.removesuffix("d").split(":")
        return cls(kind.removesuffix(", together"), kind.endswith("together"), int(code))


Scores = dict[str, float]


def classification(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """All rows of table 4.1; a seed names the autoencoders' weights and batches, and the probes."""
    return class_table(tuple(PAPER), profile, seeds=seeds, steps=TABLE_STEPS[profile.name])


def budget(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """The best row of table 4.1 alone, with the report's budget: does training together help?"""
    return class_table(("AE:8d", "AE, together:8d"), profile, seeds=seeds, steps=TABLE_STEPS["full"])


def class_table(
    systems: tuple[str, ...], profile: Profile, *, seeds: tuple[int, ...], steps: int
) -> Findings:
    """These rows of table 4.1."""
    images = same_digits()
    table: dict[str, list[Scores]] = {}
    for name in systems:
        for seed in seeds:
            spaces = trained(System.of(name), images, profile, seed=seed, steps=steps)
            table.setdefault(name, []).append(class_scores(spaces, seed=seed))
    return findings(table)


def trained(system: System, images: IndependentPair, profile: Profile, *, seed: int, steps: int) -> Spaces:
    """The two autoencoders of a row; step sizes stay as they are, as in the report."""
    return train_spaces(
        images,
        profile,
        seed=seed,
        kinds=(system.kind, system.kind),
        codes=(system.code, system.code),
        config=TOGETHER if system.together else None,
        steps=steps,
        decay_from=1.0,
    )


def class_scores(spaces: Spaces, *, seed: int) -> Scores:
    """Table 4.1's columns, and what the codes cost."""
    codes, images = spaces.codes, spaces.images
    few = images.source.test[:2_000], images.target.test[:2_000]
    with torch.no_grad():
        errors = [
            float(coding.squared_error(coding.encode(x), x))
            for coding, x in zip((spaces.coding_x, spaces.coding_y), few, strict=True)
        ]
    return {
        CLASS_X: 100 * read(codes.source, seed=seed),
        CLASS_Y: 100 * read(codes.target, seed=seed),
        ERROR: statistics.fmean(errors),
        LENGTH: mean_distance(codes.source.test[:2_000]),
    }


def read(domain: Samples, *, seed: int) -> float:
    """What a classifier reads from a domain's test codes."""
    return probe_accuracy((domain.train, domain.train_label), (domain.test, domain.test_label), seed=seed)


def mean_distance(z: Float[Tensor, "n d"]) -> float:
    """The mean distance between two codes."""
    return (z[: len(z) // 2] - z[len(z) // 2 :][: len(z) // 2]).norm(dim=1).mean().item()


def plan_scores(spaces: Spaces, *, seed: int) -> Scores:
    """Table 4.2's column, by the report's solver and by ours, on batches that both see."""
    batches = [pairing(spaces, seed=1_000 * seed + k) for k in range(BATCHES)]
    searched = [by_search(batch, seed=k) for k, batch in enumerate(batches)]
    reported = [as_reported(batch) for batch in batches]
    there = [one["X to Y"] for one in searched]

    def mean(scores: list[Scores], name: str) -> float:
        return statistics.fmean(one[name] for one in scores)

    return {
        REPORTED: mean(reported, "X to Y"),
        SEARCHED: statistics.fmean(there),
        WORST: min(there),
        SPREAD: statistics.pstdev(there),
        SAME: mean(searched, "the very same image"),
        FOUND: mean(searched, "energy"),
        TRUE: mean(searched, "energy of the truth"),
    }


def translation(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """What makes table 4.2's best row reliable: the search, decoders that do not stretch, and the energies."""
    images, steps = same_digits(), STEPS[profile.name]
    table: dict[str, list[Scores]] = {}

    def make(code: int, weight: float, seed: int) -> Spaces:
        return train_spaces(
            images, profile, seed=seed, codes=(code, code), isometry_weight=weight, steps=steps
        )

    for seed in seeds:
        table.setdefault("AE:8d", []).append(plan_scores(make(8, 0.0, seed), seed=seed))
        table.setdefault("AE:8d, isometry 0.1", []).append(plan_scores(make(8, 0.1, seed), seed=seed))
        table.setdefault("AE:4d", []).append(plan_scores(make(4, 0.0, seed), seed=seed))
        members = [make(4, 0.3, 100 * seed + k) for k in range(MEMBERS)]
        table.setdefault("AE:4d, isometry 0.3", []).append(plan_scores(members[0], seed=seed))
        name = "AE:4d, isometry 0.3, the pair of nine with the least energy"
        table.setdefault(name, []).append(plan_scores(least_distorted(members, seed=seed), seed=seed))
    return findings(table)


def findings(table: Mapping[str, list[Scores]]) -> Findings:
    """One row for each score of each system, with the report's number where it has one."""
    rows = [
        Row(
            system=system,
            metric=metric,
            values=tuple(scores[metric] for scores in runs),
            paper=dict(zip((CLASS_X, CLASS_Y, REPORTED), PAPER.get(system, ()), strict=False)).get(metric),
        )
        for system, runs in table.items()
        for metric in runs[0]
    ]
    return Findings(rows=rows)


def reproduction(
    name: str, title: str, source: str, run: Callable[..., Findings], seconds: float | None = None
) -> Reproduction:
    """An entry of the catalogue, measured in the quick profile."""
    return Reproduction(name=name, title=title, source=source, seconds={"quick": seconds}, run=run)


REPRODUCTIONS = (
    reproduction(
        "gw-classification",
        "Classes read from codes, for every autoencoder, trained apart and together",
        "[chevalley2020], table 4.1, with 1,000 of its 30,000 steps",
        classification,
        2_600.0,
    ),
    reproduction(
        "gw-budget",
        "Training together with the report's 30,000 steps",
        "[chevalley2020], table 4.1, its best rows",
        budget,
        4_680.0,
    ),
    reproduction(
        "gw-translation",
        "Greedy translation between batches of the same images, made reliable",
        "[chevalley2020], table 4.2, its best row",
        translation,
        3_130.0,
    ),
)
