"""Chapter 05: digits through a shared latent space and through two flows, beside other ways to choose a map."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.data.street_digits import negative_digits
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.pictures import translations
from udtlib.experiments.unpaired import street
from udtlib.instruments.digits.ink import ink_scores
from udtlib.instruments.digits.scores import negative_scores, street_scores
from udtlib.nets.autoencoder import image_autoencoder, residual_blocks
from udtlib.nets.flows import image_flow
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.objectives.unit import UNIT, UNITConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.direct import Direct
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.two_way import TwoWay


def negatives(setting: Setting) -> IndependentPair:
    """Digits and the negatives of other digits, 28 pixels a side."""
    return negative_digits(
        size=28, source=setting.profile.pick(quick="embedded", colab="embedded", full="official")
    )


def width_of(profile: Profile) -> int:
    """Feature channels of the first layers of autoencoders and generators."""
    return profile.pick(quick=12, colab=32, full=64)


def game_for(profile: Profile, *, rate: float) -> GANConfig:
    """The least-squares game; ``rate`` is the translator's step size."""
    judge_rate = profile.pick(quick=1.5e-3, colab=5e-4, full=4e-4)
    return replace(
        LEAST_SQUARES,
        discriminator_optimiser=AdamConfig(rate=judge_rate),
        generator_optimiser=AdamConfig(rate=rate),
    )


def block_rate(profile: Profile) -> float:
    """Adam's step size of nets made of residual blocks."""
    return profile.pick(quick=6e-4, colab=3e-4, full=2e-4)


def judges(profile: Profile, *, channels: int) -> list[PatchGAN]:
    """Untrained discriminators of both domains, the same for every method."""
    width = profile.pick(quick=24, colab=32, full=64)
    # No normalisation: taken over real and made images apart, it can hide a difference of their means.
    return [PatchGAN(channels, field=16, width=width, norm=nn.Identity) for _ in "xy"]


def unit_translator(
    profile: Profile, *, channels: int = 1, shared: bool = True, noise: float = 1.0
) -> LatentTranslator:
    """Two untrained autoencoders with two residual blocks on either side of the code, one of them shared.

    Args:
        profile: how wide they are.
        channels: of the images.
        shared: whether the layers next to the code belong to both domains.
        noise: deviation of the noise on codes while training.
    """
    width, own = width_of(profile), 1 if shared else 2
    coders = [initialise_normal(image_autoencoder(channels, width=width, blocks=own)) for _ in "xy"]
    if not shared:
        return LatentTranslator(*coders, noise=noise)
    end, start = (initialise_normal(residual_blocks(4 * width, count=1)) for _ in range(2))
    return LatentTranslator(*coders, shared_end=end, shared_start=start, noise=noise)


def unit_game(
    pair: DomainPair, setting: Setting, *, channels: int = 1, shared: bool = True, weight: float = 3.0
) -> UNIT:
    """UNIT; its reconstructions and cycles weigh 10 in the authors' implementation."""
    profile = setting.profile
    translator = unit_translator(profile, channels=channels, shared=shared)
    config = UNITConfig(
        reconstruction_weight=weight,
        cycle_weight=weight,
        pool=50,
        game=game_for(profile, rate=block_rate(profile)),
    )
    return UNIT(translator, *judges(profile, channels=channels), config=config)


def cycle_game(pair: DomainPair, setting: Setting) -> Game:
    """CycleGAN as in chapter 04: two nets of residual blocks that share nothing."""
    profile = setting.profile
    nets = [ResNetGenerator(1, 1, width=width_of(profile), blocks=3) for _ in "xy"]
    return cyclegan(
        TwoWay(*(Direct(initialise_normal(net)) for net in nets)),
        *judges(profile, channels=1),
        cycle_weight=3.0,
        game=game_for(profile, rate=block_rate(profile)),
    )


