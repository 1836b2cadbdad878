"""Rounds of pix2pix and of CycleGAN at 64 pixels on one core: the trainer against the reference's loop.

Usage: python benchmarks/round_speed.py [--games pix2pix cyclegan] [--size 64] [--batch 8] [--pairs 7] [--rounds 6]
           [--half] [--tries] [--compile] [--profile]

The textbook loop plays the same nets in the order of the reference implementation: it translates once for both
players, freezes the discriminators while the translator moves, moves Adam as it comes, draws from a DataLoader and
reads its losses every ten rounds. The trainer is `udtlib.train.fit` with nothing changed; each further row differs
from it by one option: what helps on a CPU in some game, with --half half precision, for the textbook too, with
--tries what does not help, with --compile nets that PyTorch's inductor compiles, which takes minutes.

All loops take turns; a row's ratio is that of its rounds per second to the textbook's of one turn, told as the
median, smallest and largest over the turns. Time is the processor's for this process, which does not count
the work of others. --profile prints where a round of the trainer goes instead, by kinds of operations.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss
from torch.utils.data import DataLoader, TensorDataset

from udtlib.data.pair import DomainPair, IndependentPair, Samples
from udtlib.data.paired import PairedSamples
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.objectives.base import Objective
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.pix2pix import Pix2Pix
from udtlib.objectives.pool import SamplePool
from udtlib.train import TrainConfig, fit
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch

CHANNELS, IMAGES, WIDTH, READ_EVERY = 3, 128, 24, 10
RATE, BETAS = 2e-4, (0.5, 0.999)


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Side of the images in pixels, and images of a batch."""

    size: int
    batch: int


def images(sizes: Sizes) -> Batch:
    """Random images of both domains."""
    draws = torch.Generator().manual_seed(0)
    shape = (IMAGES, CHANNELS, sizes.size, sizes.size)
    return Batch(*(torch.rand(shape, generator=draws) * 2 - 1 for _ in "xy"))


def unet_and_judge(sizes: Sizes) -> list[nn.Module]:
    """pix2pix's nets: a U-Net down to two pixels and a conditional discriminator."""
    torch.manual_seed(0)
    net = UNet(CHANNELS, CHANNELS, width=WIDTH, depth=sizes.size.bit_length() - 2)
    return [initialise_normal(net), initialise_normal(judge(condition=CHANNELS))]


def resnets_and_judges(sizes: Sizes) -> list[nn.Module]:
    """CycleGAN's nets: two residual generators and two discriminators."""
    torch.manual_seed(0)
    nets = [ResNetGenerator(CHANNELS, CHANNELS, width=WIDTH, blocks=6) for _ in "TS"]
    return [
        initialise_normal(net)
        for net in [*nets, judge(norm=nn.InstanceNorm2d), judge(norm=nn.InstanceNorm2d)]
    ]


def judge(*, condition: int = 0, norm: Callable[[int], nn.Module] = nn.BatchNorm2d) -> PatchGAN:
    """A discriminator of patches."""
    return PatchGAN(CHANNELS, condition=condition, field=34, width=WIDTH, norm=norm)


def endless(data: Tensor | Batch, batch: int) -> Iterator[list[Tensor]]:
    """Batches from a shuffling loader, over and over."""
    tensors = [data.x, data.y] if isinstance(data, Batch) else [data]
    loader = DataLoader(TensorDataset(*tensors), batch_size=batch, shuffle=True, drop_last=True)
    while True:
        yield from loader


def adam(*nets: nn.Module) -> torch.optim.Adam:
    """Adam as it comes, over the parameters of several nets."""
    return torch.optim.Adam(chain(*(net.parameters() for net in nets)), lr=RATE, betas=BETAS)


def require(wanted: bool, *nets: nn.Module) -> None:
    """The reference's set_requires_grad."""
    for net in nets:
        for parameter in net.parameters():
            parameter.requires_grad = wanted


