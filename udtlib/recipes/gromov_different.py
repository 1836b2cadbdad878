"""Chapter 09's honest case: no image on one side has a partner on the other."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import torch

from udtlib.data.pair import IndependentPair
from udtlib.nets.displacement import Displacement
from udtlib.nets.mlp import mlp
from udtlib.objectives.planned_maps import PlannedMaps
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.latent_spaces import Spaces, different_digits, train_spaces
from udtlib.recipes.results import Findings, Row
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
#: Steps of the translation network, and codes in a plan.
NETWORK_STEPS, NETWORK_BATCH = 400, 256
CLASS = "alignment: class of the nearest target, %"
PLAN = "alignment: class of the plan's partner, %"
COST = "fit: transport cost left, squared mean distances"


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


def network(case: Judged, start: RigidMap, profile: Profile, *, seed: int) -> TwoWay:
    """A rotation and what a residual network learns to add to it, in both directions."""
    d = case.x.shape[1]
    with random_run(seed):
        nets = [mlp([d, 256, 256, d], activation=torch.nn.SiLU) for _ in "xy"]
    for net in nets:
        # What is learned starts from nothing: the rotation is the start.
        torch.nn.init.zeros_(net[-1].weight)
        torch.nn.init.zeros_(net[-1].bias)
    there, back = Rigid(start), Rigid(RigidMap(start.rotation.T, -start.shift @ start.rotation.T))
    translator = TwoWay(
        Direct(torch.nn.Sequential(there, Displacement(nets[0]))),
        Direct(torch.nn.Sequential(back, Displacement(nets[1]))),
    )
    config = TrainConfig(
        steps=NETWORK_STEPS,
        batch_size=NETWORK_BATCH,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
        progress=False,
    )
    fit(PlannedMaps(translator), case.codes, config=config)
    return translator.eval().requires_grad_(False)


class Rigid(torch.nn.Module):
    """A fixed rotation and shift as a layer."""

    def __init__(self, found: RigidMap) -> None:
        super().__init__()
        self.register_buffer("rotation", found.rotation.clone())
        self.register_buffer("shift", found.shift.clone())

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        return z @ self.rotation + self.shift


def different_images(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Every method in every dimension; a seed names the halves, the autoencoders and the searches."""
    table: dict[tuple[str, str], list[float]] = {}
    pictures = {}
    for seed in seeds:
        images = different_digits(seed=seed)
        for d in CODES:
            spaces = train_spaces(images, profile, seed=seed, codes=(d, d), isometry_weight=ISOMETRY)
            case = judged(spaces)
            measured, found = one_case(case, profile, seed=seed)
            for (system, metric), value in measured.items():
                table.setdefault((f"{d} numbers: {system}", metric), []).append(value)
            if seed == seeds[0] and d == CODES[-1]:
                pictures["maps"] = maps_picture(case, found)
    rows = [Row(system=system, metric=metric, values=tuple(v)) for (system, metric), v in table.items()]
    return Findings(rows=rows, pictures=pictures)


def one_case(case: Judged, profile: Profile, *, seed: int) -> tuple[dict[tuple[str, str], float], Alignment]:
    """All systems on one pair of spaces."""
    x, y = case.codes.source.train, case.codes.target.train
    known = nearest_rotation(case.x, case.known)
    found = wasserstein_procrustes(x, y, seed=seed)
    taught = network(case, found.map, profile, seed=seed)
    scores = {
        ("the code of the true answer", CLASS): class_score(case, case.known),
        ("rotation from all known pairs", CLASS): class_score(case, known(case.x)),
        ("plans between batches of 100", PLAN): batch_scores(case, seed=seed),
        ("rotation found without pairs", CLASS): class_score(case, found.map(case.x)),
        ("rotation found without pairs", COST): found.cost,
        ("the cheapest wrong finalist", COST): wrong_cost(case, found, known),
        ("rotation and network", CLASS): class_score(case, taught(case.x)),
    }
    for count in ANCHORS:
        anchors = anchors_of(case, per_class=count, seed=seed)
        name = f"{10 * count} anchors"
        helped = wasserstein_procrustes(x, y, anchors=anchors, search=FEW_STARTS, seed=seed)
        scores[f"{name}, rotation from them alone", CLASS] = class_score(
            case, nearest_rotation(*anchors)(case.x)
        )
        scores[f"{name}, rotation", CLASS] = class_score(case, helped.map(case.x))
        scores[f"{name}, plans between batches of 100", PLAN] = batch_scores(case, seed=seed, anchors=anchors)
    return scores, found


def wrong_cost(case: Judged, found: Alignment, known: RigidMap) -> float:
    """What a rotation costs at the least that is clearly another one than the found one, or the found one's."""
    other = [cost for cost in found.costs if cost > 1.1 * found.cost]
    return other[0] if other else found.costs[-1]


def maps_picture(case: Judged, found: Alignment) -> Picture:
    """Source digits, their decoded translations, and the real images whose codes are nearest."""
    label = case.codes.source.test_label
    rows = torch.cat([(label == digit).nonzero().flatten()[:1] for digit in range(10)])
    made = found.map(case.x[rows])
    nearest = torch.cdist(made, case.codes.target.train).argmin(1)
    drawn = case.spaces.coding_y.decode(case.frames[1].leave(made)).clamp(-1, 1)
    shown = torch.cat([case.spaces.images.source.test[rows], drawn, case.spaces.images.target.train[nearest]])
    return image_grid(
        shown,
        columns=10,
        alt="Ten digits, their translations into negatives, and the negatives of other digits that are nearest.",
        row_labels=("x", "decoded", "nearest y"),
        caption="Digits, their translations decoded, and the real negatives whose codes are nearest, which are of "
        "digits that the first domain has not. No pair, no anchor and no class was used.",
    )


REPRODUCTIONS = (
    Reproduction(
        name="gw-different-images",
        title="Two latent spaces of different images: plans, rotations, anchors",
        source="[chevalley2020], section 5: its future work",
        seconds={"quick": 3_270.0},
        run=different_images,
    ),
)
