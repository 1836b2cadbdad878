"""Checkpoints: written whole or not at all, and resumed only by the run that wrote them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from udtlib.train.average import WeightAverage
from udtlib.train.checkpoint_file import EXTRA, FORMAT, CheckpointError, read_checkpoint
from udtlib.train.identity import changes, first_of, numbers_of
from udtlib.train.log import Row
from udtlib.train.moments import load_optimiser
from udtlib.train.randomness import random_states, restore_random_states

__all__ = [
    "FORMAT",
    "CheckpointError",
    "RunState",
    "check_length",
    "load_checkpoint",
    "load_weights",
    "net_difference",
    "read_checkpoint",
    "save_checkpoint",
]

#: The command line's remedy; what all systems of a seed share lies in a folder that no run begins again.
BEGIN_AGAIN = "begin again with --fresh, or remove {folder}"


@dataclass(frozen=True, kw_only=True)
class RunState:
    """What a run consists of, apart from its position: everything that a checkpoint saves and restores."""

    objective: nn.Module
    optimisers: dict[str, Optimizer]
    #: the run's settings; a run is only resumed under the same ones, but for the number of its steps
    settings: dict[str, Any]
    #: the running average of its weights, where one is kept
    average: WeightAverage | None = None
    #: its game and its data, as :func:`~udtlib.train.identity.run_identity` tells them; likewise
    identity: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(path: Path, state: RunState, *, step: int, rows: list[Row], seconds: float = 0.0) -> None:
    """Write the run's state after ``step`` steps and so many seconds; a broken state never replaces a good one.

    Raises:
        CheckpointError: a parameter or buffer is infinite or not a number.
    """
    for name, value in state.objective.state_dict().items():
        if isinstance(value, Tensor) and value.is_floating_point() and not value.isfinite().all():
            raise not_finite(name, path=path, step=step)
    content = {
        "format": FORMAT,
        "step": step,
        "rows": rows,
        "seconds": seconds,
        "settings": state.settings,
        "identity": state.identity,
        "objective": state.objective.state_dict(),
        "average": state.average.state() if state.average is not None else None,
        "optimisers": {name: optimiser.state_dict() for name, optimiser in state.optimisers.items()},
        "random": random_states(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    # Always of one name: a run that is killed in the middle of it leaves one such file, not one each time.
    scratch = path.with_suffix(".part")
    with scratch.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    # One rename: whoever looks sees the old checkpoint or the new one, never half of one.
    os.replace(scratch, path)


def not_finite(name: str, *, path: Path, step: int) -> CheckpointError:
    """What to say of a parameter or buffer that is infinite or not a number."""
    if not path.exists():
        return CheckpointError(
            f"{name} is not finite after step {step}, and no checkpoint was written before",
            "begin again with a smaller step size, and with checkpoint_every to keep what was good",
            command="begin again with a smaller step size",
        )
    return CheckpointError(
        f"{name} is not finite after step {step}, so {path.name} was left as it was",
        'go on from its weights with a smaller step size: fit(…, resume="weights")',
        command="lower the step size where it is declared, and begin again with --fresh",
    )


def load_checkpoint(path: Path, state: RunState, *, steps: int | None = None) -> tuple[int, list[Row], float]:
    """Restore a run into ``state`` and the random generators; returns the finished steps, their log and seconds.

    Args:
        path: of the checkpoint.
        state: what is restored; its settings and its identity must be those of the run that wrote the checkpoint,
            but for ``steps`` among the settings.
        steps: how many the run is to have in the end.

    Raises:
        CheckpointError: the file is damaged, it belongs to a run with other settings, another game, other nets or
            other data, or it has more finished steps than are asked for.
    """
    content = read_checkpoint(
        path,
        remedy="delete it to start the run afresh, or pass resume=False",
        command=BEGIN_AGAIN.format(folder=path.parent),
    )
    try:
        check_same_run(path, content, state)
        check_enough(path, content, steps=steps)
        for name, optimiser in state.optimisers.items():
            load_optimiser(optimiser, content["optimisers"][name], begun=content["step"] > 0)
        if lost := [k for k in state.objective.state_dict() if k not in content["objective"]]:
            raise ValueError(f"{lost[0]} is missing")
        load_state(state.objective, content["objective"])
        if state.average is not None:
            state.average.load(content["average"])
        restore_random_states(content["random"])
    except CheckpointError:
        # An error of running, too, which this one is.
        raise
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of format {FORMAT}, the state in it is damaged ({type(error).__name__})",
            "delete it to start the run afresh, or pass resume=False",
            command=BEGIN_AGAIN.format(folder=path.parent),
        ) from error
    return content["step"], content["rows"], float(content.get("seconds", 0.0))


def check_enough(path: Path, content: dict[str, Any], *, steps: int | None) -> None:
    """Refuse a checkpoint that has more finished steps than are asked for.

    Raises:
        CheckpointError: says how many.
    """
    if steps is not None and content["step"] > steps:
        raise CheckpointError(
            f"{path} holds {content['step']} finished steps, more than the {steps} that are asked for",
            f"ask for at least {content['step']}, use another folder, or pass resume=False to start afresh",
            command=f"ask for at least {content['step']}, or {BEGIN_AGAIN.format(folder=path.parent)}",
        )


def check_same_run(path: Path, content: dict[str, Any], state: RunState) -> None:
    """Refuse a checkpoint of another run.

    Raises:
        CheckpointError: names the first differences.
    """
    remedy = (
        'use those settings or another folder, pass resume="weights" to go on from its weights alone, or '
        "resume=False to start afresh"
    )
    command = f"use those settings or another folder, or {BEGIN_AGAIN.format(folder=path.parent)}"
    told = content.get("identity")
    if state.identity and not (isinstance(told, dict) and told):
        raise CheckpointError(
            f"{path} was written by an earlier version, which did not note its game and its data",
            'pass resume="weights" to go on from its weights alone, or resume=False to start afresh',
            command=BEGIN_AGAIN.format(folder=path.parent),
        )
    lines: list[str] = []
    if state.identity:
        lines += changes(without_buffers(told), without_buffers(state.identity))
        lines += changed_buffers(told.get("buffers"), state.identity["buffers"], content["objective"])
    there, here = (
        {k: v for k, v in each.items() if k != "steps"} for each in (content["settings"], state.settings)
    )
    lines += changes(there, here)
    if not lines and (difference := net_difference(state.objective, content["objective"])):
        lines = [difference]
    if lines:
        raise CheckpointError(
            f"{path} belongs to a run with other settings ({first_of(lines)})", remedy, command=command
        )
    if state.identity:
        # As they were when the run began, not as they are where this process goes on with it.
        state.identity["buffers"] = told.get("buffers", {})


def without_buffers(identity: dict[str, Any]) -> dict[str, Any]:
    """The game and the data alone."""
    return {k: v for k, v in identity.items() if k != "buffers"}


def changed_buffers(there: Any, here: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Small buffers that are neither as they were when the run began nor as the checkpoint has them.

    In a process that has trained already, a buffer that moves is as the checkpoint has it.
    """
    there = there if isinstance(there, dict) else {}
    now = {k: numbers_of(v) for k, v in kept.items() if k in here and isinstance(v, Tensor)}
    return [
        line
        for name, values in here.items()
        if now.get(name) != values
        for line in changes(there.get(name), values, path=f"objective.{name}")
    ]


