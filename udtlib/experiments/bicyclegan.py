"""Chapter 03: one label map, many faces; four ways to make a code count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from udtlib.data.faces.pairs import FacePair
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import drawn
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.images import Translation
from udtlib.experiments.pictures import Drawn
from udtlib.experiments.pix2pix import (
    HALF_FACE,
    batch_size,
    depth,
    faces_of_maps,
    fields,
    game_of_players,
    plain_judge,
    sides,
    width,
)
from udtlib.instruments.faces.label_maps import scores_of_variants, variety_scores
from udtlib.instruments.faces.reader import load_face_reader
from udtlib.nets.encoder import CNNEncoder
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.unet import UNet
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.bicyclegan import BicycleGAN, BicycleGANConfig
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pix2pix import Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.stochastic import Sampling, StochasticDirect, StochasticTranslator

#: Entries of the code, unless the experiment is about them.
LATENT = 8
#: Test maps whose conditional distribution is looked at, and samples of each.
MAPS, SAMPLES = 40, 48
#: The test map that is shown, and how many of its faces.
SHOWN, COLUMNS = 1, 10


def family(profile: Profile, *, latent: int) -> StochasticDirect:
    """A generator with a code."""
    net = UNet(3, 3, width=width(profile), depth=depth(profile), noise=latent, inject_everywhere=True)
    return StochasticDirect(initialise_normal(net), latent=latent)


def normalised_judge(profile: Profile) -> nn.Module:
    """A conditional discriminator with batch normalisation."""
    field = fields(profile)[HALF_FACE]
    return initialise_normal(PatchGAN(3, condition=3, field=field, width=width(profile)))


def game(profile: Profile) -> GANConfig:
    """The logarithmic game; every player steps alike."""
    step = AdamConfig(rate=profile.pick(quick=1e-3, colab=5e-4, full=2e-4))
    return GANConfig(discriminator_optimiser=step, generator_optimiser=step)


def bicycle(
    pair: Any,
    setting: Setting,
    *,
    latent: int,
    encoded: bool = True,
    prior: bool = True,
    latent_moves_encoder: bool = False,
) -> BicycleGAN:
    """The hybrid, or one of its halves: ``encoded`` is cVAE-GAN's and ``prior`` cLR-GAN's."""
    profile = setting.profile
    # The paper's weights, and heavier ones where codes must be in order sooner.
    l1_weight, kl_weight = profile.pick(quick=(20.0, 0.03), colab=(10.0, 0.01), full=(10.0, 0.01))
    generator = family(profile, latent=latent)
    # No normalisation: it would take away the colours that the code is to tell.
    encoder = CNNEncoder(3, latent=latent, width=width(profile), norm=nn.Identity)
    return BicycleGAN(
        generator,
        encoder,
        encoded_judge=normalised_judge(profile) if encoded else None,
        prior_judge=normalised_judge(profile) if prior else None,
        config=BicycleGANConfig(
            l1_weight=l1_weight,
            kl_weight=kl_weight,
            game=game(profile),
            latent_moves_encoder=latent_moves_encoder,
        ),
    )


def noisy_pix2pix(pair: Any, setting: Setting, *, latent: int) -> Pix2Pix:
    """Chapter 02's game with the paper's λ and a generator that is given noise; nothing else is changed."""
    profile = setting.profile
    generator = Sampling(family(profile, latent=latent))
    judge = plain_judge(profile, field=HALF_FACE)
    return Pix2Pix(generator, judge, config=Pix2PixConfig(game=game_of_players(profile)))


def noisy_pix2pix_by_the_hybrids_judge(pair: Any, setting: Setting, *, latent: int) -> Pix2Pix:
    """pix2pix with noise, and with the hybrid's normalised discriminator and step sizes."""
    profile = setting.profile
    generator = Sampling(family(profile, latent=latent))
    return Pix2Pix(generator, normalised_judge(profile), config=Pix2PixConfig(game=game(profile)))


def rounds(profile: Profile) -> TrainConfig:
    """Fewer rounds than in chapter 02: with two discriminators each costs twice as much."""
    steps = profile.pick(quick=500, colab=6_000, full=60_000)
    return TrainConfig(steps=steps, batch_size=batch_size(profile), decay_from=0.5)


