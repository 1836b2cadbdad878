"""How much of a fixed-step flow's time on a GPU is the launching of kernels.

Usage: python benchmarks/hamiltonian_graphs.py [--rounds N]

Flows of 16-dimensional samples by nets of three hidden layers of 128 units, in single precision: milliseconds of a
training step (forward, and the gradient in samples and parameters), each variant by itself after a warm-up,

- as the library runs them, one kernel after the other;
- recorded once as a CUDA graph and replayed (``torch.cuda.make_graphed_callables``);
- compiled (``torch.compile``);
- and by an adaptive solver with the adjoint equation, at two tolerances.

Steps of fixed length have the same kernels every time, so that they can be recorded; an adaptive solver decides
on the way. Each variant's gradient is compared with the first's. Without a GPU nothing is measured.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.numerics.hamiltonian import Hamiltonian
from udtlib.numerics.integrators import RK4, Adaptive, Integrator, Leapfrog

DIMENSION, HIDDEN = 16, (128, 128, 128)
WARM_UP = 5


class Walk(torch.nn.Module):
    """A flow as a module, without the checks of a translator, which wait for the GPU."""

    def __init__(self, H: Hamiltonian, integrator: Integrator) -> None:
        super().__init__()
        self.H, self.integrator = H, integrator

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.integrator(self.H, x)


def milliseconds(run: Callable[[], object], *, rounds: int) -> float:
    """The median time of a call, the GPU's work included."""
    times = []
    for k in range(WARM_UP + rounds):
        start = time.perf_counter()
        run()
        torch.cuda.synchronize()
        if k >= WARM_UP:
            times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


def compare(H: Hamiltonian, integrator: Integrator, *, batch: int, rounds: int) -> None:
    """Print one line for each variant."""
    x = torch.randn(batch, DIMENSION, device="cuda")
    weight = torch.randn_like(x)

    def slopes(walk: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        start = x.clone().requires_grad_()
        parts = torch.autograd.grad((walk(start) * weight).sum(), [start, *H.parameters()])
        return torch.cat([part.flatten() for part in parts])

    plain = Walk(H, integrator)
    exact = slopes(plain)
    variants: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "one kernel after the other": plain,
        "CUDA graph": torch.cuda.make_graphed_callables(Walk(H, integrator), (x.clone().requires_grad_(),)),
        "compiled": torch.compile(Walk(H, integrator)),
    }
    for tolerance in (1e-5, 1e-3):
        solver = Adaptive(relative=tolerance, absolute=tolerance, adjoint=True)
        variants[f"dopri5 {tolerance:g}, adjoint"] = Walk(H, solver)
    print(f"\n{type(H).__name__}, {type(integrator).__name__}, {integrator.steps} steps, batch {batch}")
    for name, walk in variants.items():
        # A variant that cannot run says so in its line, and the others are still measured.
        try:
            error = ((slopes(walk) - exact).norm() / exact.norm()).item()
            spent = milliseconds(lambda walk=walk: slopes(walk), rounds=rounds)
        except RuntimeError as failure:
            print(f"  {name:<28} fails: {str(failure).splitlines()[0][:80]}")
        else:
            print(f"  {name:<28}{spent:9.2f} ms, gradient differs by {error:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("CUDA graphs need an NVIDIA GPU, and PyTorch sees none here")
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name()}")
    for batch in (256, 4096):
        for kind, integrator in (
            (HamiltonianMLP, RK4(steps=3)),
            (SeparableMLP, Leapfrog(steps=4)),
            (SeparableMLP, Leapfrog(steps=8)),
        ):
            H = kind(DIMENSION, hidden=HIDDEN).cuda()
            compare(H, integrator, batch=batch, rounds=options.rounds)


if __name__ == "__main__":
    main()
