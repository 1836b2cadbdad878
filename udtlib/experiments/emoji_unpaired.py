"""Chapters 04 to 06 on one task: emoji from one hand to another, without a single pair, by every method alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import torch

from udtlib.data.emoji import EmojiPair
from udtlib.data.pair import DomainPair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.experiments.declare import Experiment, Setting, Shown, System
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import GAME, judges, shared_code, two_nets
from udtlib.experiments.pictures import Drawn, both_ways, translations
from udtlib.instruments.emoji.scores import emoji_scores
from udtlib.nets.flows import image_flow
from udtlib.objectives.alignflow import AlignFlow, AlignFlowConfig
from udtlib.objectives.cut import cut
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.distancegan import Weights, distancegan, kept_distances, measure_scales
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.unit import UNIT, UNITConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture
from udtlib.show.images import image_grid
from udtlib.train.trainer import TrainConfig
from udtlib.translators.coupling_flow import SharedLatentFlow
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.two_way import TwoWay

#: Pixels of a side.
SIZE = 64
#: Translations that each judge remembers, for every method.
POOL = 50
#: The weight of cycles but UNIT's: at 10, discriminators of bounded slope are hardly heard, and T stays near x.
CYCLE = 5.0
ROWS = ("x", "T(x)", "right y")
#: Of the ten emoji in the picture of samples, every so many is shown from all starts.
FEW_OF = 4


def hands(setting: Setting) -> EmojiPair:
    """Noto's emoji and Twemoji's, of different things."""
    return EmojiPair("noto", "twemoji", size=SIZE, mirrored=True)


def steps(profile: Profile) -> TrainConfig:
    """As many rounds for every method."""
    return TrainConfig(
        steps=profile.pick(quick=900, colab=6_000, full=40_000),
        batch_size=4,
        average=0.998,
        log_every=50,
    )


def nets() -> TwoWay:
    """The nets of all methods but UNIT and AlignFlow, which are nets."""
    return two_nets(size=SIZE, channels=3)


def game_alone(pair: DomainPair, setting: Setting) -> Game:
    """Nothing but the two games."""
    return Game(nets(), *judges(3), pool=POOL, game=GAME)


def cycle_game(pair: DomainPair, setting: Setting, *, weight: float, identity_share: float) -> Game:
    """CycleGAN."""
    return cyclegan(
        nets(), *judges(3), cycle_weight=weight, identity_share=identity_share, pool=POOL, game=GAME
    )


def disco_game(pair: DomainPair, setting: Setting, *, weight: float) -> Game:
    """DiscoGAN: the log game and squared reconstructions, with the step sizes of all others."""
    logarithmic = GANConfig()
    game = replace(
        GAME,
        discriminator_loss=logarithmic.discriminator_loss,
        generator_loss=logarithmic.generator_loss,
    )
    return discogan(nets(), *judges(3), cycle_weight=weight, game=game)


def distance_game(pair: DomainPair, setting: Setting, *, way: Weights) -> Game:
    """DistanceGAN, both ways."""
    scales = measure_scales(pair, kept_distances(way, way))
    return distancegan(nets(), *judges(3), scales=scales, forth=way, back=way, pool=POOL, game=GAME)


def patch_game(pair: DomainPair, setting: Setting, *, weight: float, identity_share: float) -> Game:
    """CUT, both ways side by side; neither way knows of the other."""
    return cut(nets(), *judges(3), patch_weight=weight, identity_share=identity_share, pool=POOL, game=GAME)


def code() -> LatentTranslator:
    """UNIT's autoencoders."""
    return shared_code(size=SIZE, channels=3)


def unit_game(pair: DomainPair, setting: Setting) -> UNIT:
    """UNIT."""
    return UNIT(code(), *judges(3), config=UNITConfig(pool=POOL, game=GAME))


def flows() -> SharedLatentFlow:
    """AlignFlow's two flows, which only reorder pixels until they are trained."""
    return SharedLatentFlow(*(image_flow(3, checkers=2, mixed=4, width=24, bound=0.5) for _ in "xy"))


