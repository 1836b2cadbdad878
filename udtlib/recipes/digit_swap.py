"""Chapter 08's headline: zeros and ones change sides, or places, as the cost asks [debezenac2019, table 1]."""

from __future__ import annotations

import torch
from torch import nn

from udtlib.data.digit_swap import digit_swap, move_across, sides_of
from udtlib.evaluate.pairings import nearest_is_partner, same_label_share
from udtlib.losses.adversarial import hinge_discriminator, wasserstein_generator
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discrepancy import Adversarial
from udtlib.objectives.dont import DONT, DONTConfig
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.recipes.coded_pairs import CodedPair, code_digits
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.residual_flow import ResidualFlow, residual_flow
from udtlib.translators.two_way import TwoWay
from udtlib.transport.semantic import SemanticCost
from udtlib.types import Float, Int, Tensor

#: Side of the images in pixels; the paper's is 64.
SIZE = {"quick": 32, "colab": 32, "full": 64}
#: Steps of a translator.
#: More would be worse: after λ has come down to zero, nothing holds a flow to the least effort, and it drifts.
STEPS = {"quick": 600, "colab": 600, "full": 600}
#: λ at the start, without and with weights on the coordinates. It is zero from three quarters of the run on.
EFFORT = {
    "quick": {1: 0.3, 2: 0.2},
    "colab": {1: 0.3, 2: 0.2},
    # Codes of larger images lie farther apart in the many directions of a hand.
    "full": {1: 0.6, 2: 0.2},
}
#: Both players of the game on codes.
FLOW_RATE, JUDGE_RATE = 1e-3, 2e-3
#: Codes of each domain in an exact plan.
PLANNED = 1_000


def make_swap(profile: Profile, *, seed: int, source: str = "embedded") -> CodedPair:
    """Digits on either side, coded by an autoencoder that is trained here and then left alone."""
    images = digit_swap(size=SIZE[profile.name], source=source, seed=seed)
    return code_digits(images, profile, seed=seed)


def what_the_rule_sees(
    swap: CodedPair,
) -> tuple[Float[Tensor, "n code"], Int[Tensor, "n"], Int[Tensor, "n"]]:
    """Training codes, the side of each digit and the domain of each image: all that a choice of cost may use."""
    images, codes = swap.images, swap.codes
    side = sides_of(torch.cat([images.source.train, images.target.train]))
    domain = torch.arange(2, device=side.device).repeat_interleave(len(codes.source.train))
    return torch.cat([codes.source.train, codes.target.train]), side, domain


def latent_judge(dimension: int) -> nn.Module:
    """A discriminator of codes whose slope is bounded [debezenac2019, appendix A]."""
    return mlp([dimension, 256, 256, 1], activation=lambda: nn.LeakyReLU(0.2), spectral=True)


def latent_game() -> GANConfig:
    """The hinge game, with the discriminator's larger steps."""
    return GANConfig(
        discriminator_loss=hinge_discriminator,
        generator_loss=wasserstein_generator,
        discriminator_optimiser=AdamConfig(rate=JUDGE_RATE),
        generator_optimiser=AdamConfig(rate=FLOW_RATE),
    )


def training(profile: Profile, *, seed: int) -> TrainConfig:
    """How every translator of codes is trained."""
    return TrainConfig(
        steps=STEPS[profile.name],
        batch_size=256,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
        progress=False,
    )


def play_dont(
    swap: CodedPair,
    profile: Profile,
    *,
    seed: int,
    cost_weight: Tensor | None = None,
    effort: float | None = None,
    steps: int = 5,
    power: float = 2.0,
) -> ResidualFlow:
    """A trained flow of codes.

    Args:
        swap: the pair.
        profile: sizes and hardware.
        seed: of the initial weights and the batches.
        cost_weight: :math:`c_i`; None counts every coordinate alike.
        effort: λ at the start; None for this recipe's.
        steps: :math:`K`.
        power: :math:`p`.
    """
    dimension = swap.codes.source.shape[0]
    with random_run(seed):
        flow = residual_flow(dimension, steps=steps)
        discrepancy = Adversarial(latent_judge(dimension), game=latent_game())
    weight = EFFORT[profile.name][1 if cost_weight is None else 2] if effort is None else effort
    config = DONTConfig(
        effort_weight=weight, effort_until=0.75, power=power, optimiser=AdamConfig(rate=FLOW_RATE)
    )
    game = DONT(flow, discrepancy, cost_weight=cost_weight, config=config)
    fit(game, swap.codes, config=training(profile, seed=seed))
    return flow.eval()


def play_cyclegan(swap: CodedPair, profile: Profile, *, seed: int) -> TwoWay:
    """CycleGAN on the same codes, with the same nets, and nothing that asks for little effort."""
    dimension = swap.codes.source.shape[0]
    with random_run(seed):
        translator = TwoWay(residual_flow(dimension, steps=5), residual_flow(dimension, steps=5))
        judges = [latent_judge(dimension) for _ in range(2)]
    game = cyclegan(translator, *judges, cycle_weight=10.0, pool=0, game=latent_game())
    fit(game, swap.codes, config=training(profile, seed=seed))
    return translator.eval()


def same_hand(swap: CodedPair, made: Tensor) -> float:
    """Percentage of translations whose nearest target is the source's very own digit, moved across.

    All targets are decoded codes, so that what the autoencoder loses counts for nobody.
    """
    wanted = swap.space.decode(swap.space.encode(move_across(swap.images.source.test)))
    return nearest_is_partner(made, wanted)


def plan_score(swap: CodedPair, cost: SemanticCost | None, *, seed: int = 0) -> float:
    """Percentage of pairs of equal digits in an exact plan between training codes: task 2 without any network."""
    picked = []
    for k, domain in enumerate((swap.codes.source, swap.codes.target)):
        generator = torch.Generator().manual_seed(2 * seed + k)
        rows = torch.randperm(len(domain.train), generator=generator)[:PLANNED].to(domain.train.device)
        picked.append((domain.train[rows], domain.train_label[rows]))
    (x, x_kind), (y, y_kind) = picked
    C = torch.cdist(x, y).square() if cost is None else cost(x, y)
    return same_label_share(C, x_kind, y_kind)
