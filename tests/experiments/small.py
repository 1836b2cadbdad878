"""Small experiments for the engine's tests, found as a user's own would be: FILE.py:NAME."""

import os
import time

import torch

from udtlib.data.pair import IndependentPair, Noise, Samples
from udtlib.evaluate.scores import Scores
from udtlib.experiments.declare import Experiment, Measured, System, Untrained
from udtlib.experiments.pictures import Drawn
from udtlib.nets.mlp import mlp
from udtlib.objectives.gan import GAN
from udtlib.show.figure import panels
from udtlib.train import NonFiniteLossError, TrainConfig
from udtlib.translators.direct import Direct

STEPS = int(os.environ.get("SMALL_STEPS", "40"))
#: Seconds that every batch takes, so that a test can kill a run on its way.
SLOW = float(os.environ.get("SMALL_SLOW", "0"))
BROKEN = os.environ.get("SMALL_BROKEN", "")


class Slow(IndependentPair):
    """Points whose batches take their time."""

    def batch(self, index, *, size, seed, split="train"):
        time.sleep(SLOW)
        return super().batch(index, size=size, seed=seed, split=split)


def points(setting):
    y = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 1
    return Slow(Noise(2), Samples(y, y))


def game(pair, setting, *, width=8):
    if BROKEN == "fails":
        raise ValueError(f"nothing of width {width} can be built")
    return GAN(Direct(mlp([2, width, 2])), mlp([2, width, 1]))


def narrow(pair, setting):
    return game(pair, setting)


def wide(pair, setting):
    return game(pair, setting, width=12)


def lost(pair, setting):
    if BROKEN == "diverges" and setting.seed == 1:
        raise NonFiniteLossError("the term 'fool' was not finite at step 3")
    return game(pair, setting)


def training(profile):
    return TrainConfig(steps=STEPS, batch_size=8, log_every=5)


def longer(profile):
    return TrainConfig(steps=STEPS + 5, batch_size=8, log_every=5)


@torch.no_grad()
def spread_alone(generator, pair):
    return Scores(effort={"spread": generator(pair.batch(0, size=100, seed=0, split="test").x).std().item()})


@torch.no_grad()
def scores(generator, pair):
    made = generator(pair.batch(0, size=100, seed=0, split="test").x)
    return Scores(
        fit={"mean": made.mean().item(), "drawn": torch.rand(()).item()}, effort={"spread": made.std().item()}
    )


def show(generator, pair):
    with torch.no_grad():
        return {"made": generator(pair.batch(0, size=9, seed=0, split="test").x)}


def draw(shown):
    with panels(len(shown)) as board:
        for axes, (name, each) in zip(board, shown.items(), strict=True):
            axes.plot(*each["made"].T.numpy(), "o")
            axes.set_title(name)
    return board.picture(alt=f"Points of {', '.join(shown)}.", caption="What each makes of nine samples.")


def target_scores(subject, pair):
    return Scores(fit={"mean": pair.target.train.mean().item(), "drawn": 0.5}, effort={"spread": 1.0})


class Still(Direct):
    """What comes in comes out."""

    def forward(self, x):
        return x


SMALL = Experiment(
    name="small",
    title="Two generators of points",
    source="nobody's table",
    pair=points,
    systems={
        "narrow": System(narrow, training=training, part="generator"),
        "wide, really": System(wide, training=training, part="generator"),
    },
    references={"the target": Untrained(scores=target_scores), "x itself": Still(mlp([2, 2]))},
    scores=scores,
    paper={("narrow", "mean"): 1.0},
    pictures={"points": Drawn(show=show, picture=draw)},
)
#: One system that another table has, too, under another name and with another score; and one that only seems so.
AGAIN = Experiment(
    name="again",
    title="One that another table has",
    source="nobody's table",
    pair=points,
    systems={
        "slim": System(narrow, training=training, part="generator"),
        "longer": System(narrow, training=longer, part="generator"),
    },
    scores=spread_alone,
)
LOST = Experiment(
    name="lost",
    title="One that may diverge",
    source="nobody's table",
    pair=points,
    systems={"lost": System(lost, training=training, part="generator")},
    scores=scores,
)


def measure(setting):
    value = float(torch.rand(()))
    return Measured({"a": Scores(other={"drawn": value}), "b": Scores(other={"drawn": value + setting.seed})})


OWN = Experiment(name="own", title="A measure of its own", source="nobody's table", measure=measure)
