"""Chapter 09's honest case: no image on one side has a partner on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch

from udtlib.data.pair import IndependentPair
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, Setting, Shown
from udtlib.experiments.latent_spaces import Spaces, different_digits, train_spaces
from udtlib.experiments.pictures import Drawn
from udtlib.nets.displacement import Displacement
from udtlib.nets.mlp import mlp
from udtlib.objectives.planned_maps import PlannedMaps
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.bridges import Frame
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.transport.gromov.energy import distance_matrix
from udtlib.transport.gromov.search import gromov_coupling
from udtlib.transport.procrustes import (
    Alignment,
    ProcrustesSearch,
    RigidMap,
    nearest_rotation,
    transport_cost,
    wasserstein_procrustes,
)
from udtlib.types import Float, Int, Tensor

#: Numbers in a code.
CODES = (8, 16, 32)
ISOMETRY = 0.1
#: Known pairs of every class.
ANCHORS = (1, 2, 5, 10)
#: With anchors, fewer starts are enough.
FEW_STARTS = ProcrustesSearch(starts=24, finalists=4)
#: Batches of codes whose plans are scored, and codes in each.
BATCHES, BATCH = 10, 100
CLASS = "class of the nearest target, %"
PLAN = "class of the plan's partner, %"
COST = "transport cost left, squared mean distances"
APART = "how far from the known rotation, 1 = unrelated"
#: Rotations further apart than this are two.
ANOTHER = 0.1


class Judged(NamedTuple):
    """Codes of both domains in their frames, and what scores need to know about them.

    Args:
        spaces: the trained codings.
        codes: in units of the frames.
        images_y: codes of the *source's* test images in the target's space, by the true map: for evaluation only.
    """

    spaces: Spaces
    codes: IndependentPair
    frames: tuple[Frame, Frame]
    known: Float[Tensor, "n d"]

    @property
    def x(self) -> Float[Tensor, "n d"]:
        """Test codes of the source."""
        return self.codes.source.test


def judged(spaces: Spaces) -> Judged:
    """The codes of trained spaces, ready to be scored."""
    frames = Frame.of(spaces.codes.source.train), Frame.of(spaces.codes.target.train)
    domains = [
        replace(domain, train=frame.enter(domain.train), test=frame.enter(domain.test))
        for domain, frame in zip((spaces.codes.source, spaces.codes.target), frames, strict=True)
    ]
    truth = spaces.coding_y.encode(spaces.images.truth(spaces.images.source.test))
    return Judged(spaces, IndependentPair(*domains), frames, frames[1].enter(truth))


def class_score(case: Judged, made: Float[Tensor, "n d"]) -> float:
    """Percentage of translated test codes whose nearest training code of the target is of the same class."""
    bank, label = case.codes.target.train, case.codes.target.train_label
    nearest = torch.cat([torch.cdist(part, bank).argmin(1) for part in made.split(500)])
    return 100 * (label[nearest] == case.codes.source.test_label).double().mean().item()


def anchors_of(case: Judged, *, per_class: int, seed: int) -> tuple[Tensor, Tensor]:
    """So many test images of every class, in both spaces."""
    label = case.codes.source.test_label
    order = torch.randperm(len(label), generator=torch.Generator().manual_seed(seed)).to(label.device)
    rows = torch.cat([order[label[order] == digit][:per_class] for digit in range(10)])
    return case.x[rows], case.known[rows]


def batch_scores(
    case: Judged, *, seed: int, anchors: tuple[Tensor, Tensor] | None = None, weight: float = 1.0
) -> float:
    r"""Percentage of equal classes in Gromov–Wasserstein plans between batches, each with other images.

    Anchors enter as a linear term, by how far either point is from each of them:
    :math:`L_{ij} = w \operatorname{mean}_a (d_X(x_i, x_a) - d_Y(y_j, y_a))^2`.
    """
    generator = torch.Generator().manual_seed(seed)
    hits = []
    for k in range(BATCHES):
        (x, x_label), (y, y_label) = (
            some(domain.test, domain.test_label, generator)
            for domain in (case.codes.source, case.codes.target)
        )
        linear = None
        if anchors is not None:
            near, far = torch.cdist(x, anchors[0]), torch.cdist(y, anchors[1])
            linear = weight * (near[:, None] - far[None]).square().mean(2).double()
        plan = gromov_coupling(
            distance_matrix(x.double()),
            distance_matrix(y.double()),
            seed=k,
            linear=linear,
        )
        hits.append((y_label[plan.greedy()] == x_label).double().mean().item())
    return 100 * sum(hits) / len(hits)


def some(
    code: Float[Tensor, "n d"], label: Int[Tensor, "n"], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A batch of different codes with their classes."""
    rows = torch.randperm(len(code), generator=generator)[:BATCH].to(code.device)
    return code[rows], label[rows]


