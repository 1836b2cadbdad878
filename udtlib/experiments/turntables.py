"""Photographs of one full turn of a fruit onto those of another: by distances alone, and by games.

Nobody knows where on a turn the first photograph was taken, nor which way the table ran. Up to these two the right
partner of every photograph is known, and these two are what distances cannot tell anyway: a loop has the same
distances whichever of its points is called the first, and in which direction it is read.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations
from typing import NamedTuple

import torch

from udtlib.data.fruit import full_turn, turns
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, untouched
from udtlib.evaluate.turning import turning
from udtlib.experiments.declare import Experiment, Measured, Setting, Shown, System
from udtlib.experiments.distance_faces import WEIGHTS, portrait_game
from udtlib.experiments.fruit import LICENCE
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import WIDTH, halvings
from udtlib.experiments.pictures import Drawn, translations
from udtlib.experiments.unpaired import face_size
from udtlib.nets.init import initialise_normal
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.objectives.distancegan import Weights
from udtlib.profiles import Profile
from udtlib.show.figure import Picture, panels
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import Translator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.transport.gromov.search import GromovSearch, gromov_coupling
from udtlib.types import Batch, Float, Int, Tensor

#: Pixels of a side, and photographs that a turn has at least.
SIZE, LEAST = 32, 45
#: The kinds of fruit that are compared, every variety with every other of its kind.
KINDS = ("tomato", "apple")
SEARCH = GromovSearch(first_epsilon=0.03)
#: Degrees within which a turn counts as found, and the share of pairs that is called those of least energy.
FOUND, LOWEST = 15.0, 0.1
#: Photographs of a turn that are shown.
SHOWN = 12
LEFT, HALVES, SHARE = "angle left, degrees", "angle left, half turns forgiven", f"pairs within {FOUND:g}°, %"
#: Two tomatoes: of all pairs of turns, the one whose plan has the least energy, which asks for no truth.
SOURCE, TARGET = ("Tomato 2", "r"), ("Tomato 3", "r")

Turn = Float[Tensor, "_ channels height width"]


class Matched(NamedTuple):
    """Two turns, and the partner of every photograph of the first."""

    x: Turn
    y: Turn
    partner: Int[Tensor, "_"]
    energy: float

    def scores(self) -> tuple[float, float]:
        """The angle that is left, and the one where half turns are forgiven."""
        return angles_left(self.partner, len(self.y))


def angles_left(partner: Int[Tensor, "_"], count: int) -> tuple[float, float]:
    """Of photographs in the order of their turn, given to so many in the order of theirs."""
    here, there = torch.arange(len(partner)) / len(partner), partner / count
    return turning(here, there).left, turning(here, there, period=0.5).left


def within(turn: Turn) -> Float[Tensor, "n n"]:
    """The distances of all pairs of photographs, pixel by pixel."""
    pixels = turn.flatten(1).double()
    return torch.cdist(pixels, pixels, compute_mode="donot_use_mm_for_euclid_dist")


def nearest(made: Turn, y: Turn) -> Int[Tensor, "_"]:
    """The photograph of y that is nearest to each picture."""
    return torch.cdist(made.flatten(1), y.flatten(1)).argmin(1)


def by_plan(x: Turn, y: Turn, *, seed: int, search: GromovSearch = SEARCH) -> Matched:
    """The partners in the plan of least distortion that a search finds."""
    found = gromov_coupling(within(x), within(y), search=search, seed=seed)
    return Matched(x, y, found.plan.argmax(1), float(found.energy))


def by_thumbnails(x: Turn, y: Turn) -> Matched:
    """The partners that look most alike."""
    return Matched(x, y, nearest(x, y), 0.0)


def by_chance(x: Turn, y: Turn, *, seed: int) -> Matched:
    """Partners that have nothing to do with the pictures."""
    generator = torch.Generator().manual_seed(seed)
    return Matched(x, y, torch.randint(len(y), (len(x),), generator=generator), 0.0)


def scores_of(pairs: Sequence[Matched], *, energy: bool) -> Scores:
    """Means over pairs of turns."""
    left, halves = zip(*(pair.scores() for pair in pairs), strict=True)
    return Scores(
        alignment={
            LEFT: statistics.fmean(left),
            HALVES: statistics.fmean(halves),
            SHARE: 100 * statistics.fmean(each <= FOUND for each in left),
        },
        other={"energy": statistics.fmean(pair.energy for pair in pairs)} if energy else {},
    )


def turntables(
    setting: Setting,
    *,
    series: Mapping[str, Mapping[str, Turn]] | None = None,
    search: GromovSearch = SEARCH,
) -> Measured:
    """Every variety with every other of its kind; a seed names the starts of the search, and what is chance."""
    if series is None:
        series = {
            kind: {variety: full_turn(variety, axis, size=SIZE) for variety, axis in turns(kind, least=LEAST)}
            for kind in KINDS
        }
    scores: dict[str, Scores] = {}
    shown: dict[str, Shown] = {}
    for kind, known in series.items():
        pairs = list(combinations(known.values(), 2))
        plans = [by_plan(x, y, seed=setting.seed, search=search) for x, y in pairs]
        plans_by_energy = sorted(plans, key=lambda one: one.energy)
        few = plans_by_energy[: max(1, round(LOWEST * len(plans)))]
        scores[f"{kind}: plan of least energy"] = scores_of(plans, energy=True)
        scores[f"{kind}: the same, the tenth of pairs with the least energy"] = scores_of(few, energy=True)
        scores[f"{kind}: nearest thumbnail"] = scores_of(
            [by_thumbnails(x, y) for x, y in pairs], energy=False
        )
        scores[f"{kind}: by chance"] = scores_of(
            [by_chance(x, y, seed=1_000 * setting.seed + k) for k, (x, y) in enumerate(pairs)], energy=False
        )
        shown[kind] = shown_turn(plans_by_energy[0])
    return Measured(scores, {"turns": shown, "angles": shown})


def shown_turn(pair: Matched) -> Shown:
    """Some photographs with their partners, and all angles."""
    rows = torch.linspace(0, len(pair.x), SHOWN + 1)[:-1].long()
    return {
        "x": pair.x[rows],
        "by the plan": pair.y[pair.partner[rows]],
        "nearest": pair.y[nearest(pair.x[rows], pair.y)],
        "angle of x": torch.arange(len(pair.x)) * 360 / len(pair.x),
        "angle of y": pair.partner * 360 / len(pair.y),
    }


def turns_picture(shown: Mapping[str, Shown]) -> Picture:
    """Photographs of a turn, above their partners."""
    words = ("x", "by the plan", "nearest")
    rows = [known[word] for known in shown.values() for word in words]
    return image_grid(
        torch.cat(rows),
        columns=SHOWN,
        row_labels=[f"{kind}, {word}" for kind in shown for word in words],
        alt=f"Rows of {SHOWN} photographs of fruit on a turntable, three for each of {', '.join(shown)}: one full "
        "turn, the partners that a plan gives to them, and those that look most alike.",
        caption="One full turn, its partners in the plan of least distortion, and the photographs that look most "
        f"alike: of each kind the two varieties whose plan has the least energy, first start. {LICENCE}",
    )


def angles_picture(shown: Mapping[str, Shown]) -> Picture:
    """The angle of every partner against the angle."""
    with panels(len(shown), size=(3.2, 3.0)) as board:
        for axes, (kind, known) in zip(board, shown.items(), strict=True):
            axes.plot(known["angle of x"], known["angle of y"], ".", color="#00785a")
            axes.set(
                title=kind,
                xlabel="angle of x, degrees",
                ylabel="angle of its partner",
                xlim=(0, 360),
                ylim=(0, 360),
                xticks=(0, 180, 360),
                yticks=(0, 180, 360),
            )
    return board.picture(
        alt=f"{len(shown)} scatter plots of the angle of the partner against the angle, for {', '.join(shown)}.",
        caption="The same two pairs. A turn that was found is a line at 45 degrees, rising or falling, that "
        "leaves the square at one side and comes back at the other.",
    )


TURNTABLES = Experiment(
    name="gw-turntables",
    title="One turn of a fruit onto one of another, by distances within each alone",
    source="after the turned cars of [benaim2017], on photographs",
    measure=turntables,
    pictures={"turns": Drawn(picture=turns_picture), "angles": Drawn(picture=angles_picture)},
)


def two_tomatoes(setting: Setting) -> IndependentPair:
    """All photographs of two turns. They are tested on what they are trained on: no pair of it is ever told."""
    size = min(face_size(setting.profile), 64)
    return IndependentPair(
        *(Samples(turn, turn) for turn in (full_turn(*each, size=size) for each in (SOURCE, TARGET)))
    )


def planned(pair: IndependentPair, batch: Batch) -> Tensor:
    """The reference that is no translator: the partner of the photograph that is nearest to x."""
    found = by_plan(pair.source.train, pair.target.train, seed=0)
    return found.y[found.partner[nearest(batch.x, found.x)]]


@torch.no_grad()
def turn_scores(translator: Translator | Reference, pair: IndependentPair) -> Scores:
    """Do translations look like photographs of the target, do they reach all of them, and is the angle kept?"""
    x, y = pair.source.train, pair.target.train
    if isinstance(translator, Translator):
        made = translator(x)
    else:
        made = translator(pair, Batch(x=x, y=y))
    partner = nearest(made, y)
    left, halves = angles_left(partner, len(y))
    return Scores(
        fit={
            "mean difference from the nearest photograph": (made - y[partner]).abs().mean().item(),
            "photographs that are nearest to any, %": 100 * len(partner.unique()) / len(y),
        },
        alignment={LEFT: left, HALVES: halves},
    )


def turner_depth(profile: Profile) -> int:
    """How often the nets halve a side."""
    return halvings(min(face_size(profile), 64))


def turner(profile: Profile) -> TwoWay:
    """One net there and one back. Not from x itself, as for faces: there a game of so few pictures stays at x."""
    depth = turner_depth(profile)
    return TwoWay(
        *(Direct(initialise_normal(ResizeUNet(3, 3, width=WIDTH, depth=depth))) for _ in ("forth", "back"))
    )


def rounds(profile: Profile) -> TrainConfig:
    """Two turns are few photographs: fewer rounds than for faces."""
    steps = profile.pick(quick=2_500, colab=8_000, full=30_000)
    return TrainConfig(steps=steps, batch_size=4, decay_from=0.5, average=0.998, log_every=100)


GAMES = Experiment(
    name="distance-turntables",
    title="A turn of one tomato onto a turn of another: which games keep the angle",
    source="the turned cars of [benaim2017], on photographs",
    pair=two_tomatoes,
    systems={
        name: System(
            partial(portrait_game, weights=weights, nets=turner),
            training=rounds,
            translation=Translation(
                build=turner, sides=lambda profile: Sides(step=2 ** turner_depth(profile), least=16)
            ),
        )
        for name, weights in {"the game alone": Weights(), **WEIGHTS}.items()
    },
    references={"x itself": untouched, "plan between the photographs": planned},
    scores=turn_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            caption=f"Photographs of one tomato, and its translations to another by five systems, first start. "
            f"{LICENCE}",
        )
    },
)