def many_faced(
    make: Callable[..., Objective], *, part: str = "makers.generator", latent: int = LATENT, **options: Any
) -> System:
    """One of the compared systems, whose generator translates images by codes."""
    translation = Translation(build=partial(family, latent=latent), sides=sides)
    return System(
        partial(make, latent=latent, **options), training=rounds, part=part, translation=translation
    )


def variety_and_realism(translator: StochasticTranslator, pair: FacePair) -> Scores:
    """Scores of one translation of every test map and of many of a few; codes and judges follow from the seed."""
    return variety_scores(translator, pair, seed=torch.initial_seed(), maps=MAPS, count=SAMPLES)


def scores_of_true_answers(subject: None, pair: FacePair) -> Scores:
    """What true faces score: the test faces, and others of the same maps than those that are to be covered."""
    seed = torch.initial_seed()
    truth = pair.variants(torch.arange(MAPS), count=SAMPLES, seed=1_000 + seed)
    return scores_of_variants(truth, pair.samples.test.y, pair, reader=load_face_reader(), seed=seed)


def faces_of_one_map(translator: StochasticTranslator, pair: FacePair) -> Shown:
    """Ten codes of the prior for one map, and ten true answers to it."""
    made = drawn(translator, pair.samples.test.x[SHOWN : SHOWN + 1], count=COLUMNS, seed=0)
    return {"made": made[0], "true": pair.variants([SHOWN], count=COLUMNS, seed=1_000)[0]}


def rows_of_faces(shown: Mapping[str, Shown], *, caption: str) -> Picture:
    """A row for each system, and the true answers below."""
    rows = {name: each["made"] for name, each in shown.items()}
    rows["true answers"] = next(iter(shown.values()))["true"]
    return image_grid(
        torch.cat([*rows.values()]),
        columns=COLUMNS,
        row_labels=[*rows],
        alt=f"Rows of ten faces that share one label map: {', '.join(rows)}.",
        caption=caption,
    )


def samples(caption: str) -> dict[str, Drawn]:
    """The picture of an experiment of this chapter."""
    return {"samples": Drawn(show=faces_of_one_map, picture=partial(rows_of_faces, caption=caption))}


#: Colours are more open than in chapter 02: there is something for a code to tell.
COLOURFUL = partial(faces_of_maps, variety=0.4)
REFERENCES = {"true answers": Untrained(scores=scores_of_true_answers)}

PLANE = Experiment(
    name="bicyclegan-plane",
    title="Realism and diversity of five stochastic translators",
    source="realism and diversity in [zhu2017multimodal], section 5, on cartoon faces",
    pair=COLOURFUL,
    systems={
        "pix2pix + noise": many_faced(noisy_pix2pix, part="generator.family"),
        "cVAE-GAN": many_faced(bicycle, prior=False),
        "cLR-GAN": many_faced(bicycle, encoded=False),
        "BicycleGAN": many_faced(bicycle),
        "BicycleGAN, latent term moves E": many_faced(bicycle, latent_moves_encoder=True),
    },
    references=REFERENCES,
    scores=variety_and_realism,
    pictures=samples("One label map, ten codes of the prior. Below, ten true answers to the same map."),
)

NOISE = Experiment(
    name="bicyclegan-noise",
    title="Is noise ignored? pix2pix under two kinds of judges",
    source="the remark on ignored noise in [zhu2017multimodal], section 3.1, on cartoon faces",
    pair=COLOURFUL,
    systems={
        "chapter 02's judge": many_faced(noisy_pix2pix, part="generator.family"),
        "the hybrid's judge": many_faced(noisy_pix2pix_by_the_hybrids_judge, part="generator.family"),
    },
    references=REFERENCES,
    scores=variety_and_realism,
    pictures=samples("pix2pix with noise: one label map, ten codes of the prior, under two kinds of judges."),
)

LENGTHS = Experiment(
    name="bicyclegan-lengths",
    title="The length of the code",
    source="the lengths of the code in [zhu2017multimodal], section 5, on cartoon faces",
    pair=COLOURFUL,
    systems={f"|z| = {length}": many_faced(bicycle, latent=length) for length in (2, 8, 256)},
    references=REFERENCES,
    scores=variety_and_realism,
    pictures=samples("One label map, ten codes of the prior, for three lengths of the code."),
)
