r"""Chapter 10's table of long times: what each integrator keeps after one, ten and a hundred units of time.

A net's own H is bounded by nothing, and its samples leave for where it is an even slope; with a bowl added,
:math:`H + \tfrac12 \|x\|^2`, they stay, and errors have time to add up. Every integrator takes about eight
gradients of H in a unit of time; where another one stands in the table, its name says so.
"""

from __future__ import annotations

import torch

from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, Setting
from udtlib.experiments.hamiltonian_integrators import BATCH, DIMENSION, curved, label
from udtlib.nets.hamiltonian_mlp import SeparableMLP
from udtlib.numerics.hamiltonian import Hamiltonian
from udtlib.numerics.integrators import RK4, Euler, Integrator, Leapfrog, Midpoint, Yoshida4
from udtlib.types import Float, Tensor

#: When the energy is read; the last one is where the way back begins.
TIMES = (1, 10, 100)
#: Without a bowl, and with one.
BOWLS = {"free": 0.0, "in a bowl": 1.0}


def compared() -> list[Integrator]:
    """Eight slopes of H in a unit of time; then twice as many; and Yoshida's with nine."""
    same = [Euler(steps=8), Midpoint(steps=4), RK4(steps=2), Leapfrog(steps=8)]
    return [*same, Yoshida4(steps=3), RK4(steps=4), Leapfrog(steps=16)]


def in_bowl(x: Float[Tensor, "batch dim"], *, seed: int, bowl: float) -> Hamiltonian:
    r"""The separable H of the table of integrators, with :math:`\tfrac12 c \|x\|^2` added to it."""
    H = SeparableMLP(x.shape[1], confinement=bowl).to(x)
    H.load_state_dict(curved(SeparableMLP, x, seed=seed).state_dict())
    return H


@torch.no_grad()
def kept(
    integrator: Integrator, H: Hamiltonian, x: Float[Tensor, "batch dim"], *, times: tuple[int, ...] = TIMES
) -> Scores:
    """How far H has moved by each of the times, and how far from the start the way back ends."""
    start, z, drift = H(x), x, {}
    for k in range(times[-1]):
        z = integrator(H, z, start=k, end=k + 1)
        if k + 1 in times:
            drift[f"drift of H over its deviation, t = {k + 1}"] = float((H(z) - start).abs().mean())
    spread, far = float(start.std()), float(z.norm(dim=1).mean() / x.norm(dim=1).mean())
    for k in reversed(range(times[-1])):
        z = integrator(H, z, start=k + 1, end=k)
    home = float((z - x).norm() / x.norm())
    return Scores(
        other={name: each / spread for name, each in drift.items()}
        | {
            f"relative error of a round trip of t = {times[-1]}": home,
            f"length of a sample at t = {times[-1]} over that at 0": far,
        }
    )


def long_times(setting: Setting, *, times: tuple[int, ...] = TIMES) -> Measured:
    """Every integrator, free and in a bowl, in double precision; a seed names the weights and the samples."""
    generator = torch.Generator().manual_seed(setting.seed)
    x = torch.randn(BATCH, DIMENSION, generator=generator).double().to(setting.profile.device)
    fields = {words: in_bowl(x, seed=setting.seed, bowl=bowl) for words, bowl in BOWLS.items()}
    return Measured(
        {
            f"{words}: {label(integrator)}": kept(integrator, H, x, times=times)
            for words, H in fields.items()
            for integrator in compared()
        }
    )


LONG = Experiment(
    name="hamiltonian-long",
    title="What each integrator keeps of the energy after a hundred units of time",
    source="the theory is in [hairer2006]; [menier2022] gives no numbers",
    measure=long_times,
)
