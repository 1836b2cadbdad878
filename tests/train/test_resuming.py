"""A folder goes on with the run that began in it, and with no other; its weights may be taken for a new one."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.properties import examples
from udtlib.data.pair import DomainPair, IndependentPair, Noise, Sampler, Samples
from udtlib.data.stored_images import StoredImages
from udtlib.losses import adversarial
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player
from udtlib.objectives.biases import Cycle, Identity
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.discogan import discogan
from udtlib.objectives.game import Game
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.objectives.wgan import WGAN
from udtlib.train import CheckpointError, TrainConfig, fit
from udtlib.train.checkpoint import check_length
from udtlib.train.identity import changes, fingerprint, run_identity
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay
from udtlib.types import Batch, Terms


def cloud(shift: float = 0.0, count: int = 40) -> torch.Tensor:
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(0)) + shift


def points(shift: float = 1.0) -> DomainPair:
    return IndependentPair(Samples(cloud()), Samples(cloud(shift)))


def config(**changes: object) -> TrainConfig:
    return TrainConfig(**({"steps": 4, "batch_size": 4, "log_every": 2, "progress": False} | changes))


def nets(
    width: int = 4, activation: Callable[[], nn.Module] = nn.SiLU
) -> tuple[TwoWay, nn.Module, nn.Module]:
    torch.manual_seed(0)
    sizes = [2, width, 2]
    ways = [Direct(mlp(sizes, activation=activation)) for _ in "TS"]
    return TwoWay(*ways), mlp([2, 4, 1]), mlp([2, 4, 1])


def cycle(weight: float | int = 10, **options: object) -> Game:
    return cyclegan(*nets(), cycle_weight=weight, **options)


def trained(
    folder: Path, objective: Objective | None = None, pair: DomainPair | None = None, **options
) -> None:
    fit(objective or cycle(), pair or points(), config=config(**options), folder=folder)


def refusal(folder: Path, objective: Objective, pair: DomainPair | None = None, **options: object) -> str:
    before = (folder / "checkpoint.pt").read_bytes()
    with pytest.raises(CheckpointError) as error:
        fit(objective, pair or points(), config=config(**options), folder=folder)
    assert (folder / "checkpoint.pt").read_bytes() == before
    text = str(error.value)
    assert 'resume="weights"' in text
    assert "resume=False" in text
    return text


def test_the_same_run_made_anew_goes_on(tmp_path: Path) -> None:
    trained(tmp_path, steps=2)
    history = fit(cycle(), points(), config=config(), folder=tmp_path)
    assert [row["step"] for row in history.rows] == [2, 4]


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (lambda: cycle(0.1), r"objective\.biases\.Cycle\.weight was 10, is 0\.1"),
        (lambda: cycle(10, identity_share=0.5), r"objective\.biases was \[a Cycle\], is \[a Cycle, a Identity\]"),
        (lambda: cycle(10, pool=3), r"objective\.pools\.x\.size was 50, is 3"),
        (lambda: cycle(10, game=replace(LEAST_SQUARES, slope_weight=2.0)), r"slope_weight was 0\.0, is 2\.0"),
        (
            lambda: cycle(10, game=replace(LEAST_SQUARES, discriminator_loss=adversarial.log_discriminator)),
            r"game\.discriminator_loss was .*square_discriminator, is .*log_discriminator",
        ),
        (lambda: discogan(*nets(), cycle_weight=10), r"Cycle\.compare was .*l1, is .*l2"),
        (lambda: Game(*nets(), biases=[Identity(weight=10)], pool=50), r"Identity was a Cycle, is a Identity"),
        (lambda: WGAN(Direct(mlp([2, 4, 2])), mlp([2, 4, 1])), r"objective was a Game, is a WGAN"),
        (lambda: cyclegan(*nets(width=5)), r"translator\..*was \[4, 2\], is \[5, 2\]"),
        (lambda: cyclegan(*nets(activation=nn.Tanh)), r"was a SiLU, is a Tanh"),
        (lambda: cyclegan(*nets(activation=partial(nn.LeakyReLU, 0.3))), r"is a LeakyReLU"),
    ],
)  # fmt: skip
def test_another_game_is_refused_and_named(
    tmp_path: Path, other: Callable[[], Objective], named: str
) -> None:
    trained(tmp_path)
    text = refusal(tmp_path, other())
    assert re.search(named, text), text


def test_settings_of_modules_count_that_no_shape_shows(tmp_path: Path) -> None:
    def game(slope: float) -> WGAN:
        net = nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(slope))
        return WGAN(Direct(net), mlp([2, 4, 1]))

    trained(tmp_path, game(0.2))
    assert "negative_slope was 0.2, is 0.3" in refusal(tmp_path, game(0.3))


def test_parameters_that_are_frozen_count(tmp_path: Path) -> None:
    frozen = cycle()
    frozen.translator.forth.net[0].bias.requires_grad_(False)
    trained(tmp_path)
    assert "frozen" in refusal(tmp_path, frozen)


class Told(Objective):
    """A user's own: a number, a tensor, a function, constants in buffers, and a private counter."""

    def __init__(
        self, *, weight: float = 1.0, target: float = 1.0, power: float = 2.0, kept: float = 1.0
    ) -> None:
        super().__init__()
        self.net, self.weight, self.target = nn.Linear(2, 1), weight, torch.full((3,), target)
        self.penalty = lambda value: value.abs() ** power
        self.register_buffer("kept", torch.tensor(kept))
        self.register_buffer("gone", torch.tensor(kept), persistent=False)
        self._calls = 0

    def players(self) -> dict[str, Player]:
        return {"solo": Player(module=self.net, loss=self.loss)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        self._calls += 1
        return {"term": self.weight * self.penalty(self.net(batch.x) - self.target.mean()).mean()}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"weight": 2.0}, "objective.weight was 1.0, is 2.0"),
        ({"target": 2.0}, "objective.target holds other entries, float32 (3,)"),
        ({"power": 3.0}, "objective.penalty.power was 2.0, is 3.0"),
        ({"kept": 2.0}, "objective.kept was [1.0], is [2.0]"),
    ],
)
def test_a_users_own_objective_is_told_by_its_numbers(tmp_path: Path, change: dict, named: str) -> None:
    trained(tmp_path, Told())
    assert named in refusal(tmp_path, Told(**change))
    if "kept" in change:
        assert "objective.gone holds other entries" in refusal(tmp_path, Told(**change))


