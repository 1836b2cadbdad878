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
import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from udtlib.nets.hamiltonian import HamiltonianMLP, SeparableMLP
from udtlib.numerics.hamiltonian import Hamiltonian
from udtlib.numerics.integrators import (
    RK4,
    Adaptive,
    Euler,
    ImplicitMidpoint,
    Integrator,
    Leapfrog,
    Midpoint,
    Tao,
    Yoshida4,
)

REFERENCE = RK4(steps=400)
#: Mean length of the field at the samples: about how far a sample of 16 entries goes in the latent tasks.
SPEED = 3.0


@dataclass
class Row:
    """One integrator's results."""

    name: str
    integrator: Integrator
    times: list[float]
    endpoint: float = 0.0
    gradient: float = 0.0
    round_trip: float = 0.0
    drift: float = 0.0
    kept: float = 0.0

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.times)


def everywhere() -> list[Integrator]:
    """Integrators that take every H."""
    adaptive = [Adaptive(relative=r, absolute=r, adjoint=a) for r in (1e-3, 1e-5) for a in (True, False)]
    explicit = [kind(steps=n) for kind, n in ((Euler, 8), (Euler, 32), (Midpoint, 6), (Midpoint, 16))]
    return [*adaptive, *explicit, *(RK4(steps=n) for n in (2, 3, 4, 6, 8))]


def general() -> list[Integrator]:
    """Those for a general H."""
    implicit = [ImplicitMidpoint(steps=n, reconstruct=r) for n in (4, 8) for r in (False, True)]
    return [*everywhere(), *implicit, *(Tao(steps=n, reconstruct=r) for n in (8, 16) for r in (False, True))]


def separable() -> list[Integrator]:
    """Those for a separable H."""
    leapfrogs = [Leapfrog(steps=n, reconstruct=r) for n in (4, 8, 16, 32) for r in (False, True)]
    return [
        *everywhere(),
        *leapfrogs,
        *(Yoshida4(steps=n, reconstruct=r) for n in (2, 4, 8) for r in (False, True)),
    ]


def energy(kind: type[Hamiltonian], dimension: int, x: torch.Tensor) -> Hamiltonian:
    """A curved H whose field moves the samples by about SPEED in a unit of time."""
    torch.manual_seed(0)
    H = kind(dimension).to(x)
    with torch.no_grad():
        for parameter in H.parameters():
            parameter.mul_(1.5)
        speed = H.field(x, 0.0).norm(dim=1).mean()
        for name, parameter in H.named_parameters():
            if "last" in name:
                parameter.mul_(SPEED / speed)
    return H


def slopes(
    integrator: Integrator, H: Hamiltonian, x: torch.Tensor, weight: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The endpoint, and the gradient in samples and parameters of a linear loss."""
    x = x.clone().requires_grad_()
    y = integrator(H, x)
    parts = torch.autograd.grad((y * weight).sum() / len(x), [x, *H.parameters()])
    return y.detach(), torch.cat([part.flatten() for part in parts])


def kept_mib(integrator: Integrator, H: Hamiltonian, x: torch.Tensor) -> float:
    """What is kept for the gradient, each tensor once and without the parameters."""
    known = {p.untyped_storage().data_ptr() for p in H.parameters()}
    sizes: dict[int, int] = {}
    alive: list[torch.Tensor] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        alive.append(tensor)
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        integrator(H, x.clone().requires_grad_())
    return sum(sizes.values()) / 2**20


def milliseconds(run: Callable[[], object], device: str) -> float:
    """Time of one call."""
    start = time.perf_counter()
    run()
    if device == "cuda":
        torch.cuda.synchronize()
    return 1e3 * (time.perf_counter() - start)


def measured(H: Hamiltonian, x: torch.Tensor, integrators: list[Integrator], *, rounds: int) -> list[Row]:
    """All results for one H."""
    weight = torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).to(x)
    exact, exact_slope = slopes(REFERENCE, copy.deepcopy(H).double(), x.double(), weight.double())
    rows = [Row(name=label(integrator), integrator=integrator, times=[]) for integrator in integrators]
    for row in rows:
        y, slope = slopes(row.integrator, H, x, weight)
        row.endpoint = float((y - exact).norm() / (exact - x).norm())
        row.gradient = float((slope - exact_slope).norm() / exact_slope.norm())
        row.kept = kept_mib(row.integrator, H, x)
        with torch.no_grad():
            back = row.integrator(H, y, start=1, end=0)
            row.round_trip = float((back - x).norm() / x.norm())
            row.drift = float((H(y) - H(x)).abs().mean() / H(x).std())
    for _ in range(rounds):
        for row in rows:
            row.times.append(
                milliseconds(lambda row=row: slopes(row.integrator, H, x, weight), x.device.type)
            )
    return rows


def label(integrator: Integrator) -> str:
    """A short name."""
    name = type(integrator).__name__
    if isinstance(integrator, Adaptive):
        return f"{name} {integrator.relative:g}{' adjoint' if integrator.adjoint else ''}"
    return f"{name} {integrator.steps}{' rebuilt' if getattr(integrator, 'reconstruct', False) else ''}"


def show(title: str, rows: list[Row]) -> None:
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
    for name in ("Adaptive 1e-05 adjoint", "Adaptive 0.001 adjoint"):
        slow = next(row for row in rows if row.name == name)
        good = [row for row in fixed if row.endpoint <= slow.endpoint and row.gradient <= slow.gradient]
        if good:
            best = min(good, key=lambda row: row.milliseconds)
            print(f"{best.name} is {slow.milliseconds / best.milliseconds:.1f} times as fast as {name}")
    for row in fixed:
        if row.name.endswith("rebuilt"):
            direct = next(other for other in fixed if f"{other.name} rebuilt" == row.name)
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
    for kind, integrators in ((HamiltonianMLP, general()), (SeparableMLP, separable())):
        H = energy(kind, options.dimension, x)
        show(kind.__name__, measured(H, x, integrators, rounds=rounds))


if __name__ == "__main__":
    main()
