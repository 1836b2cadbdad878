"""How the cost of the solvers and of the trainer grows, each beside its peer: a file and pictures of the book.

Usage: python benchmarks/cost_growth.py [--rounds 3] [--out book/results/growth] [--smoke]

Writes ``cost-growth.json`` and a log-log picture for each of five questions: the page "How cost grows" shows them.

Protocol. One thread of a CPU (set OMP_NUM_THREADS=1), the process's own time, both sides in turns, the median over
the rounds. Sinkhorn: Gaussian clouds in the plane, epsilon a hundredth of the largest cost, marginals within 1e-6,
double precision; POT's ``sinkhorn`` in a loop. Gromov-Wasserstein: a mixture of Gaussians and a turned copy with
noise, epsilon .05 of the squared mean distance, within 5e-5; POT with warm starts and an outer tolerance of 1e-7.
Integrators: a step of training through eight leapfrog steps, against the adjoint method with dopri5 at 1e-3
(torchdiffeq). Trainer: a round of pix2pix and a textbook loop of the same nets, batches of four.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import ot
import torch
from round_speed import Sizes, TextbookPix2Pix, Trainer
from sinkhorn_against_pot import pot as pot_sinkhorn
from sinkhorn_against_pot import problems

from udtlib.evaluate.report import Report, ReportRow, Run, device_name
from udtlib.evaluate.stored import provenance_here, write_report
from udtlib.experiments.hamiltonian_integrators import curved
from udtlib.nets.hamiltonian_mlp import SeparableMLP
from udtlib.numerics.integrators import Adaptive, Integrator, Leapfrog
from udtlib.show.figure import Picture, panels
from udtlib.transport.gromov.energy import distance_matrix, mean_normalised
from udtlib.transport.gromov.entropic import entropic_gromov
from udtlib.transport.sinkhorn import batched_sinkhorn

Call = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What grows, what it is called on an axis, how both sides are called, and what is run at a size."""

    word: str
    title: str
    axis: str
    peer: str
    sizes: Sequence[int]
    calls: Callable[[int], tuple[Call, Call]]


def sinkhorn(n: int, *, batch: int) -> tuple[Call, Call]:
    """A batch here, and a loop of POT's."""
    costs = problems(n, batch=batch, dim=2)
    arrays = costs.numpy()
    return (
        lambda: batched_sinkhorn(costs, epsilon=0.01, tolerance=1e-6),
        lambda: [pot_sinkhorn(one, 0.01, method="sinkhorn", steps=10_000) for one in arrays],
    )


def gromov(n: int) -> tuple[Call, Call]:
    """One problem from the independent plan."""
    options = {"generator": torch.Generator().manual_seed(n), "dtype": torch.float64}
    centres = 2 * torch.randn(10, 8, **options)
    x = centres[torch.arange(n) % 10] + torch.randn(n, 8, **options)
    y = x @ torch.linalg.qr(torch.randn(8, 8, **options))[0] + 0.25 * torch.randn(n, 8, **options)
    dx, dy = (mean_normalised(distance_matrix(z)).distance for z in (x, y))
    left, right = dx.numpy(), dy.numpy()
    options = {"epsilon": 0.05, "tol": 1e-7, "stopThr": 1e-7, "warmstart": True}
    return (
        lambda: entropic_gromov(dx, dy, epsilon=0.05, tolerance=5e-5),
        lambda: ot.gromov.entropic_gromov_wasserstein(left, right, **options),
    )


def flows(dimension: int) -> tuple[Call, Call]:
    """A training step's gradient through a separable Hamiltonian flow."""
    x = torch.randn(128, dimension, generator=torch.Generator().manual_seed(0))
    H = curved(SeparableMLP, x, seed=0)

    def step(flow: Integrator) -> None:
        start = x.clone().requires_grad_()
        torch.autograd.grad(flow(H, start).square().mean(), [start, *H.parameters()])

    adjoint = Adaptive(relative=1e-3, absolute=1e-3, adjoint=True)
    return lambda: step(Leapfrog(steps=8)), lambda: step(adjoint)


def rounds_of_pix2pix(size: int) -> tuple[Call, Call]:
    """Ten rounds of the trainer, and of a textbook loop."""
    sizes = Sizes(size=size, batch=4)
    ours, theirs = Trainer("pix2pix", sizes), TextbookPix2Pix(sizes)
    return lambda: ours.run(10), lambda: theirs.run(10)


