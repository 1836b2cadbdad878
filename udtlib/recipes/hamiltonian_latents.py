"""Chapter 10's translators of codes: the flow of a learned Hamiltonian, trained one way [menier2022]."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch

from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.numerics.integrators import RK4, Integrator, Leapfrog
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Adversarial, Between, Discrepancy
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.profiles import Profile
from udtlib.recipes.coded_pairs import CodedPair
from udtlib.recipes.digit_swap import latent_game, latent_judge
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.types import Float, Tensor

STEPS = {"quick": 600, "colab": 1_500, "full": 3_000}
#: Steps where a discriminator has to learn as well.
GAME_STEPS = {"quick": 1_200, "colab": 3_000, "full": 6_000}
BATCH = 256
WIDTH = 128
#: Of the Sinkhorn divergence, in units of a coordinate's mean square; and its iterations.
EPSILON, ITERATIONS = 1.0, 15


class System(NamedTuple):
    """What is compared: an integrator, whose H is separable where the integrator asks for it, and a discrepancy.

    Args:
        integrator: with few steps, as training needs no more.
        separable: H = T(p) + V(q).
        adversarial: a discriminator as in the paper, rather than the Sinkhorn divergence.
        effort: λ of the mean squared displacement; the paper has none.
    """

    integrator: Integrator
    separable: bool = False
    adversarial: bool = False
    effort: float = 0.0


SYSTEMS = {
    "leapfrog, Sinkhorn": System(Leapfrog(steps=4), separable=True),
    "RK4, Sinkhorn": System(RK4(steps=3)),
    "RK4, discriminator": System(RK4(steps=3), adversarial=True),
    "RK4, Sinkhorn, effort": System(RK4(steps=3), effort=0.05),
}


def play_hamiltonian(
    coded: CodedPair,
    profile: Profile,
    *,
    seed: int,
    system: System = SYSTEMS["leapfrog, Sinkhorn"],
    steps: int | None = None,
    progress: bool = False,
) -> HamiltonianFlow:
    """A trained flow of codes.

    Args:
        coded: the pair.
        profile: sizes and hardware.
        seed: of the initial weights and the batches.
        system: the integrator and the discrepancy.
        steps: other than the profile's.
        progress: show a bar.
    """
    dimension = coded.codes.source.shape[0]
    with random_run(seed):
        net = SeparableMLP if system.separable else HamiltonianMLP
        flow = HamiltonianFlow(net(dimension, hidden=(WIDTH,) * 3), integrator=system.integrator)
        discrepancy = make_discrepancy(dimension, adversarial=system.adversarial)
    optimiser = AdamConfig(rate=1e-3, betas=(0.5, 0.99)) if system.adversarial else AdamConfig(rate=2e-3)
    config = HamiltonianConfig(effort_weight=system.effort, optimiser=optimiser)
    usual = (GAME_STEPS if system.adversarial else STEPS)[profile.name]
    fit(
        HamiltonianTranslation(flow, discrepancy, config=config),
        coded.codes,
        config=TrainConfig(
            steps=steps or usual,
            batch_size=BATCH,
            seed=seed,
            decay_from=0.25,
            accelerator=profile.accelerator,
            progress=progress,
        ),
    )
    return flow.eval().requires_grad_(False)


def make_discrepancy(dimension: int, *, adversarial: bool) -> Discrepancy:
    """A discriminator of codes, or the Sinkhorn divergence with so few iterations that a step is cheap."""
    if adversarial:
        return Adversarial(latent_judge(dimension), game=latent_game())
    return Between(partial(sinkhorn_divergence, epsilon=EPSILON, iterations=ITERATIONS, tolerance=None))


def round_trip(flow: HamiltonianFlow, z: Float[Tensor, "n code"]) -> float:
    r"""The mean of :math:`\|T^{-1}(T(z)) - z\| / \|z\|`."""
    return ((flow.inverse(flow(z)) - z).norm(dim=1) / z.norm(dim=1)).mean().item()


def energy_drift(flow: HamiltonianFlow, z: Float[Tensor, "n code"]) -> float:
    r"""The mean of :math:`|H(T(z)) - H(z)|`, in units of the deviation of H over the samples."""
    before, after = flow.energy(z), flow.energy(flow(z), time=1)
    return ((after - before).abs().mean() / before.std()).item()


@torch.no_grad()
def strip(
    coded: CodedPair,
    flow: HamiltonianFlow,
    *,
    words: tuple[str, str],
    back: bool,
    times: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5),
    count: int = 6,
) -> Picture:
    """Some test images in rows, and the decoded states of their way, also beyond its end.

    Args:
        coded: the pair.
        flow: of its codes.
        words: the two domains, for the caption.
        back: from the target's images, from t = 1 down.
        times: how long the way has been; beyond 1 it is longer than what was trained.
        count: how many images.
    """
    side = coded.codes.target if back else coded.codes.source
    given = (coded.images.target if back else coded.images.source).test[:count].to(side.test.device)
    # The clock starts at t = 0; an image of the target stands at t = 1.
    z = flow.inverse(side.test[:count]) if back else side.test[:count]
    clock = [1 - t for t in times] if back else list(times)
    path = flow.trajectory(z, times=torch.tensor(clock))
    shown = torch.cat([given[None], coded.space.decode(path.flatten(0, 1)).unflatten(0, path.shape[:2])])
    start, end = words[::-1] if back else words
    says = f"Codes on the way from {start} to {end}, decoded"
    return image_grid(
        shown.transpose(0, 1).flatten(0, 1).cpu(),
        columns=len(shown),
        column_labels=["given", *(f"{t:g}" for t in clock)],
        alt=f"{says}, one image in each row, from left to right, and beyond the end of the way.",
        caption=f"{says}. The flow was trained for times from 0 to 1 and for the way there only."
        + (" This is the way back, and nobody trained it." if back else ""),
    )
