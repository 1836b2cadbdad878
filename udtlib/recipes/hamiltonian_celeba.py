"""Chapter 10 on photographs, as in the paper: men into women, by a flow of 128 numbers [menier2022, section 3.1].

It needs CelebA in the folder that ``UDT_DATA_DIR`` names, which nobody but its authors may hand out; see
:mod:`udtlib.data.celeba`.
"""

from __future__ import annotations

import torch

from udtlib.data.celeba import celeba_pair
from udtlib.evaluate.distances import energy_distance_biased, mean_distance_to_nearest
from udtlib.evaluate.effort import effort_over_pairing
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.coded_pairs import CodedPair, coded_by, train_coder
from udtlib.recipes.hamiltonian_latents import (
    SYSTEMS,
    energy_drift,
    play_hamiltonian,
    round_trip,
    strip,
)
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture
from udtlib.train.randomness import random_run
from udtlib.translators.hamiltonian_flow import HamiltonianFlow

#: Side of the photographs; and how many of each side, for training and for tests.
SIZE = {"quick": 32, "colab": 64, "full": 64}
COUNT = {"quick": 3_000, "colab": 20_000, "full": 60_000}
TEST = 1_000
CODER_STEPS = {"quick": 4_000, "colab": 20_000, "full": 60_000}
WIDTH = {"quick": 24, "colab": 48, "full": 64}
COMPARED = ("leapfrog, Sinkhorn", "RK4, Sinkhorn", "RK4, discriminator")
#: When the flow has gone on for too long.
TOO_LONG = 2.5


def code_celeba(profile: Profile, *, seed: int) -> CodedPair:
    """Photographs of men and of women, and their codes of 128 numbers.

    Raises:
        DataError: the data set is missing, with what to do about it.
    """
    size = SIZE[profile.name]
    images = celeba_pair("Male", size=size, count=COUNT[profile.name], test=TEST)
    with random_run(seed):
        depth = {32: 3, 64: 4}[size]
        autoencoder = vector_autoencoder(3, size=size, width=WIDTH[profile.name], depth=depth)
    train_coder(autoencoder, images, profile, seed=seed, steps=CODER_STEPS[profile.name])
    return coded_by(autoencoder, images, profile)


def celeba(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Fit in the space of codes, there and back; the way, and what the integrator keeps."""
    table: dict[str, list[dict[str, float]]] = {}
    pictures: dict[str, Picture] = {}
    for seed in seeds:
        coded = code_celeba(profile, seed=seed)
        for name in COMPARED:
            flow = play_hamiltonian(coded, profile, seed=seed, system=SYSTEMS[name])
            table.setdefault(name, []).append(scores(coded, flow))
            if seed == seeds[0] and name == COMPARED[0]:
                pictures = {
                    word: strip(coded, flow, words=("men", "women"), back=back)
                    for word, back in (("there", False), ("back", True))
                }
    rows = [
        Row(system=system, metric=metric, values=tuple(one[metric] for one in runs))
        for system, runs in table.items()
        for metric in runs[0]
    ]
    return Findings(rows=rows, pictures=pictures)


@torch.no_grad()
def scores(coded: CodedPair, flow: HamiltonianFlow) -> dict[str, float]:
    """No reader of photographs comes with the library: distances between codes, in units of the same law's."""
    x, y = coded.codes.source, coded.codes.target
    made, late = flow(x.test), flow.trajectory(x.test, times=torch.tensor([TOO_LONG]))[0]
    usual = mean_distance_to_nearest(y.test, y.train)

    def floors(a: torch.Tensor, b: torch.Tensor, known: torch.Tensor) -> float:
        return energy_distance_biased(a, b) / energy_distance_biased(known[: len(b)], b)

    return {
        "fit: energy distance forward, floors": floors(made, y.test, y.train),
        "fit: energy distance backward, floors": floors(flow.inverse(y.test), x.test, x.train),
        "fit: energy distance if nothing is done, floors": floors(x.test, y.test, y.train),
        "fit: distance to the data at t = 1": mean_distance_to_nearest(made, y.train) / usual,
        f"fit: distance to the data at t = {TOO_LONG:g}": mean_distance_to_nearest(late, y.train) / usual,
        "effort: over the least for the same translations": effort_over_pairing(made, x.test),
        "relative error of a round trip": round_trip(flow, x.test),
        "drift of H over its deviation": energy_drift(flow, x.test),
    }


REPRODUCTIONS = (
    Reproduction(
        name="hamiltonian-celeba",
        title="Photographs of men and of women by a Hamiltonian flow of codes; needs CelebA",
        source="[menier2022], figures 1 to 3, which state no numbers",
        seconds={},
        run=celeba,
    ),
)
