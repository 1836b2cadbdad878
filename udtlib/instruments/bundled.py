"""Small pretrained weights that come with the package, each beside a record of how it was made."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Any, TypeVar

import torch
from safetensors.torch import load
from torch import Tensor, nn

Net = TypeVar("Net", bound=nn.Module)


class WeightsError(RuntimeError):
    """The bundled weights are missing or were changed; the message says what to do."""


def bundled_record(name: str) -> dict[str, Any]:
    """How the weights were made and what they reach: command, seed, scores, SHA-256, versions."""
    return json.loads((resources.files("udtlib.instruments") / "weights" / f"{name}.json").read_text())


def bundled_state(name: str) -> dict[str, Tensor]:
    """The stored state of a net, checked against its record; stored in half precision to keep the package small.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    path = resources.files("udtlib.instruments") / "weights" / f"{name}.safetensors"
    try:
        content, expected = path.read_bytes(), bundled_record(name)["sha256"]
    except FileNotFoundError as error:
        raise WeightsError(
            f"{path} or its record is missing; reinstall udtlib, or run `udt train {name.replace('_', '-')}`"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise WeightsError(
            f"{path} has SHA-256 {digest}; expected {expected}: it was changed or damaged, reinstall udtlib"
        )
    return load(content)


def with_bundled_weights(net: Net, name: str, *, device: torch.device | str) -> Net:
    """The net with its bundled weights, ready to measure with: evaluation mode, its parameters frozen.

    Gradients still flow through it to its input.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    net.load_state_dict(bundled_state(name))
    return net.to(device).eval().requires_grad_(False)
