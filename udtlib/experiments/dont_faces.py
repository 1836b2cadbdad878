"""Chapter 08 on cartoon faces: one flow of codes, its path, and the way back that nobody trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from udtlib.data.faces.attributes import AttributePair, sex_pair
from udtlib.data.pair import DomainPair, IndependentPair, Samples
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, code_training, dont_game, train_coder
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.pictures import Drawn
from udtlib.instruments.faces.identity import DomainFeatures
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.instruments.faces.traits import FACTORS, exact_traits, factors_kept
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.dont import DONT
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.randomness import random_run
from udtlib.translators.latent_space import LatentSpace
from udtlib.translators.residual_flow import ResidualFlow
from udtlib.types import Batch, Split

#: Test faces that are measured, and those whose path is shown.
MEASURED, SHOWN = 400, 6


@dataclass(frozen=True)
class CodedFaces(DomainPair):
    """Codes of women's and of men's faces, with the people that they are of.

    Args:
        coded: the images, their space and their codes.
        people: the pair that knows every face's factors.
    """

    coded: CodedPair
    people: AttributePair

    @property
    def paired(self) -> bool:
        return False

    def batch(self, index: int, *, size: int, seed: int, split: Split = "train") -> Batch:
        return self.coded.batch(index, size=size, seed=seed, split=split)

    def answers(self, batch: Batch) -> Tensor | None:
        return None

    def to(self, device: torch.device | str) -> CodedFaces:
        return replace(self, coded=self.coded.to(device))


def coded_faces(setting: Setting) -> CodedFaces:
    """Women's and men's faces, an autoencoder of both, and their codes."""
    profile, seed = setting.profile, setting.seed
    size, depth = profile.pick(quick=(32, 3), colab=(64, 4), full=(128, 5))
    count = profile.pick(quick=3_000, colab=8_000, full=20_000)
    people = sex_pair(count=count, test=MEASURED, size=size, seed=seed, studio=True)
    with random_run(seed):
        width = profile.pick(quick=24, colab=32, full=64)
        autoencoder = vector_autoencoder(3, size=size, width=width, depth=depth)
    train_coder(autoencoder, people, setting, steps=profile.pick(quick=4_000, colab=10_000, full=30_000))
    train = people.batch(0, size=count, seed=seed)
    test = people.batch(0, size=MEASURED, seed=0, split="test")
    images = IndependentPair(Samples(train.x, test.x), Samples(train.y, test.y)).to(profile.device)
    space = LatentSpace(autoencoder, torch.cat([images.source.train, images.target.train]))
    codes = IndependentPair(
        *(
            Samples(space.encode(side.train), space.encode(side.test))
            for side in (images.source, images.target)
        )
    )
    return CodedFaces(CodedPair(images, space, codes), people)


def face_dont(pair: CodedFaces, setting: Setting) -> DONT:
    """λ at the start: codes of faces lie closer together than those of digits on two sides."""
    return dont_game(pair.coded, setting, effort=0.3)


def kept(pair: CodedFaces, made: Tensor) -> dict[str, float]:
    """How well each factor of the test faces is kept in images made of them, under names of its own."""
    exact = exact_traits(pair.people, pair.people.batch(0, size=MEASURED, seed=0, split="test"))
    known = factors_kept(load_face_reader(), exact, made.cpu())
    return {f"kept: {name}": known[name] for name in FACTORS if name in known}


@torch.no_grad()
def face_scores(flow: ResidualFlow, pair: CodedFaces) -> Scores:
    """Who it still is, whether it is a man's face, which factors are kept; the same of the way back."""
    coded, domains = pair.coded, DomainFeatures(pair.people, load_face_reader())
    z, decode = coded.codes.source.test, coded.space.decode
    x, y = coded.images.source.test.cpu(), coded.images.target.test.cpu()
    answer = flow.try_inverse(flow(z))
    made, again = decode(flow(z)).cpu(), decode(answer.x).cpu()
    home = domains.scores(y, decode(flow.try_inverse(coded.codes.target.test).x).cpu(), back=True)
    scores = domains.scores(x, made) | Scores(
        alignment=kept(pair, made),
        other={
            "brought back, %": 100 * answer.converged.double().mean().item(),
            **{f"there and back, {name}": value for name, value in kept(pair, again).items()},
        },
    )
    back = {f"untrained way back: {name}": value for _, name, value in home}
    return scores | Scores(other=back)


def coded_and_decoded(nothing: None, pair: CodedFaces) -> Scores:
    """What the autoencoder leaves of the factors."""
    return Scores(alignment=kept(pair, pair.coded.space.decode(pair.coded.codes.source.test)))


@torch.no_grad()
def path_of(flow: ResidualFlow, pair: CodedFaces, *, back: bool) -> Shown:
    """Faces, and the decoded states that their codes pass through, forwards or backwards."""
    space, images = pair.coded.space, pair.coded.images
    given = (images.target if back else images.source).test[:SHOWN]
    z = space.encode(given)
    path = flow.path(flow.try_inverse(z).x if back else z)
    path = path.flip(0) if back else path
    states = space.decode(path.flatten(0, 1)).unflatten(0, path.shape[:2])
    return {"states": torch.cat([given[None], states]).cpu()}


def path_picture(shown: Mapping[str, Shown], *, back: bool) -> Picture:
    """One face in each row."""
    states = next(iter(shown.values()))["states"]
    K = len(states) - 2
    times = [f"{(K - k if back else k)}/{K}" for k in range(K + 1)]
    who = "Men's faces turned into women's by the inverse" if back else "Women's faces turned into men's"
    return image_grid(
        states.transpose(0, 1).flatten(0, 1),
        columns=len(states),
        column_labels=["given", *times],
        alt=f"{who}, one face in each row, the states between them from left to right.",
        caption=f"{who}. The first column is the given image, the others are decoded codes at the times above."
        + (" Nobody trained this direction." if back else ""),
    )


FACES = Experiment(
    name="dont-faces",
    title="Faces of women and of men: what a flow of codes keeps, and the way back that nobody trained",
    source="[debezenac2019], figures 4 and 8, which state no numbers; on cartoon faces",
    pair=coded_faces,
    systems={"DONT": System(face_dont, training=code_training, part="flow")},
    references={"x, coded and decoded": Untrained(scores=coded_and_decoded)},
    scores=face_scores,
    pictures={
        "way": Drawn(show=partial(path_of, back=False), picture=partial(path_picture, back=False)),
        "back": Drawn(show=partial(path_of, back=True), picture=partial(path_picture, back=True)),
    },
)
