"""Chapter 04's toys: many small CycleGANs at once, which differ in how they start."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from udtlib.data.pair import IndependentPair
from udtlib.data.product import replicated_pair
from udtlib.data.toy2d import Mixture, gaussian_pair, translated_mixture
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.losses.adversarial import square_discriminator, square_generator
from udtlib.nets.ensemble import Ensemble
from udtlib.nets.init import initialise_normal, initialise_scaled
from udtlib.nets.mlp import mlp
from udtlib.nets.residual import ResidualNet
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GANConfig
from udtlib.profiles import Profile
from udtlib.show.figure import Picture, panels
from udtlib.show.plots2d import draw_arrows, extent_of
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Float, Tensor

#: Four blobs without symmetry, and how far the target's copy is moved.
MODES = ((-1.0, -0.8), (-0.6, 1.0), (0.9, -0.5), (0.7, 0.9))
SHIFT = (1.0, 0.6)
#: Rounds of the game, and samples of each domain per round and run.
STEPS = {"quick": 1_000, "colab": 3_000, "full": 6_000}
BATCH = {"quick": 64, "colab": 128, "full": 256}
#: Adam's step size for every net.
RATE = 3e-3
#: Largest norm of a translator's gradient in one run, without which large starts explode.
CLIP = 1.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one of the runs of an ensemble starts from."""

    #: standard deviation of the translators' initial weights
    gain: float
    #: names the initial weights
    seed: int


@dataclass(frozen=True, kw_only=True)
class ToyGame:
    """What all runs of an ensemble share."""

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


def runs_of(gains: Sequence[float | int], seeds: Sequence[int]) -> tuple[Run, ...]:
    """Every gain with every seed, the seeds of one gain side by side."""
    return tuple(Run(gain=gain, seed=seed) for gain in gains for seed in seeds)


def four_modes() -> IndependentPair:
    """Four blobs, and the same blobs moved: a task after [debezenac2019, figure 5]."""
    return translated_mixture(means=MODES, shift=SHIFT, deviation=0.15)


def line_pair() -> IndependentPair:
    """Two Gaussians on the line with other means and deviations, as in [debezenac2019, figure 7]."""
    return gaussian_pair(
        source_mean=(-0.7,), source_covariance=((0.16,),), target_mean=(0.7,), target_covariance=((0.64,),)
    )


def toy_cyclegan(runs: Sequence[Run], *, dimension: int = 2, game: ToyGame | None = None) -> Game:
    """One game for all runs; run r's nets depend on nothing but its gain and its seed."""
    game = game or ToyGame()
    sizes = [dimension, game.judge_hidden, game.judge_hidden, 1]

    def translator() -> ResidualNet:
        return ResidualNet(dimension, hidden=game.hidden, blocks=game.blocks)

    def judge() -> nn.Module:
        return initialise_scaled(mlp(sizes, activation=lambda: nn.LeakyReLU(0.2)))

    forth, back, judges_x, judges_y = [], [], [], []
    for run in runs:
        torch.manual_seed(run.seed)
        forth.append(initialise_normal(translator(), deviation=run.gain))
        back.append(initialise_normal(translator(), deviation=run.gain))
        judges_x.append(judge())
        judges_y.append(judge())
    step = AdamConfig(rate=game.rate)
    ways = (Direct(Ensemble(nets, clip=CLIP)) for nets in (forth, back))
    return cyclegan(
        TwoWay(*ways),
        Ensemble(judges_x),
        Ensemble(judges_y),
        cycle_weight=game.cycle_weight,
        effort_weight=game.effort_weight,
        effort_until=game.effort_until,
        pool=0,
        game=GANConfig(
            discriminator_loss=square_discriminator,
            generator_loss=square_generator,
            discriminator_optimiser=step,
            generator_optimiser=step,
        ),
    )


def play_toys(
    game: Game,
    pair: IndependentPair,
    profile: Profile,
    *,
    seed: int,
    steps: int | None = None,
    batch_size: int | None = None,
    watch: Callable[[int], None] | None = None,
    watch_every: int = 50,
) -> Game:
    """Train all runs of a game; sizes that are not given are the profile's."""
    forth = member_nets(game)[0]
    config = TrainConfig(
        steps=steps or STEPS[profile.name],
        batch_size=batch_size or BATCH[profile.name],
        seed=seed,
        decay_from=0.5,
        log_every=watch_every,
        accelerator=profile.accelerator,
    )
    fit(game, replicated_pair(pair, runs=forth.runs), config=config, watch=watch)
    return game


def member_nets(game: Game) -> tuple[Ensemble, Ensemble]:
    """The ensembles of T and of S."""
    two_way = game.translator
    assert isinstance(two_way, TwoWay), "toy_cyclegan builds a TwoWay"
    return two_way.forth.net, two_way.back.net


@torch.no_grad()
def everywhere(net: nn.Module, x: Float[Tensor, "batch dim"]) -> Float[Tensor, "batch runs dim"]:
    """What every run's translator makes of the same samples, on the CPU."""
    rows = net.rows
    return net(x.to(rows.device)[:, None].expand(-1, len(rows), -1)).cpu()


@torch.no_grad()
def map_scores(game: Game, pair: IndependentPair, *, count: int = 1_000) -> dict[str, Tensor]:
    """Fit, alignment, effort and cycle of every run, on test samples that all runs share."""
    forth, back = member_nets(game)
    batch = pair.batch(0, size=count, seed=0, split="test")
    x, y, label = batch.x, batch.y, batch.x_label
    made = everywhere(forth, x)
    again = back(made.to(back.rows.device)).cpu()
    fit_to = [energy_distance_biased(made[:, run], y) for run in range(forth.runs)]
    scores = {
        "fit: energy distance of T#α to β": torch.tensor(fit_to),
        "alignment: mean ‖T(x) − T*(x)‖": (made - pair.answers(batch)[:, None]).norm(dim=2).mean(0),
        "effort: mean ‖T(x) − x‖²": (made - x[:, None]).square().sum(2).mean(0),
        "cycle: mean |S(T(x)) − x|": (again - x[:, None]).abs().mean((0, 2)),
    }
    if isinstance(pair.source, Mixture) and len(pair.source.means) > 1:
        means = pair.truth(pair.source.means)
        nearest = torch.cdist(made.flatten(0, 1), means).argmin(1).view(len(x), -1)
        scores["alignment: in the right blob"] = (nearest == label[:, None]).float().mean(0)
    return scores


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