def test_a_users_own_objective_is_told_by_its_code(tmp_path: Path) -> None:
    class Other(Told):
        def loss(self, batch: Batch, clock: Clock) -> Terms:
            return {"term": self.net(batch.x).square().mean()}

    Other.__qualname__ = Told.__qualname__
    trained(tmp_path, Told())
    assert "objective.its code was" in refusal(tmp_path, Other())


def test_an_objective_that_has_trained_goes_on_in_the_same_process(tmp_path: Path) -> None:
    for objective in (cycle(), Told()):
        folder = tmp_path / type(objective).__name__
        trained(folder, objective, steps=2)
        if isinstance(objective, Told):
            # Whoever moves a buffer in training leaves it as the checkpoint has it.
            assert "kept" not in run_identity(objective, points())["objective"]["is"]
        fit(objective, points(), config=config(steps=4), folder=folder)
        refusal(folder, cycle(3) if isinstance(objective, Game) else Told(weight=3.0))


def test_a_buffer_that_moves_in_training_is_no_setting(tmp_path: Path) -> None:
    class Counting(Told):
        def loss(self, batch: Batch, clock: Clock) -> Terms:
            self.kept += 1
            return super().loss(batch, clock)

    objective = Counting()
    trained(tmp_path, objective, steps=2)
    fit(objective, points(), config=config(steps=4), folder=tmp_path)
    fit(Counting(), points(), config=config(steps=6), folder=tmp_path)


@pytest.mark.parametrize(
    ("there", "here", "named"),
    [
        (points(), points(2.0), "pair.target.train holds other entries, float32 (40, 2)"),
        (points(), IndependentPair(Samples(cloud()), Samples(cloud(1.0, 39))), "(40, 2), is float32 (39, 2)"),
        (points(), IndependentPair(Noise(2), Samples(cloud(1.0))), "pair.source was a Samples, is a Noise"),
        (
            IndependentPair(Sampler(lambda n, g: torch.rand(n, 2, generator=g), (2,)), Noise(2)),
            IndependentPair(Sampler(lambda n, g: 3 + torch.rand(n, 2, generator=g), (2,)), Noise(2)),
            "pair.source.function",
        ),
    ],
)  # fmt: skip
def test_other_data_are_refused(tmp_path: Path, there: DomainPair, here: DomainPair, named: str) -> None:
    trained(tmp_path, pair=there)
    assert named in refusal(tmp_path, cycle(), here)