def flow_translator(profile: Profile, *, channels: int = 1) -> SharedLatentFlow:
    """Two untrained flows of digits; both only reorder pixels, so that nothing is translated yet."""
    width = 2 * width_of(profile)
    return SharedLatentFlow(
        *(image_flow(channels, checkers=0, mixed=6, width=width, bound=0.5) for _ in "xy")
    )


def flow_game(
    pair: DomainPair, setting: Setting, *, channels: int = 1, likelihood_weight: float = 0.02
) -> AlignFlow:
    """AlignFlow: the game and a little likelihood."""
    profile = setting.profile
    rate = profile.pick(quick=5e-4, colab=3e-4, full=2e-4)
    config = AlignFlowConfig(
        likelihood_weight=likelihood_weight, dequantise=0.1, game=game_for(profile, rate=rate)
    )
    translator = flow_translator(profile, channels=channels)
    return AlignFlow(translator, *judges(profile, channels=channels), config=config)


def training(profile: Profile, *, quick: int, colab: int, full: int) -> TrainConfig:
    """As many rounds for every method."""
    return TrainConfig(
        steps=profile.pick(quick=quick, colab=colab, full=full),
        batch_size=profile.pick(quick=4, colab=8, full=8),
        decay_from=0.5,
    )


negative_steps = partial(training, quick=300, colab=6_000, full=40_000)


def flat_steps(profile: Profile) -> TrainConfig:
    """Rounds after which all scores on negatives are flat; what is shown is an average of weights."""
    return replace(training(profile, quick=900, colab=6_000, full=40_000), average=0.998)


street_steps = partial(training, quick=800, colab=8_000, full=80_000)


def unit_translates(channels: int, *, shared: bool = True) -> Translation:
    """How `udt translate` uses UNIT."""
    return Translation(
        build=partial(unit_translator, channels=channels, shared=shared),
        channels=(channels, channels),
        sides=lambda profile: Sides(step=4, least=8),
    )


def flow_translates(channels: int) -> Translation:
    """How `udt translate` uses AlignFlow."""
    return Translation(
        build=partial(flow_translator, channels=channels),
        channels=(channels, channels),
        sides=lambda profile: Sides(step=2),
    )


def negative_and_ink_scores(translator: InvertibleTranslator, pair: IndependentPair) -> Scores:
    """Chapter 04's scores, and where the ink is."""
    return negative_scores(translator, pair) | ink_scores(translator, pair)


NEGATIVES = Experiment(
    name="unit-negatives",
    title="Digits and their negatives: UNIT, CycleGAN and AlignFlow",
    source="the experiment behind figure 2.4 of [chevalley2020], with numbers",
    pair=negatives,
    systems={
        "CycleGAN": System(cycle_game, training=flat_steps),
        "UNIT": System(unit_game, training=flat_steps, translation=unit_translates(1)),
        "UNIT, nothing shared": System(
            partial(unit_game, shared=False),
            training=flat_steps,
            translation=unit_translates(1, shared=False),
        ),
        "UNIT, weights of 10": System(
            partial(unit_game, weight=10.0), training=flat_steps, translation=unit_translates(1)
        ),
        "AlignFlow": System(flow_game, training=flat_steps, translation=flow_translates(1)),
    },
    scores=negative_and_ink_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Digits translated to negatives after the same number of rounds. Below stands the right "
            "answer.",
        )
    },
)


STREET = Experiment(
    name="unit-street",
    title="Street digits and plain ones: UNIT and AlignFlow",
    source="no table of either paper; the task of chapter 04",
    pair=street,
    systems={
        "UNIT": System(partial(unit_game, channels=3), training=street_steps, translation=unit_translates(3)),
        "AlignFlow": System(
            partial(flow_game, channels=3), training=street_steps, translation=flow_translates(3)
        ),
    },
    scores=street_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "S(T(x))",
            caption="Street digits through a shared code and through two flows, first start.",
        )
    },
)
