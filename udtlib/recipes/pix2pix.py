"""Chapter 02: pix2pix on cartoon faces, and the paper's three ablations with instruments that know the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from udtlib.data.faces.pairs import FacePair
from udtlib.evaluate.translations import translate
from udtlib.instruments.faces.label_maps import scores_of_faces
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.unet import UNet
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pix2pix import PairedRegression, Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.recipes.base import Recipe, Reproduction, Sides, Translation
from udtlib.recipes.faces import SCALES, Scale, face_pair
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings, Row
from udtlib.show.images import image_grid
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.base import Translator
from udtlib.translators.direct import Direct

#: Colours stay near typical ones, as on streets: what a map leaves open is texture more than colour.
VARIETY = 0.2


@dataclass(frozen=True, kw_only=True)
class System:
    """One of the compared translators; the defaults are pix2pix."""

    #: whether there is an L1 term
    l1: bool = True
    #: whether there is a discriminator
    game: bool = True
    #: whether the discriminator sees what was to be translated
    conditional: bool = True
    #: whether the generator is a U-Net or an encoder–decoder
    skips: bool = True
    #: which of the scale's four receptive fields
    field: int = 2


PIX2PIX = System()
LOSSES: dict[str, System] = {
    "L1": System(game=False),
    "GAN": System(l1=False, conditional=False),
    "cGAN": System(l1=False),
    "L1+GAN": System(conditional=False),
    "L1+cGAN": PIX2PIX,
}
ARCHITECTURES: dict[str, System] = {
    "encoder–decoder, L1": System(game=False, skips=False),
    "encoder–decoder, L1+cGAN": System(skips=False),
    "U-Net, L1": System(game=False),
    "U-Net, L1+cGAN": PIX2PIX,
}


def generator_for(system: System, scale: Scale) -> Direct:
    """An untrained generator."""
    net = UNet(3, 3, width=scale.width, depth=scale.depth, skips=system.skips)
    return Direct(initialise_normal(net))


def objective_for(system: System, scale: Scale, *, seed: int) -> Objective:
    """The untrained game, or the regression."""
    torch.manual_seed(seed)
    step, judge_step = (AdamConfig(rate=rate) for rate in scale.rates)
    generator = generator_for(system, scale)
    if not system.game:
        return PairedRegression(generator, optimiser=step)
    condition = 3 if system.conditional else 0
    # No normalisation: taken over real and made images apart, it can hide a difference of their means.
    judge = PatchGAN(
        3, condition=condition, field=scale.fields[system.field], width=scale.width, norm=nn.Identity
    )
    config = Pix2PixConfig(
        l1_weight=scale.l1_weight if system.l1 else 0.0,
        conditional=system.conditional,
        game=GANConfig(discriminator_optimiser=judge_step, generator_optimiser=step),
    )
    return Pix2Pix(generator, judge, config=config)


def play(
    system: System,
    pair: FacePair,
    profile: Profile,
    *,
    seed: int,
    folder: Path | None = None,
    resume: bool = False,
) -> tuple[Translator, History]:
    """Train one system; the translator comes back ready to be measured."""
    scale = SCALES[profile.name]
    objective = objective_for(system, scale, seed=seed)
    config = TrainConfig(
        steps=scale.steps,
        batch_size=scale.batch,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    history = fit(objective, pair, config=config, folder=folder, resume=resume)
    return objective.generator.eval(), history


def ablation(
    systems: Mapping[str, System],
    profile: Profile,
    *,
    seeds: Sequence[int],
    paper: Mapping[str, Mapping[str, float]],
    caption: str,
) -> Findings:
    """Train every system from every seed, measure it, and show what the first seed's makes of six test maps."""
    pair, reader = face_pair(profile, variety=VARIETY), load_face_reader()
    test = pair.samples.test
    scores: dict[str, list[dict[str, float]]] = {}
    shown = [test.x[:8]]
    for name, system in systems.items():
        for seed in seeds:
            translator, _ = play(system, pair, profile, seed=seed)
            made = translate(translator, test.x)
            scores.setdefault(name, []).append(plain(scores_of_faces(made, pair, reader=reader, seed=seed)))
            if seed == seeds[0]:
                shown.append(made[:8])
    truth = [plain(scores_of_faces(test.y, pair, reader=reader, seed=seed)) for seed in seeds]
    rows = [
        Row(
            system=name,
            metric=metric,
            values=tuple(score[metric] for score in each),
            paper=paper.get(name, {}).get(metric),
        )
        for name, each in {**scores, "ground truth": truth}.items()
        for metric in each[0]
    ]
    picture = image_grid(
        torch.cat([*shown, test.y[:8]]),
        columns=8,
        row_labels=["label map", *systems, "ground truth"],
        alt=f"Rows of eight cartoon faces made from the same label maps by {', '.join(systems)}.",
        caption=caption,
    )
    return Findings(rows=rows, pictures={"samples": picture})


