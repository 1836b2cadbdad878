"""Chapter 02: pix2pix on cartoon faces, and the paper's three ablations with instruments that know the truth."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from udtlib.data.faces.pairs import FacePair, labels_to_faces
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import right_answers
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.pictures import translations
from udtlib.instruments.faces.label_maps import face_scores
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.unet import UNet
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.direct import Direct

#: The four receptive fields, each a place among a profile's ``fields``.
PIXEL, FEATURE, HALF_FACE, WHOLE_FACE = range(4)


def faces_of_maps(setting: Setting, *, variety: float) -> FacePair:
    """Label maps and their faces; ``variety`` is that of the colours that no map determines."""
    size = setting.profile.pick(quick=32, colab=64, full=128)
    return labels_to_faces(size=size, count=4000, test=1000, variety=variety)


def width(profile: Profile) -> int:
    """Feature channels of the first layers."""
    return profile.pick(quick=24, colab=32, full=64)


def depth(profile: Profile) -> int:
    """Halvings of the generator, down to one pixel."""
    return profile.pick(quick=5, colab=6, full=7)


def batch_size(profile: Profile) -> int:
    """Images per move."""
    return profile.pick(quick=8, colab=8, full=4)


def fields(profile: Profile) -> tuple[int, ...]:
    """Pixels that the four discriminators see: one, a feature, half a face, the whole image."""
    return profile.pick(quick=(1, 7, 16, 34), colab=(1, 16, 34, 70), full=(1, 16, 70, 142))


def plain_judge(profile: Profile, *, field: int, conditional: bool = True) -> PatchGAN:
    """A discriminator."""
    # No normalisation: taken over real and made images apart, it can hide a difference of their means.
    return PatchGAN(
        3,
        condition=3 if conditional else 0,
        field=fields(profile)[field],
        width=width(profile),
        norm=nn.Identity,
    )


def game_of_players(profile: Profile) -> GANConfig:
    """The non-saturating game, and how generator and discriminator step."""
    rates = profile.pick(quick=(6e-4, 1e-3), colab=(3e-4, 5e-4), full=(2e-4, 2e-4))
    generator, discriminator = (AdamConfig(rate=rate) for rate in rates)
    return GANConfig(discriminator_optimiser=discriminator, generator_optimiser=generator)


def face_painter(profile: Profile, *, skips: bool) -> Direct:
    """A generator: a U-Net, or an encoder–decoder without the skips."""
    return Direct(initialise_normal(UNet(3, 3, width=width(profile), depth=depth(profile), skips=skips)))


def regression(pair: Any, setting: Setting, *, skips: bool) -> Objective:
    """L1 alone."""
    generator = face_painter(setting.profile, skips=skips)
    return PairedRegression(generator, optimiser=game_of_players(setting.profile).generator_optimiser)


def pix2pix(
    pair: Any,
    setting: Setting,
    *,
    skips: bool,
    l1: bool = True,
    conditional: bool = True,
    field: int = HALF_FACE,
) -> Objective:
    """pix2pix, with or without its L1 term, the discriminator's condition and the generator's skips."""
    profile = setting.profile
    generator = face_painter(profile, skips=skips)
    config = Pix2PixConfig(
        # The paper's weight is 100; in short runs less lets the game show.
        l1_weight=profile.pick(quick=50.0, colab=100.0, full=100.0) if l1 else 0.0,
        conditional=conditional,
        game=game_of_players(profile),
    )
    return Pix2Pix(generator, plain_judge(profile, field=field, conditional=conditional), config=config)


def rounds(profile: Profile) -> TrainConfig:
    """The same budget for every loss and net.

    Not the page's: after 700 rounds a judge who sees little tells the game's faces from true ones seven times of
    eight, and in the next 6,000 that changes more than by any change of the recipe.
    """
    steps = profile.pick(quick=7_000, colab=16_000, full=80_000)
    return TrainConfig(
        steps=steps, batch_size=batch_size(profile), decay_from=0.5, average=0.999, log_every=50
    )


def brief_rounds(profile: Profile) -> TrainConfig:
    """A tenth of that, for the comparison of patches."""
    steps = profile.pick(quick=700, colab=8_000, full=80_000)
    return TrainConfig(steps=steps, batch_size=batch_size(profile), decay_from=0.5)


def sides(profile: Profile) -> Sides:
    """The images that the generator can halve as often as it does."""
    return Sides(step=2 ** depth(profile))


def painting(
    game: Callable[..., Objective],
    *,
    skips: bool = True,
    training: Callable[[Profile], TrainConfig] = rounds,
    **options: Any,
) -> System:
    """One of the compared systems, whose generator translates images."""
    translation = Translation(build=partial(face_painter, skips=skips), sides=sides)
    return System(
        partial(game, skips=skips, **options), training=training, part="generator", translation=translation
    )


def map_scores(subject: Any, pair: FacePair) -> Scores:
    """Obedience to the label map and realism; the judges draw from the run's own seed."""
    return face_scores(subject, pair, seed=torch.initial_seed())


