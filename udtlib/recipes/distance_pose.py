"""Chapter 06: heads that look to the left and heads that look to the right; the angle is read off afterwards."""

from __future__ import annotations

import torch

from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import Reference, right_answers, translations, untouched
from udtlib.instruments.faces.attributes import pose_scores
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.distance_faces import (
    GENERATOR,
    pair_for,
    task_for,
)
from udtlib.recipes.distance_systems import DISCOGAN, systems_on
from udtlib.recipes.distancegan import MEASURED, play, rows_of
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings
from udtlib.show.images import image_grid
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Batch, Tensor

SYSTEMS = systems_on(DISCOGAN, name="DiscoGAN")
STEPS = {"quick": 5_000, "colab": 12_000, "full": 80_000}
#: car2car [benaim2017], as the survey's slides print it: the error of the recovered angle.
PAPER = {"DiscoGAN": 0.306, "Distance": 0.135, "Distance + cycle": 0.098, "Self-distance": 0.117}
ERROR = "RMSE of the yaw"


def mirrored(pair: DomainPair, batch: Batch) -> Tensor:
    """The reference that mirrors the image: it keeps all distances and is not a turn of the head."""
    return batch.x.flip(3)


REFERENCES: dict[str, Reference] = {
    "the truth": right_answers,
    "x itself": untouched,
    "the mirror image": mirrored,
}


def pose(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Four systems, the truth, the identity and the mirror image."""
    pair = pair_for("pose", profile)
    batch, domains = (
        pair.batch(0, size=MEASURED, seed=0, split="test"),
        DomainFeatures(pair, load_face_reader()),
    )

    def measure(system: InvertibleTranslator | Reference) -> dict[str, float]:
        return plain(pose_scores(system, pair, size=MEASURED, domains=domains))

    scores: dict[str, list[dict[str, float]]] = {}
    shown = [batch.x[:10]]
    for name, system in SYSTEMS.items():
        for seed in seeds:
            translator, _ = play(
                system, task_for("pose"), pair, profile, seed=seed, generator=GENERATOR, steps=STEPS
            )
            scores.setdefault(name, []).append(measure(translator))
            if seed == seeds[0]:
                shown.append(translations(translator, pair, size=MEASURED).there[:10])
    scores |= {name: [measure(each)] * len(seeds) for name, each in REFERENCES.items()}
    picture = image_grid(
        torch.cat([*shown, mirrored(pair, batch)[:10], right_answers(pair, batch)[:10]]),
        columns=10,
        row_labels=["x", *SYSTEMS, "mirror image", "right y"],
        alt="Rows of ten cartoon faces that look to the left, what four systems make of them, their mirror "
        "images, and the same people looking to the right.",
        caption="Turning a head: four systems, first start. A mirror image turns the light and the parting too.",
    )
    return Findings(rows=rows_of(scores, paper=PAPER, compared=ERROR), pictures={"samples": picture})


REPRODUCTIONS = (
    Reproduction(
        name="distance-pose",
        title="Turning a head: the error of the angle",
        source="the car2car experiment of [benaim2017], on cartoon faces instead of cars",
        seconds={"quick": 2_500.0},
        run=pose,
    ),
)
