r"""Chapter 10's law of volume: what a flow that keeps volumes cannot fit, and two ways round it.

.. math:: \mathrm{KL}\big(T_\#\mathcal{N}(0, I)\,\big\|\,\mathcal{N}(0, \sigma^2 I)\big)
          \ge d \left(\log\sigma - \tfrac12 + \tfrac{1}{2\sigma^2}\right)
          \qquad \text{for every } T \text{ that preserves volume}

The entropy of :math:`T_\#\alpha` is that of :math:`\alpha`, and among all distributions with this entropy the one
with the least :math:`\mathbb{E}\|x\|^2` is the Gaussian :math:`\alpha` itself. In the plane with
:math:`\sigma = 2` the floor is 0.636 nats.

The law is the equation's. Steps that are not symplectic, such as Runge and Kutta's, obey it up to their error,
and a flow that is trained through a few of them finds that out: the divergence is therefore taken twice, with the
steps of the training and with a hundred.
"""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from functools import partial

import torch

from udtlib.data.pair import IndependentPair
from udtlib.data.toy2d import Mixture, gaussian
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mlp import mlp
from udtlib.numerics.integrators import RK4, Leapfrog
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Adversarial, Between, Discrepancy
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.profiles import Profile
from udtlib.recipes.base import Reproduction
from udtlib.recipes.results import Findings, Row
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.types import Float, Tensor

STEPS = {"quick": 500, "colab": 1_000, "full": 2_000}
GAME_STEPS = {"quick": 1_000, "colab": 3_000, "full": 6_000}
BATCH = 128
#: Steps that stand for the equation itself.
FINE = 100
#: Deviation of the wide target, σ; and a target whose volume is the source's.
SIGMA = 2.0
SHEARED = ((2.0, 1.0), (1.0, 1.0))
TEST = 1_000
#: Of the Sinkhorn divergence in training, and in the table.
EPSILON = {"training": 0.2, "table": 0.1}

#: Without and with what lifts the law.
KINDS = ("leapfrog", "RK4", "RK4, augmented", "RK4, scaled")

Scores = dict[str, float]


def wide_pair() -> IndependentPair:
    r"""From :math:`\mathcal{N}(0, I)` to :math:`\mathcal{N}(0, \sigma^2 I)` in the plane: volume has to grow."""
    return IndependentPair(gaussian([0.0, 0.0], torch.eye(2)), gaussian([0.0, 0.0], SIGMA**2 * torch.eye(2)))


def sheared_pair() -> IndependentPair:
    r"""From :math:`\mathcal{N}(0, I)` to a Gaussian elsewhere whose covariance has determinant one."""
    return IndependentPair(gaussian([0.0, 0.0], torch.eye(2)), gaussian([3.0, 0.0], SHEARED))


def floor_of_kl(*, sigma: float = SIGMA, dimension: int = 2) -> float:
    """The least divergence that any map reaches which preserves volume, in nats; see above."""
    return dimension * (math.log(sigma) - 0.5 + 0.5 / sigma**2)


def make_flow(kind: str) -> HamiltonianFlow:
    """One of four kinds: plain with symplectic steps or with others, augmented by two momenta, or with a scaling.

    Raises:
        ValueError: another kind.
    """
    match kind:
        case "leapfrog":
            return HamiltonianFlow(SeparableMLP(2), integrator=Leapfrog(steps=8))
        case "RK4":
            return HamiltonianFlow(HamiltonianMLP(2), integrator=RK4(steps=5))
        case "RK4, augmented":
            return HamiltonianFlow(
                HamiltonianMLP(4), integrator=RK4(steps=5), augmentation=Augmentation(extra=2)
            )
        case "RK4, scaled":
            return HamiltonianFlow(HamiltonianMLP(2), integrator=RK4(steps=5), scaling=True)
    raise ValueError(f"no flow of the kind {kind!r}; there are {', '.join(KINDS)}")


def refined(flow: HamiltonianFlow) -> HamiltonianFlow:
    """The same flow with steps so short that they stand for the equation."""
    fine = copy.deepcopy(flow)
    fine.integrator = replace(flow.integrator, steps=FINE)
    return fine


def train_flow(
    pair: IndependentPair,
    profile: Profile,
    *,
    kind: str,
    adversarial: bool,
    seed: int,
    progress: bool = False,
) -> HamiltonianFlow:
    """A flow of the plane, trained on fresh samples."""
    with random_run(seed):
        flow = make_flow(kind)
        discrepancy = make_discrepancy(adversarial=adversarial)
    optimiser = AdamConfig(rate=1e-3, betas=(0.5, 0.99)) if adversarial else AdamConfig(rate=2e-3)
    fit(
        HamiltonianTranslation(flow, discrepancy, config=HamiltonianConfig(optimiser=optimiser)),
        pair,
        config=TrainConfig(
            steps=(GAME_STEPS if adversarial else STEPS)[profile.name],
            batch_size=BATCH,
            seed=seed,
            decay_from=0.25,
            accelerator=profile.accelerator,
            progress=progress,
        ),
    )
    return flow.eval().requires_grad_(False)


