"""Rounds that are replayed as a whole: equal to those of the loop, refused with a reason, resumed as any run."""

import itertools
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair, Noise, Samples
from udtlib.data.paired import PairedSamples
from udtlib.nets.autoencoder import image_autoencoder, residual_blocks
from udtlib.nets.encoder import CNNEncoder
from udtlib.nets.mlp import mlp
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.biases import Bias, Made
from udtlib.objectives.bicyclegan import BicycleGAN
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.distancegan import Weights, distancegan, kept_distances, measure_scales
from udtlib.objectives.game import Game
from udtlib.objectives.gan import GAN, GANConfig
from udtlib.objectives.pix2pix import Pix2Pix
from udtlib.objectives.unit import UNIT
from udtlib.objectives.wgan import WGAN
from udtlib.train import Always, NonFiniteLossError, Rehearsed, TrainConfig, WhereItFits, fit
from udtlib.train.graph import Graph
from udtlib.train.graph_rounds import WARM_UP, GraphRounds
from udtlib.train.replay import CaptureError, Replayer, Tapes
from udtlib.train.round import Rounds
from udtlib.train.settings import describe
from udtlib.train.table import Table
from udtlib.train.trainer import settings_of
from udtlib.translators.direct import Direct
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.stochastic import StochasticDirect
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Terms

# Checks of annotations draw from Python's random numbers, which is a reason against a graph.
pytestmark = pytest.mark.usefixtures("as_a_user")


def config(**changes: object) -> TrainConfig:
    return TrainConfig(
        **({"steps": 50, "batch_size": 4, "log_every": 10, "decay_from": 0.5, "progress": False} | changes)
    )


def draws(*channels: int, side: int = 8) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [torch.rand(12, c, side, side, generator=generator) * 2 - 1 for c in channels]


def points() -> DomainPair:
    y = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 1
    return IndependentPair(Noise(3), Samples(y, y))


def drawings() -> DomainPair:
    batch = Batch(*draws(2, 3))
    return PairedSamples(batch, batch)


def photographs() -> DomainPair:
    return IndependentPair(*(Samples(t, t) for t in draws(3, 3)))


def gan(**settings: object) -> tuple[Objective, DomainPair]:
    return GAN(Direct(mlp([3, 8, 2])), mlp([2, 8, 1]), config=GANConfig(**settings)), points()


def wgan() -> tuple[Objective, DomainPair]:
    return WGAN(Direct(mlp([3, 8, 2])), mlp([2, 8, 1])), points()


def pix2pix(**settings: object) -> tuple[Objective, DomainPair]:
    net = UNet(2, 3, width=4, depth=2, dropout=0.5)
    return Pix2Pix(Direct(net), PatchGAN(3, condition=2, field=7, width=4)), drawings()


def judges() -> list[PatchGAN]:
    return [PatchGAN(3, field=7, width=4, norm=nn.Identity) for _ in "xy"]


def residual() -> Direct:
    return Direct(ResNetGenerator(3, 3, width=2, halvings=1, blocks=1))


def clouds() -> DomainPair:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(64, 2, generator=generator) + shift for shift in (0, 2))
    return IndependentPair(Samples(x, x), Samples(y, y))


def cycles(**settings: object) -> tuple[Objective, DomainPair]:
    translator = TwoWay(Direct(mlp([2, 4, 2])), Direct(mlp([2, 4, 2])))
    made = cyclegan(translator, mlp([2, 4, 1]), mlp([2, 4, 1]), **({"pool": 9} | settings))
    return made, clouds()


@dataclass(frozen=True, kw_only=True)
class Patches(Bias):
    """As CUT: what is at a place of T(x) is told from what is at other places by x at that place."""

    features: nn.Module
    temperature: float = 0.1
    comes_back = False

    def __call__(self, made: Made, clock: Clock) -> Terms:
        f, g = (nn.functional.normalize(self.features(t).flatten(2), dim=1) for t in (made.Tx, made.x))
        alike = torch.einsum("bci,bcj->bij", f, g) / self.temperature
        right = torch.arange(alike.shape[1], device=alike.device).expand(len(alike), -1)
        return {"patches_x": self.weight * nn.functional.cross_entropy(alike.transpose(1, 2), right)}


