"""Chapter 06: heads that look to the left and heads that look to the right; the angle is read off afterwards."""

from __future__ import annotations

import torch

from udtlib.instruments.faces.reader import TRAITS, load_face_reader
from udtlib.instruments.faces.training import trait_values
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.distance_faces import (
    GENERATOR,
    Yardstick,
    factors_kept,
    pair_for,
    task_for,
    traits,
)
from udtlib.recipes.distance_systems import DISCOGAN, systems_on
from udtlib.recipes.distancegan import MEASURED, kept_scores, play, rows_of
from udtlib.recipes.faces import translate
from udtlib.recipes.results import Findings
from udtlib.show.images import image_grid
from udtlib.types import Float, Tensor

SYSTEMS = systems_on(DISCOGAN, name="DiscoGAN")
STEPS = {"quick": 5_000, "colab": 12_000, "full": 80_000}
#: car2car [benaim2017], as the survey's slides print it: the error of the recovered angle.
PAPER = {"DiscoGAN": 0.306, "Distance": 0.135, "Distance + cycle": 0.098, "Self-distance": 0.117}
ERROR = "RMSE of the yaw"


class PoseScores:
    """The error of the angle, who it still is, and what the turn should have left alone."""

    def __init__(self, profile: Profile) -> None:
        self.pair, self.reader = pair_for("pose", profile), load_face_reader()
        batch = self.pair.batch(0, size=MEASURED, seed=0, split="test")
        self.x, self.answer = batch.x, self.pair.answers(batch)
        self.exact = trait_values(self.pair.people_of(batch))
        self.yard = Yardstick(self.pair, self.reader)

    def of(self, made: Float[Tensor, "n 3 side side"]) -> dict[str, float]:
        r"""For translations of the test faces; the yaw should be minus what it was.

        .. math:: \sqrt{\mathbb{E}\,\bigl(\mathrm{yaw}(T(x)) + \mathrm{yaw}(x)\bigr)^2}

        in units of the largest turn, with the exact yaw of :math:`x` and the reader's of :math:`T(x)`.
        """
        yaw = TRAITS.index("yaw")
        read, meant = traits(self.reader, made)[:, yaw], -self.exact[:, yaw]
        kept = factors_kept(self.reader, self.exact, made)
        return {
            ERROR: (read - meant).square().mean().sqrt().item(),
            "share of heads turned to the other side": (read > 0).double().mean().item(),
            "identity similarity": self.yard.similarity(self.x, made),
            "separation accuracy": self.yard.separation(made),
            **{f"kept: {name}": kept[name] for name in ("light", "tilt", "skin", "hair colour")},
            **kept_scores(self.x, made),
        }


def pose(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Four systems, the truth, the identity and the mirror image, which keeps all distances and is not a turn."""
    measure = PoseScores(profile)
    fixed = {"the truth": measure.answer, "x itself": measure.x, "the mirror image": measure.x.flip(3)}
    scores: dict[str, list[dict[str, float]]] = {}
    shown = [measure.x[:10]]
    for name, system in SYSTEMS.items():
        for seed in seeds:
            translator, _ = play(
                system,
                task_for("pose"),
                measure.pair,
                profile,
                seed=seed,
                generator=GENERATOR,
                steps=STEPS,
            )
            made = translate(translator, measure.x, profile.device)
            scores.setdefault(name, []).append(measure.of(made))
            if seed == seeds[0]:
                shown.append(made[:10])
    scores |= {name: [measure.of(made)] * len(seeds) for name, made in fixed.items()}
    picture = image_grid(
        torch.cat([*shown, measure.x[:10].flip(3), measure.answer[:10]]),
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