def make_discrepancy(*, adversarial: bool) -> Discrepancy:
    """A discriminator of points with a penalty on its slope, or the Sinkhorn divergence."""
    if not adversarial:
        return Between(
            partial(sinkhorn_divergence, epsilon=EPSILON["training"], iterations=10, tolerance=None)
        )
    game = GANConfig(
        discriminator_optimiser=AdamConfig(rate=2e-3, betas=(0.5, 0.99)), slope_weight=0.1, slope_every=1
    )
    return Adversarial(mlp([2, 64, 64, 64, 1]), game=game)


def log_volume_factor(flow: HamiltonianFlow, x: Float[Tensor, "n 2"]) -> Float[Tensor, "n"]:
    r""":math:`\log |\det DT(x)|`, by automatic differentiation of the steps as they are taken."""
    x = x.clone().requires_grad_()
    made = flow(x)
    rows = [torch.autograd.grad(made[:, i].sum(), x, retain_graph=True)[0] for i in range(made.shape[1])]
    return torch.stack(rows, dim=1).det().abs().log()


def kl_to_target(flow: HamiltonianFlow, pair: IndependentPair, x: Float[Tensor, "n 2"]) -> float:
    r"""The divergence of :math:`T_\#\alpha` from :math:`\beta`, for an invertible T, by change of variables.

    .. math:: \mathrm{KL}(T_\#\alpha \| \beta)
              = \mathbb{E}_{x \sim \alpha} \left[ \log\alpha(x) - \log|\det DT(x)| - \log\beta(T(x)) \right]
    """
    source, target = pair.source, pair.target
    assert isinstance(source, Mixture), "both laws are known"
    assert isinstance(target, Mixture), "both laws are known"
    volume = log_volume_factor(flow, x)
    return (source.log_density(x) - volume - target.log_density(flow(x))).mean().item()


def volume(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Every kind of flow on both targets; a seed names the initial weights and the samples."""
    table: dict[str, list[Scores]] = {}
    runs = [("wide", kind, adversarial) for kind in KINDS for adversarial in (False, True)]
    runs += [("equal volume", "leapfrog", adversarial) for adversarial in (False, True)]
    for target, kind, adversarial in runs:
        pair = wide_pair() if target == "wide" else sheared_pair()
        name = f"{target}: {kind}, {'discriminator' if adversarial else 'Sinkhorn'}"
        for seed in seeds:
            flow = train_flow(pair, profile, kind=kind, adversarial=adversarial, seed=seed).cpu()
            table.setdefault(name, []).append(scores(flow, pair, target=target))
    rows = [
        Row(system=system, metric=metric, values=tuple(one[metric] for one in runs))
        for system, runs in table.items()
        for metric in runs[0]
    ]
    return Findings(rows=rows)


def scores(flow: HamiltonianFlow, pair: IndependentPair, *, target: str) -> Scores:
    """Fit, in nats and by transport, beside the least that is possible; and what became of volumes."""
    # In single precision the determinant of a flow that stretches a thousandfold would be lost in rounding.
    flow = copy.deepcopy(flow).double()
    draw = [
        domain.draw(TEST, generator=torch.Generator().manual_seed(k)).value.double()
        for k, domain in enumerate((pair.source, pair.target, pair.target))
    ]
    x, y, other = draw
    x = matched(x)
    made = flow(x)

    def distance(a: Tensor, b: Tensor) -> float:
        return sinkhorn_divergence(a, b, epsilon=EPSILON["table"]).item()

    return {
        "fit: KL from the target, nats": kl_to_target(flow, pair, x),
        f"fit: KL with {FINE} steps, nats": kl_to_target(refined(flow), pair, x),
        "fit: least KL if volume is kept, nats": floor_of_kl() if target == "wide" else 0.0,
        "fit: Sinkhorn divergence": distance(made, y),
        "fit: Sinkhorn divergence of two samples of the target": distance(other, y),
        "mean log of the volume factor": log_volume_factor(flow, x).mean().item(),
        "relative error of a round trip": ((flow.inverse(made) - x).norm(dim=1) / x.norm(dim=1))
        .mean()
        .item(),
    }


def matched(x: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
    """Standard normal samples whose mean and covariance are exactly 0 and I.

    All densities here are Gaussian, and so the divergence of the identity has no error left, nor has the best
    possible one; that a thousand samples are a little wider or narrower than their law would hide the floor.
    """
    x = x - x.mean(0)
    factor = torch.linalg.cholesky(x.T @ x / len(x))
    return torch.linalg.solve_triangular(factor, x.T, upper=False).T


REPRODUCTIONS = (
    Reproduction(
        name="hamiltonian-volume",
        title="A flow that keeps volumes, and a target that needs more",
        source="[menier2022] does not discuss it",
        seconds={"quick": 1_720.0},
        run=volume,
    ),
)
