"""Rounds that are replayed from a CUDA graph, against the loop that launches every operation by itself.

Usage: python benchmarks/graph_rounds.py [--pairs 5] [--rounds 200] [--equal 50] [--skip-large]

On a machine with CUDA it prints, in at most ten minutes on one large GPU:

1. for games of the sizes of the `quick` profile, how far the terms of the first rounds differ between two runs of
   the loop, and between the loop and the graph; then milliseconds a round of `fit` with each operation launched by
   itself, with a graph, and with a graph, bfloat16 and channels last;
2. for the reference's nets at 256 pixels, U-Net-256 and ResNet-9, each against 70 × 70 patches, in batches of one,
   milliseconds a round of the reference's loop in single precision, and of `fit` with a graph as above.

The loops take turns, ratios are those within one turn, told as median, smallest and largest. Time is the clock's,
from and to a moment when the GPU has finished. Without CUDA it says so, and compares the terms of rounds that are
replayed from a tape of the same operations with those of the loop.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import round_speed
import torch
from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair, Noise, Samples
from udtlib.nets.init import initialise_normal
from udtlib.nets.mlp import mlp
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.objectives.base import Objective
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.train import Always, Never, Rehearsed, TrainConfig, fit
from udtlib.train.graph import Graph
from udtlib.translators.direct import Direct
from udtlib.types import Batch

Game = tuple[Objective, DomainPair]
SIDE = 256


@dataclass(frozen=True, kw_only=True)
class Sized:
    """A game, how it is made anew, and the samples of a batch."""

    make: Callable[[], Game]
    batch: int


def points() -> Game:
    """A GAN between points of the plane, with a penalty every four rounds: two graphs."""
    torch.manual_seed(0)
    y = torch.randn(2_000, 2)
    game = GAN(Direct(mlp([2, 64, 64, 2])), mlp([2, 64, 64, 1]), config=GANConfig(slope_weight=0.1))
    return game, IndependentPair(Noise(2), Samples(y, y))


def small(game: str, size: int) -> Sized:
    """pix2pix or CycleGAN with the nets of `round_speed`."""
    sizes = round_speed.Sizes(size=size, batch=8)
    nets = round_speed.unet_and_judge if game == "pix2pix" else round_speed.resnets_and_judges
    return Sized(
        make=lambda: round_speed.playing(game, nets(sizes), round_speed.images(sizes)), batch=sizes.batch
    )


def quick_games(size: int) -> dict[str, Sized]:
    """Games of the sizes that two cores play before the reader's eyes."""
    return {
        "GAN, points": Sized(make=points, batch=128),
        f"pix2pix, {size} pixels": small("pix2pix", size),
        f"CycleGAN, {size} pixels": small("cyclegan", size),
    }


def reference_nets(game: str) -> list[nn.Module]:
    """The reference's nets at 256 pixels."""
    torch.manual_seed(0)
    if game == "pix2pix":
        return [
            initialise_normal(UNet(3, 3, width=64, depth=8, dropout=0.5)),
            initialise_normal(PatchGAN(3, condition=3, field=70)),
        ]
    judges = [PatchGAN(3, field=70, norm=nn.InstanceNorm2d) for _ in "xy"]
    return [initialise_normal(net) for net in [*(ResNetGenerator(3, 3, blocks=9) for _ in "TS"), *judges]]


def fitted(game: Game, batch: int, steps: int, **options: object) -> list[dict[str, float | int]]:
    """Rounds of the trainer."""
    settings = {"accelerator": "cuda" if torch.cuda.is_available() else "cpu", "log_every": steps} | options
    return fit(*game, config=TrainConfig(steps=steps, batch_size=batch, progress=False, **settings)).rows


def difference(sized: Sized, rounds: int, *, graph: Graph) -> float:
    """The largest difference of a term from that of the loop, as a share of the term."""
    loop, other = (
        fitted(sized.make(), sized.batch, rounds, log_every=1, graph=each) for each in (Never(), graph)
    )
    return max(
        abs(a[key] - b[key]) / max(abs(a[key]), 1.0) for a, b in zip(loop, other, strict=True) for key in a
    )