#: FCN-scores on Cityscapes labels → photos [isola2017, tables 1–3], as the survey's slides print them.
PAPER_LOSSES = {
    "L1": {"per-pixel accuracy": 0.42, "per-class accuracy": 0.15},
    "GAN": {"per-pixel accuracy": 0.22, "per-class accuracy": 0.05},
    "cGAN": {"per-pixel accuracy": 0.57, "per-class accuracy": 0.22},
    "L1+GAN": {"per-pixel accuracy": 0.64, "per-class accuracy": 0.20},
    "L1+cGAN": {"per-pixel accuracy": 0.66, "per-class accuracy": 0.23},
    "ground truth": {"per-pixel accuracy": 0.80, "per-class accuracy": 0.26},
}
PAPER_ARCHITECTURES = {
    "encoder–decoder, L1": {"per-pixel accuracy": 0.35, "per-class accuracy": 0.12},
    "encoder–decoder, L1+cGAN": {"per-pixel accuracy": 0.29, "per-class accuracy": 0.09},
    "U-Net, L1": {"per-pixel accuracy": 0.48, "per-class accuracy": 0.18},
    "U-Net, L1+cGAN": {"per-pixel accuracy": 0.55, "per-class accuracy": 0.20},
}
#: By the place of the discriminator among the four: 1, 16, 70 and 286 of 256 pixels.
PAPER_FIELDS = (
    {"per-pixel accuracy": 0.39, "per-class accuracy": 0.15, "class IoU": 0.10},
    {"per-pixel accuracy": 0.65, "per-class accuracy": 0.21, "class IoU": 0.17},
    {"per-pixel accuracy": 0.66, "per-class accuracy": 0.23, "class IoU": 0.17},
    {"per-pixel accuracy": 0.42, "per-class accuracy": 0.16, "class IoU": 0.11},
)


def losses(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """What each term of the loss buys."""
    caption = (
        "The same label maps under five losses. L1 alone paints the median of all right answers; without L1 or "
        "without the condition the games find textures but lose the face."
    )
    return ablation(LOSSES, profile, seeds=seeds, paper=PAPER_LOSSES, caption=caption)


def architectures(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """What the skips buy, under two losses."""
    caption = "The same label maps through nets with and without skips, under two losses."
    return ablation(ARCHITECTURES, profile, seeds=seeds, paper=PAPER_ARCHITECTURES, caption=caption)


def fields(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """What a larger patch buys."""
    scale = SCALES[profile.name]
    names = [f"{field} of {scale.size} pixels" for field in scale.fields]
    systems = {name: System(field=place) for place, name in enumerate(names)}
    caption = "The same label maps under discriminators that see a pixel, a feature, half a face, everything."
    paper = dict(zip(names, PAPER_FIELDS, strict=True))
    return ablation(systems, profile, seeds=seeds, paper=paper, caption=caption)


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train pix2pix`: L1 + cGAN on cartoon faces."""
    pair = face_pair(profile, variety=VARIETY)
    return play(PIX2PIX, pair, profile, seed=seed, folder=folder, resume=resume)[1]


RECIPES = (
    Recipe(
        name="pix2pix",
        summary="chapter 02: from label maps to cartoon faces, L1 + cGAN",
        seconds={"quick": 60.0},
        train=train,
        translation=Translation(
            build=lambda profile: generator_for(PIX2PIX, SCALES[profile.name]),
            part="generator",
            sides=lambda profile: Sides(step=2 ** SCALES[profile.name].depth),
        ),
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="pix2pix-losses",
        title="What each term of pix2pix's loss buys",
        source="table 1 of [isola2017], on cartoon faces instead of Cityscapes",
        seconds={"quick": 900.0},
        run=losses,
    ),
    Reproduction(
        name="pix2pix-architectures",
        title="Encoder–decoder against U-Net",
        source="table 2 of [isola2017], on cartoon faces instead of Cityscapes",
        seconds={"quick": 700.0},
        run=architectures,
    ),
    Reproduction(
        name="pix2pix-fields",
        title="The discriminator's receptive field",
        source="table 3 of [isola2017], on cartoon faces instead of Cityscapes",
        seconds={"quick": 700.0},
        run=fields,
    ),
)
