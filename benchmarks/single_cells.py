"""Entropic Gromov-Wasserstein plans between two measurements of the same cells, here and in POT, on one core.

Usage: UDT_DATA_DIR=FOLDER python benchmarks/single_cells.py [--cells 1000] [--epsilons 0.05] [--pairs 3]

The data are SNARE-seq's chromatin accessibility and gene expression of 1,047 cells, as SCOT (Demetci et al.,
2022) reduced them: the file ``singlecell/snareseq.npz`` in the folder that UDT_DATA_DIR names. Without it the
script says so and ends.

Protocol. One thread of a CPU (set OMP_NUM_THREADS=1), double precision, mean-normalised Euclidean distances,
from the independent plan. Here until plan and marginals are off by at most 5e-5 in the sum of absolute values.
POT's side is the fastest of the settings below whose marginals are off by at most 1e-4 and whose objective is
the same up to 1e-3 of the energy, or lower; each is tried once, and the fastest takes turns with ours. Times
are the process's own. Below an epsilon of about 0.02 POT's kernels underflow and its plan is empty, which the
table says. The last number is how much lower the objective here is, as a share of the energy.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import ot
import torch

from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised, plan_entropy
from udtlib.transport.gromov.entropic import entropic_gromov

TOLERANCE = 5e-5
#: POT's outer tolerance, its most Sinkhorn steps within an outer one, and their tolerance; always warm.
SETTINGS = tuple(product((1e-7, 1e-6), (1000,), (1e-7, 1e-6)))
#: What POT's marginals may be off by, and its objective as a share of the energy.
MARGINALS, OBJECTIVE = 1e-4, 1e-3


def spaces(file: Path, cells: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Distances between some of the cells by either measurement."""
    arrays = np.load(file)
    chosen = torch.randperm(len(arrays["atac"]), generator=torch.Generator().manual_seed(0))[:cells]
    sides = (torch.from_numpy(arrays[name]).double()[chosen] for name in ("atac", "rna"))
    dx, dy = (mean_normalised(distance_matrix(side)).distance for side in sides)
    return dx, dy


def judged(dx: torch.Tensor, dy: torch.Tensor, plan: torch.Tensor, epsilon: float) -> tuple[float, ...]:
    """Energy, objective and marginal error of a plan."""
    energy = float(gromov_energy(dx, dy, plan))
    error = float((plan.sum(0) - 1 / len(dy)).abs().sum() + (plan.sum(1) - 1 / len(dx)).abs().sum())
    return energy, energy - epsilon * float(plan_entropy(plan)), error


def here(dx: torch.Tensor, dy: torch.Tensor, epsilon: float) -> tuple[float, torch.Tensor]:
    """The time it takes here, and the plan."""
    start = time.process_time()
    plan = entropic_gromov(dx, dy, epsilon=epsilon, tolerance=TOLERANCE).plan
    return time.process_time() - start, plan


def pot(
    dx: torch.Tensor, dy: torch.Tensor, epsilon: float, setting: tuple[float, int, float]
) -> tuple[float, torch.Tensor]:
    """The same by POT."""
    tol, steps, stop = setting
    options = {"tol": tol, "numItermax": steps, "stopThr": stop, "warmstart": True, "max_iter": 500}
    start = time.process_time()
    plan = ot.gromov.entropic_gromov_wasserstein(dx.numpy(), dy.numpy(), epsilon=epsilon, **options)
    return time.process_time() - start, torch.as_tensor(plan)


def row(dx: torch.Tensor, dy: torch.Tensor, epsilon: float, *, pairs: int) -> str:
    """One line of the table."""
    first, plan = here(dx, dy, epsilon)
    ours = judged(dx, dy, plan, epsilon)
    line = f"{epsilon:8g}{ours[0]:10.5f}{ours[2]:10.0e}"
    good = []
    for setting in SETTINGS:
        took, theirs = pot(dx, dy, epsilon, setting)
        energy, objective, error = judged(dx, dy, theirs, epsilon)
        if error <= MARGINALS and objective <= ours[1] + OBJECTIVE * ours[0]:
            good.append((took, setting, (energy, objective, error)))
    if not good:
        return f"{line}{first:9.2f}{'POT: no setting meets the marginals':>48}"
    _, setting, result = min(good)
    times = [(here(dx, dy, epsilon)[0], pot(dx, dy, epsilon, setting)[0]) for _ in range(pairs)]
    mine, other = (statistics.median(column) for column in zip(*times, strict=True))
    ratio = statistics.median(there / own for own, there in times)
    gain = (result[1] - ours[1]) / ours[0]
    return (
        f"{line}{mine:9.2f}{result[0]:10.5f}{result[2]:10.0e}{other:9.2f}{ratio:8.1f}{gain:+10.0e}  {setting}"
    )


def main() -> None:
    """Print the table, or say that the data are missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--epsilons", type=float, nargs="+", default=[0.05])
    parser.add_argument("--pairs", type=int, default=3, help="how often both take turns")
    args = parser.parse_args()
    file = Path(os.environ.get("UDT_DATA_DIR", ".")) / "singlecell" / "snareseq.npz"
    if not file.is_file():
        print(
            f"skipped: there is no {file}; set UDT_DATA_DIR to the folder that holds singlecell/snareseq.npz"
        )
        return
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # POT warns where it is stopped on purpose
    dx, dy = spaces(file, args.cells)
    print(f"{len(dx)} cells; energy, marginal error and seconds, here and in POT")
    header = f"{'epsilon':>8}{'energy':>10}{'error':>10}{'s':>9}{'POT':>10}{'error':>10}{'s':>9}{'ratio':>8}"
    print(f"{header}{'lower by':>10}  POT's setting")
    for epsilon in args.epsilons:
        print(row(dx, dy, epsilon, pairs=args.pairs), flush=True)


if __name__ == "__main__":
    main()
