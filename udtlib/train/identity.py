"""What a run is: its game, its nets and its data as plain data, so that no folder goes on with another one.

Nets are told by their classes, their settings and their shapes; biases, penalties and losses by their numbers
and names; data by a fingerprint of what it holds; functions and classes of a user's own by their code too. What
a checkpoint brings back is no part of it: weights, running statistics and the like may be anything before it is
read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property, partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from udtlib.data.pair import Domain, DomainPair
from udtlib.objectives.biases import Bias
from udtlib.train.functions import declared_code, exact_code, is_choice, is_own, told_class, used_by
from udtlib.train.settings import declares, describe, digest

__all__ = ["changes", "first_of", "numbers_of", "run_identity"]

#: Entries of a buffer up to which it is numbers that somebody chose; a larger one is restored like weights.
FEW = 16
#: Entries of a list up to which it is told entry by entry.
LISTED = 64
#: How many differences a message names, and letters of each value in it.
NAMED, LETTERS = 3, 60
#: Entries of an object that are no settings: a module's mode, and where things are computed.
NO_SETTINGS = ("training", "device")
#: Private entries that PyTorch gives every module.
INTERNAL = frozenset(vars(nn.Module()))
ABSENT = "nothing"
#: Up to which share of their size numbers are equal: what is computed on another device differs in last digits.
CLOSE = 1e-5
#: Entries of a tensor that are looked at together.
BLOCK = 2**20


def run_identity(objective: nn.Module, pair: DomainPair) -> dict[str, Any]:
    """The game and the pair as numbers, strings, lists and dictionaries; for the same run the same everywhere.

    Returns:
        ``objective`` and ``pair``, and ``buffers``: the few numbers that the objective's modules keep as buffers
        and that a checkpoint would silently replace.
    """
    # What a checkpoint brings back may be anything before it is read.
    restored = frozenset(map(id, [*objective.parameters(), *objective.buffers()]))
    told = {
        "objective": described(objective, path="objective", modules={}, within=(), restored=restored),
        "pair": described(pair, path="pair", modules={}, within=(), restored=restored),
        "buffers": small_buffers(objective),
    }
    # Numbers of NumPy's kinds become Python's: a checkpoint is read without unpickling anything else.
    return json.loads(json.dumps(told))


def described(
    value: Any, *, path: str, modules: dict[int, str], within: tuple[int, ...], restored: frozenset[int]
) -> Any:
    """One value.

    Args:
        value: what is told.
        path: where it stands, such as ``objective.biases``.
        modules: where each module came up first; a module that is shared is told once.
        within: the objects that it is part of; one of them again is not told again.
        restored: the parameters and buffers that a checkpoint brings back.
    """
    if id(value) in within:
        return "itself"
    inner: dict[str, Any] = {"modules": modules, "within": (*within, id(value)), "restored": restored}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        value = torch.from_numpy(np.array(value))
    if isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex()):
        return "a parameter of the game" if id(value) in restored else fingerprint(value)
    if isinstance(value, nn.Module):
        if id(value) in modules:
            return f"the same as {modules[id(value)]}"
        modules[id(value)] = path
        return described_module(value, path=path, **inner)
    if isinstance(value, partial | MethodType) or (isinstance(value, FunctionType) and declares(value)):
        return described_call(value, path=path, **inner)
    if isinstance(value, Mapping):
        return {str(k): described(v, path=f"{path}.{k}", **inner) for k, v in value.items()}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        entries = [described(v, path=f"{path}.{k}", **inner) for k, v in enumerate(value)]
        return entries if len(entries) <= LISTED else f"{len(entries)} entries {digest(entries)}"
    if has_settings(value):
        entries = settings_in(value).items()
        return told_class(type(value)) | {k: described(v, path=f"{path}.{k}", **inner) for k, v in entries}
    return describe(value)


def described_call(value: partial | MethodType | FunctionType, *, path: str, **inner: Any) -> dict[str, Any]:
    """A function of a user's own or of an experiment: its name, its code, and the values that it looks up."""
    if isinstance(value, FunctionType) and value.__module__.startswith("udtlib."):
        return declared_code(value)
    if isinstance(value, partial):
        parts = {"calls": value.func, "with": [*value.args], **value.keywords}
    elif isinstance(value, MethodType):
        parts = {"method": value.__func__, "of": value.__self__}
    else:
        parts = used_by(value)
    told = {k: described(v, path=f"{path}.{k}", **inner) for k, v in parts.items()}
    if isinstance(value, FunctionType):
        # A user's file may lie anywhere, and be a notebook.
        told = {"function": value.__qualname__.split(".")[-1], "code": exact_code(value)} | told
    return told


