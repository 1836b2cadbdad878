"""Chapter 02 on faces of 64 pixels, trained for longer than a page can: what L1 gives, and what the game adds."""

from __future__ import annotations

from udtlib.data.faces.pairs import FacePair, labels_to_faces
from udtlib.evaluate.translations import right_answers
from udtlib.experiments.declare import Experiment, Setting
from udtlib.experiments.emoji_paired import SIZE, losses
from udtlib.experiments.following import score_curves
from udtlib.experiments.pictures import translations
from udtlib.experiments.pix2pix import map_scores

#: Of the colours that no map tells: near typical ones, as on streets, where roads are grey and trees green.
VARIETY = 0.2


def faces(setting: Setting) -> FacePair:
    """Label maps and faces whose shades, patterns and light no map tells."""
    return labels_to_faces(size=SIZE, count=4000, test=1000, variety=VARIETY)


FACES = Experiment(
    name="faces-losses",
    title="Label maps to faces of 64 pixels: what L1 gives, and what the game adds",
    source="the ablation of [isola2017, table 1] on cartoon faces, where many portraits are right",
    pair=faces,
    systems=losses(3, l1_weight=10.0),
    references={"the truth": right_answers},
    scores=map_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Unseen label maps, first start. The map tells where things are; their colours, their "
            "patterns and the light are guesses.",
        ),
        "curves": score_curves("fooling rate, a glimpse", caption="Every loss after the same rounds."),
    },
)
