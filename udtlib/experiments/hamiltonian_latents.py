"""Chapter 10's translators of codes: the flow of a learned Hamiltonian, trained one way [menier2022]."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch

from udtlib.evaluate.distances import mean_distance_to_nearest
from udtlib.evaluate.effort import effort_over_least, effort_over_pairing
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, hinge_game, latent_judge
from udtlib.experiments.declare import Setting, Shown, System
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.numerics.integrators import RK4, Integrator, Leapfrog
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Adversarial, Between, Discrepancy
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.types import Float, Tensor

WIDTH = 128
#: Of the Sinkhorn divergence, in units of a coordinate's mean square; and its iterations.
EPSILON, ITERATIONS = 1.0, 15
#: Times of a picture's path; beyond 1 it is longer than what was trained. And images in it.
TIMES, SHOWN = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5), 6


def hamiltonian_game(
    pair: CodedPair,
    setting: Setting,
    *,
    integrator: Integrator,
    separable: bool = False,
    adversarial: bool = False,
    effort: float = 0.0,
    epsilon: float = EPSILON,
) -> HamiltonianTranslation:
    """A flow of codes, and what it is held to.

    Args:
        pair: the codes.
        setting: the engine's.
        integrator: with few steps, as training needs no more.
        separable: H = T(p) + V(q).
        adversarial: a discriminator as in the paper, rather than the Sinkhorn divergence.
        effort: λ of the mean squared displacement; the paper has none.
        epsilon: of the Sinkhorn divergence, in units of a coordinate's mean square.
    """
    net = SeparableMLP if separable else HamiltonianMLP
    flow = HamiltonianFlow(net(pair.dimension, hidden=(WIDTH,) * 3), integrator=integrator)
    discrepancy = make_discrepancy(pair.dimension, adversarial=adversarial, epsilon=epsilon)
    optimiser = AdamConfig(rate=1e-3, betas=(0.5, 0.99)) if adversarial else AdamConfig(rate=2e-3)
    config = HamiltonianConfig(effort_weight=effort, optimiser=optimiser)
    return HamiltonianTranslation(flow, discrepancy, config=config)


def make_discrepancy(dimension: int, *, adversarial: bool, epsilon: float = EPSILON) -> Discrepancy:
    """A discriminator of codes, or the Sinkhorn divergence with so few iterations that a step is cheap."""
    if adversarial:
        return Adversarial(latent_judge(dimension), game=hinge_game())
    return Between(partial(sinkhorn_divergence, epsilon=epsilon, iterations=ITERATIONS, tolerance=None))


def hamiltonian_training(profile: Profile, *, adversarial: bool = False) -> TrainConfig:
    """Twice as many steps where a discriminator has to learn as well."""
    steps = profile.pick(quick=600, colab=1_500, full=3_000)
    return TrainConfig(steps=(1 + adversarial) * steps, batch_size=256, decay_from=0.25)


def hamiltonian_systems() -> dict[str, System]:
    """An integrator, whose H is separable where the integrator asks for it, and a discrepancy."""
    taught = {"training": hamiltonian_training, "part": "flow"}
    rk4 = partial(hamiltonian_game, integrator=RK4(steps=3))
    return {
        "leapfrog, Sinkhorn": System(
            partial(hamiltonian_game, integrator=Leapfrog(steps=4), separable=True), **taught
        ),
        "RK4, Sinkhorn": System(rk4, **taught),
        "RK4, discriminator": System(
            partial(rk4, adversarial=True),
            training=partial(hamiltonian_training, adversarial=True),
            part="flow",
        ),
        "RK4, Sinkhorn, effort": System(partial(rk4, effort=0.05), **taught),
    }


SYSTEMS: Mapping[str, System] = hamiltonian_systems()


def round_trip(flow: HamiltonianFlow, z: Float[Tensor, "n code"]) -> float:
    r"""The mean of :math:`\|T^{-1}(T(z)) - z\| / \|z\|`."""
    return ((flow.inverse(flow(z)) - z).norm(dim=1) / z.norm(dim=1)).mean().item()


def energy_drift(flow: HamiltonianFlow, z: Float[Tensor, "n code"]) -> float:
    r"""The mean of :math:`|H(T(z)) - H(z)|`, in units of the deviation of H over the samples."""
    before, after = flow.energy(z), flow.energy(flow(z), time=1)
    return ((after - before).abs().mean() / before.std()).item()


def distances_to_data(
    path: Float[Tensor, "time n code"], times: tuple[float, ...], pair: CodedPair
) -> dict[str, float]:
    """How far codes are from real ones at these times, in units of what is usual."""
    y = pair.codes.target
    usual = mean_distance_to_nearest(y.test, y.train)
    return {
        f"distance to the data at t = {t:g}": mean_distance_to_nearest(at, y.train) / usual
        for t, at in zip(times, path, strict=True)
    }


def law_scores(flow: HamiltonianFlow, pair: CodedPair) -> Scores:
    """What the flow costs over the least, and what its integrator keeps."""
    x, y = pair.codes.source.test, pair.codes.target.test
    made = flow(x)
    return Scores(
        effort={
            "over the least to the target": effort_over_least(made, x, y),
            "over the least for the same translations": effort_over_pairing(made, x),
        },
        other={
            "relative error of a round trip": round_trip(flow, x),
            "drift of H over its deviation": energy_drift(flow, x),
        },
    )


@torch.no_grad()
def strip_of(flow: HamiltonianFlow, pair: CodedPair, *, back: bool, count: int = SHOWN) -> Shown:
    """Some test images, and the decoded states of their path, also beyond its end.

    Args:
        flow: of the codes.
        pair: images, their space and their codes.
        back: from the target's images, from t = 1 down.
        count: how many images.
    """
    side = pair.codes.target if back else pair.codes.source
    given = (pair.images.target if back else pair.images.source).test[:count].to(side.test.device)
    # The clock starts at t = 0; an image of the target stands at t = 1.
    z = flow.inverse(side.test[:count]) if back else side.test[:count]
    path = flow.trajectory(z, times=torch.tensor(clock(back=back)))
    states = pair.space.decode(path.flatten(0, 1)).unflatten(0, path.shape[:2])
    return {"states": torch.cat([given[None], states]).cpu()}


def clock(*, back: bool) -> list[float]:
    """The times of a strip's columns."""
    return [1 - t for t in TIMES] if back else list(TIMES)


def strip_picture(
    shown: Mapping[str, Shown], *, words: tuple[str, str], back: bool, system: str = "leapfrog, Sinkhorn"
) -> Picture:
    """One image in each row, its path from left to right; ``words`` name the two domains."""
    states = next(each for name, each in shown.items() if name.endswith(system))["states"]
    start, end = words[::-1] if back else words
    says = f"Codes on the way from {start} to {end}, decoded"
    return image_grid(
        states.transpose(0, 1).flatten(0, 1),
        columns=len(states),
        column_labels=["given", *(f"{t:g}" for t in clock(back=back))],
        alt=f"{says}, one image in each row, from left to right, and beyond the end of the way.",
        caption=f"{says}. The flow was trained for times from 0 to 1 and for the way there only."
        + (" This is the way back, and nobody trained it." if back else ""),
    )
