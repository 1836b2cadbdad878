"""Trained translators, built again from the folder that a run left behind."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from udtlib.experiments.catalogue import find
from udtlib.experiments.images import Translation
from udtlib.experiments.records import read_record
from udtlib.profiles import Profile
from udtlib.train.checkpoint import FORMAT, CheckpointError
from udtlib.train.randomness import kept_random_states
from udtlib.translators.base import Translator
from udtlib.translators.stochastic import StochasticTranslator

__all__ = ["Trained", "differ", "load_run", "load_translator", "read_part"]


class Trained(NamedTuple):
    """A translator with its trained weights, in evaluation mode and frozen, on the CPU."""

    name: str
    translator: Translator | StochasticTranslator
    translation: Translation
    profile: Profile


def load_run(folder: Path, *, experiment: str | None = None) -> Trained:
    """What a finished run trained.

    Args:
        folder: of the run, with its ``run.json`` and ``checkpoint.pt``.
        experiment: ``FILE.py:NAME`` of a user's own experiment; None where the course has it.

    Raises:
        ValueError: the experiment or the system is unknown, or translates no images.
        CheckpointError: the run is not finished, or its checkpoint is missing, damaged or of other nets.
    """
    record = read_record(folder)
    if record is None:
        raise CheckpointError(f"{folder} holds no finished run; `udt train EXPERIMENT SYSTEM` makes one")
    made = record.run
    declared = find(experiment or made["experiment"])
    name = f"{declared.name} · {made['system']}"
    system = declared.systems.get(made["system"])
    if system is None or system.translation is None:
        can = [each for each, known in declared.systems.items() if known.translation is not None]
        raise ValueError(
            f"{name} translates no images; of {declared.name} these do: {', '.join(can) or 'none'}"
        )
    profile = Profile(name=made["profile"], device=torch.device("cpu"))
    weights = folder / "checkpoint.pt"
    translator = load_translator(system.translation, system.part, weights, profile=profile, name=name)
    return Trained(name, translator, system.translation, profile)


def load_translator(
    translation: Translation, part: str, weights: Path, *, profile: Profile, name: str
) -> Translator | StochasticTranslator:
    """A translator with the weights of a checkpoint, in evaluation mode and frozen.

    Raises:
        CheckpointError: the checkpoint is missing, damaged or of other nets.
    """
    stored = read_part(weights, part, name=name)
    # Untrained weights are drawn at random: that must not disturb anybody else's draws.
    with kept_random_states():
        translator = translation.build(profile)
    if difference := differ(translator, stored):
        raise CheckpointError(
            f"{weights} is not of {name} in profile {profile.name} ({difference}); restore the files of one run, "
            "or train it again with --fresh"
        )
    translator.load_state_dict(stored)
    return translator.eval().requires_grad_(False)


def read_part(weights: Path, part: str, *, name: str) -> dict[str, Tensor]:
    """The state of one of the objective's modules, as its own names have it.

    Raises:
        CheckpointError: the file is missing or damaged, or its objective has no such module.
    """
    if not weights.is_file():
        raise CheckpointError(f"{weights} does not exist; train {name} with `udt train`")
    try:
        content = torch.load(weights, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{weights} cannot be read as a checkpoint ({error}); copy it again, or train another one"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(
            f"{weights} is no checkpoint of format {FORMAT}; give one that `udt train` wrote"
        )
    # What is shown of a run that averages its weights is the average.
    weights_now = content["objective"] | (content.get("average") or {})
    stored = {
        each.removeprefix(f"{part}."): value
        for each, value in weights_now.items()
        if each.startswith(f"{part}.")
    }
    if not stored:
        raise CheckpointError(
            f"{weights} holds no {part}, so that it is not of {name}; restore the files of one run"
        )
    return stored


def differ(module: nn.Module, stored: dict[str, Tensor]) -> str | None:
    """The first way in which a stored state is not this module's, or None where it fits."""
    wanted = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in stored.items()}
    if unknown := [name for name in [*wanted, *found] if (name in wanted) != (name in found)]:
        return f"{unknown[0]} is {'missing' if unknown[0] in wanted else 'not expected'}"
    for name, shape in wanted.items():
        if found[name] != shape:
            return f"{name} has shape {found[name]}, expected {shape}"
    return None
