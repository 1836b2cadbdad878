"""What entropic Gromov-Wasserstein plans and their loss cost, here and in POT: interleaved, in one process.

Usage: python benchmarks/gromov.py [--rounds N] [--seeds N]

Protocol. One thread, double precision. The problems are latent-like: n = 100 codes in 8 dimensions, a mixture of
ten Gaussians, against a rotated, scaled and shuffled copy with noise; distances are divided by their mean. Solvers
take turns and each time is the least of several rounds, so that a busy machine hits all alike; only ratios within
a table mean something.

Four tables. Equal result: from the independent plan until plan and marginals rest, against POT's default and
against the fastest of those settings of POT that were tried and reach the energy and the marginals of its default;
energies are relative to that default's. A batch of 64 against 64 single calls. The three-term loss with its
gradient, against POT's differentiable value and against backpropagation through every step. The search of 32
restarts.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from itertools import product

import ot
import torch

from udtlib.transport.gromov.energy import distance_matrix, gromov_energy, mean_normalised, plan_entropy
from udtlib.transport.gromov.entropic import batched_gromov
from udtlib.transport.gromov.loss import gromov_loss
from udtlib.transport.gromov.search import gromov_coupling

N, DIM, CLUSTERS, NOISE = 100, 8, 10, 0.25
#: Settings of POT that are tried: outer tolerance, Sinkhorn's most steps, and warm potentials.
SETTINGS = tuple(product((1e-9, 1e-6, 1e-5), (20, 100, 1000), (False, True)))
#: How far plan and marginals may be off here, in the sum of absolute values.
TOLERANCE = 5e-5
#: How close in energy two results are the same.
SAME = 1e-4


def codes(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Codes of both sides, and the partner of each of the first."""
    generator = torch.Generator().manual_seed(seed)
    options = {"generator": generator, "dtype": torch.float64}
    centres = 2 * torch.randn(CLUSTERS, DIM, **options)
    x = centres[torch.randint(CLUSTERS, (N,), generator=generator)] + torch.randn(N, DIM, **options)
    rotation = torch.linalg.qr(torch.randn(DIM, DIM, **options))[0]
    y = 1.3 * (x + NOISE * torch.randn(N, DIM, **options)) @ rotation
    order = torch.randperm(N, generator=generator)
    return x, y[order], order.argsort()


