r"""Chapter 09 on real data: chromatin and expression of the same cells, matched by distances alone [demetci2022].

Distances are lengths of paths in a graph of neighbours, divided by the longest of them, as SCOT has it. The
score is FOSCTTM, the fraction of samples closer than the true match: with :math:`\hat y_i` the mean of cell i's
partners,

.. math:: \frac1n \sum_i \frac{\#\{j : \|\hat y_i - y_j\| < \|\hat y_i - y_i\|\}}{n - 1},

and the same with the roles of :math:`\hat y` and y exchanged; the mean of both is 0 for the truth, and a half by
chance.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from udtlib.data.single_cells import Cells, read_cells
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, Setting, Shown
from udtlib.experiments.pictures import Drawn
from udtlib.show.figure import Picture, panels
from udtlib.transport.gromov.energy import gromov_energy
from udtlib.transport.gromov.entropic import entropic_gromov
from udtlib.transport.gromov.polish import frank_wolfe
from udtlib.transport.gromov.search import GromovSearch, annealed, one_problem
from udtlib.transport.gromov.starts import profile_starts
from udtlib.types import Float, Tensor

#: Neighbours of each cell in the graph, and the entropy's strength: SCOT's for these data, which knew the truth.
NEIGHBOURS, EPSILON = 110, 1e-3
#: Others, for what the two are worth.
OTHER_NEIGHBOURS, OTHER_EPSILONS = (55, 220), (5e-3, 2e-2)
#: Cells in a part, parts of a seed, and the score below which a part counts as matched; by chance it is a half.
FEW, PARTS, MATCHED = 400, 4, 0.25
#: Where an entropic plan is called finished, and the most steps without entropy.
TOLERANCE, POLISH = 1e-3, 50
#: Starts of the search, which is told neither epsilon.
SEARCH = GromovSearch(restarts=4, first_epsilon=0.03, last_epsilon=1e-3, levels=6)
#: Starts on a part: from a smaller epsilon, so that they do not all become one plan.
SEARCH_FEW = GromovSearch(restarts=8, first_epsilon=0.01, last_epsilon=1e-3, levels=4)
THERE, BACK = "FOSCTTM, chromatin to expression", "FOSCTTM, expression to chromatin"


class Matching(NamedTuple):
    """Cells, and the distances within each of their measurements."""

    cells: Cells
    dx: Float[Tensor, "n n"]
    dy: Float[Tensor, "n n"]

    def truth(self) -> Float[Tensor, "n n"]:
        """The plan that gives each cell to itself."""
        return torch.eye(len(self.dx), dtype=self.dx.dtype) / len(self.dx)

    def apart(self) -> Float[Tensor, "n n"]:
        """The plan that knows nothing."""
        return torch.full_like(self.dx, 1 / len(self.dx) ** 2)


def unit_rows(z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Rows of length one, in which both measurements are judged."""
    return torch.nn.functional.normalize(z, dim=1)


