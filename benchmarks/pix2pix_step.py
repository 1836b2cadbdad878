"""Images per second of pix2pix's step, both players: the trainer against a textbook loop of the same nets.

Usage: python benchmarks/pix2pix_step.py [--device cuda] [--size 128] [--batch 4] [--width 64] [--field 70]
           [--precision bf16-mixed] [--channels-last] [--compile] [--threads 1] [--rounds 5] [--steps 40]

The textbook loop draws from a DataLoader over a TensorDataset, moves each batch to the device, computes the
fake once for both players, in float32, uses Adam as it comes, and reads both losses with .item() at every step.
The trainer holds the data on the device, draws a fresh batch and computes a fresh fake for each player, freezes
the player that does not move, uses the fused Adam, and reads the losses once at the end. An image counts once
per step, though the trainer looks at two batches.

--precision, --channels-last and --compile each add a trainer's row that differs from the plain one by that
alone; several of them add one more row with all. All loops run in turn, so that a busy machine slows them alike.
The ratio is that of the images per second within one round: its median, smallest and largest over the rounds.
With one CPU thread time is the processor's for this process, which does not count the work of others; otherwise
it is the clock's.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss
from torch.utils.data import DataLoader, TensorDataset

from udtlib.data.paired import PairedSamples
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.unet import UNet
from udtlib.objectives.pix2pix import Pix2Pix
from udtlib.train import TrainConfig, fit
from udtlib.translators.direct import Direct
from udtlib.types import Batch

CHANNELS, IMAGES = 3, 256
RATE, BETAS, L1_WEIGHT = 2e-4, (0.5, 0.999), 100.0


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What is translated, and by how large nets."""

    size: int
    batch: int
    width: int
    field: int
    device: str

    def nets(self) -> tuple[UNet, PatchGAN]:
        """The untrained generator, which halves down to one pixel, and discriminator."""
        torch.manual_seed(0)
        generator = UNet(CHANNELS, CHANNELS, width=self.width, depth=self.size.bit_length() - 1)
        judge = PatchGAN(CHANNELS, condition=CHANNELS, field=self.field, width=self.width)
        return initialise_normal(generator).to(self.device), initialise_normal(judge).to(self.device)


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How the trainer runs."""

    precision: str = "32-true"
    channels_last: bool = False
    compiled: bool = False

    def __str__(self) -> str:
        parts = [self.precision] * (self.precision != "32-true")
        parts += ["channels-last"] * self.channels_last + ["compiled"] * self.compiled
        return ", ".join(["trainer", *parts])


class Textbook:
    """The loop as a tutorial writes it; every loss is read at every step."""

    def __init__(self, sizes: Sizes, data: Batch) -> None:
        self.device = sizes.device
        self.generator, self.discriminator = sizes.nets()
        self.adam_g = torch.optim.Adam(self.generator.parameters(), lr=RATE, betas=BETAS)
        self.adam_d = torch.optim.Adam(self.discriminator.parameters(), lr=RATE, betas=BETAS)
        self.loader = DataLoader(
            TensorDataset(data.x, data.y), batch_size=sizes.batch, shuffle=True, drop_last=True
        )

    def run(self, steps: int) -> None:
        """So many steps."""
        done, log = 0, []
        while done < steps:
            for x, y in self.loader:
                log.append(self.step(x.to(self.device), y.to(self.device)))
                done += 1
                if done == steps:
                    break

    def step(self, x: Tensor, y: Tensor) -> tuple[float, float]:
        """One move of each player."""
        fake = self.generator(x)
        real_score, fake_score = self.discriminator(y, x), self.discriminator(fake.detach(), x)
        loss_d = self.bce(real_score, 1.0) + self.bce(fake_score, 0.0)
        self.adam_d.zero_grad()
        loss_d.backward()
        self.adam_d.step()
        loss_g = self.bce(self.discriminator(fake, x), 1.0) + L1_WEIGHT * l1_loss(fake, y)
        self.adam_g.zero_grad()
        loss_g.backward()
        self.adam_g.step()
        return loss_d.item(), loss_g.item()

    def bce(self, score: Tensor, label: float) -> Tensor:
        """The log loss against one label."""
        return binary_cross_entropy_with_logits(score, torch.full_like(score, label))


class Trainer:
    """The library's trainer on the library's objective."""

    def __init__(self, sizes: Sizes, data: Batch, manner: Manner) -> None:
        self.sizes, self.manner = sizes, manner
        self.pair = PairedSamples(data, data).to(sizes.device)
        nets: list[nn.Module] = list(sizes.nets())
        if manner.channels_last:
            nets = [net.to(memory_format=torch.channels_last) for net in nets]
        if manner.compiled:
            for net in nets:
                net.compile()
        generator, judge = nets
        self.objective = Pix2Pix(Direct(generator), judge)

    def run(self, steps: int) -> None:
        """So many steps, and what fit does before them."""
        config = TrainConfig(
            steps=steps,
            batch_size=self.sizes.batch,
            log_every=steps,
            accelerator=self.sizes.device,
            precision=self.manner.precision,
            progress=False,
        )
        fit(self.objective, self.pair, config=config)


def manners(options: argparse.Namespace) -> list[Manner]:
    """The plain trainer, one for every option that was asked for, and one with all of them."""
    plain = Manner()
    every = Manner(precision=options.precision, channels_last=options.channels_last, compiled=options.compile)
    single = [
        Manner(precision=options.precision),
        Manner(channels_last=options.channels_last),
        Manner(compiled=options.compile),
    ]
    return list(dict.fromkeys([plain, *single, every]))


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--size", type=int, default=32, help="side of the images, a power of two")
    parser.add_argument("--batch", type=int, default=8, help="images of a batch")
    parser.add_argument("--width", type=int, default=24, help="feature channels of the first layers")
    parser.add_argument("--field", type=int, default=16, help="the discriminator's receptive field")
    parser.add_argument("--precision", default="32-true", help="of the trainer, as Fabric names it")
    parser.add_argument("--channels-last", action="store_true", help="also the trainer with such nets")
    parser.add_argument("--compile", action="store_true", help="also the trainer with compiled nets")
    parser.add_argument("--rounds", type=int, default=5, help="alternations of the loops")
    parser.add_argument("--steps", type=int, default=40, help="steps of each loop in a round")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU")
    options = parser.parse_args()
    if options.size < 2 or options.size & (options.size - 1):
        parser.error(f"--size is {options.size}; expected a power of two")
    return options


def main() -> None:
    """Run the loops in turn and print a table."""
    options = read_options()
    torch.set_num_threads(options.threads)
    sizes = Sizes(
        size=options.size,
        batch=options.batch,
        width=options.width,
        field=options.field,
        device=options.device,
    )
    generator = torch.Generator().manual_seed(0)
    shape = (max(IMAGES, sizes.batch), CHANNELS, sizes.size, sizes.size)
    data = Batch(*(torch.rand(shape, generator=generator) * 2 - 1 for _ in range(2)))
    loops: dict[str, Textbook | Trainer] = {"textbook": Textbook(sizes, data)}
    loops |= {str(manner): Trainer(sizes, data, manner) for manner in manners(options)}
    for loop in loops.values():
        loop.run(5)  # the first steps allocate, choose algorithms and compile
    alone = options.device == "cpu" and options.threads == 1
    clock = time.process_time if alone else time.perf_counter
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(options.rounds):
        for name, loop in loops.items():
            start = clock()
            loop.run(options.steps)
            rates[name].append(options.steps * sizes.batch / (clock() - start))
    report(rates, options, sizes)


def report(rates: dict[str, list[float]], options: argparse.Namespace, sizes: Sizes) -> None:
    """Print the rates and their ratios to the textbook's."""
    hardware = (
        torch.cuda.get_device_name() if options.device == "cuda" else f"{options.threads} CPU thread(s)"
    )
    print(f"{hardware}, torch {torch.__version__}, {sizes}")
    print(f"{'loop':48}{'images/s':>10}{'ratio':>8}{'smallest':>10}{'largest':>9}")
    for name, rate in rates.items():
        ratios = [b / a for a, b in zip(rates["textbook"], rate, strict=True)]
        spread = f"{statistics.median(ratios):8.2f}{min(ratios):10.2f}{max(ratios):9.2f}"
        print(f"{name:48}{statistics.median(rate):10.1f}{spread}")


if __name__ == "__main__":
    main()
