"""A batch of entropic problems here against a loop over POT, at equal marginal error: one table of ratios.

Usage: python benchmarks/sinkhorn_against_pot.py [--sizes 50 200 500 1000] [--epsilons 0.001 0.01 0.1 1]
                                                 [--pairs 5] [--batch 10] [--seconds 20] [--dim 2]

Protocol. One thread of a CPU (set OMP_NUM_THREADS=1, which NumPy obeys), double precision, batches of
Gaussian clouds in the plane, the second a shift away; epsilon is a share of the largest cost of a batch. Both
sides run until the marginals are off by no more than 1e-6 in the sum of absolute values. POT's side is the
fastest of its four solvers (``sinkhorn``, ``sinkhorn_stabilized``, ``sinkhorn_log`` and
``sinkhorn_epsilon_scaling``) that gets there on the batch's first problem; the table names it. The batch and the
loop take turns, and the ratio is the median over the pairs.
Where no solver of POT's gets there within the seconds allowed for one problem, these are a lower bound and
the ratio is marked with ">"; where the loop over the batch would take more than ten times the seconds, the
first problem stands for all of them, marked with "~".
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np
import ot
import torch

from udtlib.transport.costs import squared_euclidean
from udtlib.transport.sinkhorn import batched_sinkhorn

TOLERANCE = 1e-6
METHODS = ("sinkhorn", "sinkhorn_stabilized", "sinkhorn_log", "sinkhorn_epsilon_scaling")
#: The most steps that are allowed to either side.
STEPS = 1_000_000


def problems(n: int, *, batch: int, dim: int) -> torch.Tensor:
    """Costs of a batch of problems, the largest of them 1."""
    costs = []
    for seed in range(batch):
        generator = torch.Generator().manual_seed(seed)
        x, y = (torch.randn(n, dim, generator=generator, dtype=torch.float64) for _ in range(2))
        costs.append(squared_euclidean(x, y + 0.3))
    stack = torch.stack(costs)
    return stack / stack.max()


def seconds(run: Callable[[], object]) -> float:
    """Time of one call."""
    start = time.process_time()
    run()
    return time.process_time() - start


def off(plan: np.ndarray) -> float:
    """How far a plan's marginals are off equal weights."""
    n, m = plan.shape
    return float(np.abs(plan.sum(0) - 1 / m).sum() + np.abs(plan.sum(1) - 1 / n).sum())


def pot(cost: np.ndarray, epsilon: float, *, method: str, steps: int) -> np.ndarray:
    """One plan by POT; it measures one marginal in the Euclidean norm, which is smaller than the sum."""
    n, m = cost.shape
    a, b = np.full(n, 1 / n), np.full(m, 1 / m)
    options = {"method": method, "numItermax": steps, "stopThr": TOLERANCE / n**0.5, "warn": False}
    return ot.sinkhorn(a, b, cost, epsilon, **options)


def fastest(cost: np.ndarray, epsilon: float, *, limit: float) -> tuple[str | None, float]:
    """The fastest of POT's solvers that meets the tolerance in time, and its time; else None and the limit."""
    best, least = None, limit
    for method in METHODS:
        each = seconds(lambda method=method: pot(cost, epsilon, method=method, steps=20)) / 20
        steps = min(STEPS, max(20, int(least / each)))
        start = time.process_time()
        plan = pot(cost, epsilon, method=method, steps=steps)
        took = time.process_time() - start
        if np.isfinite(plan).all() and off(plan) <= TOLERANCE and took < least:
            best, least = method, took
    return best, least


def row(n: int, share: float, *, pairs: int, batch: int, limit: float, dim: int) -> str:
    """One line of the table."""
    costs = problems(n, batch=batch, dim=dim)
    arrays = costs.numpy()
    method, once = fastest(arrays[0], share, limit=limit)

    def here() -> torch.Tensor:
        return batched_sinkhorn(costs, epsilon=share, tolerance=TOLERANCE, iterations=STEPS).plan

    error = max(off(plan) for plan in here().numpy())
    whole = method is not None and once * batch <= 10 * limit
    loop = arrays if whole else arrays[:1]
    ours, theirs, worst = [], [], 0.0
    for _ in range(pairs):
        ours.append(seconds(here))
        if method is None:
            theirs.append(once * batch)
            continue
        start = time.process_time()
        plans = [pot(cost, share, method=method, steps=STEPS) for cost in loop]
        theirs.append((time.process_time() - start) * batch / len(loop))
        worst = max(worst, *(off(plan) for plan in plans))
    ratio = statistics.median(there / mine for mine, there in zip(ours, theirs, strict=True))
    mark = ">" if method is None else "" if whole else "~"
    return (
        f"{n:6}{share:9g}{1e3 * statistics.median(ours):12.1f}{1e3 * statistics.median(theirs):12.1f}"
        f"{mark + format(ratio, '.2f'):>9}{error:10.1e}{worst:10.1e}  {method or 'none in time'}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[50, 200, 500, 1000])
    parser.add_argument("--epsilons", type=float, nargs="+", default=[1e-3, 1e-2, 1e-1, 1.0])
    parser.add_argument("--pairs", type=int, default=5, help="how often both take turns")
    parser.add_argument("--batch", type=int, default=10, help="how many problems")
    parser.add_argument("--seconds", type=float, default=20.0, help="the most for one problem by POT")
    parser.add_argument("--dim", type=int, default=2, help="of the clouds")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # POT warns where a solver fails, which the table says
    print(f"batch of {args.batch}, milliseconds; a ratio above 1 is in favour of the batched solver")
    print(
        f"{'n':>6}{'epsilon':>9}{'here':>12}{'POT loop':>12}{'ratio':>9}{'error':>10}{'POT':>10}  POT's solver"
    )
    for n in args.sizes:
        for share in args.epsilons:
            options = {"pairs": args.pairs, "batch": args.batch, "limit": args.seconds, "dim": args.dim}
            print(row(n, share, **options), flush=True)


if __name__ == "__main__":
    main()
