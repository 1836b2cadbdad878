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
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP, SeparableMLP
from udtlib.nets.mlp import mlp
from udtlib.numerics.integrators import RK4, Leapfrog
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Adversarial, Between, Discrepancy
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.hamiltonian_flow import Augmentation, HamiltonianFlow
from udtlib.transport.divergence import sinkhorn_divergence
from udtlib.types import Float, Tensor

#: Steps that stand for the equation itself.
FINE = 100
#: Deviation of the wide target, σ; and a target whose volume is the source's.
SIGMA = 2.0
SHEARED = ((2.0, 1.0), (1.0, 1.0))
TEST = 1_000
#: Of the Sinkhorn divergence in training, and in the table.
TRAINING_EPSILON, TABLE_EPSILON = 0.2, 0.1

#: Without and with what lifts the law.
KINDS = ("leapfrog", "RK4", "RK4, augmented", "RK4, scaled")


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


def volume_game(
    pair: IndependentPair, setting: Setting, *, kind: str, adversarial: bool
) -> HamiltonianTranslation:
    """A flow of the plane, and what it is held to."""
    flow, discrepancy = make_flow(kind), make_discrepancy(adversarial=adversarial)
    optimiser = AdamConfig(rate=1e-3, betas=(0.5, 0.99)) if adversarial else AdamConfig(rate=2e-3)
    return HamiltonianTranslation(flow, discrepancy, config=HamiltonianConfig(optimiser=optimiser))


def volume_training(profile: Profile, *, adversarial: bool) -> TrainConfig:
    """On fresh samples; longer where a discriminator has to learn as well."""
    alone, game = profile.pick(quick=(500, 1_000), colab=(1_000, 3_000), full=(2_000, 6_000))
    return TrainConfig(steps=game if adversarial else alone, batch_size=128, decay_from=0.25)


def make_discrepancy(*, adversarial: bool) -> Discrepancy:
    """A discriminator of points with a penalty on its slope, or the Sinkhorn divergence."""
    if not adversarial:
        return Between(partial(sinkhorn_divergence, epsilon=TRAINING_EPSILON, iterations=10, tolerance=None))
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


def volume_scores(flow: HamiltonianFlow, pair: IndependentPair, *, least: float) -> Scores:
    """Fit, in nats and by transport, beside the least that is possible; and what became of volumes."""
    # In single precision the determinant of a flow that stretches a thousandfold would be lost in rounding.
    flow = copy.deepcopy(flow).cpu().double().requires_grad_(False)
    draw = [
        domain.draw(TEST, generator=torch.Generator().manual_seed(k)).value.double()
        for k, domain in enumerate((pair.source, pair.target, pair.target))
    ]
    x, y, other = draw
    x = matched(x)
    made = flow(x)

    def distance(a: Tensor, b: Tensor) -> float:
        return sinkhorn_divergence(a, b, epsilon=TABLE_EPSILON).item()

    back = (flow.inverse(made) - x).norm(dim=1) / x.norm(dim=1)
    return Scores(
        fit={
            "KL from the target, nats": kl_to_target(flow, pair, x),
            f"KL with {FINE} steps, nats": kl_to_target(refined(flow), pair, x),
            "least KL if volume is kept, nats": least,
            "Sinkhorn divergence": distance(made, y),
            "Sinkhorn divergence of two samples of the target": distance(other, y),
        },
        other={
            "mean log of the volume factor": log_volume_factor(flow, x).mean().item(),
            "relative error of a round trip": back.mean().item(),
        },
    )


def matched(x: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
    """Standard normal samples whose mean and covariance are exactly 0 and I.

    All densities here are Gaussian, and so the divergence of the identity has no error left, nor has the best
    possible one; that a thousand samples are a little wider or narrower than their law would hide the floor.
    """
    x = x - x.mean(0)
    factor = torch.linalg.cholesky(x.T @ x / len(x))
    return torch.linalg.solve_triangular(factor, x.T, upper=False).T


def wide(setting: Setting) -> IndependentPair:
    """The target whose volume is four times the source's."""
    return wide_pair()


def sheared(setting: Setting) -> IndependentPair:
    """The target of equal volume."""
    return sheared_pair()


def volume_systems(words: str, kinds: tuple[str, ...]) -> dict[str, System]:
    """Every kind of flow, each held to either discrepancy."""
    pair, least = (wide, floor_of_kl()) if words == "wide" else (sheared, 0.0)
    return {
        f"{words}: {kind}, {'discriminator' if adversarial else 'Sinkhorn'}": System(
            partial(volume_game, kind=kind, adversarial=adversarial),
            training=partial(volume_training, adversarial=adversarial),
            part="flow",
            pair=pair,
            scores=partial(volume_scores, least=least),
        )
        for kind in kinds
        for adversarial in (False, True)
    }


VOLUME = Experiment(
    name="hamiltonian-volume",
    title="A flow that keeps volumes, and a target that needs more",
    source="[menier2022] does not discuss it",
    systems={**volume_systems("wide", KINDS), **volume_systems("equal volume", ("leapfrog",))},
)