class TextbookPix2Pix:
    """As the reference plays it: discriminator, then generator, on one translation."""

    def __init__(self, nets: list[nn.Module], data: Batch, batch: int) -> None:
        self.G, self.D = nets
        self.batches = endless(data, batch)
        self.adam_g, self.adam_d = adam(self.G), adam(self.D)

    def run(self, rounds: int) -> None:
        """So many rounds."""
        for k in range(rounds):
            losses = self.round(*next(self.batches))
            if k % READ_EVERY == 0:
                [loss.item() for loss in losses]

    def round(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """One move of each player."""
        fake = self.G(x)
        require(True, self.D)
        self.adam_d.zero_grad()
        loss_fake = bce(self.D(fake.detach(), x), 0.0)
        loss_real = bce(self.D(y, x), 1.0)
        ((loss_fake + loss_real) * 0.5).backward()
        self.adam_d.step()
        require(False, self.D)
        self.adam_g.zero_grad()
        fool, close = bce(self.D(fake, x), 1.0), 100.0 * l1_loss(fake, y)
        (fool + close).backward()
        self.adam_g.step()
        return [loss_fake, loss_real, fool, close]


class TextbookCycleGAN:
    """As the reference plays it: both generators together, then each discriminator on a pool."""

    def __init__(self, nets: list[nn.Module], data: Batch, batch: int) -> None:
        self.T, self.S, self.D_x, self.D_y = nets
        self.xs, self.ys = endless(data.x, batch), endless(data.y, batch)
        self.adam_g, self.adam_d = adam(self.T, self.S), adam(self.D_x, self.D_y)
        self.pools = SamplePool(50), SamplePool(50)

    def run(self, rounds: int) -> None:
        """So many rounds."""
        for k in range(rounds):
            losses = self.round(*next(self.xs), *next(self.ys))
            if k % READ_EVERY == 0:
                [loss.item() for loss in losses]

    def round(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """One move of each player."""
        fake_y = self.T(x)
        again_x = self.S(fake_y)
        fake_x = self.S(y)
        again_y = self.T(fake_x)
        require(False, self.D_x, self.D_y)
        self.adam_g.zero_grad()
        fool = least(self.D_y(fake_y), 1.0) + least(self.D_x(fake_x), 1.0)
        cycle = 10.0 * (l1_loss(again_x, x) + l1_loss(again_y, y))
        (fool + cycle).backward()
        self.adam_g.step()
        require(True, self.D_x, self.D_y)
        self.adam_d.zero_grad()
        judged = [
            self.judged(self.D_y, y, self.pools[0](fake_y.detach())),
            self.judged(self.D_x, x, self.pools[1](fake_x.detach())),
        ]
        self.adam_d.step()
        return [fool, cycle, *judged]

    def judged(self, net: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        """The reference's backward_D_basic."""
        loss = (least(net(real), 1.0) + least(net(fake), 0.0)) * 0.5
        loss.backward()
        return loss


def bce(score: Tensor, label: float) -> Tensor:
    """The log loss against one label."""
    return binary_cross_entropy_with_logits(
        score, torch.full((), label, device=score.device).expand_as(score)
    )


def least(score: Tensor, label: float) -> Tensor:
    """The square loss against one label."""
    return mse_loss(score, torch.full((), label, device=score.device).expand_as(score))


class Trainer:
    """`fit`, on the library's objective, with options of its configuration."""

    def __init__(self, game: str, sizes: Sizes, *, compiled: bool = False, **options: object) -> None:
        self.sizes, self.options = sizes, options
        nets = unet_and_judge(sizes) if game == "pix2pix" else resnets_and_judges(sizes)
        if compiled:
            for net in nets:
                net.compile()
        self.objective, self.pair = playing(game, nets, images(sizes))

    def run(self, rounds: int) -> None:
        """So many rounds, and what `fit` does before them."""
        config = TrainConfig(
            steps=rounds,
            batch_size=self.sizes.batch,
            log_every=min(READ_EVERY, rounds),
            progress=False,
            **self.options,
        )
        fit(self.objective, self.pair, config=config)


class Flushed(Trainer):
    """The trainer, while numbers too small for full precision count as zero."""

    def run(self, rounds: int) -> None:
        torch.set_flush_denormal(True)
        super().run(rounds)
        torch.set_flush_denormal(False)


class Halved:
    """A textbook loop, each round within autocast, its backward passes too: a bound from below of its time."""

    def __init__(self, loop: TextbookPix2Pix | TextbookCycleGAN) -> None:
        self.loop = loop

    def run(self, rounds: int) -> None:
        """So many rounds."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            self.loop.run(rounds)


Loop = TextbookPix2Pix | TextbookCycleGAN | Trainer | Halved


def playing(game: str, nets: list[nn.Module], data: Batch) -> tuple[Objective, DomainPair]:
    """The game of these nets, and its data."""
    if game == "pix2pix":
        generator, discriminator = nets
        return Pix2Pix(Direct(generator), discriminator), PairedSamples(data, data)
    there, back, *judges = nets
    pair = IndependentPair(Samples(data.x), Samples(data.y))
    return cyclegan(TwoWay(Direct(there), Direct(back)), *judges), pair


#: Kinds of operations, by what their names hold; the first that fits counts.
KINDS = {
    "convolutions, backward": ("convolution_backward", "ConvolutionBackward"),
    "convolutions, forward": ("convolution",),
    "normalisation": ("norm", "Norm"),
    "mirrored borders": ("reflection_pad",),
    "Adam": ("adam", "Adam", "_foreach"),
    "activations": ("relu", "threshold", "tanh", "clamp_min"),
    "copies, new and joined tensors": ("copy_", "empty", "fill_", "zero", "cat", "clone", "stack", "resize"),
    "drawing a batch": ("aten::index", "randint"),
    "the rest": ("",),
}


def profiled(game: str, sizes: Sizes, rounds: int) -> None:
    """Where the trainer's rounds go, by kinds of operations."""
    trainer = Trainer(game, sizes)
    trainer.run(2)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        trainer.run(rounds)
    spent = dict.fromkeys(KINDS, 0.0)
    for event in profile.key_averages():
        kind = next(kind for kind, names in KINDS.items() if any(name in event.key for name in names))
        spent[kind] += event.self_cpu_time_total / 1e3 / rounds
    print(f"\n{game}, {sizes.size} pixels: where {sum(spent.values()):.0f} ms of a round go")
    for kind, time_ in spent.items():
        print(f"{kind:34}{time_:9.1f} ms{100 * time_ / sum(spent.values()):7.1f} %")


def loops_of(game: str, sizes: Sizes, options: argparse.Namespace) -> dict[str, Loop]:
    """The textbook's loop, the trainer, and what else was asked for."""
    pix2pix = game == "pix2pix"
    nets = (unet_and_judge if pix2pix else resnets_and_judges)(sizes)
    textbook = TextbookPix2Pix if pix2pix else TextbookCycleGAN
    judge = "discriminator" if pix2pix else "discriminators"
    loops: dict[str, Loop] = {"textbook": textbook(nets, images(sizes), sizes.batch)}
    loops["trainer"] = Trainer(game, sizes)
    loops["by rows"] = Trainer(game, sizes, by_rows=True)
    loops["discriminator channels-last"] = Trainer(game, sizes, channels_last=judge)
    if options.half:
        loops["bf16"] = Trainer(game, sizes, precision="bf16-mixed")
        loops["bf16, channels-last"] = Trainer(game, sizes, precision="bf16-mixed", channels_last=True)
        loops["bf16, textbook"] = Halved(textbook(nets, images(sizes), sizes.batch))
    if options.tries:
        loops["channels-last"] = Trainer(game, sizes, channels_last=True)
        loops["denormals flushed"] = Flushed(game, sizes)
        loops["an average of the weights"] = Trainer(game, sizes, average=0.999)
    if options.compile:
        loops["compiled"] = Trainer(game, sizes, compiled=True)
        loops["compiled, channels-last"] = Trainer(game, sizes, compiled=True, channels_last=True)
    return loops


def compared(game: str, sizes: Sizes, options: argparse.Namespace) -> None:
    """Let all loops take turns, and print the table."""
    loops = loops_of(game, sizes, options)
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for name, loop in loops.items():
        start = time.perf_counter()
        loop.run(2)  # the first rounds allocate and choose algorithms
        if "compiled" in name:
            print(f"{name}: the first two rounds took {time.perf_counter() - start:.0f} s", flush=True)
    for _ in range(options.pairs):
        for name, loop in loops.items():
            start = time.process_time()
            loop.run(options.rounds)
            seconds[name].append((time.process_time() - start) / options.rounds)
    print(f"\n{game}, {sizes.size} pixels, batches of {sizes.batch}, torch {torch.__version__}")
    print(f"{'loop':28}{'ms/round':>10}{'ratio':>8}{'smallest':>10}{'largest':>9}")
    for name, each in seconds.items():
        ratios = [a / b for a, b in zip(seconds["textbook"], each, strict=True)]
        spread = f"{statistics.median(ratios):8.2f}{min(ratios):10.2f}{max(ratios):9.2f}"
        print(f"{name:28}{1e3 * statistics.median(each):10.1f}{spread}", flush=True)


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--games", nargs="+", choices=("pix2pix", "cyclegan"), default=["pix2pix", "cyclegan"]
    )
    parser.add_argument("--size", type=int, default=64, help="side of the images, a power of two")
    parser.add_argument("--batch", type=int, default=8, help="images of a batch")
    parser.add_argument("--pairs", type=int, default=7, help="turns of all loops")
    parser.add_argument("--rounds", type=int, default=6, help="rounds of a turn")
    parser.add_argument(
        "--half", action="store_true", help="also half precision, for processors that multiply it (AMX)"
    )
    parser.add_argument("--tries", action="store_true", help="also what was tried and did not help")
    parser.add_argument("--compile", action="store_true", help="also the trainer with compiled nets")
    parser.add_argument("--profile", action="store_true", help="say where a round goes")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sizes = Sizes(size=options.size, batch=options.batch)
    for game in options.games:
        if options.profile:
            profiled(game, sizes, options.rounds)
        else:
            compared(game, sizes, options)


if __name__ == "__main__":
    main()