def contrast() -> tuple[Objective, DomainPair]:
    translator = residual()
    bias = Patches(features=translator.net.layers[0], starts="x")
    return Game(translator, None, judges()[1], biases=[bias]), photographs()


def unit() -> tuple[Objective, DomainPair]:
    coders = [image_autoencoder(3, width=2, halvings=1, blocks=0) for _ in "xy"]
    end, start = (residual_blocks(4, count=1) for _ in range(2))
    return UNIT(
        LatentTranslator(*coders, shared_end=end, shared_start=start, noise=1.0), *judges()
    ), photographs()


def bicycle() -> tuple[Objective, DomainPair]:
    net = StochasticDirect(UNet(2, 3, width=4, depth=2, noise=3), latent=3)
    encoder = CNNEncoder(3, latent=3, width=4, depth=2)
    both = [PatchGAN(3, condition=2, field=7, width=4) for _ in range(2)]
    return BicycleGAN(net, encoder, encoded_judge=both[0], prior_judge=both[1]), drawings()


def distances() -> tuple[Objective, DomainPair]:
    way = Weights(cycle=10, distance=1)
    scales = measure_scales(photographs(), kept_distances(way, way), count=12)
    made = distancegan(TwoWay(residual(), residual()), *judges(), scales=scales, forth=way, back=way)
    return made, photographs()


CAPTURED: dict[str, Callable[[], tuple[Objective, DomainPair]]] = {
    "gan": gan,
    "gan with a penalty every three rounds": lambda: gan(slope_weight=1.0, slope_every=3),
    "pix2pix with dropout": pix2pix,
    "cyclegan with a pool": cycles,
    "cut": contrast,
    "unit": unit,
    "bicyclegan": bicycle,
    "distancegan": distances,
}


def run(make: Callable[[], tuple[Objective, DomainPair]], **changes: object) -> tuple[Objective, list[dict]]:
    torch.manual_seed(0)
    objective, pair = make()
    places = {name: changes.pop(name, None) for name in ("folder", "watch")}
    return objective, fit(objective, pair, config=config(**changes), **places).rows


def assert_equal(rows: list[dict], others: list[dict]) -> None:
    assert [row.keys() for row in rows] == [row.keys() for row in others]
    for row, other in zip(rows, others, strict=True):
        for key, value in row.items():
            assert other[key] == pytest.approx(value, rel=1e-4, abs=1e-4), key


@pytest.mark.parametrize("name", CAPTURED)
def test_replayed_rounds_are_those_of_the_loop(name):
    """Fifty rounds: terms, weights, averages and the random numbers drawn on the way."""
    made, rows = run(CAPTURED[name], average=0.9)
    other, others = run(CAPTURED[name], average=0.9, graph=Rehearsed())
    assert_equal(rows, others)
    for key, value in made.state_dict().items():
        assert torch.allclose(torch.as_tensor(other.state_dict()[key]), torch.as_tensor(value), atol=1e-4), (
            key
        )


def test_a_layout_is_asked_for_by_a_players_name():
    _, rows = run(pix2pix, steps=20)
    for wanted in (True, "discriminator"):
        other, others = run(pix2pix, steps=20, channels_last=wanted)
        assert_equal(rows, others)
        for net in (other.discriminator, other.generator):
            big = [p for p in net.parameters() if p.ndim == 4 and min(p.shape) > 1]
            expected = wanted is True or net is other.discriminator
            assert all(p.is_contiguous(memory_format=torch.channels_last) == expected for p in big)
    with pytest.raises(
        ValueError, match="channels_last='critic' names no player of this game; there are discriminator"
    ):
        run(pix2pix, channels_last="critic")


def test_options_that_are_off_leave_a_run_what_it_was():
    """Checkpoints of before go on, and results are told by the same settings."""
    objective, _ = pix2pix()
    told = settings_of(config(), objective.players())
    assert not {"channels_last", "by_rows", "graph"} & set(told)
    assert settings_of(config(by_rows=True), objective.players())["by_rows"]
    assert not {"channels_last", "by_rows", "graph"} & set(describe(config()))


def test_precision_and_layout_change_nothing_about_that():
    for changes in ({"precision": "bf16-mixed"}, {"channels_last": True}, {"by_rows": True}):
        _, rows = run(pix2pix, steps=20, **changes)
        assert_equal(rows, run(pix2pix, steps=20, graph=Rehearsed(), **changes)[1])


