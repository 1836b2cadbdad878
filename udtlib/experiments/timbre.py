"""Piano to violin without a single pair: the methods of chapters 04 to 06 on something that is heard."""

from __future__ import annotations

from functools import partial

from udtlib.data.pair import DomainPair
from udtlib.data.timbre import BANDS, TimbrePair
from udtlib.evaluate.translations import right_answers, untouched
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.following import score_curves
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.own_systems import GAME, judges, two_nets
from udtlib.experiments.pictures import translations
from udtlib.instruments.timbre import timbre_scores
from udtlib.objectives.cut import cut
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.two_way import TwoWay

#: Translations that each judge remembers, for every method.
POOL = 50


def piano_and_violin(setting: Setting) -> TimbrePair:
    """Phrases from the user's own folder."""
    return TimbrePair("piano", "violin")


def steps(profile: Profile) -> TrainConfig:
    """As many rounds for every method."""
    return TrainConfig(
        steps=profile.pick(quick=900, colab=6_000, full=40_000), batch_size=4, average=0.998, log_every=50
    )


def nets() -> TwoWay:
    """The nets of all methods."""
    return two_nets(size=BANDS, channels=1)


def game_alone(pair: DomainPair, setting: Setting) -> Game:
    """Nothing but the two games."""
    return Game(nets(), *judges(1), pool=POOL, game=GAME)


def cycle_game(pair: DomainPair, setting: Setting, *, identity_share: float) -> Game:
    """CycleGAN."""
    return cyclegan(nets(), *judges(1), cycle_weight=5.0, identity_share=identity_share, pool=POOL, game=GAME)


def patch_game(pair: DomainPair, setting: Setting) -> Game:
    """CUT, both ways side by side; neither way knows of the other."""
    return cut(nets(), *judges(1), patch_weight=1.0, identity_share=1.0, pool=POOL, game=GAME)


NETS = Translation(
    build=lambda profile: nets(), channels=(1, 1), sides=lambda profile: Sides(step=16, least=32)
)

TIMBRE = Experiment(
    name="timbre-unpaired",
    title="A piano's phrases to a violin's, without pairs: four methods on the same nets, judges and budget",
    source="no table of the papers; the survey's slides name music as an application",
    pair=piano_and_violin,
    systems={
        "game alone": System(game_alone, training=steps, translation=NETS),
        "CycleGAN": System(partial(cycle_game, identity_share=0.0), training=steps, translation=NETS),
        "CycleGAN + identity": System(
            partial(cycle_game, identity_share=0.2), training=steps, translation=NETS
        ),
        "CUT": System(patch_game, training=steps, translation=NETS),
    },
    references={"the truth": right_answers, "x itself": untouched},
    scores=timbre_scores,
    pictures={
        "samples": translations(
            "x",
            "T(x)",
            "right y",
            caption="Unseen phrases of a piano, first start; time runs to the right, pitch upwards. Below, the "
            "same phrases as the violin plays them, which no method was shown.",
        ),
        "curves": score_curves(
            "T: taken for the instrument",
            "T: partner found",
            caption="Every method after the same rounds.",
        ),
    },
)
