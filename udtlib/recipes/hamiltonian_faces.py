"""Chapter 10 on cartoon faces: women into men by a Hamiltonian flow of codes, and back without training."""

from __future__ import annotations

import torch

from udtlib.evaluate.distances import mean_distance_to_nearest
from udtlib.evaluate.effort import effort_over_least, effort_over_pairing
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import FACTORS, exact_traits, factors_kept
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.dont_faces import MEASURED, code_faces, enter
from udtlib.recipes.hamiltonian_latents import (
    SYSTEMS,
    energy_drift,
    play_hamiltonian,
    round_trip,
    strip,
)
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture

#: What is compared: the integrator that inverts to rounding, and the paper's discrepancy.
COMPARED = ("leapfrog, Sinkhorn", "RK4, Sinkhorn", "RK4, discriminator")
#: When the flow has gone on for too long.
TOO_LONG = 2.5


def faces(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Whether it is a man's face, which factors are kept, the way back, and what it costs."""
    reader = load_face_reader()
    rows: dict[tuple[str, str], list[float]] = {}
    pictures: dict[str, Picture] = {}
    for seed in seeds:
        coded, pair = code_faces(profile, seed=seed)
        domains = DomainFeatures(pair, reader)
        exact = exact_traits(pair, pair.batch(0, size=MEASURED, seed=0, split="test"))
        x, y = (side.test.cpu() for side in (coded.images.source, coded.images.target))
        z, code_y = coded.codes.source.test, coded.codes.target
        decode = coded.space.decode

        def measure(system: str, images: torch.Tensor) -> None:
            kept = factors_kept(reader, exact, images)  # noqa: B023
            enter(rows, system, {f"kept: {name}": kept[name] for name in FACTORS if name in kept})

        measure("x, coded and decoded", decode(z).cpu())
        usual = mean_distance_to_nearest(code_y.test, code_y.train)
        for name in COMPARED:
            flow = play_hamiltonian(coded, profile, seed=seed, system=SYSTEMS[name])
            with torch.no_grad():
                made, late = flow(z), flow.trajectory(z, times=torch.tensor([TOO_LONG]))[0]
                home = decode(flow.inverse(code_y.test)).cpu()
            enter(rows, name, plain(domains.scores(x, decode(made).cpu())))
            measure(name, decode(made).cpu())
            more = {
                "fit: distance to the data at t = 1": mean_distance_to_nearest(made, code_y.train) / usual,
                f"fit: distance to the data at t = {TOO_LONG:g}": mean_distance_to_nearest(late, code_y.train)
                / usual,
                "effort: over the least to the target": effort_over_least(made, z, code_y.test),
                "effort: over the least for the same translations": effort_over_pairing(made, z),
                "relative error of a round trip": round_trip(flow, z),
                "drift of H over its deviation": energy_drift(flow, z),
            }
            enter(rows, name, more)
            enter(rows, f"{name}, untrained way back", plain(domains.scores(y, home, back=True)))
            if seed == seeds[0] and name == COMPARED[0]:
                words = ("women", "men")
                pictures = {
                    "there": strip(coded, flow, words=words, back=False),
                    "back": strip(coded, flow, words=words, back=True),
                }
    return Findings(
        rows=[Row(system=s, metric=m, values=tuple(v)) for (s, m), v in rows.items()], pictures=pictures
    )


REPRODUCTIONS = (
    Reproduction(
        name="hamiltonian-faces",
        title="Faces of women and of men by a Hamiltonian flow of codes, and back without training",
        source="[menier2022], figures 1 to 3, which state no numbers; on cartoon faces",
        seconds={"quick": None},
        run=faces,
    ),
)
