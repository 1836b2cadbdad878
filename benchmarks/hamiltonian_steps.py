"""What one training step through a Hamiltonian flow costs with each integrator, and what it keeps.

Usage: python benchmarks/hamiltonian_steps.py [--rounds N] [--device cpu|cuda] [--batch N] [--dimension N]
       [--smoke]

Two nets with three hidden layers of 64 units, a general H(q, p) and a separable T(p) + V(q), in single
precision.
For each integrator, in one process and taking turns: milliseconds of a training step (forward, and the gradient in
samples and parameters), the endpoint's error relative to the mean displacement and the gradient's relative
error, both against RK4 with 400 steps in double precision, the relative error of a round trip, the drift of the
energy relative to its spread, and MiB kept for the gradient. Targets: at the error of the adjoint method at 1e-5,
at least 3 times its speed; with coarse steps against the adjoint method at 1e-3, at least 5 times; the
reconstructing gradient keeps at most a hundredth, in at most 1.4 times the time.
"""

from __future__ import annotations

import argparse

import torch

from udtlib.experiments.hamiltonian_integrators import Timed, curved, general, measured, separable
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.numerics.integrators import RK3, Adaptive, Midpoint


def show(title: str, rows: list[Timed]) -> None:
    """One table, and the ratios that have targets."""
    print(f"\n{title}")
    print(
        f"{'integrator':<24}{'ms':>9}{'endpoint':>11}{'gradient':>11}{'round trip':>12}{'drift':>10}{'MiB':>9}"
    )
    for row in rows:
        print(
            f"{row.name:<24}{row.milliseconds:9.2f}{row.endpoint:11.1e}{row.gradient:11.1e}"
            f"{row.round_trip:12.1e}{row.drift:10.1e}{row.kept:9.2f}"
        )
    fixed = [row for row in rows if not isinstance(row.integrator, Adaptive)]
    for name in ("dopri5 1e-05, adjoint", "dopri5 0.001, adjoint"):
        slow = next(row for row in rows if row.name == name)
        good = [row for row in fixed if row.endpoint <= slow.endpoint and row.gradient <= slow.gradient]
        if good:
            best = min(good, key=lambda row: row.milliseconds)
            print(f"{best.name} is {slow.milliseconds / best.milliseconds:.1f} times as fast as {name}")
    for row in fixed:
        if row.name.endswith(", rebuilt"):
            direct = next(other for other in fixed if f"{other.name}, rebuilt" == row.name)
            print(
                f"{row.name}: {direct.kept / row.kept:.0f} times less memory, "
                f"{row.milliseconds / direct.milliseconds:.2f} times the time"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--dimension", type=int, default=16)
    parser.add_argument(
        "--smoke", action="store_true", help="one round of eight samples, to see that it runs"
    )
    options = parser.parse_args()
    rounds, batch = (1, 8) if options.smoke else (options.rounds, options.batch)
    x = torch.randn(batch, options.dimension, generator=torch.Generator().manual_seed(0)).to(options.device)
    print(
        f"torch {torch.__version__}, {options.device}, {torch.get_num_threads()} threads, batch {batch}, "
        f"dimension {options.dimension}, {rounds} rounds"
    )
    # The coarsest steps that are still nearer to the flow than the adjoint method at 1e-3.
    coarse = [RK3(steps=2), Midpoint(steps=4)]
    for kind, integrators in ((HamiltonianMLP, [*general(), *coarse]), (SeparableMLP, separable())):
        H = curved(kind, x, seed=0)
        show(kind.__name__, measured(H, x, integrators, rounds=rounds))


if __name__ == "__main__":
    main()
