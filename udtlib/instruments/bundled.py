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


def bundled_record(name: str, *, folder: Path | None = None, again: str | None = None) -> dict[str, Any]:
    """How the weights were made and what they reach: command, seed, scores, SHA-256, versions.

    Args:
        name: of the files, without their endings.
        folder: where they are; None for the instruments'.
        again: the command that makes them again; None for the instrument's.

    Raises:
        WeightsError: the record is missing from the package, or is none.
    """
    path, todo = (folder or weights_folder()) / f"{name}.json", remedy(name, again)
    if not path.exists():
        raise WeightsError(f"the record {path} is missing; {todo}")
    try:
        record = read_json_object(path)
    except UnreadableError as error:
        raise WeightsError(f"the record {path} cannot be read ({error}); {todo}") from error
    if not isinstance(record.get("sha256"), str):
        raise WeightsError(f"the record {path} has no SHA-256 of the weights; {todo}")
    return record


def bundled_state(name: str, *, folder: Path | None = None, again: str | None = None) -> dict[str, Tensor]:
    """The stored state of a net, checked against its record; stored in half precision to keep the package small.

    Takes what :func:`bundled_record` takes.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    expected = bundled_record(name, folder=folder, again=again)["sha256"]
    path, todo = (folder or weights_folder()) / f"{name}.safetensors", remedy(name, again)
    if not path.exists():
        raise WeightsError(f"{path} is missing; {todo}")
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"the weights {path} cannot be read ({reason}); {todo}") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise WeightsError(
            f"{path} has SHA-256 {digest}; expected {expected}: it was changed or damaged, {todo}"
        )
    try:
        return load(content)
    except SafetensorError as error:
        raise WeightsError(f"{path} is no safetensors file ({error}); {todo}") from error


def weights_folder() -> Path:
    """Where the package keeps its instruments' weights."""
    with resources.as_file(resources.files("udtlib.instruments") / "weights") as folder:
        return Path(folder)


def remedy(name: str, again: str | None = None) -> str:
    """What to do about weights that cannot be used."""
    return f"reinstall udtlib, or run `{again or 'udt train ' + name.replace('_', '-')}`"


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
