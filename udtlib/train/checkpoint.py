"""Checkpoints: written whole or not at all, read without unpickling."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from udtlib.train.average import WeightAverage
from udtlib.train.log import Row
from udtlib.train.randomness import random_states, restore_random_states

FORMAT = 1


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class RunState:
    """What a run consists of, apart from its position: everything that a checkpoint saves and restores."""

    objective: nn.Module
    optimisers: dict[str, Optimizer]
    #: the run's settings; a run is only resumed under the same ones
    settings: dict[str, Any]
    #: the running average of its weights, where one is kept
    average: WeightAverage | None = None


def save_checkpoint(path: Path, state: RunState, *, step: int, rows: list[Row], seconds: float = 0.0) -> None:
    """Write the run's state after ``step`` steps and so many seconds; a broken state never replaces a good one.

    Raises:
        CheckpointError: a parameter or buffer is infinite or not a number.
    """
    for name, value in state.objective.state_dict().items():
        if value.is_floating_point() and not value.isfinite().all():
            raise CheckpointError(
                f"{name} is not finite after step {step}, so {path.name} was left as it was. "
                "Resume from it with a smaller step size"
            )
    content = {
        "format": FORMAT,
        "step": step,
        "rows": rows,
        "seconds": seconds,
        "settings": state.settings,
        "objective": state.objective.state_dict(),
        "average": state.average.state() if state.average is not None else None,
        "optimisers": {name: optimiser.state_dict() for name, optimiser in state.optimisers.items()},
        "random": random_states(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    # One rename: whoever looks sees the old checkpoint or the new one, never half of one.
    os.replace(scratch, path)


def load_checkpoint(path: Path, state: RunState) -> tuple[int, list[Row], float]:
    """Restore a run into ``state`` and the random generators; returns the finished steps, their log and seconds.

    Raises:
        CheckpointError: the file is damaged, or it belongs to a run with other settings.
    """
    device = next(state.objective.parameters()).device
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{path} cannot be read ({error}); delete it to start the run afresh"
        ) from error
    if content.get("format") != FORMAT:
        raise CheckpointError(f"{path} has format {content.get('format')}, expected {FORMAT}; delete it")
    differ = [
        f"{key}: {content['settings'].get(key)} there, {value} here"
        for key, value in state.settings.items()
        if content["settings"].get(key) != value
    ]
    if differ:
        raise CheckpointError(
            f"{path} belongs to a run with other settings ({'; '.join(differ)}); "
            "use those settings, another folder, or resume=False to start afresh"
        )
    state.objective.load_state_dict({k: v.to(device) for k, v in content["objective"].items()})
    if state.average is not None:
        state.average.load(content["average"])
    for name, optimiser in state.optimisers.items():
        optimiser.load_state_dict(content["optimisers"][name])
    restore_random_states(content["random"])
    return content["step"], content["rows"], content.get("seconds", 0.0)