def test_images_are_told_by_their_bytes_and_by_how_they_are_turned() -> None:
    first = torch.zeros(3, 1, 4, 4, dtype=torch.uint8)
    second = first.clone()
    second[1, 0, 2, 2] = 1

    def told(train: torch.Tensor, mirror: bool = False) -> dict:
        domain = StoredImages(train, first, mirror=mirror)
        return run_identity(nn.Identity(), IndependentPair(domain, domain))

    assert changes(told(first), told(first.clone())) == []
    assert all("train was tensor" in line for line in changes(told(first), told(second)))
    assert changes(told(first), told(first, mirror=True))[0] == "pair.source.mirror was False, is True"


class OwnPair(DomainPair):
    """A user's own: its samples are nobody's business, but there."""

    def __init__(self, shift: float) -> None:
        self._samples, self.shift_of, self._drawn = cloud(shift).numpy(), 0, 0

    @property
    def paired(self) -> bool:
        return False

    def batch(self, index: int, *, size: int, seed: int, split: str = "train") -> Batch:
        self._drawn += 1
        rows = np.random.default_rng((index, seed)).integers(len(self._samples), size=size)
        x = torch.from_numpy(self._samples[rows])
        return Batch(x, x)

    def answers(self, batch: Batch) -> None:
        return None

    def to(self, device: object) -> DomainPair:
        return self


def test_a_pair_of_a_users_own_is_told_by_what_it_holds(tmp_path: Path) -> None:
    trained(tmp_path, pair=OwnPair(0.0), steps=2)
    fit(cycle(), OwnPair(0.0), config=config(), folder=tmp_path)
    assert "pair._samples holds other entries" in refusal(tmp_path, cycle(), OwnPair(1.0))


def test_only_the_first_differences_are_listed(tmp_path: Path) -> None:
    trained(tmp_path)
    other = {"batch_size": 2, "seed": 3, "decay_from": 0.5}
    text = refusal(tmp_path, cycle(0.1), points(3.0), **other)
    assert (
        "biases.Cycle.weight was 10, is 0.1; pair.target.train holds other entries, float32 (40, 2); " in text
    )
    assert "batch_size was 4, is 2; and 2 more" in text


def test_more_steps_go_on_where_the_run_ended(tmp_path: Path) -> None:
    whole = fit(cycle(), points(), config=config(steps=8))
    trained(tmp_path, steps=4)
    history = fit(cycle(), points(), config=config(steps=8), folder=tmp_path)
    assert history.rows == whole.rows
    with pytest.raises(
        CheckpointError, match=r"holds 8 finished steps, more than the 6 that are asked for; ask for"
    ):
        fit(cycle(), points(), config=config(steps=6), folder=tmp_path)
    assert fit(cycle(), points(), config=config(steps=8), folder=tmp_path).rows == whole.rows


def test_where_the_number_of_steps_is_part_of_a_result_it_is_compared(tmp_path: Path) -> None:
    trained(tmp_path, steps=4)
    check_length(tmp_path / "checkpoint.pt", steps=4)
    with pytest.raises(CheckpointError, match=r"steps was 4, is 8.*--fresh"):
        check_length(tmp_path / "checkpoint.pt", steps=8)


def test_weights_alone_are_taken_into_a_new_run(tmp_path: Path) -> None:
    first = cycle()
    fit(first, points(), config=config(steps=6), folder=tmp_path)
    slow = replace(
        LEAST_SQUARES,
        generator_optimiser=AdamConfig(rate=1e-30),
        discriminator_optimiser=AdamConfig(rate=1e-30),
    )
    second = discogan(*nets(), cycle_weight=0.1, game=slow)
    history = fit(second, points(5.0), config=config(batch_size=2), folder=tmp_path, resume="weights")
    assert [row["step"] for row in history.rows] == [2, 4]
    for name, value in first.named_parameters():
        assert torch.equal(value, second.get_parameter(name)), name
    # The new run is the folder's now, and goes on like any other.
    again = discogan(*nets(), cycle_weight=0.1, game=slow)
    fit(again, points(5.0), config=config(batch_size=2, steps=6), folder=tmp_path)


def test_weights_of_other_nets_are_refused(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(
        CheckpointError, match=r"weights of other nets \(.* has shape \(4, 2\), expected \(5, 2\)\)"
    ):
        fit(cyclegan(*nets(width=5)), points(), config=config(), folder=tmp_path, resume="weights")
    with pytest.raises(CheckpointError, match=r"weights of other nets \(kept is missing\)"):
        fit(Told(), points(), config=config(), folder=tmp_path, resume="weights")


def test_weights_need_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="No such file"):
        fit(cycle(), points(), config=config(), folder=tmp_path, resume="weights")
    with pytest.raises(ValueError, match="needs the folder of a checkpoint"):
        fit(cycle(), points(), config=config(), resume="weights")
    with pytest.raises(ValueError, match="resume is True, False or \"weights\", got 'weight'"):
        fit(cycle(), points(), config=config(), folder=tmp_path, resume="weight")


