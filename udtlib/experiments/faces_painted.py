"""Chapter 02 on faces of 64 pixels, trained for longer than a page can: what L1 gives, and what the game adds."""

from __future__ import annotations

from functools import partial

from torch import nn

from udtlib.data.faces.pairs import FacePair, labels_to_faces
from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import right_answers
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.emoji_paired import SIZE
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.pictures import translations
from udtlib.experiments.pix2pix import map_scores
from udtlib.nets.patch_scales import PatchScales
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.direct import Direct

#: Of the colours that no map tells: near typical ones, as on streets, where roads are grey and trees green.
VARIETY = 0.2
#: The patch that the discriminators see, half the side, and at how many scales: the second sees the whole face, or
#: a wall may be plain on one side of a head and dotted on the other.
FIELD, SCALES = 34, 2
#: Adam's step sizes: of the generator, and of the discriminator. Nothing bounds the discriminator's slope: with
#: normalised spectra, or with a penalty on it, walls and hair stayed those of L1 three times as long.
STEP, JUDGE_STEP = AdamConfig(rate=6e-4), AdamConfig(rate=1e-3)


def faces(setting: Setting) -> FacePair:
    """Label maps and faces whose shades, patterns and light no map tells."""
    return labels_to_faces(size=SIZE, count=4000, test=1000, variety=VARIETY)


def portraitist() -> Direct:
    """The generator: five halvings, so that its innermost map sees the whole picture."""
    return Direct(ResizeUNet(3, 3, width=18, depth=5))


def regression(pair: DomainPair, setting: Setting) -> Objective:
    """L1 alone."""
    return PairedRegression(portraitist(), optimiser=STEP)


def pix2pix(
    pair: DomainPair, setting: Setting, *, l1_weight: float = 100.0, conditional: bool = True
) -> Objective:
    """The non-saturating game, with or without an L1 term and the discriminator's condition."""
    judges = [
        PatchGAN(3, condition=3 if conditional else 0, field=FIELD, width=24, norm=nn.Identity)
        for _ in range(SCALES)
    ]
    game = GANConfig(discriminator_optimiser=JUDGE_STEP, generator_optimiser=STEP)
    config = Pix2PixConfig(l1_weight=l1_weight, conditional=conditional, game=game)
    return Pix2Pix(portraitist(), PatchScales(judges), config=config)


def rounds(profile: Profile) -> TrainConfig:
    """The same budget for every system."""
    steps = profile.pick(quick=20_000, colab=20_000, full=60_000)
    return TrainConfig(steps=steps, batch_size=8, average=0.999, decay_from=0.5, log_every=50)


TRANSLATION = Translation(
    build=lambda profile: portraitist(), channels=(3, 3), sides=lambda profile: Sides(step=32, least=64)
)
GAMES = {
    "L1": regression,
    "cGAN": partial(pix2pix, l1_weight=0.0),
    "L1 + GAN": partial(pix2pix, conditional=False),
    "L1 + cGAN": pix2pix,
}
FACES = Experiment(
    name="faces-losses",
    title="Label maps to faces of 64 pixels: what L1 gives, and what the game adds",
    source="the ablation of [isola2017, table 1] on cartoon faces, where many portraits are right",
    pair=faces,
    systems={
        name: System(make, training=rounds, part="generator", translation=TRANSLATION)
        for name, make in GAMES.items()
    },
    references={"the truth": right_answers},
    scores=map_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Unseen label maps, first start. The map tells where things are; their colours, their "
            "patterns and the light are guesses.",
        ),
        "curves": score_curves("fooling rate, a glimpse", caption="Every loss after the same rounds."),
    },
)
