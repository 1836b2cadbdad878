"""Chapter 05: digits and their negatives through a shared latent space, beside other ways to choose a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from udtlib.evaluate.translations import translate, translations
from udtlib.nets.autoencoder import image_autoencoder, residual_blocks
from udtlib.nets.init import initialise_normal
from udtlib.nets.resnet import ResNetGenerator
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game, UnpairedGame
from udtlib.objectives.unit import UNIT, UNITConfig
from udtlib.profiles import Profile
from udtlib.recipes.alignflow import flow_game
from udtlib.recipes.base import Recipe, Reproduction, Sides, Translation
from udtlib.recipes.named import prefixed
from udtlib.recipes.negatives import SCALES, Scale, game_for, judges, negatives, play, scores_of
from udtlib.recipes.results import Findings, Row
from udtlib.recipes.unpaired import STREET
from udtlib.show.images import image_grid
from udtlib.train.log import History
from udtlib.translators.direct import Direct
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.two_way import TwoWay


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """A variant of UNIT; the defaults are the method."""

    #: whether the layers next to the code belong to both domains
    shared: bool = True
    #: deviation of the noise on codes while training
    noise: float = 1.0
    #: weight of reconstructions and cycles; 10 in the authors' implementation
    weight: float = 3.0


UNIT_SHARED = Sharing()


def unit_translator(sharing: Sharing, scale: Scale, *, channels: int = 1) -> LatentTranslator:
    """Two untrained autoencoders with two residual blocks on either side of the code, one of them shared."""
    own = 1 if sharing.shared else 2
    coders = [initialise_normal(image_autoencoder(channels, width=scale.width, blocks=own)) for _ in "xy"]
    if not sharing.shared:
        return LatentTranslator(*coders, noise=sharing.noise)
    end, start = (initialise_normal(residual_blocks(4 * scale.width, count=1)) for _ in range(2))
    return LatentTranslator(*coders, shared_end=end, shared_start=start, noise=sharing.noise)


def unit_game(profile: Profile, *, seed: int, channels: int = 1, sharing: Sharing = UNIT_SHARED) -> UNIT:
    """The untrained game."""
    scale = SCALES[profile.name]
    torch.manual_seed(seed)
    translator = unit_translator(sharing, scale, channels=channels)
    config = UNITConfig(
        reconstruction_weight=sharing.weight,
        cycle_weight=sharing.weight,
        pool=50,
        game=game_for(scale, rate=scale.rate),
    )
    return UNIT(translator, *judges(scale, channels=channels), config=config)


def cycle_game(profile: Profile, *, seed: int) -> Game:
    """CycleGAN as in chapter 04: two nets of residual blocks that share nothing."""
    scale = SCALES[profile.name]
    torch.manual_seed(seed)
    ways = [Direct(initialise_normal(ResNetGenerator(1, 1, width=scale.width, blocks=3))) for _ in "xy"]
    return cyclegan(TwoWay(*ways), *judges(scale), cycle_weight=3.0, game=game_for(scale, rate=scale.rate))


#: What is compared, each from the same data, discriminators and number of rounds.
SYSTEMS: dict[str, Callable[[Profile, int], UnpairedGame]] = {
    "CycleGAN": lambda profile, seed: cycle_game(profile, seed=seed),
    "UNIT": lambda profile, seed: unit_game(profile, seed=seed),
    "UNIT, nothing shared": lambda profile, seed: unit_game(
        profile, seed=seed, sharing=Sharing(shared=False)
    ),
    "UNIT, weights of 10": lambda profile, seed: unit_game(profile, seed=seed, sharing=Sharing(weight=10.0)),
    "AlignFlow": lambda profile, seed: flow_game(profile, seed=seed),
}


def compare(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Train every system from every seed, measure it, and show what the first seed's makes of ten digits."""
    pair = negatives(profile)
    x = pair.batch(0, size=10, seed=1, split="test").x
    shown, rows = [x], []
    for name, make in SYSTEMS.items():
        scores = []
        for seed in seeds:
            game = make(profile, seed)
            play(game, pair, profile, seed=seed)
            translator = game.translator.eval()
            scores.append(scores_of(translator, pair))
            if seed == seeds[0]:
                shown.append(translate(translator, x))
        rows += [
            Row(system=name, metric=metric, values=tuple(each[metric] for each in scores))
            for metric in scores[0]
        ]
    picture = image_grid(
        torch.cat([*shown, -x]),
        columns=10,
        row_labels=["x", *SYSTEMS, "−x"],
        alt=f"Rows of ten white digits on black, their translations by {', '.join(SYSTEMS)}, and their negatives.",
        caption="Digits translated to negatives after the same number of rounds. Below stands the right answer.",
    )
    return Findings(rows=rows, pictures={"samples": picture})


#: On street digits, whose numbers stand beside those of `cyclegan-street`.
STREET_SYSTEMS: dict[str, Callable[[Profile, int], UnpairedGame]] = {
    "UNIT": lambda profile, seed: unit_game(profile, seed=seed, channels=3),
    "AlignFlow": lambda profile, seed: flow_game(profile, seed=seed, channels=3),
}


def street(profile: Profile, *, seeds: tuple[int, ...]) -> Findings:
    """Street digits and plain ones, by both methods of the chapter: what if a domain has more to say?"""
    pair, scores = STREET.pair(profile), {}
    batch = pair.batch(0, size=10, seed=0, split="test")
    shown, labels = [batch.x], ["x"]
    for name, make in STREET_SYSTEMS.items():
        for seed in seeds:
            game = make(profile, seed)
            play(game, pair, profile, seed=seed, steps=STREET.steps[profile.name])
            translator = game.translator.eval()
            scores.setdefault(name, []).append(prefixed(STREET.scores(translator, pair)))
            if seed == seeds[0]:
                shown += translations(translator, pair, size=10)[1:3]
                labels += [f"{name}: T(x)", "S(T(x))"]
    rows = [
        Row(system=name, metric=metric, values=tuple(score[metric] for score in each))
        for name, each in scores.items()
        for metric in each[0]
    ]
    picture = image_grid(
        torch.cat(shown),
        columns=10,
        row_labels=labels,
        alt="Ten street digits; for UNIT and for AlignFlow their translations to plain digits, and the way back.",
        caption="Street digits through a shared code and through two flows, first start.",
    )
    return Findings(rows=rows, pictures={"samples": picture})


def train(profile: Profile, *, seed: int, folder: Path, resume: bool) -> History:
    """`udt train unit`: digits and their negatives."""
    game = unit_game(profile, seed=seed)
    return play(game, negatives(profile), profile, seed=seed, folder=folder, resume=resume)


RECIPES = (
    Recipe(
        name="unit",
        summary="chapter 05: digits and their negatives through one latent space",
        seconds={"quick": 80.0},
        train=train,
        translation=Translation(
            build=lambda profile: unit_translator(UNIT_SHARED, SCALES[profile.name]),
            channels=(1, 1),
            sides=lambda profile: Sides(step=4, least=8),
        ),
    ),
)

REPRODUCTIONS = (
    Reproduction(
        name="unit-negatives",
        title="Digits and their negatives: UNIT, CycleGAN and AlignFlow",
        source="the experiment behind figure 2.4 of [menier2022], with numbers",
        seconds={"quick": 900.0},
        run=compare,
    ),
    Reproduction(
        name="unit-street",
        title="Street digits and plain ones: UNIT and AlignFlow",
        source="no table of either paper; the task of chapter 04",
        seconds={"quick": 900.0},
        run=street,
    ),
)
