"""Chapter 06 on cartoon faces: attributes and pose, with exact factors to say what a translation keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from udtlib.data.faces.attributes import AttributePair, glasses_pair, hair_pair, pose_pair, sex_pair
from udtlib.evaluate.two_sample import Logistic
from udtlib.instruments.faces.reader import TRAITS, FaceReader, load_face_reader
from udtlib.instruments.faces.training import trait_values
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.distance_systems import PORTRAITS, systems_on
from udtlib.recipes.distancegan import MEASURED, play, rows_of
from udtlib.recipes.faces import readable, translate
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.unpaired import SCALES, Task
from udtlib.show.images import image_grid
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float

SYSTEMS = systems_on(PORTRAITS, name="CycleGAN")
STEPS = {"quick": 1_500, "colab": 8_000, "full": 80_000}
#: A small change of a picture is made best by a net that starts from none.
GENERATOR = "x + U-Net"
#: Training faces of each side.
COUNT = 2000
SIMILARITY, SEPARATION = "identity similarity", "separation accuracy"
#: What is looked for in a translation, and the traits that tell it. (The reader cannot tell a smile at 32 pixels.)
FACTORS: dict[str, tuple[str, ...]] = {
    "glasses": ("glasses",),
    "beard": ("beard",),
    "jaw": ("jaw",),
    "hair length": ("hair_length",),
    "hair colour": ("hair_r", "hair_g", "hair_b"),
    "age": ("age",),
    "skin": ("skin_r", "skin_g", "skin_b"),
    "clothes": ("clothes_r", "clothes_g", "clothes_b"),
    "wall": ("background_r", "background_g", "background_b"),
    "light": ("light",),
    "yaw": ("yaw",),
    "tilt": ("tilt",),
    "open mouth": ("mouth_open",),
}


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """A pair of domains that differ in one attribute."""

    make: Callable[..., AttributePair]
    #: the factors that are to change, and so are not asked to be kept
    changed: tuple[str, ...]
    #: the paper's names of the way forth and of the way back
    ways: tuple[str, str]


ATTRIBUTES: dict[str, Attribute] = {
    "sex": Attribute(
        make=sex_pair, changed=("beard", "jaw", "hair length"), ways=("female → male", "male → female")
    ),
    "hair": Attribute(make=hair_pair, changed=("hair colour",), ways=("blond → black", "black → blond")),
    "glasses": Attribute(
        make=glasses_pair, changed=("glasses",), ways=("glasses → without", "without → glasses")
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


@torch.no_grad()
def features(reader: FaceReader, faces: Tensor) -> Float[Tensor, "n features"]:
    """What faces look like to the reader."""
    return torch.cat([reader.features(part) for part in readable(faces).split(100)])


@torch.no_grad()
def traits(reader: FaceReader, faces: Tensor) -> Float[Tensor, "n traits"]:
    """What the reader reads of faces."""
    return torch.cat([reader(part).trait for part in readable(faces).split(100)])


class Yardstick:
    """Compares faces with their translations, in units of the domain that each belongs to."""

    def __init__(self, pair: AttributePair, reader: FaceReader) -> None:
        batch = pair.batch(1, size=500, seed=0, split="train")
        self.reader = reader
        self.x, self.y = (features(reader, faces) for faces in (batch.x, batch.y))

    def similarity(self, faces: Tensor, made: Tensor, *, back: bool = False) -> float:
        r"""The mean cosine of :math:`\phi(x) - \bar\phi_X` and :math:`\phi(T(x)) - \bar\phi_Y`, every feature
        divided by its deviation in its domain: what the attribute changes for everybody does not count.
        """
        here, there = (self.y, self.x) if back else (self.x, self.y)
        first, second = (
            (features(self.reader, images) - known.mean(0)) / known.std(0).clamp(min=1e-3)
            for images, known in ((faces, here), (made, there))
        )
        return torch.cosine_similarity(first, second).mean().item()

    def separation(self, made: Tensor, *, back: bool = False) -> float:
        """The share of translations that a classifier of true faces puts on the side where they should be."""
        known = torch.cat([self.x, self.y])
        mean, deviation = known.mean(0), known.std(0).clamp(min=1e-3)
        side = torch.cat([torch.zeros(len(self.x)), torch.ones(len(self.y))]).long()
        said = Logistic(quadratic=False).predict(
            (known - mean) / deviation, side, (features(self.reader, made) - mean) / deviation
        )
        return (said == (0 if back else 1)).float().mean().item()

    def scores(self, faces: Tensor, made: Tensor, *, back: bool = False) -> dict[str, float]:
        """Both numbers of the paper's table."""
        return {
            SIMILARITY: self.similarity(faces, made, back=back),
            SEPARATION: self.separation(made, back=back),
        }