def test_a_run_of_either_kind_goes_on_as_the_other(tmp_path):
    """The state of the optimisers, of the pools and of the random generators is one."""
    _, whole = run(cycles, steps=40)
    for first, second in itertools.product((Rehearsed(), WhereItFits()), repeat=2):
        folder = tmp_path / f"{type(first).__name__}-{type(second).__name__}"

        class Halt(Exception):
            pass

        def halt(done: int) -> None:
            if done == 30:
                raise Halt

        with pytest.raises(Halt):
            run(cycles, steps=40, checkpoint_every=20, graph=first, folder=folder, watch=halt)
        _, rows = run(cycles, steps=40, checkpoint_every=20, graph=second, folder=folder)
        assert_equal(whole, rows)


def test_after_a_replayed_run_a_pool_draws_again_as_it_shows():
    objective, _ = run(cycles, graph=Rehearsed())
    pool = objective.pools["x"]
    before = torch.get_rng_state()
    pool(torch.zeros(3, 2))
    assert not torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in objective.parameters())


def test_several_moves_are_a_reason():
    with pytest.raises(
        ValueError, match=r"captured: player 'critic' moves 5 times a round; train with graph="
    ):
        run(wgan, graph=Rehearsed())


def test_other_devices_are_a_reason_to_those_who_insist():
    with pytest.raises(ValueError, match="captured: the device is a cpu, no CUDA GPU"):
        run(gan, graph=Always())


# What PyTorch imports to compile warns of itself.
@pytest.mark.filterwarnings("ignore:.*script_method.*:DeprecationWarning")
def test_a_compiled_net_is_a_reason():
    def compiled() -> tuple[Objective, DomainPair]:
        objective, pair = gan()
        objective.discriminator.compile(backend="eager")
        return objective, pair

    with pytest.raises(ValueError, match=r"captured: discriminator is compiled by torch\.compile"):
        run(compiled, graph=Rehearsed())


@dataclass(frozen=True, kw_only=True)
class Plain(AdamConfig):
    """Adam that is not fused."""

    def build(self, parameters):
        return torch.optim.Adam(parameters, lr=self.rate)


class Odd(Objective):
    """A game of one player whose loss does something on the side."""

    def __init__(self, aside: Callable[["Odd", Batch, Clock], object], optimiser: AdamConfig | None = None):
        super().__init__()
        self.net, self.aside, self.optimiser, self.count = nn.Linear(3, 2), aside, optimiser, 0

    def players(self) -> dict[str, Player]:
        return {"solo": Player(module=self.net, loss=self.loss, optimiser=self.optimiser or AdamConfig())}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        self.aside(self, batch, clock)
        return {"gap": (self.net(batch.x) - batch.y).square().mean()}


def counts(game: Odd, batch: Batch, clock: Clock) -> None:
    game.count += 1


ASIDES = {
    "a loss follows how far training has come": lambda game, batch, clock: clock.progress,
    "reads a number from a tensor": lambda game, batch, clock: bool(batch.x.sum() > 0),
    "makes a tensor of Python's numbers": lambda game, batch, clock: torch.tensor([1.0, 2.0]),
    "indexes by a mask": lambda game, batch, clock: batch.x[batch.x > 0],
    "selects by a mask": lambda game, batch, clock: batch.x.masked_select(batch.x > 0),
    "looks for what is not zero": lambda game, batch, clock: batch.x.nonzero(),
    "every round changes Python's random numbers": lambda game, batch, clock: random.random(),
    "every round changes NumPy's random numbers": lambda game, batch, clock: np.random.rand(),  # noqa: NPY002
    "every round changes count, which is no tensor": counts,
    "computes on another device than cpu": lambda game, batch, clock: torch.zeros(2, device="meta"),
}


@pytest.mark.parametrize("reason", ASIDES)
def test_what_a_graph_cannot_repeat_is_found_before_it_is_captured(reason, caplog):
    """Those who insist are told; else the run goes on without a graph, as the loop would have."""
    with pytest.raises(ValueError, match=reason):
        run(lambda: (Odd(ASIDES[reason]), points()), graph=Rehearsed())
    _, rows = run(lambda: (Odd(ASIDES[reason]), points()), steps=12, log_every=2)
    with caplog.at_level(logging.INFO, logger="udtlib.train"):
        _, others = run(lambda: (Odd(ASIDES[reason]), points()), steps=12, log_every=2, graph=Offered())
    assert others == rows
    (line,) = caplog.messages
    assert line.startswith("not captured: ")
    assert reason in line


