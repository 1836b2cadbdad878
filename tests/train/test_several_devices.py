"""Two processes, as with two GPUs: each sees other batches, and both end with the same parameters."""

import subprocess
import sys

import pytest

SCRIPT = """
import os, sys
import torch
from udtlib.experiments.declare import Setting
from udtlib.experiments.gans import RING
from udtlib.profiles import Profile
from udtlib.train import TrainConfig, fit

torch.set_num_threads(1)
config = TrainConfig(steps=6, batch_size=16, devices=2, log_every=6, progress=False)
setting = Setting(Profile(name="quick", device=torch.device("cpu")), 0)
pair = RING.pair(setting)
for method in ("GAN, k = 1", "WGAN-GP, k = 5"):
    torch.manual_seed(0)
    objective = RING.systems[method].game(pair, setting)
    history = fit(objective, pair, config=config)
    total = sum(p.detach().double().sum() for p in objective.parameters()).item()
    rank = os.environ.get("LOCAL_RANK", "0")
    with open(f"{sys.argv[1]}/{method}-{rank}", "w") as file:
        print(repr(total), history.series("generator/fool")[-1], file=file)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Fabric starts processes differently there")
def test_two_processes_average_their_gradients(tmp_path):
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for method in ("GAN, k = 1", "WGAN-GP, k = 5"):
        (total_0, loss_0), (total_1, loss_1) = (
            (tmp_path / f"{method}-{rank}").read_text().split() for rank in "01"
        )
        assert total_0 == total_1, "the processes ended with different parameters"
        assert loss_0 != loss_1, "the processes saw the same batches"