def normalised(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean-normalised distances of both sides."""
    x, y, _ = codes(seed)
    return mean_normalised(distance_matrix(x)).distance, mean_normalised(distance_matrix(y)).distance


def interleaved(runs: Sequence[Callable[[], object]], *, rounds: int) -> list[float]:
    """Least times in milliseconds of calls that take turns."""
    times = [[] for _ in runs]
    for _ in range(rounds):
        for run, column in zip(runs, times, strict=True):
            start = time.perf_counter()
            run()
            column.append(1e3 * (time.perf_counter() - start))
    return [min(column) for column in times]


def judged(dx: torch.Tensor, dy: torch.Tensor, plan: object, epsilon: float) -> tuple[float, float, float]:
    """Energy, objective and marginal error of a plan."""
    plan = torch.as_tensor(plan).detach()
    energy = float(gromov_energy(dx, dy, plan))
    error = float((plan.sum(0) - 1 / N).abs().sum() + (plan.sum(1) - 1 / N).abs().sum())
    return energy, energy - epsilon * float(plan_entropy(plan)), error


def pot(dx: torch.Tensor, dy: torch.Tensor, epsilon: float, setting: tuple | None = None) -> object:
    """POT's plan in its usual way, with NumPy; its default, or one of the settings."""
    options = {}
    if setting is not None:
        tol, steps, warm = setting
        options = {"tol": tol, "numItermax": steps, "warmstart": warm, "stopThr": 1e-9}
    return ot.gromov.entropic_gromov_wasserstein(dx.numpy(), dy.numpy(), epsilon=epsilon, **options)


def equal_result(*, rounds: int, seeds: int) -> None:
    """One problem, by POT's default, by its best setting and here."""
    print(f"n = {N}; milliseconds, relative difference of the energy to POT's default, marginal error")
    print(
        f"{'epsilon':>8}{'seed':>5}{'POT default':>22}{'POT best':>34}{'here':>28}{'ratio':>8}{'to best':>8}"
    )
    for epsilon in (0.005, 0.05):
        for seed in range(seeds):
            dx, dy = normalised(seed)
            reference = judged(dx, dy, pot(dx, dy, epsilon), epsilon)
            # A setting counts if its result is as good: the same minimum, and marginals no worse by half.
            worst = max(1.5 * reference[2], 1e-6)
            good = [
                setting
                for setting in SETTINGS
                if same(judged(dx, dy, pot(dx, dy, epsilon, setting), epsilon), reference, worst)
            ]
            runs = [
                lambda dx=dx, dy=dy, epsilon=epsilon: batched_gromov(
                    dx[None], dy[None], epsilon=epsilon, tolerance=TOLERANCE
                ),
                lambda dx=dx, dy=dy, epsilon=epsilon: pot(dx, dy, epsilon),
                *(
                    lambda dx=dx, dy=dy, epsilon=epsilon, setting=setting: pot(dx, dy, epsilon, setting)
                    for setting in good
                ),
            ]
            here, default, *tuned = interleaved(runs, rounds=rounds)
            ours = judged(dx, dy, runs[0]().plan[0], epsilon)
            best = min(tuned, default=default)
            name = good[tuned.index(best)] if tuned else "default"
            print(
                f"{epsilon:8g}{seed:5}{default:12.0f} ({reference[2]:.0e}){best:10.1f} {name!s:>22}"
                f"{here:12.1f} ({ours[0] / reference[0] - 1:+.0e}, {ours[2]:.0e}){default / here:8.0f}"
                f"{best / here:8.1f}",
                flush=True,
            )


def same(result: tuple[float, ...], reference: tuple[float, ...], worst: float) -> bool:
    """Whether a result is as good as the reference."""
    return abs(result[0] / reference[0] - 1) <= SAME and result[2] <= worst


def batch(*, rounds: int) -> None:
    """Sixty-four problems at once and one by one."""
    pairs = [normalised(seed) for seed in range(64)]
    dx, dy = (torch.stack(side) for side in zip(*pairs, strict=True))
    print("\n64 problems, milliseconds together and one by one")
    for epsilon in (0.005, 0.05):
        together, loop = interleaved(
            [
                lambda epsilon=epsilon: batched_gromov(dx, dy, epsilon=epsilon, tolerance=TOLERANCE),
                lambda epsilon=epsilon: [
                    batched_gromov(dx[k : k + 1], dy[k : k + 1], epsilon=epsilon, tolerance=TOLERANCE)
                    for k in range(64)
                ],
            ],
            rounds=max(2, rounds - 1),
        )
        print(f"epsilon {epsilon:g}: {together:.0f} and {loop:.0f}, ratio {loop / together:.2f}", flush=True)


def loss(*, rounds: int, seeds: int) -> None:
    """The three-term loss with its gradient."""
    print("\ndebiased loss with gradient, milliseconds (largest marginal error); epsilon 0.005")
    print(f"{'seed':>5}{'here':>18}{'POT value':>20}{'POT unrolled':>20}{'ratio':>8}{'ratio':>8}")
    for seed in range(seeds):
        x, y, _ = codes(seed)
        x, y = x.float().requires_grad_(), (y / 1.3).float().requires_grad_()
        runs = [
            lambda x=x, y=y: ours(x, y),
            lambda x=x, y=y: theirs(x, y, unrolled=False),
            lambda x=x, y=y: theirs(x, y, unrolled=True),
        ]
        errors = [run() for run in runs]
        here, value, unrolled = interleaved(runs, rounds=rounds)
        print(
            f"{seed:5}{here:10.1f} ({errors[0]:.0e}){value:12.1f} ({errors[1]:.0e}){unrolled:12.1f} "
            f"({errors[2]:.0e}){value / here:8.1f}{unrolled / here:8.1f}",
            flush=True,
        )


def ours(x: torch.Tensor, y: torch.Tensor) -> float:
    """The loss and its gradient here; returns the marginal error."""
    result = gromov_loss(x, y)
    torch.autograd.grad(result.value, (x, y))
    return result.marginal_error


def theirs(x: torch.Tensor, y: torch.Tensor, *, unrolled: bool) -> float:
    """The same from POT's parts, with 20 outer and 10 inner steps; returns the marginal error.

    More steps would be as exact as here; these are what its time allows.
    """
    dx, dy = (mean_normalised(distance_matrix(z.double())).distance for z in (x, y))
    options = {"epsilon": 0.005, "max_iter": 20, "numItermax": 10}
    total, error = 0.0, 0.0
    for left, right, weight in ((dx, dy, 2), (dx, dx, -1), (dy, dy, -1)):
        if unrolled:
            plan = ot.gromov.entropic_gromov_wasserstein(left, right, **options)
            value = gromov_energy(left, right, plan)
        else:
            value, log = ot.gromov.entropic_gromov_wasserstein2(left, right, log=True, **options)
            plan = log["T"]
        total = total + weight * value
        error = max(error, judged(left.detach(), right.detach(), plan, 0.005)[2])
    torch.autograd.grad(total, (x, y))
    return error


def search(*, rounds: int, seeds: int) -> None:
    """What 32 restarts cost, and how many of them agree."""
    print(
        "\nsearch of 32 restarts: milliseconds, share of restarts at the best energy, share of true partners"
    )
    for seed in range(seeds):
        x, y, partner = codes(seed)
        dx, dy = distance_matrix(x), distance_matrix(y)
        (took,) = interleaved([lambda dx=dx, dy=dy: gromov_coupling(dx, dy)], rounds=max(2, rounds - 1))
        found = gromov_coupling(dx, dy)
        agree = float((found.energies <= found.energy + 1e-9).double().mean())
        true = float((found.greedy() == partner).double().mean())
        print(f"seed {seed}: {took:.0f}, {agree:.2f}, {true:.2f}", flush=True)


def main() -> None:
    """Print the four tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=4, help="how often the solvers take turns")
    parser.add_argument("--seeds", type=int, default=4, help="how many problems")
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # POT warns where it is stopped on purpose
    equal_result(rounds=args.rounds, seeds=args.seeds)
    batch(rounds=args.rounds)
    loss(rounds=args.rounds, seeds=args.seeds)
    search(rounds=args.rounds, seeds=args.seeds)


if __name__ == "__main__":
    main()
