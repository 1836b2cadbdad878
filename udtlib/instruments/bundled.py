"""Small pretrained weights that come with the package, each beside a record of how it was made."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from udtlib.data.text_files import UnreadableError, read_json_object
from udtlib.train.checkpoint import net_difference

Net = TypeVar("Net", bound=nn.Module)


class WeightsError(RuntimeError):
    """The bundled weights are missing or were changed; the message says what to do."""


def bundled_record(name: str) -> dict[str, Any]:
    """How the weights were made and what they reach: command, seed, scores, SHA-256, versions.

    Raises:
        WeightsError: the record is missing from the package, or is none.
    """
    path = weights_folder() / f"{name}.json"
    if not path.exists():
        raise WeightsError(f"the record {path} is missing; {remedy(name)}")
    try:
        record = read_json_object(path)
    except UnreadableError as error:
        raise WeightsError(f"the record {path} cannot be read ({error}); {remedy(name)}") from error
    if not isinstance(record.get("sha256"), str):
        raise WeightsError(f"the record {path} has no SHA-256 of the weights; {remedy(name)}")
    return record


def bundled_state(name: str) -> dict[str, Tensor]:
    """The stored state of a net, checked against its record; stored in half precision to keep the package small.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    path, expected = weights_folder() / f"{name}.safetensors", bundled_record(name)["sha256"]
    if not path.exists():
        raise WeightsError(f"{path} is missing; {remedy(name)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"the weights {path} cannot be read ({reason}); {remedy(name)}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise WeightsError(
            f"{path} has SHA-256 {digest}; expected {expected}: it was changed or damaged, {remedy(name)}"
        )
    try:
        return load(content)
    except SafetensorError as error:
        raise WeightsError(f"{path} is no safetensors file ({error}); {remedy(name)}") from error


def weights_folder() -> Path:
    """Where the package keeps its instruments' weights."""
    with resources.as_file(resources.files("udtlib.instruments") / "weights") as folder:
        return Path(folder)


def remedy(name: str) -> str:
    """What to do about weights that cannot be used."""
    return f"reinstall udtlib, or run `udt train {name.replace('_', '-')}`"


def with_bundled_weights(net: Net, name: str, *, device: torch.device | str) -> Net:
    """The net with its bundled weights, ready to measure with: evaluation mode, its parameters frozen.

    Gradients still flow through it to its input.

    Raises:
        WeightsError: the weights are missing from the package, are not those that were stored, or are of another
            net.
    """
    state = bundled_state(name)
    if difference := net_difference(net, state):
        raise WeightsError(f"the weights {name} are of another net ({difference}); {remedy(name)}")
    net.load_state_dict(state)
    return net.to(device).eval().requires_grad_(False)
