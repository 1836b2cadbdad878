"""Chapter 03 on drawings: line art that any of four hands may colour, and whether a code finds all four."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import nn

from udtlib.data.emoji_hands import HandsPair
from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import drawn
from udtlib.experiments.declare import Experiment, Setting, Shown, System, Untrained
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import GAME, judge
from udtlib.experiments.pictures import Drawn
from udtlib.instruments.emoji.hands import hands_scores, true_hands_scores
from udtlib.nets.encoder import CNNEncoder
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.objectives.base import Objective
from udtlib.objectives.bicyclegan import BicycleGAN, BicycleGANConfig
from udtlib.objectives.pix2pix import Pix2Pix, Pix2PixConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.stochastic import Sampling, StochasticDirect, StochasticTranslator

#: Pixels of a side, and entries of the code.
SIZE, LATENT = 64, 8
#: The unseen emoji that are shown, and translations of each.
SHOWN, COLUMNS = (4, 60, 120, 200), 8
#: The hybrid's weight of L1, which all systems have.
L1_WEIGHT = 10.0


def hands(setting: Setting) -> HandsPair:
    """Line art, and any of four hands."""
    return HandsPair(size=SIZE, mirrored=True)


def family() -> StochasticDirect:
    """The generator of all systems."""
    return StochasticDirect(ResizeUNet(1, 3, width=24, depth=4, noise=LATENT), latent=LATENT)


def steps(profile: Profile) -> TrainConfig:
    """The same budget for every system."""
    return TrainConfig(
        steps=profile.pick(quick=2_000, colab=10_000, full=60_000), batch_size=8, average=0.999, log_every=50
    )


def noisy_pix2pix(pair: DomainPair, setting: Setting) -> Pix2Pix:
    """pix2pix whose generator draws a code: the hybrid's net, judge, weight and step sizes, and no encoder."""
    config = Pix2PixConfig(l1_weight=L1_WEIGHT, game=GAME)
    return Pix2Pix(Sampling(family()), judge(3, condition=1), config=config)


def bicycle(pair: DomainPair, setting: Setting, *, encoded: bool, prior: bool) -> BicycleGAN:
    """The hybrid, or one of its halves: ``encoded`` is cVAE-GAN's and ``prior`` cLR-GAN's."""
    # No normalisation: it would take away the colours that the code is to tell.
    encoder = CNNEncoder(3, latent=LATENT, width=24, depth=4, norm=nn.Identity)
    return BicycleGAN(
        family(),
        encoder,
        encoded_judge=judge(3, condition=1) if encoded else None,
        prior_judge=judge(3, condition=1) if prior else None,
        config=BicycleGANConfig(l1_weight=L1_WEIGHT, game=GAME),
    )


def colouring(make: Callable[..., Objective], *, part: str = "makers.generator") -> System:
    """One of the compared systems."""
    translation = Translation(
        build=lambda profile: family(), channels=(1, 3), sides=lambda profile: Sides(step=16, least=32)
    )
    return System(make, training=steps, part=part, translation=translation)


def by_several_codes(translator: StochasticTranslator, pair: HandsPair) -> Shown:
    """A few unseen emoji, by the same codes each."""
    x = pair.batch(0, size=max(SHOWN) + 1, seed=0, split="test").x[list(SHOWN)].cpu()
    return {"x": x, "made": drawn(translator, x, count=COLUMNS, seed=0)}


def rows_of_codes(shown: Mapping[str, Shown]) -> Picture:
    """A row for each emoji and system: the lines, then their translations."""
    rows: dict[str, torch.Tensor] = {}
    for name, each in shown.items():
        for k, (x, made) in enumerate(zip(each["x"], each["made"], strict=True)):
            rows[name if k == 0 else name + " " * k] = torch.cat([x.expand(1, 3, -1, -1), made])
    return image_grid(
        torch.cat([*rows.values()]),
        columns=COLUMNS + 1,
        row_labels=[name.rstrip() for name in rows],
        alt=f"Rows of line art, each followed by {COLUMNS} translations by different codes: {', '.join(shown)}.",
        caption="Unseen line art, and what eight codes of the prior make of it; first start.",
    )


REFERENCES: dict[str, Any] = {"the four hands": Untrained(None, scores=true_hands_scores)}

HANDS = Experiment(
    name="emoji-hands",
    title="Line art in any of four hands: does the code find them all?",
    source="realism and diversity in [zhu2017multimodal], section 5, where the modes are known",
    pair=hands,
    systems={
        "pix2pix + noise": colouring(noisy_pix2pix, part="generator.family"),
        "cVAE-GAN": colouring(partial(bicycle, encoded=True, prior=False)),
        "cLR-GAN": colouring(partial(bicycle, encoded=False, prior=True)),
        "BicycleGAN": colouring(partial(bicycle, encoded=True, prior=True)),
    },
    references=REFERENCES,
    scores=hands_scores,
    pictures={"samples": Drawn(show=by_several_codes, picture=rows_of_codes)},
)
