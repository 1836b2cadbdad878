"""Chapter 08: does CycleGAN approximate optimal transport? Its effort over the least, by gain and by depth."""

from __future__ import annotations

import torch

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import mixture
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.effort import distance_to_optimal_partners, effort_over_least
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.init_gain import rows_of
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.toy_cycles import (
    ToyGame,
    everywhere,
    member_nets,
    play_toys,
    runs_of,
    toy_cyclegan,
)
from udtlib.show.figure import Picture, panels
from udtlib.show.style import CYCLE, INK
from udtlib.types import Float, Tensor

GAINS = (0.01, 0.1, 0.5, 1.0, 1.5)
DEPTHS = (1, 3, 5, 9)
#: Four clusters whose best partners lie in different directions: no translation carries them over.
SOURCE = ((-1.0, -0.8), (-0.6, 1.0), (0.9, -0.5), (0.7, 0.9))
TARGET = ((-0.2, -1.2), (0.2, 1.6), (2.0, -0.2), (1.3, 0.8))
DEVIATION = 0.15
RATIO = "effort: E‖T(x) − x‖² over W₂²"
GAP = "alignment: mean ‖T(x) − optimal partner‖"


def moved_apart() -> IndependentPair:
    """Clusters that no translation carries over."""
    return IndependentPair(mixture(SOURCE, deviation=DEVIATION), mixture(TARGET, deviation=DEVIATION))


@torch.no_grad()
def transport_scores(made: Float[Tensor, "batch runs dim"], x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Each run's effort over that of the best plan, and how far its translations are from their optimal partners.

    The least effort is that between the samples and *the run's own* translations, so that a map that misses the
    target is not praised for saving the way.
    """
    runs = made.unbind(1)
    return {
        RATIO: torch.tensor([effort_over_least(run, x, run) for run in runs]),
        GAP: torch.tensor([distance_to_optimal_partners(run, x, y) for run in runs]),
    }


def cyclegan_effort(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Every gain with every depth."""
    pair, rows, ratios = moved_apart(), [], {}
    batch = pair.batch(0, size=600, seed=0, split="test")
    for depth in DEPTHS:
        game = toy_cyclegan(runs_of(GAINS, seeds), game=ToyGame(blocks=depth))
        play_toys(game, pair, profile, seed=seeds[0])
        made = everywhere(member_nets(game)[0], batch.x)
        fits = [energy_distance_biased(made[:, run], batch.y) for run in range(made.shape[1])]
        scores = {"fit: energy distance of T#α to β": torch.tensor(fits)}
        scores |= transport_scores(made, batch.x, batch.y)
        rows += rows_of([f"{depth} blocks, gain {gain:g}" for gain in GAINS], scores)
        ratios[depth] = scores[RATIO].view(len(GAINS), -1)
    return Findings(rows=regrouped(rows), pictures={"ratios": ratios_picture(ratios)})


def regrouped(rows: list[Row]) -> list[Row]:
    """Rows of one system side by side."""
    systems = list(dict.fromkeys(row.system for row in rows))
    return sorted(rows, key=lambda row: systems.index(row.system))


def ratios_picture(ratios: dict[int, Tensor]) -> Picture:
    """One dot for each run, lines through the medians."""
    with panels(1, size=(5.6, 3.4)) as board:
        axes = board[0]
        for k, (depth, values) in enumerate(ratios.items()):
            at = torch.arange(len(GAINS)) + 0.12 * (k - (len(ratios) - 1) / 2)
            axes.plot(at, values.median(1).values, color=CYCLE[k], linewidth=1.2, label=f"{depth} blocks")
            places = at[:, None].expand(values.shape)
            axes.scatter(places.flatten(), values.flatten(), color=CYCLE[k], s=16, alpha=0.7, linewidths=0)
        axes.axhline(1.0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set_yscale("log")
        axes.set_xticks(range(len(GAINS)), [f"{gain:g}" for gain in GAINS])
        axes.set_xlabel("deviation of the initial weights (gain)")
        axes.set_ylabel("effort over the least possible")
        axes.legend()
    return board.picture(
        alt="The effort of trained CycleGANs over that of optimal transport, one curve for each depth, over "
        "the deviation of the initial weights.",
        caption="One dot for each run, lines through the medians; the dashed line is optimal transport. "
        "The vertical axis is logarithmic.",
    )


REPRODUCTIONS = (
    Reproduction(
        name="cyclegan-effort",
        title="Does CycleGAN approximate optimal transport? Effort over the least, by gain and depth",
        source="[debezenac2019], appendix B and the slides' open question, which state no numbers",
        seconds={"quick": 310.0},
        run=cyclegan_effort,
    ),
)