def network(case: Judged, start: RigidMap, *, config: TrainConfig, folder: Path | None = None) -> TwoWay:
    """A rotation and what a residual network learns to add to it, in both directions.

    Args:
        case: the codes.
        start: the rotation.
        config: of the training; its seed is also that of the initial weights.
        folder: where to keep the run; None keeps nothing.
    """
    d = case.x.shape[1]
    with random_run(config.seed):
        nets = [mlp([d, 256, 256, d], activation=torch.nn.SiLU) for _ in "xy"]
    translator = taught_after(start, nets)
    fit(PlannedMaps(translator), case.codes, config=config, folder=folder)
    return translator.eval().requires_grad_(False)


def taught_after(start: RigidMap, nets: list[torch.nn.Sequential]) -> TwoWay:
    """A rotation there, its inverse back, and nets that add what they learn; at first that is nothing."""
    for net in nets:
        torch.nn.init.zeros_(net[-1].weight)
        torch.nn.init.zeros_(net[-1].bias)
    there, back = Rigid(start), Rigid(RigidMap(start.rotation.T, -start.shift @ start.rotation.T))
    return TwoWay(
        Direct(torch.nn.Sequential(there, Displacement(nets[0]))),
        Direct(torch.nn.Sequential(back, Displacement(nets[1]))),
    )


def network_training(profile: Profile, *, seed: int) -> TrainConfig:
    """A few hundred plans are enough."""
    return TrainConfig(
        steps=400,
        batch_size=256,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
        progress=False,
    )


class Rigid(torch.nn.Module):
    """A fixed rotation and shift as a layer."""

    def __init__(self, found: RigidMap) -> None:
        super().__init__()
        self.register_buffer("rotation", found.rotation.clone())
        self.register_buffer("shift", found.shift.clone())

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        return z @ self.rotation + self.shift


def spaces_training(profile: Profile, *, seed: int) -> TrainConfig:
    """Steps of the autoencoders, each on 100 images of either domain; the report's 50 epochs are 30,000."""
    return TrainConfig(
        steps=profile.pick(quick=3_000, colab=10_000, full=30_000),
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
        progress=False,
    )


def different_images(
    setting: Setting, *, source: str = "official", codes: tuple[int, ...] = CODES
) -> Measured:
    """Every method in every dimension; a seed names the halves, the autoencoders and the searches."""
    profile, seed = setting.profile, setting.seed
    images, scores, shown = different_digits(source=source, seed=seed), {}, {}
    for d in codes:
        kept = None if setting.shared is None else setting.shared / f"{d}-numbers"
        spaces = train_spaces(
            images,
            config=spaces_training(profile, seed=seed),
            codes=(d, d),
            isometry_weight=ISOMETRY,
            folder=kept and kept / "spaces",
        )
        case = judged(spaces)
        found = wasserstein_procrustes(case.codes.source.train, case.codes.target.train, seed=seed)
        config = network_training(profile, seed=seed)
        taught = network(case, found.map, config=config, folder=kept and kept / "network")
        for name, each in one_case(case, found, taught, seed=seed).items():
            scores[f"{d} numbers: {name}"] = each
        if d == codes[-1]:
            shown = {"maps": {f"{d} numbers": digits_shown(case, found)}}
    return Measured(scores, shown)


