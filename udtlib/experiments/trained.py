"""Trained translators, built again from the folder that a run left behind."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from udtlib.experiments.catalogue import find
from udtlib.experiments.images import Translation
from udtlib.experiments.records import read_record
from udtlib.nets.autoencoder import Autoencoder
from udtlib.profiles import Profile
from udtlib.train.checkpoint import CheckpointError, net_difference, read_checkpoint
from udtlib.train.randomness import kept_random_states
from udtlib.translators.base import ConditionalTranslator, Translator
from udtlib.translators.stochastic import StochasticTranslator

__all__ = ["Trained", "load_run", "load_translator", "read_part"]


class Trained(NamedTuple):
    """A translator with its trained weights, in evaluation mode and frozen, on the CPU."""

    name: str
    translator: Translator | ConditionalTranslator | StochasticTranslator | Autoencoder
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
) -> Translator | ConditionalTranslator | StochasticTranslator | Autoencoder:
    """A translator with the weights of a checkpoint, in evaluation mode and frozen.

    Raises:
        CheckpointError: the checkpoint is missing, damaged or of other nets.
    """
    stored = read_part(weights, part, name=name)
    # Untrained weights are drawn at random: that must not disturb anybody else's draws.
    with kept_random_states():
        translator = translation.build(profile)
    if difference := net_difference(translator, stored):
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
    if not weights.exists():
        raise CheckpointError(f"{weights} does not exist; train {name} with `udt train`")
    content = read_checkpoint(weights, remedy="copy it again, or give one that `udt train` wrote")
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
