"""Chapter 04: how far a net moves its input before training, and which map it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import translated_mixture, translated_rotated_mixture
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.hidden_dynamics import hidden_dynamics
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.toy_cycles import (
    SHIFT,
    ToyGame,
    everywhere,
    four_modes,
    map_scores,
    maps_picture,
    member_nets,
    play_toys,
    runs_of,
    toy_cyclegan,
)
from udtlib.show.figure import Picture, panels
from udtlib.show.style import CYCLE, INK
from udtlib.transport.exact import squared_wasserstein2
from udtlib.types import Tensor

GAINS = (0.01, 0.1, 0.5, 1.0, 1.5)
#: Weight of the explicit effort at the start of a run.
EFFORT = 0.3
PAIRING = "alignment: mean ‖T(x) − T*(x)‖"
#: The start of CycleGAN's own nets is as small as this [zhu2017cycle, appendix].
SMALL = 0.02


def rows_of(systems: Sequence[str], scores: Mapping[str, Tensor]) -> list[Row]:
    """One row for each system and score, from scores whose runs are ordered by system and then by seed."""
    return [
        Row(system=system, metric=metric, values=tuple(part.tolist()))
        for metric, values in scores.items()
        for system, part in zip(systems, values.chunk(len(systems)), strict=True)
    ]


def init_gain(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Every gain with and without an explicit preference for small changes."""
    pair, rows, errors, shown = four_modes(), [], {}, []
    for words, weight in (("", 0.0), (f", effort {EFFORT}", EFFORT)):
        game = toy_cyclegan(runs_of(GAINS, seeds), game=ToyGame(effort_weight=weight))
        batch = pair.batch(0, size=500, seed=0, split="test")
        start = everywhere(member_nets(game)[0], batch.x) - batch.x[:, None]
        play_toys(game, pair, profile, seed=seeds[0])
        scores = {**map_scores(game, pair), "effort before training": start.square().sum(2).mean(0)}
        rows += rows_of([f"gain {gain:g}{words}" for gain in GAINS], scores)
        errors["with the effort" if weight else "CycleGAN"] = scores[PAIRING].view(len(GAINS), -1)
        made = everywhere(member_nets(game)[0], batch.x[:120])
        # The first seed's map from the smallest and from the largest start.
        shown += [(f"gain {GAINS[k]:g}{words}", made[:, k * len(seeds)]) for k in (0, -1)]
    return Findings(
        rows=rows,
        pictures={
            "errors": errors_picture(errors, GAINS),
            "maps": maps_picture(batch.x[:120], batch.x_label[:120], dict(shown)),
        },
    )


def errors_picture(errors: Mapping[str, Tensor], gains: Sequence[float | int]) -> Picture:
    """The pairing error of every run over the gain, one dot each."""
    with panels(1, size=(5.6, 3.4)) as board:
        axes = board[0]
        for k, (name, values) in enumerate(errors.items()):
            # Side by side, so that no dot hides another.
            at = torch.arange(len(gains)) + 0.16 * (k - (len(errors) - 1) / 2)
            axes.plot(at, values.median(1).values, color=CYCLE[k], linewidth=1.2, label=name)
            places = at[:, None].expand(values.shape)
            axes.scatter(places.flatten(), values.flatten(), color=CYCLE[k], s=18, alpha=0.7, linewidths=0)
        axes.axhline(torch.tensor(SHIFT).norm().item(), color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate("doing nothing", (0, torch.tensor(SHIFT).norm().item()), va="bottom")
        axes.set_yscale("log")
        axes.set_xticks(range(len(gains)), [f"{gain:g}" for gain in gains])
        axes.set_xlabel("deviation of the initial weights (gain)")
        axes.set_ylabel("mean ‖T(x) − T*(x)‖")
        axes.legend()
    return board.picture(
        alt="The pairing error of each run over the gain: small and alike up to a gain of one half, large and "
        "scattered above; with the effort term it stays small longer.",
        caption="One dot for each run, lines through the medians. The vertical axis is logarithmic.",
    )


TOY_SHIFT = (1.5, 1.0)
TOY_TASKS: dict[str, IndependentPair] = {
    "moved": translated_mixture(shift=TOY_SHIFT),
    "moved and turned by 120°": translated_rotated_mixture(shift=TOY_SHIFT),
}


def cyclegan_toy(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """A translated copy and a turned one, by CycleGANs with a small start."""
    rows, shown = [], {}
    for name, pair in TOY_TASKS.items():
        game = toy_cyclegan(runs_of([SMALL], seeds))
        play_toys(game, pair, profile, seed=seeds[0])
        scores = map_scores(game, pair)
        batch = pair.batch(0, size=600, seed=0, split="test")
        least = squared_wasserstein2(batch.x, batch.y)
        scores["effort over the least, W₂²"] = scores["effort: mean ‖T(x) − x‖²"] / float(least)
        truth = (pair.answers(batch) - batch.x).square().sum(1).mean()
        scores["effort of the truth over the least"] = (truth / least).expand(len(seeds))
        rows += rows_of([name], scores)
        shown[name] = everywhere(member_nets(game)[0], batch.x[:120])[:, 0]
    # Both tasks draw their samples from the same source by the same seed.
    picture = maps_picture(batch.x[:120], batch.x_label[:120], shown)
    return Findings(rows=rows, pictures={"maps": picture})


REPRODUCTIONS = (
    Reproduction(
        name="init-gain",
        title="Initial weights choose the map: pairing error over the gain",
        source="[debezenac2019], figures 5 and 6, which state no numbers",
        seconds={"quick": None},
        run=init_gain,
    ),
    Reproduction(
        name="cyclegan-toy",
        title="CycleGAN on a moved and on a turned copy",
        source="[debezenac2019], figure 1, which states no numbers",
        seconds={"quick": None},
        run=cyclegan_toy,
    ),
    Reproduction(
        name="hidden-dynamics",
        title="The path inside CycleGAN's net beside the optimal one",
        source="[debezenac2019], figure 7, which states no numbers",
        seconds={"quick": None},
        run=hidden_dynamics,
    ),
)
