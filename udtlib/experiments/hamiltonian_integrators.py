"""Chapter 10's table of integrators: what a training step costs, and what it keeps of the theory [menier2022]."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, Setting
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
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
from udtlib.train.randomness import random_run
from udtlib.types import Float, Tensor

REFERENCE = RK4(steps=400)
#: Mean length of the field at the samples: about how far a sample of 16 entries goes in the latent tasks.
SPEED = 3.0
BATCH, DIMENSION, ROUNDS = 128, 16, 9
#: What times are given in units of.
YARDSTICK = "dopri5 1e-05, adjoint"


@dataclass
class Timed:
    """One integrator's results: milliseconds, relative errors, MiB."""

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
        """The median of all rounds."""
        return statistics.median(self.times)


def adaptive() -> list[Integrator]:
    """The paper's solver, with the adjoint equation and by direct differentiation."""
    return [Adaptive(relative=r, absolute=r, adjoint=a) for r in (1e-3, 1e-5) for a in (True, False)]


def general() -> list[Integrator]:
    """For a general H."""
    explicit = [Euler(steps=8), Midpoint(steps=6), *(RK4(steps=n) for n in (2, 3, 4, 6, 8))]
    implicit = [ImplicitMidpoint(steps=4), ImplicitMidpoint(steps=4, reconstruct=True)]
    return [*adaptive(), *explicit, *implicit, *(Tao(steps=8, reconstruct=r) for r in (False, True))]


def separable() -> list[Integrator]:
    """For a separable H."""
    leapfrogs = [Leapfrog(steps=n, reconstruct=r) for n in (4, 8, 16, 32) for r in (False, True)]
    fourth = [Yoshida4(steps=n, reconstruct=r) for n in (2, 4) for r in (False, True)]
    return [*adaptive(), Euler(steps=8), *(RK4(steps=n) for n in (2, 4)), *leapfrogs, *fourth]


def curved(
    kind: type[HamiltonianMLP] | type[SeparableMLP], x: Float[Tensor, "batch dim"], *, seed: int
) -> Hamiltonian:
    """A curved H whose field moves the samples by about SPEED in a unit of time."""
    with random_run(seed):
        H = kind(x.shape[1]).to(x)
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


def measured(
    H: Hamiltonian, x: Float[Tensor, "batch dim"], integrators: Sequence[Integrator], *, rounds: int
) -> list[Timed]:
    """All results for one H."""
    weight = torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).to(x)
    exact, exact_slope = slopes(REFERENCE, copy.deepcopy(H).double(), x.double(), weight.double())
    rows = [Timed(name=label(integrator), integrator=integrator, times=[]) for integrator in integrators]
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
        return f"dopri5 {integrator.relative:g}{', adjoint' if integrator.adjoint else ''}"
    steps = getattr(integrator, "steps", None)
    return f"{name}, {steps} steps{', rebuilt' if getattr(integrator, 'reconstruct', False) else ''}"


def integrators(setting: Setting, *, rounds: int = ROUNDS) -> Measured:
    """Every integrator on both kinds of H; a seed names the net's weights and the samples."""
    scores = {}
    x = torch.randn(BATCH, DIMENSION, generator=torch.Generator().manual_seed(setting.seed))
    x = x.to(setting.profile.device)
    for words, kind, compared in (
        ("general", HamiltonianMLP, general()),
        ("separable", SeparableMLP, separable()),
    ):
        rows = measured(curved(kind, x, seed=setting.seed), x, compared, rounds=rounds)
        unit = next(row for row in rows if row.name == YARDSTICK).milliseconds
        scores |= {f"{words}: {row.name}": integrator_scores(row, unit=unit) for row in rows}
    return Measured(scores)


def integrator_scores(row: Timed, *, unit: float) -> Scores:
    """What a training step costs with an integrator, and how exact it is."""
    return Scores(
        effort={
            "milliseconds of a training step": row.milliseconds,
            f"speed, {YARDSTICK} = 1": unit / row.milliseconds,
            "MiB kept for the gradient": row.kept,
        },
        other={
            "error of the endpoint over the way": row.endpoint,
            "relative error of the gradient": row.gradient,
            "relative error of a round trip": row.round_trip,
            "drift of H over its deviation": row.drift,
        },
    )


INTEGRATORS = Experiment(
    name="hamiltonian-integrators",
    title="What a training step costs with each integrator, and what it keeps of the theory",
    source="[menier2022] trains by the adjoint equation of [chen2018], names no solver and gives no numbers",
    measure=integrators,
)