def ms_of_rounds(run: Callable[[int], object], rounds: int) -> float:
    """Milliseconds a round; what comes before the rounds is taken off as the time of a tenth of them."""
    # As many as it takes until a graph is captured, and some.
    short = max(10, rounds // 10)
    torch.cuda.synchronize()
    times = []
    for count in (short, rounds + short):
        start = time.perf_counter()
        run(count)
        torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return 1e3 * (times[1] - times[0]) / rounds


def compared(title: str, loops: dict[str, Callable[[int], object]], *, rounds: int, pairs: int) -> None:
    """Let loops take turns, and print a table whose ratios are to the first."""
    for run in loops.values():
        run(12)
    times: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(pairs):
        for name, run in loops.items():
            times[name].append(ms_of_rounds(run, rounds))
    first = next(iter(times.values()))
    print(f"\\n{title}\\n{'loop':44}{'ms/round':>10}{'ratio':>8}{'smallest':>10}{'largest':>9}")
    for name, each in times.items():
        ratios = [a / b for a, b in zip(first, each, strict=True)]
        spread = f"{statistics.median(ratios):8.2f}{min(ratios):10.2f}{max(ratios):9.2f}"
        print(f"{name:44}{statistics.median(each):10.2f}{spread}", flush=True)


def trainers(sized: Sized) -> dict[str, Callable[[int], object]]:
    """`fit` in three manners, each on nets of its own."""
    half = {"precision": "bf16-mixed", "channels_last": True}
    manners: dict[str, dict[str, object]] = {
        "each operation by itself": {"graph": Never()},
        "a graph": {"graph": Always()},
        "a graph, bfloat16, channels last": {"graph": Always(), **half},
    }

    def in_manner(options: dict[str, object]) -> Callable[[int], object]:
        game = sized.make()
        return lambda steps: fitted(game, sized.batch, steps, **options)

    return {name: in_manner(options) for name, options in manners.items()}


def large(game: str, *, rounds: int, pairs: int) -> None:
    """The reference's nets: its own loop, and the trainer."""
    draws = torch.Generator().manual_seed(0)
    data = Batch(*(torch.rand(32, 3, SIDE, SIDE, generator=draws).cuda() * 2 - 1 for _ in "xy"))
    textbook = round_speed.TextbookPix2Pix if game == "pix2pix" else round_speed.TextbookCycleGAN
    reference = textbook([net.cuda() for net in reference_nets(game)], data, 1)
    half = {"precision": "bf16-mixed", "channels_last": True, "graph": Always()}
    in_half = round_speed.playing(game, reference_nets(game), data)
    in_single = round_speed.playing(game, reference_nets(game), data)
    loops: dict[str, Callable[[int], object]] = {
        "the reference's loop": reference.run,
        "fit, a graph": lambda steps: fitted(in_single, 1, steps, graph=Always()),
        "fit, a graph, bfloat16, channels last": lambda steps: fitted(in_half, 1, steps, **half),
    }
    compared(f"{game}, the reference's nets, {SIDE} pixels", loops, rounds=rounds, pairs=pairs)


def on_cuda(options: argparse.Namespace) -> None:
    """All tables."""
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    for name, sized in quick_games(64).items():
        twice, graph = (difference(sized, options.equal, graph=each) for each in (Never(), Always()))
        print(f"\n{name}: {options.equal} rounds differ by {graph:.1e}, of the loop twice by {twice:.1e}")
        compared(name, trainers(sized), rounds=options.rounds, pairs=options.pairs)
    torch.backends.cudnn.benchmark = True
    for game in () if options.skip_large else ("pix2pix", "cyclegan"):
        large(game, rounds=max(1, options.rounds // 5), pairs=options.pairs)


def on_cpu(options: argparse.Namespace) -> None:
    """Equality alone."""
    torch.set_num_threads(1)
    print("There is no CUDA here: nothing is timed, and graphs are rehearsed on a tape of operations.")
    for name, sized in quick_games(16).items():
        far = difference(sized, options.equal, graph=Rehearsed())
        print(f"{name}: terms of {options.equal} rounds differ by {far:.1e}", flush=True)


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=5, help="turns of all loops")
    parser.add_argument(
        "--rounds", type=int, default=200, help="rounds of a turn; a fifth of them for large nets"
    )
    parser.add_argument("--equal", type=int, default=50, help="rounds whose terms are compared")
    parser.add_argument("--skip-large", action="store_true", help="leave out the reference's nets")
    options = parser.parse_args()
    (on_cuda if torch.cuda.is_available() else on_cpu)(options)


if __name__ == "__main__":
    main()