QUESTIONS = (
    Question(
        word="sinkhorn-points",
        title="Ten entropic problems",
        axis="points n of each side",
        peer="a loop over POT",
        sizes=(50, 100, 200, 400, 800),
        calls=lambda n: sinkhorn(n, batch=10),
    ),
    Question(
        word="sinkhorn-batch",
        title="Entropic problems of 100 points",
        axis="problems in a batch",
        peer="a loop over POT",
        sizes=(1, 4, 16, 64),
        calls=lambda batch: sinkhorn(100, batch=batch),
    ),
    Question(
        word="gromov-points",
        title="One Gromov–Wasserstein problem",
        axis="points n of each side",
        peer="POT",
        sizes=(50, 100, 200, 400),
        calls=gromov,
    ),
    Question(
        word="flow-dimension",
        title="A training step through a flow",
        axis="dimension d of phase space",
        peer="torchdiffeq, adjoint",
        sizes=(4, 16, 64, 256, 1024),
        calls=flows,
    ),
    Question(
        word="pix2pix-pixels",
        title="Ten rounds of pix2pix",
        axis="pixels of a side",
        peer="a textbook loop",
        sizes=(32, 64),
        calls=rounds_of_pix2pix,
    ),
)


def measured(question: Question, *, rounds: int) -> list[ReportRow]:
    """Seconds at each size, here and by the peer."""
    times: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for size in question.sizes:
        calls = question.calls(size)
        for call in calls:
            call()
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for call, column in zip(calls, taken, strict=True):
                start = time.process_time()
                call()
                column.append(time.process_time() - start)
        for side, column in zip(times, taken, strict=True):
            side[f"seconds, {question.axis}: {size}"] = statistics.median(column)
        print(
            question.title,
            size,
            *(f"{1e3 * statistics.median(column):.1f} ms" for column in taken),
            flush=True,
        )
    names = (f"{question.title}: here", f"{question.title}: {question.peer}")
    return [ReportRow(system=name, effort=side) for name, side in zip(names, times, strict=True)]


def slope(sizes: Sequence[int], row: ReportRow) -> float:
    """The power with which the cost grows over the larger half of the sizes."""
    seconds = [value for (value,) in row.effort.values()]
    half = min(len(sizes) // 2, len(sizes) - 2)
    return float(np.polyfit(np.log(sizes[half:]), np.log(seconds[half:]), 1)[0])


def picture(question: Question, rows: Sequence[ReportRow]) -> Picture:
    """Both lines over the sizes, both axes logarithmic."""
    ours, theirs = ([value for (value,) in row.effort.values()] for row in rows)
    powers = [slope(question.sizes, row) for row in rows]
    with panels(1, size=(4.2, 3.2)) as board:
        axes = board[0]
        axes.loglog(question.sizes, ours, marker="o", markersize=4, color="#2f5d8a", label="here")
        axes.loglog(
            question.sizes,
            theirs,
            marker="s",
            markersize=4,
            color="#b3532e",
            linestyle="--",
            label=question.peer,
        )
        axes.set_xticks(question.sizes, [str(size) for size in question.sizes])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(question.axis)
        axes.set_ylabel("seconds")
        axes.set_title(question.title, loc="left")
        axes.legend()
    first, last = theirs[0] / ours[0], theirs[-1] / ours[-1]
    return board.picture(
        alt=f"Seconds over {question.axis}, both logarithmic. Here from {ours[0]:.2g} to {ours[-1]:.2g} s; "
        f"{question.peer} from {theirs[0]:.2g} to {theirs[-1]:.2g} s.",
        caption=f"{question.title}: over the larger sizes the cost grows with the power {powers[0]:.1f} here and "
        f"{powers[1]:.1f} for {question.peer}, which takes {first:.1f} times as long at "
        f"{question.sizes[0]} and {last:.1f} times at {question.sizes[-1]}.",
    )


def main() -> None:
    """Measure, and write the file and the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3, help="how often both sides take turns")
    parser.add_argument("--out", type=Path, default=Path("book/results/growth"))
    parser.add_argument("--smoke", action="store_true", help="the two smallest sizes, to see that it runs")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # POT warns where it is stopped
    began, rows, pictures = time.perf_counter(), [], {}
    for question in QUESTIONS:
        if args.smoke:
            question = Question(**{**vars(question), "sizes": question.sizes[:2]})
        found = measured(question, rounds=args.rounds)
        rows += found
        pictures[question.word] = picture(question, found)
    seconds = time.perf_counter() - began
    run = Run(
        system="all",
        seed=0,
        seconds=seconds,
        steps=0,
        device=device_name("cpu"),
        settings=f"{args.rounds} rounds",
    )
    report = Report(
        name="cost-growth",
        title="How the cost of solvers and trainer grows",
        rows=rows,
        runs=[run],
        pictures=pictures,
        profile="quick",
        source="benchmarks/cost_growth.py",
        provenance=provenance_here("cpu"),
    )
    print(f"written to {write_report(report, args.out)}")


if __name__ == "__main__":
    main()
