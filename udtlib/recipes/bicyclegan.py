"""Chapter 03: one label map, many faces; four ways to make a code count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from udtlib.data.faces.pairs import FacePair
from udtlib.evaluate.translations import drawn
from udtlib.instruments.faces.label_maps import scores_of_variants
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
from udtlib.recipes.base import Recipe, Reproduction, Sides, Translation
from udtlib.recipes.faces import (
    SCALES,
    Scale,
    face_pair,
)
from udtlib.recipes.named import plain
from udtlib.recipes.results import Findings, Row
from udtlib.show.images import image_grid
from udtlib.train.log import History
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.stochastic import Sampling, StochasticDirect, StochasticTranslator

#: Colours are more open than in chapter 02: there is something for a code to tell.
VARIETY = 0.4
#: Weights of L1 and of the KL term: the paper's, and heavier ones where codes must be in order sooner.
WEIGHTS = {"quick": (20.0, 0.03), "colab": (10.0, 0.01), "full": (10.0, 0.01)}
#: Adam's step size for every player.
RATE = {"quick": 1e-3, "colab": 5e-4, "full": 2e-4}
#: Rounds of the game with two discriminators; half as many suffice in `quick`, at twice the price each.
STEPS = {"quick": 500, "colab": 6_000, "full": 60_000}
#: Entries of the code, unless the experiment is about them.
LATENT = 8
#: Test maps whose conditional distribution is looked at, and samples of each.
MAPS, SAMPLES = 40, 48


@dataclass(frozen=True, kw_only=True)
class Stochastic:
    """One of the compared systems; the defaults are BicycleGAN."""

    #: the cVAE-GAN half: encode the answer, and translate with its code
    encoded: bool = True
    #: the cLR-GAN half: read the code of the prior back
    prior: bool = True
    #: entries of the code
    latent: int = LATENT
    #: for pix2pix + noise: the hybrid's normalised judge and step sizes instead of chapter 02's
    hybrid_judge: bool = False
    #: the forbidden way: the latent term moves the encoder too
    latent_moves_encoder: bool = False


BICYCLE = Stochastic()
SYSTEMS: dict[str, Stochastic] = {
    "pix2pix + noise": Stochastic(encoded=False, prior=False),
    "cVAE-GAN": Stochastic(prior=False),
    "cLR-GAN": Stochastic(encoded=False),
    "BicycleGAN": BICYCLE,
    "BicycleGAN, latent term moves E": Stochastic(latent_moves_encoder=True),
}
NOISE: dict[str, Stochastic] = {
    "chapter 02's judge": SYSTEMS["pix2pix + noise"],
    "the hybrid's judge": Stochastic(encoded=False, prior=False, hybrid_judge=True),
}
LENGTHS: dict[str, Stochastic] = {f"|z| = {length}": Stochastic(latent=length) for length in (2, 8, 256)}


def objective_for(system: Stochastic, profile: Profile, *, seed: int) -> Objective:
    """The untrained game."""
    scale, (l1_weight, kl_weight) = SCALES[profile.name], WEIGHTS[profile.name]
    torch.manual_seed(seed)
    step = AdamConfig(rate=RATE[profile.name])
    game = GANConfig(discriminator_optimiser=step, generator_optimiser=step)
    generator = generator_for(system, scale)
    if not (system.encoded or system.prior):
        if system.hybrid_judge:
            return Pix2Pix(Sampling(generator), new_judge(scale), config=Pix2PixConfig(game=game))
        return noisy_pix2pix(generator, scale)
    # No normalisation: it would take away the colours that the code is to tell.
    encoder = CNNEncoder(3, latent=system.latent, width=scale.width, norm=nn.Identity)
    return BicycleGAN(
        generator,
        encoder,
        encoded_judge=new_judge(scale) if system.encoded else None,
        prior_judge=new_judge(scale) if system.prior else None,
        config=BicycleGANConfig(
            l1_weight=l1_weight,
            kl_weight=kl_weight,
            game=game,
            latent_moves_encoder=system.latent_moves_encoder,
        ),
    )


def generator_for(system: Stochastic, scale: Scale) -> StochasticDirect:
    """An untrained generator with a code."""
    net = UNet(3, 3, width=scale.width, depth=scale.depth, noise=system.latent, inject_everywhere=True)
    return StochasticDirect(initialise_normal(net), latent=system.latent)


def noisy_pix2pix(generator: StochasticTranslator, scale: Scale) -> Pix2Pix:
    """Chapter 02's game with the paper's λ and a generator that is given noise; nothing else is changed."""
    step, judge_step = (AdamConfig(rate=rate) for rate in scale.rates)
    game = GANConfig(discriminator_optimiser=judge_step, generator_optimiser=step)
    judge = PatchGAN(3, condition=3, field=scale.field, width=scale.width, norm=nn.Identity)
    return Pix2Pix(Sampling(generator), judge, config=Pix2PixConfig(game=game))


def new_judge(scale: Scale) -> nn.Module:
    """An untrained conditional discriminator."""
    return initialise_normal(PatchGAN(3, condition=3, field=scale.field, width=scale.width))


def play(
    system: Stochastic,
    pair: FacePair,
    profile: Profile,
    *,
    seed: int,
    folder: Path | None = None,
    resume: bool = False,
) -> tuple[StochasticTranslator, History]:
    """Train one system; the translator comes back ready to be measured."""
    objective = objective_for(system, profile, seed=seed)
    config = TrainConfig(
        steps=STEPS[profile.name],
        batch_size=SCALES[profile.name].batch,
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
    )
    history = fit(objective, pair, config=config, folder=folder, resume=resume)
    generator = objective.generator
    family = generator.family if isinstance(generator, Sampling) else generator
    return family.eval(), history


def comparison(
    systems: Mapping[str, Stochastic], profile: Profile, *, seeds: Sequence[int], caption: str
) -> Findings:
    """Train every system from every seed, measure it, and show ten samples for two maps from the first seed's."""
    pair, reader = face_pair(profile, variety=VARIETY), load_face_reader()
    test = pair.samples.test
    scores: dict[str, list[dict[str, float]]] = {}
    shown = []
    for name, system in systems.items():
        for seed in seeds:
            translator, _ = play(system, pair, profile, seed=seed)
            samples = drawn(translator, test.x[:MAPS], count=SAMPLES, seed=seed)
            single = drawn(translator, test.x, count=1, seed=seed)[:, 0]
            measured = scores_of_variants(samples, single, pair, reader=reader, seed=seed)
            scores.setdefault(name, []).append(plain(measured))
            if seed == seeds[0]:
                shown.append(samples[1, :10])
    for seed in seeds:
        truth = pair.variants(torch.arange(MAPS), count=SAMPLES, seed=1_000 + seed)
        measured = scores_of_variants(truth, test.y, pair, reader=reader, seed=seed)
        scores.setdefault("true answers", []).append(plain(measured))
        if seed == seeds[0]:
            shown.append(truth[1, :10])
    rows = [
        Row(system=name, metric=metric, values=tuple(score[metric] for score in each))
        for name, each in scores.items()
        for metric in each[0]
    ]
    picture = image_grid(
        torch.cat(shown),
        columns=10,
        row_labels=list(scores),
        alt=f"Rows of ten faces that share one label map: {', '.join(scores)}.",
        caption=caption,
    )
    return Findings(rows=rows, pictures={"samples": picture})