def stated(
    pixel_accuracy: dict[str, float],
    class_accuracy: dict[str, float],
    class_iou: dict[str, float] | None = None,
) -> dict[tuple[str, str], float | None]:
    """What the paper states, by system and measure."""
    columns = {
        "per-pixel accuracy": pixel_accuracy,
        "per-class accuracy": class_accuracy,
        "class IoU": class_iou or {},
    }
    return {(system, name): value for name, column in columns.items() for system, value in column.items()}


#: Colours stay near typical ones, as on streets: what a map leaves open is texture more than colour.
STREETS = partial(faces_of_maps, variety=0.2)
REFERENCES = {"ground truth": right_answers}

#: The paper's values are FCN-scores on Cityscapes labels → photos, as the survey's slides print them.
LOSSES = Experiment(
    name="pix2pix-losses",
    title="What each term of pix2pix's loss buys",
    source="table 1 of [isola2017], on cartoon faces instead of Cityscapes",
    pair=STREETS,
    systems={
        "L1": painting(regression),
        "GAN": painting(pix2pix, l1=False, conditional=False),
        "cGAN": painting(pix2pix, l1=False),
        "L1+GAN": painting(pix2pix, conditional=False),
        "L1+cGAN": painting(pix2pix),
    },
    references=REFERENCES,
    scores=map_scores,
    paper=stated(
        {"L1": 0.42, "GAN": 0.22, "cGAN": 0.57, "L1+GAN": 0.64, "L1+cGAN": 0.66, "ground truth": 0.80},
        {"L1": 0.15, "GAN": 0.05, "cGAN": 0.22, "L1+GAN": 0.20, "L1+cGAN": 0.23, "ground truth": 0.26},
    ),
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            count=8,
            caption="The same label maps under five losses. L1 alone paints the median of all right answers; "
            "without L1 the conditional game keeps the features, in a storm of colours; without L1 and the "
            "condition, all maps get one picture.",
        ),
        "curves": score_curves(
            "fooling rate, a glimpse", "class IoU", caption="Every loss after the same rounds."
        ),
    },
)

ARCHITECTURES = Experiment(
    name="pix2pix-architectures",
    title="Encoder–decoder against U-Net",
    source="table 2 of [isola2017], on cartoon faces instead of Cityscapes",
    pair=STREETS,
    systems={
        "encoder–decoder, L1": painting(regression, skips=False),
        "encoder–decoder, L1+cGAN": painting(pix2pix, skips=False),
        "U-Net, L1": painting(regression),
        "U-Net, L1+cGAN": painting(pix2pix),
    },
    references=REFERENCES,
    scores=map_scores,
    paper=stated(
        {
            "encoder–decoder, L1": 0.35,
            "encoder–decoder, L1+cGAN": 0.29,
            "U-Net, L1": 0.48,
            "U-Net, L1+cGAN": 0.55,
        },
        {
            "encoder–decoder, L1": 0.12,
            "encoder–decoder, L1+cGAN": 0.09,
            "U-Net, L1": 0.18,
            "U-Net, L1+cGAN": 0.20,
        },
    ),
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            count=8,
            caption="The same label maps through nets with and without skips, under two losses.",
        )
    },
)

#: The paper's discriminators see 1, 16, 70 and 286 of 256 pixels; here in `quick` 1, 7, 16 and 34 of 32.
FIELDS = Experiment(
    name="pix2pix-fields",
    title="The discriminator's receptive field",
    source="table 3 of [isola2017], on cartoon faces instead of Cityscapes",
    pair=STREETS,
    systems={
        "a pixel": painting(pix2pix, field=PIXEL, training=brief_rounds),
        "a feature": painting(pix2pix, field=FEATURE, training=brief_rounds),
        "half a face": painting(pix2pix, training=brief_rounds),
        "the whole face": painting(pix2pix, field=WHOLE_FACE, training=brief_rounds),
    },
    references=REFERENCES,
    scores=map_scores,
    paper=stated(
        {"a pixel": 0.39, "a feature": 0.65, "half a face": 0.66, "the whole face": 0.42},
        {"a pixel": 0.15, "a feature": 0.21, "half a face": 0.23, "the whole face": 0.16},
        {"a pixel": 0.10, "a feature": 0.17, "half a face": 0.17, "the whole face": 0.11},
    ),
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            count=8,
            caption="The same label maps under discriminators that see a pixel, a feature, half a face, "
            "everything.",
        )
    },
)
