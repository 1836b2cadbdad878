"""How an instrument is trained and bundled: its weights stored small, beside a record of how they were made."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from safetensors.torch import save
from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.evaluate.report import device_name
from udtlib.objectives.base import Objective
from udtlib.profiles import Profile
from udtlib.train.log import History
from udtlib.train.randomness import random_run
from udtlib.train.trainer import TrainConfig, fit


@runtime_checkable
class Training(Protocol):
    """Trains an instrument; weights and their record are left in ``folder``."""

    def __call__(self, profile: Profile, *, seed: int, folder: Path, resume: bool) -> History: ...


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A net that measures and how it is trained again.

    Args:
        name: what ``udt train`` calls it.
        summary: one line.
        seconds: how long training takes, by profile, where somebody has measured it.
        train: carries it out.
    """

    name: str
    summary: str
    seconds: Mapping[str, float]
    train: Training


def train_and_store(
    make: Callable[[], Objective],
    pair: DomainPair,
    *,
    name: str,
    measured: Callable[[bytes], Mapping[str, Any]],
    config: TrainConfig,
    folder: Path,
    resume: bool,
) -> History:
    """Train the one player of an objective, store its net, and measure it as it is stored.

    Args:
        make: the untrained objective; its initial weights follow from the seed.
        pair: what it is trained on.
        name: of the files, with underscores where the command has hyphens.
        measured: what stored weights reach, for their record.
        config: steps, seed and the like.
        folder: where weights, record and checkpoints go.
        resume: go on from a checkpoint in the folder.
    """
    began = time.perf_counter()
    with random_run(config.seed):
        objective = make()
    (player,) = objective.players().values()
    history = fit(objective, pair, config=config, folder=folder, resume=resume)
    content = stored_weights(player.module)
    record = record_of(
        content,
        command=f"udt train {name.replace('_', '-')}",
        config=config,
        measured=measured(content),
        seconds=time.perf_counter() - began,
    )
    write_weights(name, content, record, folder=folder)
    return history


def stored_weights(net: nn.Module) -> bytes:
    """The net's state as safetensors in half precision."""
    state = {name: value.cpu() for name, value in net.state_dict().items()}
    return save({name: t.half().contiguous() if t.is_floating_point() else t for name, t in state.items()})


def record_of(
    content: bytes, *, command: str, config: TrainConfig, measured: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """How weights were made and what they reach, as stored."""
    return {
        "command": f"{command} --seed {config.seed}",
        "seed": config.seed,
        "steps": config.steps,
        "batch_size": config.batch_size,
        "device": device_name(config.accelerator),
        **measured,
        "sha256": hashlib.sha256(content).hexdigest(),
        "versions": {"python": platform.python_version(), "torch": metadata.version("torch")},
        "seconds": round(seconds, 1),
        "date": date.today().isoformat(),
    }


def write_weights(name: str, content: bytes, record: dict[str, Any], *, folder: Path) -> None:
    """Put the weights and their record into ``folder``, each whole or not at all."""
    for suffix, data in (("safetensors", content), ("json", json.dumps(record, indent=2).encode() + b"\n")):
        scratch = folder / f"{name}.{suffix}.part"
        scratch.write_bytes(data)
        os.replace(scratch, folder / f"{name}.{suffix}")