def has_settings(value: Any) -> bool:
    """Whether it is an object that is told by what it holds, and by the code of a class of a user's own."""
    if isinstance(value, type):
        return False
    known = is_dataclass(value) or hasattr(value, "_fields") or isinstance(value, Domain | DomainPair | Bias)
    return known or (hasattr(value, "__dict__") and is_own(type(value)))


def settings_in(value: Any) -> dict[str, Any]:
    """The fields of a dataclass or a named tuple; of any other object its public entries, and all its tensors."""
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
    elif hasattr(value, "_fields"):
        names = [*value._fields]
    else:
        names = [
            name
            for name, each in vars(value).items()
            # What is computed when it is first asked for says nothing more, and is not there before.
            if not isinstance(getattr(type(value), name, None), cached_property)
            and (not name.startswith("_") or isinstance(each, Tensor | np.ndarray) or is_choice(value, each))
        ]
    return {name: getattr(value, name) for name in names if name not in NO_SETTINGS}


def described_module(
    module: nn.Module,
    *,
    path: str,
    modules: dict[int, str],
    within: tuple[int, ...],
    restored: frozenset[int],
) -> dict[str, Any]:
    """A module: class, settings, shapes, what is frozen, constants that no checkpoint keeps, and its children."""
    told = dict(told_class(type(module)))
    # What a module saves in a way of its own is its state, although it is no buffer.
    own_state = type(module).get_extra_state is not nn.Module.get_extra_state
    entries = {
        name: value
        for name, value in vars(module).items()
        if (not name.startswith("_") or (name not in INTERNAL and is_choice(module, value)))
        and name not in NO_SETTINGS
        and not (own_state and isinstance(value, Tensor | None))
    }
    inner: dict[str, Any] = {"modules": modules, "within": within, "restored": restored}
    for name, value in (entries | module._modules).items():
        told[name] = described(value, path=f"{path}.{name}", **inner)
    for name, parameter in module._parameters.items():
        if parameter is not None and id(parameter) in restored:
            told[name] = ["frozen"] * (not parameter.requires_grad) + [*parameter.shape]
        elif parameter is not None:
            told[name] = described(parameter, path=f"{path}.{name}", **inner)
    for name, buffer in module._buffers.items():
        if buffer is not None:
            kept = id(buffer) in restored and name not in module._non_persistent_buffers_set
            told[name] = (
                [*buffer.shape] if kept else described(buffer.clone(), path=f"{path}.{name}", **inner)
            )
    return told


def fingerprint(tensor: Tensor) -> dict[str, Any]:
    r"""A tensor of real numbers by its shape, its size and its projection on a fixed random direction.

    .. math:: \mathrm{mark} = \tfrac{1}{\sqrt n} \sum_i r_i x_i, \qquad
        \mathrm{size} = \sqrt{\tfrac1n \sum_i x_i^2}

    with :math:`r_i` of variance 1: rounding errors of a share :math:`\varepsilon` of the entries' size move the
    mark by a share :math:`\varepsilon`, while :math:`k` other entries move it by a share :math:`\sqrt{k / n}`.
    """
    dense = tensor.detach() if tensor.layout == torch.strided else tensor.detach().to_dense()
    dense = torch.view_as_real(dense.resolve_conj()) if dense.is_complex() else dense
    entries, n = dense.cpu().reshape(-1), max(1, dense.numel())
    draws = torch.Generator().manual_seed(0)
    direction = torch.randn(min(BLOCK, n), generator=draws, dtype=torch.float64)
    mark = square = 0.0
    for block in entries.split(BLOCK):
        block, weight = block.double(), 2.0 * torch.randint(2, (), generator=draws).item() - 1.0
        # Each block has a sign and a turn of its own, so that blocks that change places do not go unseen.
        turn = int(torch.randint(len(direction), (), generator=draws))
        mark += weight * torch.dot(direction.roll(turn)[: len(block)], block).item()
        square += torch.dot(block, block).item()
    kind = f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"
    return {"tensor": kind, "mark": mark / math.sqrt(n), "size": math.sqrt(square / n)}