def correlation_distance(z: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """One less the correlation of the entries of two cells."""
    z = unit_rows(z - z.mean(1, keepdim=True))
    return (1 - z @ z.T).clamp(min=0).fill_diagonal_(0)


def along_graph(z: Float[Tensor, "n d"], *, neighbours: int) -> Float[Tensor, "n n"]:
    """Steps from cell to cell, each to one of so many nearest ones, over the most; without a path: the most."""
    far = correlation_distance(z).fill_diagonal_(torch.inf)
    nearest = far.topk(min(neighbours, len(z) - 1), largest=False).indices
    linked = torch.zeros_like(z[:, :1].expand(-1, len(z))).scatter(1, nearest, 1.0)
    steps = torch.from_numpy(dijkstra(csr_matrix(linked.numpy()), directed=False, unweighted=True))
    most = steps[steps.isfinite()].max()
    return steps.clamp(max=most) / most


def matching(cells: Cells, *, neighbours: int | None = NEIGHBOURS) -> Matching:
    """The problem on a graph, or with plain distances where there is none."""
    if neighbours is None:
        sides = [correlation_distance(z) for z in (cells.chromatin, cells.expression)]
        return Matching(cells, *(d / d.max() for d in sides))
    return Matching(
        cells, *(along_graph(z, neighbours=neighbours) for z in (cells.chromatin, cells.expression))
    )


def carried(plan: Float[Tensor, "n n"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """The mean of every cell's partners."""
    return plan @ y / plan.sum(1, keepdim=True)


def closer_than_the_match(made: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> float:
    """FOSCTTM, the mean of both of its directions."""
    far = torch.cdist(made, y)
    own = far.diagonal()
    sides = [(far < own[:, None]).sum(1), (far < own[None]).sum(0)]
    return float(torch.stack(sides).double().mean()) / (len(y) - 1)


def matching_scores(case: Matching, plan: Float[Tensor, "n n"], *, seconds: float | None = None) -> Scores:
    """How near a plan comes to the true pairs and types; and, beside its energy, that of the truth."""
    y, kind = unit_rows(case.cells.expression), case.cells.kind
    made = carried(plan, y)
    there, back = closer_than_the_match(made, y), closer_back(case, plan)
    typed = kind[torch.cdist(made, y).argmin(1)] == kind
    return Scores(
        alignment={
            THERE: there,
            BACK: back,
            "type of the nearest cell, %": 100 * typed.double().mean().item(),
        },
        effort={} if seconds is None else {"seconds of the processor": seconds},
        other={
            "energy": float(gromov_energy(case.dx, case.dy, plan)),
            "energy of the truth": float(gromov_energy(case.dx, case.dy, case.truth())),
        },
    )


def closer_back(case: Matching, plan: Float[Tensor, "n n"]) -> float:
    """The same score in the other measurement."""
    x = unit_rows(case.cells.chromatin)
    return closer_than_the_match(carried(plan.T, x), x)


def entropic(case: Matching, *, epsilon: float) -> tuple[Tensor, float]:
    """One entropic plan from the plan that knows nothing, and its seconds."""
    start = time.process_time()
    plan = entropic_gromov(case.dx, case.dy, epsilon=epsilon, tolerance=TOLERANCE).plan
    return plan, time.process_time() - start


def polished(case: Matching, plan: Tensor) -> Tensor:
    """A plan of less energy, without entropy."""
    return frank_wolfe(case.dx, case.dy, plan, iterations=POLISH).plan


def started(case: Matching, search: GromovSearch, *, seed: int) -> list[Tensor]:
    """The different entropic plans that several starts become."""
    generator = torch.Generator().manual_seed(seed)
    starts = profile_starts(case.dx, case.dy, restarts=search.restarts, generator=generator)
    plans, _, _ = annealed(one_problem(case.dx, case.dy, None, None, None), starts, search)
    return list(plans)


def least(case: Matching, plans: Sequence[Tensor]) -> Tensor:
    """The plan of least energy."""
    return min(plans, key=lambda plan: float(gromov_energy(case.dx, case.dy, plan)))


def searched(case: Matching, *, seed: int) -> tuple[Tensor, float]:
    """The least energy of several starts without entropy, and its seconds."""
    start = time.process_time()
    plan = least(case, [polished(case, each) for each in started(case, SEARCH, seed=seed)])
    return plan, time.process_time() - start


def parts_of_cells(cells: Cells, *, seed: int, few: int, parts: int, neighbours: int) -> dict[str, Scores]:
    """Parts of the cells, by one plan from the plan that knows nothing, and by the least energy of several."""
    ends: dict[str, list[float]] = {"one plan": [], "least energy of 8 starts": []}
    for k in range(parts):
        generator = torch.Generator().manual_seed(1_000 * seed + k)
        case = matching(
            cells.some(torch.randperm(len(cells.kind), generator=generator)[:few]), neighbours=neighbours
        )
        one, _ = entropic(case, epsilon=EPSILON)
        best = least(case, started(case, SEARCH_FEW, seed=k))
        for name, plan in zip(ends, (one, best), strict=True):
            ends[name].append(matching_scores(case, plan).alignment[THERE])
    return {
        f"{few} cells, {neighbours} neighbours, {name}": Scores(
            alignment={
                THERE: statistics.fmean(each),
                f"parts below {MATCHED:g}, %": 100 * statistics.fmean(one < MATCHED for one in each),
            }
        )
        for name, each in ends.items()
    }


def without_chance(cells: Cells) -> tuple[dict[str, Scores], Shown]:
    """What no seed moves: all cells, from the plan that knows nothing."""
    case = matching(cells)
    best, seconds = entropic(case, epsilon=EPSILON)
    name = f"all cells, ε = {EPSILON:g}"
    scores = {name: matching_scores(case, best, seconds=seconds)}
    scores[f"{name}, then without entropy"] = matching_scores(case, polished(case, best))
    for epsilon in OTHER_EPSILONS:
        plan, seconds = entropic(case, epsilon=epsilon)
        scores[f"all cells, ε = {epsilon:g}"] = matching_scores(case, plan, seconds=seconds)
    for neighbours in (*OTHER_NEIGHBOURS, None):
        other = matching(cells, neighbours=neighbours)
        plan, seconds = entropic(other, epsilon=EPSILON)
        words = "no graph" if neighbours is None else f"{neighbours} neighbours"
        scores[f"{name}, {words}"] = matching_scores(other, plan, seconds=seconds)
    scores["the true pairs"] = matching_scores(case, case.truth())
    scores["the plan that knows nothing"] = matching_scores(case, case.apart())
    return scores, shown_cells(cells, best)


def single_cells(
    setting: Setting, *, cells: Cells | None = None, few: int = FEW, parts: int = PARTS
) -> Measured:
    """A seed names the starts of the search and the parts; what it does not move, seed 0 measures alone."""
    cells = read_cells() if cells is None else cells
    scores, shown = without_chance(cells) if setting.seed == 0 else ({}, None)
    case = matching(cells)
    best, seconds = searched(case, seed=setting.seed)
    scores["all cells, least energy of 4 starts"] = matching_scores(case, best, seconds=seconds)
    for neighbours in (NEIGHBOURS, round(NEIGHBOURS * few / len(cells.kind))):
        scores |= parts_of_cells(cells, seed=setting.seed, few=few, parts=parts, neighbours=neighbours)
    return Measured(scores, {} if shown is None else {"cells": {"best": shown}})


def shown_cells(cells: Cells, plan: Float[Tensor, "n n"]) -> Shown:
    """Expression and what the plan makes of chromatin, on the two axes along which expression varies most."""
    y = unit_rows(cells.expression)
    middle = y.mean(0)
    axes = torch.linalg.svd(y - middle, full_matrices=False).Vh[:2].T
    made = (carried(plan, y) - middle) @ axes
    return {"y": ((y - middle) @ axes).float(), "T(x)": made.float(), "kind": cells.kind}


def cells_picture(shown: Mapping[str, Shown]) -> Picture:
    """Expression as it was measured, and as the plan says it from chromatin."""
    rows = next(iter(shown.values()))
    with panels(2, size=(3.6, 3.2)) as board:
        for axes, word, title in (
            (board[0], "y", "expression, measured"),
            (board[1], "T(x)", "chromatin, carried over"),
        ):
            axes.scatter(*rows[word].T, s=5, c=rows["kind"], cmap="tab10", vmin=0, vmax=9, linewidths=0)
            axes.set(title=title, xticks=(), yticks=(), xlim=board[0].get_xlim(), ylim=board[0].get_ylim())
    return board.picture(
        alt="Two scatter plots of cells in four colours. Left: four groups of measured cells. Right: the same "
        "cells, each at the mean of its partners; most of each colour lie where that colour is on the left.",
        caption="Each dot is a cell, its colour the type, which no plan has seen. Left: by the genes that it "
        "reads. Right: at the mean of the partners that its chromatin was given. The data are those of Chen, "
        "Lake and Zhang (2019), reduced by the authors of SCOT (MIT licence, Singh Lab, Brown University).",
    )


CELLS = Experiment(
    name="gw-single-cells",
    title="Chromatin and expression of the same cells, matched by distances alone",
    source="[demetci2022], the data of its section on SNARE-seq",
    measure=single_cells,
    pictures={"cells": Drawn(picture=cells_picture)},
)
