"""What it costs to compute states again instead of storing them, in time: gradients by reconstruction and by
backpropagation.

Usage: python benchmarks/reversible_memory.py [--pairs 15]

Protocol. One thread of a CPU (set OMP_NUM_THREADS=1), single precision, nets with three hidden layers of 64
units. A step is a flow and the gradient of its endpoint's mean square in samples and parameters. Both ways take
turns, and the ratio is the median over the pairs of the process's own time, with the least and the largest in
brackets. "forward" is the share of a plain step that the flow alone takes, without a graph: to reconstruct
costs at least that much again, unless the way back saves some of it. Target: at most 1.4.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from udtlib.experiments.hamiltonian_integrators import curved
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.numerics.hamiltonian import Hamiltonian
from udtlib.numerics.integrators import FixedStep, Leapfrog, Tao, Yoshida4

#: Samples and their dimension: a toy, the chapter's size, a large batch, and codes of images.
SIZES = ((64, 2), (128, 16), (1024, 16), (256, 128))


def gradient(H: Hamiltonian, flow: FixedStep, x: torch.Tensor) -> None:
    """One step's gradient."""
    x = x.clone().requires_grad_()
    torch.autograd.grad(flow(H, x).square().mean(), [x, *H.parameters()])


def seconds(run: Callable[[], object], *, times: int = 3) -> float:
    """The process's time for a call."""
    start = time.process_time()
    for _ in range(times):
        run()
    return (time.process_time() - start) / times


def row(H: Hamiltonian, plain: FixedStep, rebuilt: FixedStep, x: torch.Tensor, *, pairs: int) -> str:
    """One line of the table."""

    def forward() -> None:
        with torch.no_grad():
            plain(H, x)

    calls = (lambda: gradient(H, plain, x), lambda: gradient(H, rebuilt, x), forward)
    for call in calls:
        call()
    times = [[seconds(call) for call in calls] for _ in range(pairs)]
    direct, again, once = (1e3 * statistics.median(column) for column in zip(*times, strict=True))
    ratios = [other / own for own, other, _ in times]
    return (
        f"{type(plain).__name__:<10}{len(x):7}{x.shape[1]:6}{direct:10.2f}{again:10.2f}"
        f"{statistics.median(ratios):8.2f} ({min(ratios):.2f} to {max(ratios):.2f}){once / direct:9.2f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=15, help="how often both take turns")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{'':<10}{'samples':>7}{'dim':>6}{'plain ms':>10}{'rebuilt':>10}{'ratio':>8}{'':>15}{'forward':>9}"
    )
    for samples, dimension in SIZES:
        x = torch.randn(samples, dimension, generator=torch.Generator().manual_seed(0))
        separable, whole = curved(SeparableMLP, x, seed=0), curved(HamiltonianMLP, x, seed=0)
        for H, flows in (
            (separable, [Leapfrog(steps=8, reconstruct=r) for r in (False, True)]),
            (separable, [Yoshida4(steps=4, reconstruct=r) for r in (False, True)]),
            (whole, [Tao(steps=8, reconstruct=r) for r in (False, True)]),
        ):
            print(row(H, *flows, x, pairs=args.pairs), flush=True)


if __name__ == "__main__":
    main()
