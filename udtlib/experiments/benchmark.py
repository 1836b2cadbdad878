"""Which bias for which problem? All methods of the course on the same codes, with the same data and budget.

The benchmark that [menier2022, section 3] announces. Each method has the settings that its chapter found; what a
chapter found for images or for the plane is carried over to codes. Games are the hinge game of chapter 08, but for
DONT's, whose critic is held in balance.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch

from udtlib.experiments.benchmark_cases import (
    Case,
    emoji_case,
    faces_case,
    negatives_case,
    swap_case,
    threes_case,
)
from udtlib.experiments.benchmark_methods import METHODS, PRICED
from udtlib.experiments.benchmark_scores import Maps, Reference, code_scores, planned, right, stays
from udtlib.experiments.declare import Experiment, Shown, Untrained
from udtlib.experiments.pictures import Drawn
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid

#: Test images in a picture.
SHOWN = 8


REFERENCES: Mapping[str, Reference] = {
    "x, coded and decoded": stays,
    "the right answer, coded and decoded": right,
    "exact plan of the test codes": planned,
}


@torch.no_grad()
def images_shown(subject: Maps, case: Case) -> Shown:
    """A few test images, their translations decoded, and those of the exact plan."""
    x = case.coded.images.source.test[case.rows[0][:SHOWN]]
    decode = case.coded.space.decode
    made = subject.forth(case.measured[0][:SHOWN])
    rows = {"x": x, "T(x)": decode(made), "plan": decode(planned(case).made[:SHOWN])}
    return {name: images.clamp(-1, 1).cpu() for name, images in rows.items()}


def maps_picture(shown: Mapping[str, Shown], *, title: str) -> Picture:
    """One row for each system, below the images that it was given."""
    first = next(iter(shown.values()))
    rows = {"x": first["x"], "exact plan": first["plan"]}
    rows |= {name: each["T(x)"] for name, each in shown.items()}
    return image_grid(
        torch.cat([*rows.values()]),
        columns=SHOWN,
        row_labels=[*rows],
        alt=f"Test images of the task {title} in the first row; below, what each method makes of them.",
        caption="The first seed, test images. All translations are decoded codes.",
    )


def references(*names: str) -> dict[str, Untrained]:
    """What nothing is trained for."""
    return {name: Untrained(REFERENCES[name]) for name in names}


def pictured(title: str) -> dict[str, Drawn]:
    """The picture of a task."""
    return {"maps": Drawn(show=images_shown, picture=partial(maps_picture, title=title))}


STAYS, RIGHT, PLAN = REFERENCES
SWAP = Experiment(
    name="benchmark-swap",
    title="Which bias for which problem? All methods on digits that change sides or places",
    source="the benchmark that [menier2022, section 3] announces",
    pair=swap_case,
    systems={**METHODS, **PRICED},
    references=references(STAYS, RIGHT, PLAN),
    scores=code_scores,
    pictures=pictured("digits that change sides or places"),
)
DIGITS = Experiment(
    name="benchmark-digits",
    title="Which bias for which problem? All methods on threes and eights",
    source="the benchmark that [menier2022, section 3] announces",
    pair=threes_case,
    systems=METHODS,
    references=references(STAYS, PLAN),
    scores=code_scores,
    pictures=pictured("threes and eights"),
)
NEGATIVES = Experiment(
    name="benchmark-negatives",
    title="Which bias for which problem? All methods on digits and the negatives of others",
    source="the benchmark that [menier2022, section 3] announces",
    pair=negatives_case,
    systems=METHODS,
    references=references(STAYS, RIGHT, PLAN),
    scores=code_scores,
    pictures=pictured("digits and the negatives of others"),
)
FACES = Experiment(
    name="benchmark-faces",
    title="Which bias for which problem? All methods on faces of women and of men",
    source="the benchmark that [menier2022, section 3] announces",
    pair=faces_case,
    systems=METHODS,
    references=references(STAYS, PLAN),
    scores=code_scores,
    pictures=pictured("faces of women and of men"),
)
EMOJI = Experiment(
    name="benchmark-emoji",
    title="Which bias for which problem? All methods on emoji of two hands",
    source="the benchmark that [menier2022, section 3] announces",
    pair=emoji_case,
    systems=METHODS,
    references=references(STAYS, RIGHT, PLAN),
    scores=code_scores,
    pictures=pictured("emoji of two hands"),
)