def flow_game(pair: DomainPair, setting: Setting, *, likelihood_weight: float) -> AlignFlow:
    """AlignFlow."""
    config = AlignFlowConfig(likelihood_weight=likelihood_weight, dequantise=0.1, pool=POOL, game=GAME)
    return AlignFlow(flows(), *judges(3), config=config)


@torch.no_grad()
def few_of_a_start(translator: TwoWay, pair: DomainPair) -> Shown:
    """A few of the unseen emoji in the picture of samples, and what this start makes of them."""
    batch = pair.batch(0, size=10, seed=0, split="test")
    shown = both_ways(translator, batch, ("x", "T(x)")) | {"right y": pair.answers(batch).cpu()}
    return {row: images[::FEW_OF].clone() for row, images in shown.items()}


def starts_picture(shown: Mapping[str, Shown]) -> Picture:
    """The same few emoji from every start, a row for each system."""
    first = next(iter(shown.values()))
    rows = {
        "x": first["x"],
        **{name: each["T(x)"] for name, each in shown.items()},
        "right y": first["right y"],
    }
    starts, count = first["x"].shape[:2]
    return image_grid(
        torch.cat([each.flatten(0, 1) for each in rows.values()]),
        columns=starts * count,
        row_labels=[*rows],
        column_labels=[f"start {k + 1}" if j == 0 else "" for k in range(starts) for j in range(count)],
        alt=f"The same {count} unseen emoji, {starts} times beside one another; below, a row for each of "
        f"{', '.join(shown)}: its translations from each of {starts} starts; at the end the right answers.",
        caption=f"The same {count} emoji from {starts} starts of every method: who keeps the colours from every "
        "start, and whose first weights decide.",
    )


NETS = Translation(build=lambda profile: nets(), sides=lambda profile: Sides(step=16, least=32))

EMOJI = Experiment(
    name="emoji-unpaired",
    title="Noto's emoji to Twemoji's, without pairs: the same judges and, but for UNIT and AlignFlow, nets",
    source="the task of the course's chapters 04 to 06; methods of [zhu2017cycle], [kim2017], [liu2017], "
    "[grover2020], [benaim2017] and [park2020]",
    pair=hands,
    systems={
        "game alone": System(game_alone, training=steps, translation=NETS),
        "CycleGAN": System(
            partial(cycle_game, weight=CYCLE, identity_share=0.0), training=steps, translation=NETS
        ),
        "CycleGAN + identity": System(
            partial(cycle_game, weight=CYCLE, identity_share=0.2), training=steps, translation=NETS
        ),
        "DiscoGAN": System(partial(disco_game, weight=CYCLE), training=steps, translation=NETS),
        "UNIT": System(
            unit_game,
            training=steps,
            translation=Translation(
                build=lambda profile: code(), sides=lambda profile: Sides(step=4, least=8)
            ),
        ),
        "AlignFlow": System(
            partial(flow_game, likelihood_weight=0.02),
            training=steps,
            translation=Translation(build=lambda profile: flows(), sides=lambda profile: Sides(step=2)),
        ),
        "DistanceGAN": System(
            partial(distance_game, way=Weights(distance=1.0)), training=steps, translation=NETS
        ),
        "DistanceGAN + cycle": System(
            partial(distance_game, way=Weights(distance=1.0, cycle=CYCLE)), training=steps, translation=NETS
        ),
        "self-distance": System(
            partial(distance_game, way=Weights(self_distance=1.0)), training=steps, translation=NETS
        ),
        "CUT": System(partial(patch_game, weight=1.0, identity_share=1.0), training=steps, translation=NETS),
    },
    references={"the truth": right_answers, "x itself": untouched},
    scores=emoji_scores,
    pictures={
        "samples": translations(
            *ROWS,
            caption="Unseen emoji, first start. Every method saw one half of the things from one hand and the "
            "other half from the other.",
        ),
        "starts": Drawn(show=few_of_a_start, picture=starts_picture, every_seed=True),
        "curves": score_curves(
            "partner found", "taken for the hand", caption="Every method after the same rounds."
        ),
    },
)