def one_case(case: Judged, found: Alignment, taught: TwoWay, *, seed: int) -> dict[str, Scores]:
    """All systems on one pair of spaces."""
    x, y = case.codes.source.train, case.codes.target.train
    known = nearest_rotation(case.x, case.known)

    def by_class(made: Tensor) -> Scores:
        return Scores(alignment={CLASS: class_score(case, made)})

    scores = {
        "the code of the true answer": by_class(case.known),
        "rotation from all known pairs": by_class(known(case.x)),
        "plans between batches of 100": Scores(alignment={PLAN: batch_scores(case, seed=seed)}),
        "rotation found without pairs": by_class(found.map(case.x)) | Scores(fit={COST: found.cost}),
        "rotation and network": by_class(taught(case.x)),
    }
    for name, each in finalists_scores(case, found, known).items():
        scores[name] = scores[name] | each if name in scores else each
    for count in ANCHORS:
        anchors = anchors_of(case, per_class=count, seed=seed)
        name = f"{10 * count} anchors"
        helped = wasserstein_procrustes(x, y, anchors=anchors, search=FEW_STARTS, seed=seed)
        scores[f"{name}, rotation from them alone"] = by_class(nearest_rotation(*anchors)(case.x))
        scores[f"{name}, rotation"] = by_class(helped.map(case.x))
        plans = batch_scores(case, seed=seed, anchors=anchors)
        scores[f"{name}, plans between batches of 100"] = Scores(alignment={PLAN: plans})
    return scores


def apart(one: RigidMap, other: RigidMap, x: Float[Tensor, "n d"]) -> float:
    r"""How differently two maps move codes: 0 for equal ones, about 1 for rotations without relation.

    .. math:: \frac{\mathbb{E}\,\|T(x) - T'(x)\|^2}{2\,\mathbb{E}\,\|T'(x) - \mathbb{E}\,T'(x)\|^2}
    """
    made = other(x)
    spread = (made - made.mean(0)).square().sum(1).mean()
    return float((one(x) - made).square().sum(1).mean() / (2 * spread))


def finalists_scores(case: Judged, found: Alignment, known: RigidMap) -> dict[str, Scores]:
    """What the known rotation costs on the finalists' points, and the cheapest finalist that is another one.

    A finalist is another one if it is further apart from the known rotation than :data:`ANOTHER`. The gap between
    the two costs says how much reason the search has to believe its winner; where the winner itself is another
    one, its cost says how it could be fooled.
    """
    x, y = case.codes.source.train, case.codes.target.train
    scores = {
        "rotation from all known pairs": Scores(
            fit={COST: transport_cost(x, y, known, draw=found.draw)},
        ),
        "rotation found without pairs": Scores(other={APART: apart(found.map, known, case.x)}),
    }
    for cost, finalist in zip(found.costs, found.maps, strict=True):
        if (off := apart(finalist, known, case.x)) > ANOTHER:
            scores["cheapest finalist that is another rotation"] = Scores(
                fit={COST: cost}, other={APART: off}
            )
            break
    return scores


@torch.no_grad()
def digits_shown(case: Judged, found: Alignment) -> Shown:
    """Source digits, their decoded translations, and the real images whose codes are nearest."""
    label = case.codes.source.test_label
    rows = torch.cat([(label == digit).nonzero().flatten()[:1] for digit in range(10)])
    made = found.map(case.x[rows])
    nearest = torch.cdist(made, case.codes.target.train).argmin(1)
    return {
        "x": case.spaces.images.source.test[rows].cpu(),
        "decoded": case.spaces.coding_y.decode(case.frames[1].leave(made)).clamp(-1, 1).cpu(),
        "nearest y": case.spaces.images.target.train[nearest].cpu(),
    }


def maps_picture(shown: Mapping[str, Shown]) -> Picture:
    """Three rows of ten digits."""
    rows = next(iter(shown.values()))
    return image_grid(
        torch.cat([rows[name] for name in ("x", "decoded", "nearest y")]),
        columns=10,
        alt="Ten digits, their translations into negatives, and the negatives of other digits that are nearest.",
        row_labels=("x", "decoded", "nearest y"),
        caption="Digits, their translations decoded, and the real negatives whose codes are nearest, which are of "
        "digits that the first domain has not. No pair, no anchor and no class was used.",
    )


DIFFERENT = Experiment(
    name="gw-different-images",
    title="Two latent spaces of different images: plans, rotations, anchors",
    source="[chevalley2020], section 5: its future work",
    measure=different_images,
    pictures={"maps": Drawn(picture=maps_picture)},
)
