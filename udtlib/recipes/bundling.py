"""Weights to be bundled with the package: stored small, each beside a record of how it was made."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

from safetensors.torch import save
from torch import nn

from udtlib.evaluate.report import device_name
from udtlib.train.trainer import TrainConfig


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