def check_length(path: Path, *, steps: int) -> None:
    """Refuse to go on with a run of another number of steps: what falls over a run would have fallen otherwise.

    Raises:
        CheckpointError: the file cannot be read, or belongs to such a run.
    """
    remedy = BEGIN_AGAIN.format(folder=path.parent)
    begun = read_checkpoint(path, remedy=remedy)["settings"].get("steps")
    if begun != steps:
        raise CheckpointError(
            f"{path} belongs to a run with other settings (steps was {begun}, is {steps})",
            f"use those settings or another folder, or {remedy}",
        )


def load_weights(path: Path, objective: nn.Module) -> None:
    """Put a checkpoint's parameters and buffers into ``objective``, whatever game they were trained in.

    Raises:
        CheckpointError: the file is missing or damaged, or its nets are others; names the first difference.
    """
    stored = read_checkpoint(path, remedy="give a folder with a checkpoint, or pass resume=False")[
        "objective"
    ]
    stored = {name: value for name, value in stored.items() if not name.endswith(EXTRA)}
    if difference := net_difference(objective, stored):
        raise CheckpointError(
            f"{path} holds the weights of other nets ({difference})",
            "build the nets that it was trained with, or pass resume=False to start afresh",
        )
    load_state(objective, stored)


def load_state(objective: nn.Module, stored: Mapping[str, Any]) -> None:
    """Put a state that fits into a module, on its own device; extra state only where there is some."""
    device = next(objective.parameters()).device
    state = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in stored.items()}
    own = {k: v for k, v in objective.state_dict().items() if k.endswith(EXTRA) and k not in state}
    objective.load_state_dict(own | state)


def net_difference(module: nn.Module, stored: Mapping[str, Any]) -> str | None:
    """The first way in which a stored state is not this module's, or None where it fits."""
    wanted, found = (
        {k: v for k, v in each.items() if not k.endswith(EXTRA)} for each in (module.state_dict(), stored)
    )
    if unknown := [name for name in [*wanted, *found] if (name in wanted) != (name in found)]:
        return f"{unknown[0]} is {'missing' if unknown[0] in wanted else 'not expected'}"
    for name, value in wanted.items():
        if tuple(found[name].shape) != tuple(value.shape):
            return f"{name} has shape {tuple(found[name].shape)}, expected {tuple(value.shape)}"
        if kind_of(found[name]) != kind_of(value):
            return f"{name} holds numbers of the type {found[name].dtype}, expected {value.dtype}"
    return None


def kind_of(value: Tensor) -> str:
    """Real, complex, whole or truth: no type becomes one of another kind without a loss."""
    if value.is_floating_point():
        return "real"
    return "complex" if value.is_complex() else "truth" if value.dtype == torch.bool else "whole"
