"""Chapter 08 on cartoon faces: one flow of codes, its way, and the way back that nobody trained."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from udtlib.data.faces.attributes import AttributePair, sex_pair
from udtlib.data.pair import IndependentPair, Samples
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import FACTORS, exact_traits, factors_kept
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.coded_pairs import CodedPair, train_coder
from udtlib.recipes.digit_swap import play_dont
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings, Row
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.randomness import random_run
from udtlib.translators.latent_space import LatentFlow, LatentSpace
from udtlib.translators.residual_flow import ResidualFlow

#: Side of the faces, and training faces of each side.
SIZE = {"quick": 32, "colab": 64, "full": 128}
COUNT = {"quick": 3_000, "colab": 8_000, "full": 20_000}
CODER_STEPS = {"quick": 4_000, "colab": 10_000, "full": 30_000}
WIDTH = {"quick": 24, "colab": 32, "full": 64}
MEASURED = 400
#: λ at the start: codes of faces lie closer together than those of digits on two sides.
EFFORT = 0.3


def code_faces(profile: Profile, *, seed: int) -> tuple[CodedPair, AttributePair]:
    """Women's and men's faces, an autoencoder of both, and their codes; also the pair that knows the factors."""
    size = SIZE[profile.name]
    pair = sex_pair(count=COUNT[profile.name], test=MEASURED, size=size, seed=seed, studio=True)
    with random_run(seed):
        depth = {32: 3, 64: 4, 128: 5}[size]
        autoencoder = vector_autoencoder(3, size=size, width=WIDTH[profile.name], depth=depth)
    train_coder(autoencoder, pair, profile, seed=seed, steps=CODER_STEPS[profile.name])
    train = pair.batch(0, size=COUNT[profile.name], seed=seed)
    test = pair.batch(0, size=MEASURED, seed=0, split="test")
    images = IndependentPair(Samples(train.x, test.x), Samples(train.y, test.y)).to(profile.device)
    space = LatentSpace(autoencoder, torch.cat([images.source.train, images.target.train]))
    codes = IndependentPair(
        *(
            Samples(space.encode(side.train), space.encode(side.test))
            for side in (images.source, images.target)
        )
    )
    return CodedPair(images, space, codes), pair


def faces(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Who it still is, whether it is a man's face, which factors are kept; the way there and the way back."""
    reader = load_face_reader()
    rows: dict[tuple[str, str], list[float]] = {}
    pictures: dict[str, Picture] = {}
    for seed in seeds:
        faces, pair = code_faces(profile, seed=seed)
        flow = play_dont(faces, profile, seed=seed, effort=EFFORT)
        T = LatentFlow(flow, faces.space)
        x, y = faces.images.source.test, faces.images.target.test
        with torch.no_grad():
            z = faces.codes.source.test
            answer = flow.try_inverse(flow(z))
            made = {
                "x, coded and decoded": faces.space.decode(z).cpu(),
                "DONT": T(x).cpu(),
                "DONT, there and back": faces.space.decode(answer.x).cpu(),
            }
            home = faces.space.decode(flow.try_inverse(faces.codes.target.test).x).cpu()
        domains = DomainFeatures(pair, reader)
        exact = exact_traits(pair, pair.batch(0, size=MEASURED, seed=0, split="test"))
        for system, images in made.items():
            kept = factors_kept(reader, exact, images)
            scores = plain(domains.scores(x.cpu(), images)) if system == "DONT" else {}
            enter(
                rows, system, {**scores, **{f"kept: {name}": kept[name] for name in FACTORS if name in kept}}
            )
        enter(rows, "DONT, untrained way back", plain(domains.scores(y.cpu(), home, back=True)))
        enter(rows, "DONT", {"brought back, %": 100 * answer.converged.double().mean().item()})
        if seed == seeds[0]:
            pictures = {
                "way": way_picture(T, flow, x[:6], back=False),
                "back": way_picture(T, flow, y[:6], back=True),
            }
    return Findings(
        rows=[Row(system=s, metric=m, values=tuple(v)) for (s, m), v in rows.items()], pictures=pictures
    )


def enter(rows: dict[tuple[str, str], list[float]], system: str, scores: Mapping[str, float]) -> None:
    """Add one seed's values."""
    for metric, value in scores.items():
        rows.setdefault((system, metric), []).append(value)


@torch.no_grad()
def way_picture(T: LatentFlow, flow: ResidualFlow, images: Tensor, *, back: bool) -> Picture:
    """Faces, and the decoded states that their codes pass through, forwards or backwards."""
    z = T.space.encode(images)
    if back:
        z = flow.try_inverse(z).x
    path = flow.path(z)
    path = path.flip(0) if back else path
    shown = torch.cat([images[None], T.space.decode(path.flatten(0, 1)).unflatten(0, path.shape[:2])])
    K = len(path) - 1
    steps = [f"{(K - k if back else k)}/{K}" for k in range(K + 1)]
    who = "Men's faces turned into women's by the inverse" if back else "Women's faces turned into men's"
    return image_grid(
        shown.transpose(0, 1).flatten(0, 1).cpu(),
        columns=len(shown),
        column_labels=["given", *steps],
        alt=f"{who}, one face in each row, the states between them from left to right.",
        caption=f"{who}. The first column is the given image, the others are decoded codes at the times above."
        + (" Nobody trained this direction." if back else ""),
    )


REPRODUCTIONS = (
    Reproduction(
        name="dont-faces",
        title="Faces of women and of men: what a flow of codes keeps, and the way back that nobody trained",
        source="[debezenac2019], figures 4 and 8, which state no numbers; on cartoon faces",
        seconds={"quick": 1_020.0},
        run=faces,
    ),
)