@dataclass(frozen=True)
class Offered(Graph):
    """Rounds from a tape where nothing stands against it, as on CUDA from a graph."""

    def rounds(self, table: Table) -> Rounds:
        return GraphRounds(table, Tapes())


def test_an_optimiser_that_cannot_be_captured_is_a_reason():
    with pytest.raises(ValueError, match="captured: the optimiser of player 'solo' is no fused Adam"):
        run(lambda: (Odd(lambda *_: None, Plain()), points()), graph=Rehearsed())


class Failing(Replayer):
    """Draws and warms up as tapes do, and captures nothing."""

    def draw(self, batch):
        return batch()

    def warm_up(self, function):
        function()

    def capture(self, function):
        raise CaptureError("PyTorch could not capture it: out of luck")


@dataclass(frozen=True)
class Hopeless(Graph):
    """A graph that PyTorch refuses when it is captured."""

    insist: bool = False

    def rounds(self, table: Table) -> Rounds:
        return GraphRounds(table, Failing(), insist=self.insist)


def test_a_capture_that_fails_leaves_the_run_what_it_was(caplog):
    with caplog.at_level(logging.WARNING, logger="udtlib.train"):
        objective, rows = run(cycles, steps=20, graph=Hopeless())
    other, others = run(cycles, steps=20)
    assert_equal(rows, others)
    for here, there in zip(objective.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(here, there)
    assert [record.message for record in caplog.records] == [
        "not captured: PyTorch could not capture it: out of luck"
    ]
    with pytest.raises(ValueError, match="the round cannot be captured: PyTorch could not capture it"):
        run(cycles, steps=20, graph=Hopeless(insist=True))


@dataclass(frozen=True)
class Uneven(DomainPair):
    """Batches that lack a sample from the eighth on."""

    inner: DomainPair
    paired = False

    def batch(self, index, *, size, seed, split="train"):
        return self.inner.batch(index, size=size - (index >= 8), seed=seed, split=split)

    def answers(self, batch):
        return None

    def to(self, device):
        return replace(self, inner=self.inner.to(device))


def test_batches_of_another_shape_end_the_graph_and_not_the_run():
    def uneven() -> tuple[Objective, DomainPair]:
        objective, pair = cycles()
        return objective, Uneven(pair)

    _, rows = run(uneven, steps=14, log_every=7)
    assert_equal(rows, run(uneven, steps=14, log_every=7, graph=Offered())[1])
    with pytest.raises(ValueError, match="captured: the batches differ in shape or type"):
        run(uneven, steps=14, graph=Rehearsed())


class Breaking(Objective):
    """A player whose term overflows at the eleventh batch: it lies far off."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(1, 1)

    def players(self) -> dict[str, Player]:
        return {
            "solo": Player(
                module=self.net,
                loss=lambda batch, _: {"exp": self.net(batch.y).mul(0).add(batch.y).exp().mean()},
            )
        }


@dataclass(frozen=True)
class Far(DomainPair):
    """Zeros, and a huge number at one batch."""

    paired = False

    def batch(self, index, *, size, seed, split="train"):
        y = torch.full((size, 1), 1e4 if index == 11 else 0.0)
        return Batch(y, y)

    def answers(self, batch):
        return None

    def to(self, device):
        return self


def test_a_replayed_loss_that_is_not_finite_is_told_with_its_step():
    with pytest.raises(NonFiniteLossError, match=r"'exp' of player 'solo' was not finite at step 11\."):
        run(lambda: (Breaking(), Far()), graph=Rehearsed())


def test_rounds_are_captured_after_a_few_and_then_no_code_is_run():
    calls = []

    class Counted(nn.Linear):
        def forward(self, x):
            calls.append(1)
            return super().forward(x)

    torch.manual_seed(0)
    objective = GAN(Direct(mlp([3, 8, 2])), Counted(2, 1))
    fit(objective, points(), config=config(graph=Rehearsed()))
    # Three judgements a round, and one round more, which is recorded.
    assert len(calls) == 3 * (WARM_UP + 1)


def test_the_clock_says_what_is_due():
    assert [Clock(step, 10).due(3) for step in range(5)] == [True, False, False, True, False]