def test_the_advice_after_numbers_that_are_not_finite_can_be_followed(tmp_path: Path) -> None:
    class Breaking(Told):
        def loss(self, batch: Batch, clock: Clock) -> Terms:
            terms = super().loss(batch, clock)
            if clock.step == self.at:
                with torch.no_grad():
                    self.net.bias.fill_(float("inf"))
            return terms

    def breaking(at: int) -> Breaking:
        objective = Breaking()
        objective.at = at
        return objective

    with pytest.raises(
        CheckpointError, match=r"no checkpoint was written before; begin again with a smaller step size"
    ):
        fit(breaking(3), points(), config=config(), folder=tmp_path)
    with pytest.raises(
        CheckpointError, match=r'go on from its weights .* fit\(…, resume="weights"\)'
    ) as error:
        fit(breaking(3), points(), config=config(checkpoint_every=2), folder=tmp_path)
    assert "--fresh" in str(error.value.for_command())
    fit(breaking(9), points(), config=config(), folder=tmp_path, resume="weights")


def test_a_checkpoint_that_does_not_say_what_it_belongs_to_is_refused(tmp_path: Path) -> None:
    trained(tmp_path)
    path = tmp_path / "checkpoint.pt"
    content = torch.load(path, weights_only=True)
    del content["identity"]
    torch.save(content, path)
    assert "was written by an earlier version" in refusal(tmp_path, cycle())
    fit(cycle(), points(), config=config(), folder=tmp_path, resume="weights")


def test_the_command_lines_remedy_is_its_own(tmp_path: Path) -> None:
    trained(tmp_path)
    with pytest.raises(CheckpointError) as error:
        fit(cycle(1), points(), config=config(), folder=tmp_path)
    text = str(error.value.for_command())
    assert "Cycle.weight was 10, is 1" in text
    assert "--fresh" in text
    assert "resume" not in text


@examples(40)
@given(
    count=st.integers(2, 200), place=st.integers(0, 10**6), size=st.floats(1e-6, 1e6), seed=st.integers(0, 2**20)
)  # fmt: skip
def test_a_fingerprint_sees_one_entry_and_overlooks_rounding(
    count: int, place: int, size: float, seed: int
) -> None:
    x = size * torch.randn(count, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rounded, other = x.float().double(), x.clone()
    other[place % count, place % 3] += 0.1 * size
    assert changes(fingerprint(x), fingerprint(rounded)) == []
    assert changes(fingerprint(x), fingerprint(other)) != []
    assert changes(fingerprint(x), fingerprint(x[:-1])) != []


def test_a_fingerprint_sees_an_order_and_what_is_not_finite() -> None:
    x = torch.randn(2**21 + 5, generator=torch.Generator().manual_seed(0))
    assert changes(fingerprint(x), fingerprint(x.roll(2**20))) != []
    assert changes(fingerprint(x), fingerprint(x.flip(0))) != []
    broken = torch.tensor([1.0, float("nan")])
    assert changes(fingerprint(broken), fingerprint(broken.clone())) == []
    assert changes(fingerprint(broken), fingerprint(torch.ones(2))) != []
    for odd in (torch.zeros(0, 3), torch.tensor(1.0), torch.ones(2).bfloat16(), torch.ones(2) * 1j):
        assert changes(fingerprint(odd), fingerprint(odd.clone())) == []


def test_an_object_within_itself_is_told_once() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.entries: list = [GANConfig()]
            self.entries.append(self.entries)
            self.a = nn.Linear(1, 1)
            self.b = self.a

    told = run_identity(Loop(), points())["objective"]
    assert told["entries"][1] == "itself"
    assert told["b"] == "the same as objective.a"


def test_numbers_are_equal_as_numbers_are() -> None:
    assert changes({"is": "A", "n": 1}, {"is": "A", "n": 1.0}) == []
    assert changes({"n": True}, {"n": 1}) == ["n was True, is 1"]
    assert changes({"n": float("nan")}, {"n": float("nan")}) == []
    assert changes([Cycle().weight], [Cycle(weight=2).weight], path="w") == ["w was [1.0], is [2]"]
