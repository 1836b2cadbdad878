"""Chapter 06 on cartoon faces: attributes and pose, with exact factors to say what a translation keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

import torch

from udtlib.data.faces.attributes import AttributePair, glasses_pair, hair_pair, pose_pair, sex_pair
from udtlib.evaluate.translations import right_answers, translations
from udtlib.instruments.faces.identity import SEPARATION, SIMILARITY, DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import FACTORS, exact_traits, factors_kept
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.distance_systems import PORTRAITS, systems_on
from udtlib.recipes.distancegan import MEASURED, play, rows_of
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.unpaired import SCALES, Task
from udtlib.show.images import image_grid

SYSTEMS = systems_on(PORTRAITS, name="CycleGAN")
STEPS = {"quick": 1_500, "colab": 8_000, "full": 80_000}
#: A small change of a picture is made best by a net that starts from none.
GENERATOR = "x + U-Net"
#: Training faces of each side.
COUNT = 2000


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A pair of domains that differ in one attribute."""

    make: Callable[..., AttributePair]
    #: the factors that are to change, and so are not asked to be kept
    changed: tuple[str, ...]
    #: the paper's names of the direction there and of the direction back
    directions: tuple[str, str]


ATTRIBUTES: dict[str, Attribute] = {
    "sex": Attribute(
        make=sex_pair, changed=("beard", "jaw", "hair length"), directions=("female → male", "male → female")
    ),
    "hair": Attribute(
        make=hair_pair, changed=("hair colour",), directions=("blond → black", "black → blond")
    ),
    "glasses": Attribute(
        make=glasses_pair, changed=("glasses",), directions=("glasses → without", "without → glasses")
    ),
}


def pair_for(attribute: str, profile: Profile) -> AttributePair:
    """The two domains; "pose" is one of them."""
    make = pose_pair if attribute == "pose" else ATTRIBUTES[attribute].make
    return make(count=COUNT, test=MEASURED, size=SCALES[profile.name].size, studio=True)


def task_for(attribute: str) -> Task:
    """The domains with what suits them, for :func:`~udtlib.recipes.distancegan.play`."""
    return Task(
        pair=lambda profile: pair_for(attribute, profile),
        channels=(3, 3),
        steps=STEPS,
        # Without it the translators learn faint patterns that the judges cannot get rid of.
        spectral=attribute != "pose",
        scores=lambda translator, pair: {},
    )


#: CelebA [benaim2017, table 4] in the survey's slides: similarities, then accuracies, of the four systems, by
#: direction; the first system is DiscoGAN.
PAPER: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "male → female": ((0.23, 0.32, 0.35, 0.24), (0.87, 0.88, 0.87, 0.86)),
    "female → male": ((0.22, 0.26, 0.31, 0.24), (0.86, 0.87, 0.89, 0.91)),
    "blond → black": ((0.15, 0.24, 0.24, 0.24), (0.89, 0.92, 0.91, 0.91)),
    "black → blond": ((0.14, 0.22, 0.22, 0.19), (0.91, 0.96, 0.95, 0.94)),
    "glasses → without": ((0.13, 0.42, 0.41, 0.34), (0.84, 0.79, 0.82, 0.80)),
    "without → glasses": ((0.10, 0.30, 0.30, 0.30), (0.90, 0.89, 0.85, 0.81)),
}


def faces(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Identity and separation on three attributes, both ways, and which factors each method keeps."""
    reader, rows, pictures = load_face_reader(), [], {}
    kept: dict[str, list[list[dict[str, float]]]] = {name: [[] for _ in seeds] for name in SYSTEMS}
    for key, attribute in ATTRIBUTES.items():
        pair = pair_for(key, profile)
        domains, batch = DomainFeatures(pair, reader), pair.batch(0, size=MEASURED, seed=0, split="test")
        exact = exact_traits(pair, batch)
        scores: dict[str, dict[str, list[dict[str, float]]]] = {each: {} for each in attribute.directions}
        shown = [batch.x[:10]]
        for name, system in SYSTEMS.items():
            for place, seed in enumerate(seeds):
                T, _ = play(system, task_for(key), pair, profile, seed=seed, generator=GENERATOR, steps=STEPS)
                _, made, _, home = translations(T, pair, size=MEASURED)
                forth, back = attribute.directions
                scores[forth].setdefault(name, []).append(plain(domains.scores(batch.x, made)))
                scores[back].setdefault(name, []).append(plain(domains.scores(batch.y, home, back=True)))
                found = factors_kept(reader, exact, made)
                kept[name][place].append({k: v for k, v in found.items() if k not in attribute.changed})
                shown += [made[:10]] if seed == seeds[0] else []
        answer = right_answers(pair, batch)
        scores[attribute.directions[0]]["the truth"] = [plain(domains.scores(batch.x, answer))] * len(seeds)
        rows += paper_rows(scores)
        pictures[key] = image_grid(
            torch.cat([*shown, answer[:10]]),
            columns=10,
            row_labels=["x", *SYSTEMS, "right y"],
            alt=f"Rows of ten cartoon faces, {attribute.directions[0]}: sources, translations by four systems, "
            "answers.",
            caption=f"Four systems, {attribute.directions[0]}, first start.",
        )
    return Findings(rows=[*rows, *factor_rows(kept)], pictures=pictures)


def paper_rows(scores: Mapping[str, Mapping[str, list[dict[str, float]]]]) -> list[Row]:
    """The rows of both directions, each metric beside the paper's."""
    rows: list[Row] = []
    for direction, each in scores.items():
        for place, metric in enumerate((SIMILARITY, SEPARATION)):
            only = {name: [{metric: s[metric]} for s in values] for name, values in each.items()}
            paper = dict(zip(SYSTEMS, PAPER[direction][place], strict=True))
            rows += rows_of(only, prefix=f"{direction}: ", paper=paper, compared=metric)
    return rows


def factor_rows(kept: Mapping[str, list[list[dict[str, float]]]]) -> list[Row]:
    """Method × factor: the mean over the attributes that leave the factor alone, one value for each seed."""
    rows = []
    for name, seeds in kept.items():
        for factor in FACTORS:
            known = [[d[factor] for d in found if factor in d] for found in seeds]
            if all(known):
                rows.append(Row(system=name, metric=f"kept: {factor}", values=tuple(map(fmean, known))))
    return rows


REPRODUCTIONS = (
    Reproduction(
        name="distance-faces",
        title="Attributes of faces: who it still is, whether the attribute changed, and which factors were kept",
        source="table 4 of [benaim2017], on cartoon faces and with CycleGAN's game in place of DiscoGAN's",
        seconds={"quick": 2_200.0},
        run=faces,
    ),
)