def plane(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Realism against diversity."""
    caption = "One label map, ten codes of the prior. Below, ten true answers to the same map."
    return comparison(SYSTEMS, profile, seeds=seeds, caption=caption)


def lengths(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """How long the code should be."""
    caption = "One label map, ten codes of the prior, for three lengths of the code."
    return comparison(LENGTHS, profile, seeds=seeds, caption=caption)


def noise(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """How much of its noise pix2pix uses, under two kinds of judges."""
    caption = "pix2pix with noise: one label map, ten codes of the prior, under two kinds of judges."
    return comparison(NOISE, profile, seeds=seeds, caption=caption)


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train bicyclegan`: the hybrid on cartoon faces."""
    pair = face_pair(profile, variety=VARIETY)
    return play(BICYCLE, pair, profile, seed=seed, folder=folder, resume=resume)[1]


RECIPES = (
    Recipe(
        name="bicyclegan",
        summary="chapter 03: from label maps to many cartoon faces each",
        seconds={"quick": 150.0},
        train=train,
        translation=Translation(
            build=lambda profile: generator_for(BICYCLE, SCALES[profile.name]),
            part="makers.generator",
            sides=lambda profile: Sides(step=2 ** SCALES[profile.name].depth),
        ),
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="bicyclegan-plane",
        title="Realism and diversity of five stochastic translators",
        source="realism and diversity in [zhu2017multimodal], section 5, on cartoon faces",
        seconds={"quick": 1_800.0},
        run=plane,
    ),
    Reproduction(
        name="bicyclegan-noise",
        title="Is noise ignored? pix2pix under two kinds of judges",
        source="the remark on ignored noise in [zhu2017multimodal], section 3.1, on cartoon faces",
        seconds={"quick": 400.0},
        run=noise,
    ),
    Reproduction(
        name="bicyclegan-lengths",
        title="The length of the code",
        source="the lengths of the code in [zhu2017multimodal], section 5, on cartoon faces",
        seconds={"quick": 1_200.0},
        run=lengths,
    ),
)
