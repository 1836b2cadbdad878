"""Chapter 04's toys: many small CycleGANs at once, which differ in how they start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import nn

from udtlib.data.pair import IndependentPair
from udtlib.data.product import replicated_pair
from udtlib.data.toy2d import Mixture, gaussian_pair, translated_mixture
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.nets.ensemble import Ensemble
from udtlib.nets.init import initialise_normal, initialise_scaled
from udtlib.nets.mlp import mlp
from udtlib.nets.residual import ResidualNet
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES
from udtlib.profiles import Profile
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_arrows, extent_of
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Float, Tensor

#: Four blobs without symmetry, and how far the target's copy is moved.
MODES = ((-1.0, -0.8), (-0.6, 1.0), (0.9, -0.5), (0.7, 0.9))
SHIFT = (1.0, 0.6)
#: Adam's step size for every net.
RATE = 3e-3
#: Largest norm of a translator's gradient in one run, without which large starts explode.
CLIP = 1.0


@dataclass(frozen=True, kw_only=True)
class Start:
    """What one of the games of an ensemble starts from."""

    #: standard deviation of the translators' initial weights
    gain: float
    #: names the initial weights
    seed: int


@dataclass(frozen=True, kw_only=True)
class ToyGame:
    """What all games of an ensemble share."""

    #: hidden units and number of the residual blocks
    hidden: int = 16
    blocks: int = 5
    #: hidden units of each of a discriminator's two hidden layers
    judge_hidden: int = 64
    #: weight λ of the cycle
    cycle_weight: float = 1.0
    #: weight of the effort at the start; it falls to zero until this share of the run
    effort_weight: float = 0.0
    effort_until: float = 0.7
    #: Adam's step size for every net
    rate: float = RATE


def starts_of(gains: Sequence[float | int], seeds: Sequence[int]) -> tuple[Start, ...]:
    """Every gain with every seed, the seeds of one gain side by side."""
    return tuple(Start(gain=gain, seed=seed) for gain in gains for seed in seeds)


def four_modes() -> IndependentPair:
    """Four blobs, and the same blobs moved: a task after [debezenac2019, figure 5]."""
    return translated_mixture(means=MODES, shift=SHIFT, deviation=0.15)


def line_pair() -> IndependentPair:
    """Two Gaussians on the line with other means and deviations, as in [debezenac2019, figure 7]."""
    return gaussian_pair(
        source_mean=(-0.7,), source_covariance=((0.16,),), target_mean=(0.7,), target_covariance=((0.64,),)
    )


def toy_cyclegan(starts: Sequence[Start], *, dimension: int = 2, game: ToyGame | None = None) -> Game:
    """One game for all starts; the nets of each depend on nothing but its gain and its seed."""
    game = game or ToyGame()
    sizes = [dimension, game.judge_hidden, game.judge_hidden, 1]

    def translator() -> ResidualNet:
        return ResidualNet(dimension, hidden=game.hidden, blocks=game.blocks)

    def judge() -> nn.Module:
        return initialise_scaled(mlp(sizes, activation=lambda: nn.LeakyReLU(0.2)))

    forth, back, judges_x, judges_y = [], [], [], []
    for start in starts:
        with random_run(start.seed):
            forth.append(initialise_normal(translator(), deviation=start.gain))
            back.append(initialise_normal(translator(), deviation=start.gain))
            judges_x.append(judge())
            judges_y.append(judge())
    step = AdamConfig(rate=game.rate)
    return cyclegan(
        TwoWay(*(Direct(Ensemble(nets, clip=CLIP)) for nets in (forth, back))),
        Ensemble(judges_x),
        Ensemble(judges_y),
        cycle_weight=game.cycle_weight,
        effort_weight=game.effort_weight,
        effort_until=game.effort_until,
        pool=0,
        game=replace(LEAST_SQUARES, discriminator_optimiser=step, generator_optimiser=step),
    )


def toy_training(profile: Profile, *, seed: int) -> TrainConfig:
    """Rounds of the game, and samples of each domain per round and start."""
    return TrainConfig(
        steps=profile.pick(quick=1_000, colab=3_000, full=6_000),
        batch_size=profile.pick(quick=64, colab=128, full=256),
        seed=seed,
        decay_from=0.5,
        accelerator=profile.accelerator,
        progress=False,
    )


def train_toys(
    game: Game, pair: IndependentPair, *, config: TrainConfig, watch: Callable[[int], None] | None = None
) -> Game:
    """Train all games of an ensemble, each on samples of its own."""
    fit(game, replicated_pair(pair, runs=member_nets(game)[0].runs), config=config, watch=watch)
    return game


def member_nets(game: Game) -> tuple[Ensemble, Ensemble]:
    """The ensembles of T and of S."""
    two_way = game.translator
    assert isinstance(two_way, TwoWay), "toy_cyclegan builds a TwoWay"
    return two_way.forth.net, two_way.back.net


@torch.no_grad()
def everywhere(net: nn.Module, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch runs dim"]:
    """What every game's translator makes of the same samples, on the CPU."""
    rows = net.rows
    return net(x.to(rows.device)[:, None].expand(-1, len(rows), -1)).cpu()


class ToyMaps(NamedTuple):
    """What all games make of the same test samples.

    Args:
        batch: the samples.
        made: T(x).
        again: S(T(x)).
    """

    batch: Batch
    made: Float[Tensor, "batch runs dim"]
    again: Float[Tensor, "batch runs dim"]


@torch.no_grad()
def toy_maps(game: Game, pair: IndependentPair, *, count: int = 1_000) -> ToyMaps:
    """The maps of all games, on test samples that they share."""
    forth, back = member_nets(game)
    batch = pair.batch(0, size=count, seed=0, split="test")
    made = everywhere(forth, batch.x)
    return ToyMaps(batch, made, back(made.to(back.rows.device)).cpu())


def map_scores(maps: ToyMaps, pair: IndependentPair, run: int) -> Scores:
    """Fit, alignment, effort and cycle of one game."""
    (x, y, label, *_), made, again = maps.batch, maps.made[:, run], maps.again[:, run]
    right = pair.answers(maps.batch)
    assert right is not None, "the toys' true maps are known"
    alignment = {"mean ‖T(x) − T*(x)‖": (made - right).norm(dim=1).mean().item()}
    if isinstance(pair.source, Mixture) and len(pair.source.means) > 1:
        assert pair.truth is not None, "the toys' true maps are known"
        nearest = torch.cdist(made, pair.truth(pair.source.means)).argmin(1)
        alignment["in the right blob"] = (nearest == label).double().mean().item()
    return Scores(
        fit={"energy distance of T#α to β": energy_distance_biased(made, y)},
        alignment=alignment,
        effort={"mean ‖T(x) − x‖²": (made - x).square().sum(1).mean().item()},
        other={"mean |S(T(x)) − x|": (again - x).abs().mean().item()},
    )


def maps_picture(x: Tensor, label: Tensor, maps: Mapping[str, Tensor]) -> Picture:
    """Maps as arrows from each sample to its translation, coloured by the sample's blob."""
    extent = extent_of(x, *maps.values())
    with panels(len(maps), size=(3.1, 3.4)) as board:
        for axes, (name, made) in zip(board, maps.items(), strict=True):
            draw_arrows(axes, x, made, labels=label, extent=extent, title=name)
    return board.picture(
        alt=f"Arrows from samples to their translations, in {len(maps)} panels: {', '.join(maps)}.",
        caption="Circles are samples of α, dots their translations; the colour names the blob a sample came from.",
    )
