"""The training loop: reproducible, resumable, and never saving what is broken."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from udtlib.data.pair import DomainPair, IndependentPair, Noise, Samples
from udtlib.nets.mlp import mlp
from udtlib.objectives.base import AdamConfig, Clock, Objective, Player, total
from udtlib.objectives.gan import GAN
from udtlib.objectives.wgan import WGAN
from udtlib.train import CheckpointError, NonFiniteLossError, TrainConfig, fit
from udtlib.train.randomness import random_states, restore_random_states
from udtlib.translators.direct import Direct
from udtlib.types import Batch, Terms


def points() -> DomainPair:
    y = torch.randn(64, 2, generator=torch.Generator().manual_seed(0)) + 1
    return IndependentPair(Noise(2), Samples(y, y))


def game(seed: int = 0) -> WGAN:
    torch.manual_seed(seed)
    return WGAN(Direct(mlp([2, 8, 2])), mlp([2, 8, 1]))


def config(**changes: object) -> TrainConfig:
    return TrainConfig(**({"steps": 12, "batch_size": 8, "log_every": 2, "progress": False} | changes))


class Spoiled(Objective):
    """A player whose loss is not finite from one step on."""

    def __init__(self, *, at: int) -> None:
        super().__init__()
        self.net, self.at = nn.Linear(2, 1), at

    def players(self) -> dict[str, Player]:
        return {"solo": Player(module=self.net, loss=self.loss)}

    def loss(self, batch: Batch, clock: Clock) -> Terms:
        factor = float("nan") if clock.step >= self.at else 1.0
        return {"fine": self.net(batch.x).square().mean(), "bad": factor * self.net(batch.y).mean()}


def test_training_learns():
    class Mean(Objective):
        def __init__(self) -> None:
            super().__init__()
            self.m = nn.ParameterList([nn.Parameter(torch.zeros(2))])

        def players(self):
            return {
                "solo": Player(
                    module=self.m, loss=self.loss, optimiser=AdamConfig(rate=0.05, betas=(0.9, 0.99))
                )
            }

        def loss(self, batch, clock):
            return {"square": (batch.y - self.m[0]).square().sum(1).mean()}

    objective, pair = Mean(), points()
    fit(objective, pair, config=config(steps=200, batch_size=64, decay_from=0.5))
    assert torch.allclose(objective.m[0].detach(), pair.target.train.mean(0), atol=0.1)


def draws() -> list[float]:
    """One number from each of the global generators, which third-party code draws from."""
    return [torch.rand(1).item(), np.random.rand(), random.random()]  # noqa: NPY002


def test_the_callers_random_state_is_left_alone():
    # Made beforehand: the tests' checks of types draw random numbers, too.
    objective, pair, settings = game(), points(), config(seed=7)
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    random.seed(3)
    before = random_states()
    expected = draws()
    restore_random_states(before)
    fit(objective, pair, config=settings)
    assert draws() == expected


def test_history_has_one_row_per_interval_and_the_file_equals_it(tmp_path):
    history = fit(game(), points(), config=config(steps=11, log_every=4), folder=tmp_path)
    assert [row["step"] for row in history.rows] == [4, 8, 11]
    assert [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()] == history.rows
    assert len(history.series("critic/distance")) == 3
    with pytest.raises(KeyError, match="there are critic/distance"):
        history.series("critic/nothing")


def test_other_seed_other_history():
    assert fit(game(), points(), config=config()).rows != fit(game(), points(), config=config(seed=1)).rows


def test_rates_fall_linearly_to_zero():
    half = config(steps=10, decay_from=0.5)
    assert [round(half.rate_factor(Clock(s, 10)), 3) for s in (0, 5, 6, 9)] == [1, 1, 0.8, 0.2]
    assert config().rate_factor(Clock(9, 10)) == 1


def test_interrupted_and_resumed_equals_uninterrupted(tmp_path):
    whole = game()
    expected = fit(whole, points(), config=config(checkpoint_every=4))

    class Interrupted(Exception):
        pass

    def stop(done):
        if done == 10:
            raise Interrupted

    first = game()
    with pytest.raises(Interrupted):
        fit(first, points(), config=config(checkpoint_every=4), folder=tmp_path, watch=stop)
    resumed = game(seed=5)
    history = fit(resumed, points(), config=config(checkpoint_every=4), folder=tmp_path)
    assert history.rows == expected.rows
    assert all(torch.equal(v, whole.state_dict()[k]) for k, v in resumed.state_dict().items())


LONG = {"steps": 400, "checkpoint_every": 20}

SCRIPT = """
import sys, time, torch
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_trainer import LONG, config, game, points
from udtlib.train import fit
torch.set_num_threads(1)
# Slowly, so that the parent can kill it between two checkpoints.
fit(game(), points(), config=config(**LONG), folder=Path(sys.argv[1]), watch=lambda done: time.sleep(0.05))
"""


@pytest.mark.slow
def test_a_killed_run_resumes_bit_for_bit(tmp_path):
    script, killed_in = tmp_path / "run.py", tmp_path / "killed"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    process = subprocess.Popen(
        [sys.executable, str(script), str(killed_in)], env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    deadline = time.monotonic() + 300
    while (
        not (killed_in / "checkpoint.pt").exists() and time.monotonic() < deadline and process.poll() is None
    ):
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it was killed"
    done = torch.load(killed_in / "checkpoint.pt", weights_only=True)["step"]
    assert 0 < done < LONG["steps"]

    whole, resumed = game(), game(seed=5)
    fit(whole, points(), config=config(**LONG), folder=tmp_path / "whole")
    fit(resumed, points(), config=config(**LONG), folder=killed_in)
    assert all(torch.equal(v, resumed.state_dict()[k]) for k, v in whole.state_dict().items())
    assert (tmp_path / "whole" / "log.jsonl").read_text() == (killed_in / "log.jsonl").read_text()


def test_a_loss_that_is_not_finite_stops_the_run_and_says_where(tmp_path):
    with pytest.raises(NonFiniteLossError, match="term 'bad' of player 'solo' was not finite at step 7"):
        fit(Spoiled(at=7), points(), config=config(checkpoint_every=2), folder=tmp_path)
    saved = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert saved["step"] == 6
    assert all(v.isfinite().all() for v in saved["objective"].values())


def test_broken_parameters_never_replace_a_good_checkpoint(tmp_path):
    class Breaking(Spoiled):
        def loss(self, batch: Batch, clock: Clock) -> Terms:
            if clock.step == 11:
                with torch.no_grad():
                    self.net.bias.fill_(float("inf"))
                return {"fine": self.net.weight.sum()}
            return {"fine": self.net.weight.sum()}

    with pytest.raises(CheckpointError, match=r"net\.bias is not finite after step 12"):
        fit(Breaking(at=99), points(), config=config(checkpoint_every=6), folder=tmp_path)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 6


def test_a_damaged_checkpoint_is_refused_with_the_remedy(tmp_path):
    fit(game(), points(), config=config(), folder=tmp_path)
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointError, match="delete it to start the run afresh"):
        fit(game(), points(), config=config(), folder=tmp_path)
    fit(game(), points(), config=config(), folder=tmp_path, resume=False)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    fit(game(), points(), config=config(), folder=tmp_path)
    with pytest.raises(CheckpointError, match="batch_size was 8, is 4"):
        fit(game(), points(), config=config(batch_size=4), folder=tmp_path)


def test_players_that_do_not_partition_the_parameters_are_refused():
    class Shared(GAN.__mro__[1]):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Linear(2, 1)

        def players(self):
            player = Player(module=self.net, loss=lambda batch, clock: {"x": self.net(batch.x).mean()})
            return {"a": player, "b": player}

    with pytest.raises(ValueError, match="exactly one player"):
        fit(Shared(), points(), config=config())


def test_mixed_precision_trains():
    history = fit(game(), points(), config=config(precision="bf16-mixed"))
    assert all(np.isfinite(list(row.values())).all() for row in history.rows)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_cuda_trains(precision):
    history = fit(game(), points(), config=config(accelerator="cuda", precision=precision))
    assert np.isfinite(history.rows[-1]["critic/distance"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"decay_from": 1.5}, "between 0 and 1"),
        ({"checkpoint_every": 3}, "multiple of log_every"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        config(**changes)


def test_no_terms_is_an_error():
    with pytest.raises(ValueError, match="no loss terms"):
        total({})