def small_buffers(objective: nn.Module) -> dict[str, list[Any]]:
    """Buffers of a few entries that a checkpoint keeps; those of PyTorch's own modules are running statistics."""
    found = {}
    for path, module in objective.named_modules():
        if type(module).__module__.split(".")[0] == "torch":
            continue
        for name, buffer in module._buffers.items():
            if (
                buffer is not None
                and buffer.numel() <= FEW
                and name not in module._non_persistent_buffers_set
            ):
                found[f"{path}.{name}".lstrip(".")] = numbers_of(buffer)
    return found


def numbers_of(buffer: Tensor) -> list[Any]:
    """A buffer's entries; as text where they are no numbers that equal themselves."""
    entries = buffer.detach().cpu().reshape(-1).tolist()
    return [str(v) if v != v or isinstance(v, complex) else v for v in entries]


def changes(there: Any, here: Any, *, path: str = "") -> list[str]:
    """Where two descriptions differ: ``objective.biases.Cycle.weight was 10, is 0.1``."""
    if isinstance(there, Mapping) and isinstance(here, Mapping):
        if "mark" in there and "mark" in here:
            return changed_entries(there, here, path=path)
        if there.get("is") == here.get("is"):
            return [
                line
                for key in dict.fromkeys([*there, *here])
                for line in changes(
                    there.get(key, ABSENT), here.get(key, ABSENT), path=f"{path}.{key}".lstrip(".")
                )
            ]
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        names = [each.get("is", k) if isinstance(each, Mapping) else k for k, each in enumerate(here)]
        lines = [
            line
            for name, a, b in zip(names, there, here, strict=True)
            for line in changes(a, b, path=f"{path}.{name}")
        ]
        # Plain numbers, such as a shape, are told together.
        if not lines or any(isinstance(each, Mapping | list) for each in here):
            return lines
    elif same(there, here):
        return []
    return [f"{path} was {shown(there)}, is {shown(here)}"]


def changed_entries(there: Mapping[str, Any], here: Mapping[str, Any], *, path: str) -> list[str]:
    """Whether two fingerprints are of different tensors, up to rounding errors."""
    if there["tensor"] != here["tensor"]:
        return [f"{path} was {there['tensor']}, is {here['tensor']}"]
    return [] if same_entries(there, here) else [f"{path} holds other entries, {here['tensor']}"]


def same(there: Any, here: Any) -> bool:
    """Whether two values are equal and of one kind: 1 and 1.0 are, 1 and True are not, and NaN is itself."""
    if there != there and here != here:
        return True
    if isinstance(there, float) or isinstance(here, float):
        numbers = all(isinstance(each, float | int) and not isinstance(each, bool) for each in (there, here))
        return numbers and math.isclose(there, here, rel_tol=CLOSE)
    return there == here and isinstance(there, bool) == isinstance(here, bool)


def same_entries(there: Mapping[str, Any], here: Mapping[str, Any]) -> bool:
    """Whether two fingerprints are of one tensor, up to rounding errors."""
    if not all(math.isfinite(each["size"]) for each in (there, here)):
        return str(there) == str(here)
    margin = CLOSE * max(there["size"], here["size"])
    return all(abs(there[name] - here[name]) <= margin for name in ("mark", "size"))


def shown(value: Any) -> str:
    """A value in a few letters: an object by its class."""
    if isinstance(value, Mapping):
        return f"a {value['is']}" if "is" in value else str(value.get("tensor", f"{len(value)} entries"))
    if isinstance(value, list):
        return f"[{', '.join(shown(each) for each in value[:4])}{', …' if len(value) > 4 else ''}]"
    text = str(value)
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"


def first_of(lines: Sequence[str]) -> str:
    """The first differences of several."""
    more = f"; and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return "; ".join(lines[:NAMED]) + more
