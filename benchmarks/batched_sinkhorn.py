"""What entropic transport costs here, in POT and in geomloss: the same problems, interleaved in one process.

Usage: python benchmarks/batched_sinkhorn.py [--rounds N] [--device cpu|cuda] [--largest N]

Three tables, in double precision. Equal work: a hundred of Sinkhorn's steps, for batches of problems, by the
batched solver, by a loop over POT's ``sinkhorn_log``, and by POT's own batch solver. Equal result: one problem
until its marginals are off by at most 1e-6 in the sum of absolute values, with the error that was reached. The
loss: one Sinkhorn divergence with its gradient, here and in geomloss, where that is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
import warnings
from collections.abc import Callable, Sequence

import ot
import torch
from ot.batch import solve_batch

from udtlib.transport.costs import squared_euclidean
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.transport.sinkhorn import batched_sinkhorn

STEPS = 100
TOLERANCE = 1e-6
DIM = 128
#: Epsilon as a share of the mean cost.
SHARE = 0.05


def samples(n: int, *, seed: int, device: str, dim: int = DIM) -> tuple[torch.Tensor, torch.Tensor]:
    """Two Gaussian samples, a shift apart."""
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(n, dim, generator=generator, dtype=torch.float64) for _ in range(2))
    return x.to(device), (y + 0.3).to(device)


def costs(n: int, batch: int, device: str, dim: int = DIM) -> torch.Tensor:
    """A batch of cost matrices with a mean of about one."""
    stack = torch.stack(
        [squared_euclidean(*samples(n, seed=seed, device=device, dim=dim)) for seed in range(batch)]
    )
    return stack / stack.mean()


def milliseconds(run: Callable[[], object], device: str) -> float:
    """Time of one call."""
    start = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return 1e3 * (time.perf_counter() - start)


def interleaved(runs: Sequence[Callable[[], object]], *, rounds: int, device: str) -> list[float]:
    """Median times of calls that take turns, after a warm-up."""
    for run in runs:
        milliseconds(run, device)
    times = [[milliseconds(run, device) for run in runs] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def pot_loop(stack: torch.Tensor, *, epsilon: float, steps: int, threshold: float) -> list[object]:
    """POT's logarithmic solver, one problem after the other; on the CPU with numpy, its usual way."""
    weight = torch.full_like(stack[0, :, 0], 1 / stack.shape[1])
    if stack.device.type == "cpu":
        stack, weight = stack.numpy(), weight.numpy()
    options = {"method": "sinkhorn_log", "numItermax": steps, "stopThr": threshold, "warn": False}
    return [ot.sinkhorn(weight, weight, cost, epsilon, **options) for cost in stack]


def equal_work(*, rounds: int, device: str, largest: int) -> None:
    """A hundred steps each."""
    print(f"{STEPS} steps, milliseconds per batch; a ratio above 1 is in favour of the batched solver")
    print(f"{'n':>6}{'batch':>7}{'here':>10}{'POT loop':>11}{'ratio':>8}{'POT batch':>11}{'ratio':>8}")
    for n in [n for n in (64, 256, 1024) if n <= largest]:
        for batch in (1, 16, 64) if n < 1024 else (1, 4):
            stack = costs(n, batch, device)
            here, loop, own = interleaved(
                [
                    lambda stack=stack: batched_sinkhorn(
                        stack, epsilon=SHARE, iterations=STEPS, tolerance=1e-300, newton=False
                    ),
                    lambda stack=stack: pot_loop(stack, epsilon=SHARE, steps=STEPS, threshold=0.0),
                    lambda stack=stack: solve_batch(
                        stack, SHARE, max_iter=STEPS, tol=0.0, method="log_sinkhorn", grad="detach"
                    ),
                ],
                rounds=rounds,
                device=device,
            )
            print(
                f"{n:6}{batch:7}{here:10.1f}{loop:11.1f}{loop / here:8.1f}{own:11.1f}{own / here:8.1f}",
                flush=True,
            )


def equal_result(*, device: str, largest: int) -> None:
    """One problem in the plane, as deep as it takes; one run each, as they are long."""
    n = min(256, largest)
    stack = costs(n, 1, device, dim=2)
    most = 20_000
    print(f"\nmarginals to {TOLERANCE:g}, n = {n} in the plane, at most {most} steps; seconds (error)")
    print(f"{'epsilon':>8}{'with Newton':>22}{'Sinkhorn only':>22}{'POT':>22}")
    for epsilon in (0.1, 0.01, 0.001):
        options = {"epsilon": epsilon, "tolerance": TOLERANCE, "iterations": most}
        solvers = (
            lambda options=options: batched_sinkhorn(stack, **options).plan[0],
            lambda options=options: batched_sinkhorn(stack, newton=False, **options).plan[0],
            lambda epsilon=epsilon: torch.as_tensor(
                pot_loop(stack, epsilon=epsilon, steps=most, threshold=TOLERANCE / n**0.5)[0]
            ),
        )
        row = f"{epsilon:8g}"
        for solve in solvers:
            start = time.perf_counter()
            plan = solve()
            seconds = time.perf_counter() - start
            error = float((plan.sum(0) - 1 / n).abs().sum() + (plan.sum(1) - 1 / n).abs().sum())
            row += f"{seconds:12.3f} ({error:.1e})".rjust(22)
        print(row, flush=True)


def loss(*, rounds: int, device: str) -> None:
    """One divergence with its gradient, for batches of 256 in 128 dimensions."""
    x, y = (part.float() for part in samples(256, seed=0, device=device))
    x.requires_grad_()
    epsilon = SHARE * float(squared_euclidean(x, y).detach().mean())

    def here() -> torch.Tensor:
        value = sinkhorn_divergence(x, y, epsilon=epsilon)
        torch.autograd.grad(value, x)
        return value.detach()

    print("\nSinkhorn divergence with its gradient, 256 in 128 dimensions, single precision")
    if importlib.util.find_spec("geomloss") is None:
        (ours,) = interleaved([here], rounds=rounds, device=device)
        print(f"here {ours:.1f} ms; geomloss: not installed")
        return
    from geomloss import SamplesLoss

    # Its cost is half of ours, and so are its value and its epsilon, blur².
    peer = SamplesLoss("sinkhorn", p=2, blur=(epsilon / 2) ** 0.5, scaling=0.8, backend="tensorized")

    def theirs() -> torch.Tensor:
        value = 2 * peer(x, y)
        torch.autograd.grad(value, x)
        return value.detach()

    ours, other = interleaved([here, theirs], rounds=rounds, device=device)
    exact = float(sinkhorn_divergence(x.detach().double(), y.double(), epsilon=epsilon, tolerance=1e-9))
    for name, run, took in (("here", here, ours), ("geomloss", theirs, other)):
        print(f"{name:10}{took:8.1f} ms, relative error of the value {abs(float(run()) / exact - 1):.1e}")
    print(f"ratio     {other / ours:8.1f}")


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="how often the solvers take turns")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--largest", type=int, default=1024, help="the largest number of samples")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # POT warns where it is stopped on purpose
    equal_work(rounds=args.rounds, device=args.device, largest=args.largest)
    equal_result(device=args.device, largest=args.largest)
    loss(rounds=args.rounds, device=args.device)


if __name__ == "__main__":
    main()
