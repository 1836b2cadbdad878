"""Chapter 10 on photographs, as in the paper: men into women, by a flow of 128 numbers [menier2022, section 3.1].

It needs CelebA in the folder that ``UDT_DATA_DIR`` names, which nobody but its authors may hand out; see
:mod:`udtlib.data.celeba`.
"""

from __future__ import annotations

from functools import partial

import torch

from udtlib.data.celeba import celeba_pair
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, coded_by, train_coder
from udtlib.experiments.declare import Experiment, Setting
from udtlib.experiments.hamiltonian_faces import COMPARED, TIMES
from udtlib.experiments.hamiltonian_latents import (
    SYSTEMS,
    distances_to_data,
    law_scores,
    strip_of,
    strip_picture,
)
from udtlib.experiments.pictures import Drawn
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.train.randomness import random_run
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.types import Tensor

#: Test photographs of each side.
TEST = 1_000


def photographs(setting: Setting) -> CodedPair:
    """Photographs of men and of women, and their codes of 128 numbers.

    Raises:
        DataError: the data set is missing, with what to do about it.
    """
    profile = setting.profile
    size, depth = profile.pick(quick=(32, 3), colab=(64, 4), full=(64, 4))
    count = profile.pick(quick=3_000, colab=20_000, full=60_000)
    images = celeba_pair("Male", size=size, count=count, test=TEST)
    with random_run(setting.seed):
        width = profile.pick(quick=24, colab=48, full=64)
        autoencoder = vector_autoencoder(3, size=size, width=width, depth=depth)
    train_coder(autoencoder, images, setting, steps=profile.pick(quick=4_000, colab=20_000, full=60_000))
    return coded_by(autoencoder, images, profile)


@torch.no_grad()
def photograph_scores(flow: HamiltonianFlow, pair: CodedPair) -> Scores:
    """No reader of photographs comes with the library: distances between codes, in units of the same law's."""
    x, y = pair.codes.source, pair.codes.target
    path = flow.trajectory(x.test, times=torch.tensor(TIMES))

    def floors(a: Tensor, b: Tensor, known: Tensor) -> float:
        return energy_distance_biased(a, b) / energy_distance_biased(known[: len(b)], b)

    fit = {
        "energy distance forward, floors": floors(path[0], y.test, y.train),
        "energy distance backward, floors": floors(flow.inverse(y.test), x.test, x.train),
        "energy distance if nothing is done, floors": floors(x.test, y.test, y.train),
    }
    return Scores(fit=fit | distances_to_data(path, TIMES, pair)) | law_scores(flow, pair)


CELEBA = Experiment(
    name="hamiltonian-celeba",
    title="Photographs of men and of women by a Hamiltonian flow of codes; needs CelebA",
    source="[menier2022], figures 1 to 3, which state no numbers",
    pair=photographs,
    systems={name: SYSTEMS[name] for name in COMPARED},
    scores=photograph_scores,
    pictures={
        word: Drawn(
            show=partial(strip_of, back=back),
            picture=partial(strip_picture, words=("men", "women"), back=back),
        )
        for word, back in (("there", False), ("back", True))
    },
)
