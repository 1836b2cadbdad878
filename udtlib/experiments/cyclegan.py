"""Chapter 04: CycleGAN on images, where its objective, its nets and its weights choose among the maps that fit."""

from __future__ import annotations

from functools import partial
from typing import final

from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import untouched
from udtlib.experiments.declare import Experiment, Setting, System, Untrained
from udtlib.experiments.following import score_curves
from udtlib.experiments.pictures import translations
from udtlib.experiments.unpaired import (
    Generator,
    Judges,
    displaced_unet,
    game_for,
    glasses,
    hair,
    negatives,
    residual_blocks,
    street,
    training,
    translates,
    translator_for,
    unet,
)
from udtlib.instruments.digits.scores import negative_scores, street_scores
from udtlib.instruments.faces.attributes import glasses_scores, hair_scores
from udtlib.nets.displacement import Displacement
from udtlib.numerics.signatures import checked_options
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.types import Float, Tensor

#: Patches of a digit; those of a face are the profile's.
DIGIT_JUDGES, FACE_JUDGES, HAIR_JUDGES = Judges(field=16), Judges(), Judges(slope_weight=0.05)
ROWS = ("x", "T(x)", "S(T(x))", "y", "S(y)")


def cycle_game(
    pair: DomainPair,
    setting: Setting,
    *,
    generator: Generator,
    channels: tuple[int, int],
    judges: Judges,
    cycle_weight: float,
) -> Game:
    """CycleGAN's game."""
    return cyclegan(
        translator_for(generator, channels, setting.profile),
        *judges.build(channels, setting.profile),
        cycle_weight=cycle_weight,
        game=game_for(judges, setting.profile),
    )


def disco_game(
    pair: DomainPair, setting: Setting, *, generator: Generator, channels: tuple[int, int], judges: Judges
) -> Game:
    """Its sibling, with the log loss and squared reconstructions."""
    return discogan(
        translator_for(generator, channels, setting.profile),
        *judges.build(channels, setting.profile),
        game=game_for(judges, setting.profile, losses=GANConfig()),
    )


negative_steps = partial(training, quick=400, colab=4_000, full=40_000)
street_steps = partial(training, quick=800, colab=8_000, full=80_000)
face_steps = partial(training, quick=2_000, colab=10_000, full=100_000)


def on_negatives(generator: Generator, *, cycle_weight: float) -> System:
    """A CycleGAN on digits and negatives."""
    game = partial(
        cycle_game, generator=generator, channels=(1, 1), judges=DIGIT_JUDGES, cycle_weight=cycle_weight
    )
    return System(game, training=negative_steps, translation=translates(generator, (1, 1)))


NEGATIVES = Experiment(
    name="cyclegan-negatives",
    title="Digits and negatives: one objective, several nets and weights",
    source="CycleGAN [zhu2017cycle, section 3], DiscoGAN [kim2017]; the task of the course's chapter 04",
    pair=negatives,
    systems={
        "U-Net, λ = 10": on_negatives(unet, cycle_weight=10.0),
        "U-Net, λ = 0": on_negatives(unet, cycle_weight=0.0),
        "U-Net, DiscoGAN": System(
            partial(disco_game, generator=unet, channels=(1, 1), judges=DIGIT_JUDGES),
            training=negative_steps,
            translation=translates(unet, (1, 1)),
        ),
        "x + U-Net, λ = 10": on_negatives(displaced_unet, cycle_weight=10.0),
        "residual blocks, λ = 10": on_negatives(residual_blocks, cycle_weight=10.0),
        "residual blocks, λ = 3": on_negatives(residual_blocks, cycle_weight=3.0),
    },
    scores=negative_scores,
    pictures={
        "samples": translations(
            *ROWS,
            caption="Digits and their negatives. Which map is found depends on the net as much as on the "
            "objective.",
        )
    },
)


@final
class Times(nn.Module):
    """A fixed multiple of its input."""

    @checked_options()
    def __init__(self, factor: float | int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, h: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return self.factor * h


#: A U-Net answers in (-1, 1); from x to -x the way is up to 2 long.
REACH = 2.5


def reaching_unet(inputs: int, outputs: int, profile: Profile) -> nn.Module:
    """x + 2.5 U-Net: near the identity at the start, and no image is out of its reach."""
    return Displacement(nn.Sequential(unet(inputs, outputs, profile), Times(REACH)))


reach_steps = partial(training, quick=400, colab=4_000, full=40_000)


def reaching(generator: Generator) -> System:
    """A CycleGAN on digits and negatives, for as many rounds as the U-Net of the table of negatives has."""
    game = partial(cycle_game, generator=generator, channels=(1, 1), judges=DIGIT_JUDGES, cycle_weight=10.0)
    return System(game, training=reach_steps, translation=translates(generator, (1, 1)))


WAY = "mean |T(x) − (−x)|"
REACHING = Experiment(
    name="cyclegan-reach",
    title="Digits to negatives from the identity: a net that starts there, and can leave",
    source="a control of the course's chapter 04",
    pair=negatives,
    systems={"x + 2.5 U-Net": reaching(reaching_unet)},
    references={"x itself": untouched},
    scores=negative_scores,
    pictures={
        "curves": score_curves(
            WAY,
            "class kept by T",
            caption="From the identity towards −x, which the net can represent.",
            times=6,
        ),
        "samples": translations(
            *ROWS, caption="Digits, and what a net that starts at the identity makes of them; first start."
        ),
    },
)


def on_street(generator: Generator, *, cycle_weight: float) -> System:
    """A CycleGAN on street digits."""
    game = partial(
        cycle_game, generator=generator, channels=(3, 3), judges=DIGIT_JUDGES, cycle_weight=cycle_weight
    )
    return System(game, training=street_steps, translation=translates(generator))


STREET = Experiment(
    name="cyclegan-street",
    title="Street digits and plain ones",
    source="the task of [benaim2017] with drawn numbers in place of SVHN",
    pair=street,
    systems={
        "U-Net, λ = 10": on_street(unet, cycle_weight=10.0),
        "x + U-Net, λ = 3": on_street(displaced_unet, cycle_weight=3.0),
        "residual blocks, λ = 3": on_street(residual_blocks, cycle_weight=3.0),
    },
    scores=street_scores,
    pictures={
        "samples": translations(
            *ROWS, caption="Street digits and plain ones. Dark digits on light walls are the hard ones."
        )
    },
)


def on_faces(judges: Judges) -> partial[Game]:
    """A small change of a picture is made best by a net that starts from none."""
    return partial(cycle_game, generator=displaced_unet, channels=(3, 3), judges=judges, cycle_weight=3.0)


FACES = Experiment(
    name="cyclegan-faces",
    title="Glasses and hair of cartoon faces, without pairs",
    source="the tasks of [benaim2017] on faces whose answers are known",
    systems={
        "glasses → without": System(
            on_faces(FACE_JUDGES),
            training=face_steps,
            pair=glasses,
            scores=glasses_scores,
            translation=translates(displaced_unet),
        ),
        "blond → black": System(
            on_faces(HAIR_JUDGES),
            training=face_steps,
            pair=hair,
            scores=hair_scores,
            translation=translates(displaced_unet),
        ),
    },
    references={
        "glasses: x itself": Untrained(untouched, pair=glasses, scores=glasses_scores),
        "blond: x itself": Untrained(untouched, pair=hair, scores=hair_scores),
    },
    pictures={"samples": translations(*ROWS, caption="Two attributes of faces, translated without pairs.")},
)
