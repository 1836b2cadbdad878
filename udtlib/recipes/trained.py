"""Trained translators, built again from a checkpoint that `udt train` wrote."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from udtlib.profiles import NAMES, Profile
from udtlib.recipes.base import Recipe, Translation
from udtlib.train.checkpoint import FORMAT, CheckpointError
from udtlib.translators.base import Translator
from udtlib.translators.stochastic import StochasticTranslator


class Trained(NamedTuple):
    """A translator with its trained weights, in evaluation mode and frozen, on the CPU."""

    translator: Translator | StochasticTranslator
    translation: Translation
    profile: Profile


def load_trained(recipe: Recipe, weights: Path, *, profile: str | None = None) -> Trained:
    """The translator that a recipe trained.

    Args:
        recipe: which one.
        weights: the run's ``checkpoint.pt``.
        profile: the size that it was trained in; None for the first one whose nets have the stored shapes.

    Raises:
        ValueError: the recipe translates no images, or there is no such profile.
        CheckpointError: the file is missing, damaged, or of another recipe or profile.
    """
    if recipe.translation is None:
        raise ValueError(f"{recipe.name} translates no images; choose a recipe that does")
    stored = read_part(weights, recipe.translation.part, recipe=recipe.name)
    differences = []
    for name in NAMES if profile is None else (profile,):
        size = Profile(name=name, device=torch.device("cpu"))
        # Untrained weights are drawn at random: that must not disturb anybody else's draws.
        with torch.random.fork_rng(devices=[]):
            translator = recipe.translation.build(size)
        difference = differ(translator, stored)
        if difference is None:
            translator.load_state_dict(stored)
            return Trained(translator.eval().requires_grad_(False), recipe.translation, size)
        differences.append(f"{name}: {difference}")
    raise CheckpointError(
        f"{weights} holds no {recipe.name} of profile {' or '.join(differences)}; give the checkpoint of "
        f"`udt train {recipe.name}`" + ("" if profile is None else " in this profile, or leave --profile out")
    )


def read_part(weights: Path, part: str, *, recipe: str) -> dict[str, Tensor]:
    """The state of one of the objective's modules, as its own names have it.

    Raises:
        CheckpointError: the file is missing or damaged, or its objective has no such module.
    """
    if not weights.is_file():
        raise CheckpointError(f"{weights} does not exist; train one with `udt train {recipe}`")
    try:
        content = torch.load(weights, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{weights} cannot be read as a checkpoint ({error}); copy it again, or train another one"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(
            f"{weights} is no checkpoint of format {FORMAT}; give a checkpoint.pt that `udt train {recipe}` wrote"
        )
    stored = {
        name.removeprefix(f"{part}."): value
        for name, value in content["objective"].items()
        if name.startswith(f"{part}.")
    }
    if not stored:
        raise CheckpointError(
            f"{weights} holds no {part}, so that it is of another recipe than {recipe}; give a checkpoint that "
            f"`udt train {recipe}` wrote"
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
