"""Chapter 10 on cartoon faces: women into men by a Hamiltonian flow of codes, and back without training."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import torch

from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, Shown, Untrained
from udtlib.experiments.dont_faces import CodedFaces, coded_and_decoded, coded_faces, kept
from udtlib.experiments.hamiltonian_latents import (
    SYSTEMS,
    distances_to_data,
    law_scores,
    strip_of,
    strip_picture,
)
from udtlib.experiments.pictures import Drawn
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.objectives.hamiltonian_translation import HamiltonianTranslation
from udtlib.translators.hamiltonian_flow import HamiltonianFlow

#: What is compared: the integrator that inverts to rounding, and the paper's discrepancy.
COMPARED = ("leapfrog, Sinkhorn", "RK4, Sinkhorn", "RK4, discriminator")
#: The end of the path, and when the flow has gone on for too long.
TIMES = (1.0, 2.5)


def on_faces(pair: CodedFaces, setting: Setting, *, name: str) -> HamiltonianTranslation:
    """One of the flows, on the faces' codes."""
    return SYSTEMS[name].game(pair.coded, setting)


@torch.no_grad()
def face_scores(flow: HamiltonianFlow, pair: CodedFaces) -> Scores:
    """Whether it is a man's face, which factors are kept, the way back, and what it costs."""
    coded, domains = pair.coded, DomainFeatures(pair.people, load_face_reader())
    x, y = (side.test.cpu() for side in (coded.images.source, coded.images.target))
    path = flow.trajectory(coded.codes.source.test, times=torch.tensor(TIMES))
    made = coded.space.decode(path[0]).cpu()
    home = domains.scores(y, coded.space.decode(flow.inverse(coded.codes.target.test)).cpu(), back=True)
    scores = domains.scores(x, made) | Scores(
        fit=distances_to_data(path, TIMES, coded),
        alignment=kept(pair, made),
        other={f"untrained way back: {name}": value for _, name, value in home},
    )
    return scores | law_scores(flow, coded)


def face_strip(flow: HamiltonianFlow, pair: CodedFaces, *, back: bool) -> Shown:
    """Faces on their path."""
    return strip_of(flow, pair.coded, back=back)


FACES = Experiment(
    name="hamiltonian-faces",
    title="Faces of women and of men by a Hamiltonian flow of codes, and back without training",
    source="[menier2022], figures 1 to 3, which state no numbers; on cartoon faces",
    pair=coded_faces,
    systems={name: replace(SYSTEMS[name], game=partial(on_faces, name=name)) for name in COMPARED},
    references={"x, coded and decoded": Untrained(scores=coded_and_decoded)},
    scores=face_scores,
    pictures={
        word: Drawn(
            show=partial(face_strip, back=back),
            picture=partial(strip_picture, words=("women", "men"), back=back),
        )
        for word, back in (("there", False), ("back", True))
    },
)
