"""Train chapter 10's flow from threes to eights once and store it for its living figure.

Usage: python tools/live_flow.py

The net, the discrepancy and the steps are the chapter's (the cell that makes ``mover``), on codes of the
autoencoder that ships with the package. The flow translates codes and no images, so that ``udt train`` and the
weights of ``udtlib/weights`` do not know it; its card says how it was made.
"""

from __future__ import annotations

import hashlib
import json
import time
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load, save

from udtlib.data.digit_pairs import two_digits
from udtlib.experiments.autoencoders import shipped_codes
from udtlib.experiments.coded_pairs import CodedPair
from udtlib.experiments.hamiltonian_digits import THREES, flow_scores
from udtlib.nets.hamiltonian_mlp import HamiltonianMLP
from udtlib.numerics.integrators import RK4
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.discrepancy import Between
from udtlib.objectives.hamiltonian_translation import HamiltonianConfig, HamiltonianTranslation
from udtlib.train.trainer import TrainConfig, fit
from udtlib.translators.hamiltonian_flow import HamiltonianFlow
from udtlib.transport.divergence import sinkhorn_divergence

PLACE = Path(__file__).resolve().parent.parent / "book" / "live"
NAME = "threes-to-eights-flow"
STEPS = 400


def coded_threes() -> CodedPair:
    """Threes and eights in the 16 numbers of the autoencoder that ships."""
    return shipped_codes("threes-and-eights", two_digits(classes=(3, 8), size=32))


def untrained() -> HamiltonianFlow:
    """The chapter's flow, before training."""
    return HamiltonianFlow(HamiltonianMLP(16, hidden=(64, 64, 64)), integrator=RK4(steps=3))


def load_flow() -> HamiltonianFlow:
    """The stored flow, frozen.

    Raises:
        ValueError: the file is not the one that its card describes.
    """
    content = (PLACE / f"{NAME}.safetensors").read_bytes()
    card = json.loads((PLACE / f"{NAME}.json").read_text(encoding="utf-8"))
    if hashlib.sha256(content).hexdigest() != card["sha256"]:
        raise ValueError(
            f"{NAME}.safetensors is not what its card says; restore it, or run tools/live_flow.py"
        )
    flow = untrained()
    flow.load_state_dict(load(content))
    return flow.eval().requires_grad_(False)


def main() -> None:
    """Train, score and store."""
    torch.set_num_threads(1)
    coded, start = coded_threes(), time.perf_counter()
    torch.manual_seed(0)
    flow = untrained()
    discrepancy = Between(partial(sinkhorn_divergence, epsilon=1.0, iterations=20, tolerance=None))
    optimiser = AdamConfig(rate=3e-3, betas=(0.9, 0.99))
    game = HamiltonianTranslation(flow, discrepancy, config=HamiltonianConfig(optimiser=optimiser))
    fit(game, coded.codes, config=TrainConfig(steps=STEPS, batch_size=256, seed=0, decay_from=0.3))
    seconds = time.perf_counter() - start
    scores = flow_scores(flow.eval(), coded, **THREES, keeps_class=False)
    content = save({name: value.contiguous() for name, value in flow.state_dict().items()})
    card = {
        "what": "the flow of chapter 10 from codes of threes to codes of eights (the cell that makes `mover`)",
        "command": "python tools/live_flow.py",
        "steps": STEPS,
        "seconds": round(seconds, 1),
        "scores": {**scores.fit, **scores.alignment},
        "sha256": hashlib.sha256(content).hexdigest(),
        "versions": {"torch": torch.__version__},
        "licence": "MIT",
    }
    (PLACE / f"{NAME}.safetensors").write_bytes(content)
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (PLACE / f"{NAME}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