def factors_kept(reader: FaceReader, exact: Tensor, made: Tensor) -> dict[str, float]:
    """For each factor the correlation of what it was with what is read of the translation."""
    read = traits(reader, made)
    kept = {}
    for factor, names in FACTORS.items():
        columns = [TRAITS.index(name) for name in names]
        pairs = [torch.stack([exact[:, k], read[:, k]]) for k in columns]
        if all(both[0].std() > 1e-6 for both in pairs):
            kept[factor] = fmean(torch.corrcoef(both)[0, 1].item() for both in pairs)
    return kept


#: CelebA [benaim2017, table 4] in the survey's slides: similarities, then accuracies, of the four systems, by way;
#: the first of them is DiscoGAN.
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
        yard, batch = Yardstick(pair, reader), pair.batch(0, size=MEASURED, seed=0, split="test")
        exact = trait_values(pair.people_of(batch))
        scores: dict[str, dict[str, list[dict[str, float]]]] = {way: {} for way in attribute.ways}
        shown = [batch.x[:10]]
        for name, system in SYSTEMS.items():
            for place, seed in enumerate(seeds):
                T, _ = play(system, task_for(key), pair, profile, seed=seed, generator=GENERATOR, steps=STEPS)
                made, home = both_ways(T, batch.x, batch.y, profile.device)
                forth, back = attribute.ways
                scores[forth].setdefault(name, []).append(yard.scores(batch.x, made))
                scores[back].setdefault(name, []).append(yard.scores(batch.y, home, back=True))
                found = factors_kept(reader, exact, made)
                kept[name][place].append({k: v for k, v in found.items() if k not in attribute.changed})
                shown += [made[:10]] if seed == seeds[0] else []
        answer = pair.answers(batch)
        scores[attribute.ways[0]]["the truth"] = [yard.scores(batch.x, answer)] * len(seeds)
        rows += paper_rows(scores)
        pictures[key] = image_grid(
            torch.cat([*shown, answer[:10]]),
            columns=10,
            row_labels=["x", *SYSTEMS, "right y"],
            alt=f"Rows of ten cartoon faces, {attribute.ways[0]}: sources, translations by four systems, answers.",
            caption=f"Four systems, {attribute.ways[0]}, first start.",
        )
    return Findings(rows=[*rows, *factor_rows(kept)], pictures=pictures)


def paper_rows(scores: Mapping[str, Mapping[str, list[dict[str, float]]]]) -> list[Row]:
    """The rows of every way, each metric beside the paper's."""
    rows: list[Row] = []
    for way, each in scores.items():
        for place, metric in enumerate((SIMILARITY, SEPARATION)):
            only = {name: [{metric: s[metric]} for s in values] for name, values in each.items()}
            paper = dict(zip(SYSTEMS, PAPER[way][place], strict=True))
            rows += rows_of(only, prefix=f"{way}: ", paper=paper, compared=metric)
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


@torch.no_grad()
def both_ways(T: InvertibleTranslator, x: Tensor, y: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """T(x) and S(y)."""
    back = torch.cat([T.inverse(part.to(device)).cpu() for part in y.split(100)])
    return translate(T, x, device), back


REPRODUCTIONS = (
    Reproduction(
        name="distance-faces",
        title="Attributes of faces: who it still is, whether the attribute changed, and which factors were kept",
        source="table 4 of [benaim2017], on cartoon faces and with CycleGAN's game in place of DiscoGAN's",
        seconds={"quick": 2_200.0},
        run=faces,
    ),
)
