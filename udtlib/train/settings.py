"""What was declared, as plain data: a run is only kept, resumed or put in a table under the same settings.

Values are told by their fields, functions by their name. The functions of experiments (and of a user's own files)
are where sizes are written down, so that for those their code counts too, without comments and docstrings, and
the functions and constants of that kind that they use. What the library's other rooms do is not part of it.
"""

from __future__ import annotations

import ast
import enum
import hashlib
import inspect
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache, partial
from pathlib import PurePath
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from udtlib.profiles import Profile

__all__ = ["describe", "differences", "digest"]

#: Values that stand for themselves.
PLAIN = (type(None), bool, int, float, str)
DECLARING = "udtlib.experiments."


def describe(value: Any, *, seen: frozenset[int] = frozenset()) -> Any:
    """A value as numbers, strings, lists and dictionaries, the same on every machine."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Profile):
        return value.name
    if isinstance(value, enum.Enum | torch.dtype | torch.device | PurePath):
        return str(value)
    if isinstance(value, torch.Tensor):
        return f"tensor {tuple(value.shape)} {value.dtype} {hashed(bytes_of(value))}"
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return f"array {value.shape} {value.dtype} {hashed(np.ascontiguousarray(value).tobytes())}"
    if isinstance(value, partial):
        return {
            "call": describe(value.func, seen=seen),
            "with": describe([*value.args], seen=seen),
            **{k: describe(v, seen=seen) for k, v in value.keywords.items()},
        }
    if isinstance(value, MethodType):
        return {"method": value.__name__, "of": describe(value.__self__, seen=seen)}
    if isinstance(value, FunctionType):
        return describe_function(value, seen=seen)
    if isinstance(value, type | ModuleType) or (callable(value) and not hasattr(value, "__dict__")):
        return getattr(
            value, "__qualname__", value.__name__ if hasattr(value, "__name__") else str(type(value))
        )
    return describe_object(value, seen=seen)


def describe_object(value: Any, *, seen: frozenset[int]) -> Any:
    """A collection by its entries, an object by its class and its fields."""
    if id(value) in seen:
        return "…"
    seen |= {id(value)}
    if isinstance(value, Mapping):
        return {str(k): describe(v, seen=seen) for k, v in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(json.dumps(describe(v, seen=seen), sort_keys=True) for v in value)
    named = getattr(value, "_fields", None)
    if isinstance(value, Sequence) and not named:
        return [describe(v, seen=seen) for v in value]
    known: dict[str, Any] = {"is": type(value).__qualname__}
    if named:
        return known | {k: describe(getattr(value, k), seen=seen) for k in named}
    if is_dataclass(value):
        # An option that came later and is not used changes nothing: what was made before it was known stays valid.
        told = [
            f for f in fields(value) if not f.metadata.get("added") or getattr(value, f.name) != f.default
        ]
        return known | {f.name: describe(getattr(value, f.name), seen=seen) for f in told}
    if isinstance(value, nn.Module):
        return known | {k: f"{tuple(v.shape)}" for k, v in value.state_dict().items() if hasattr(v, "shape")}
    public = {k: v for k, v in getattr(value, "__dict__", {}).items() if not k.startswith("_")}
    return known | {k: describe(v, seen=seen) for k, v in public.items()}


def describe_function(function: FunctionType, *, seen: frozenset[int]) -> Any:
    """A function by its name, and a declaring one by its code and what that uses."""
    function = inspect.unwrap(function)
    name = f"{function.__module__}.{function.__qualname__}"
    if not function.__module__.startswith("udtlib."):
        # A user's file may lie anywhere.
        name = function.__qualname__
    if id(function) in seen or not declares(function):
        return name
    seen |= {id(function)}
    used = {}
    for word in names_of(function.__code__):
        value = function.__globals__.get(word)
        if word.isupper() or (isinstance(value, FunctionType) and declares(value)):
            used[word] = describe(value, seen=seen)
    for word, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        used[word] = describe(cell.cell_contents, seen=seen)
    defaults = inspect.signature(function).parameters
    used |= {
        f"{word}=": describe(p.default, seen=seen) for word, p in defaults.items() if p.default is not p.empty
    }
    return {"function": name, "code": code_of(function), **dict(sorted(used.items()))}


def declares(function: FunctionType) -> bool:
    """Whether sizes are written down in it: in an experiment's module, or outside of the library."""
    module = function.__module__ or ""
    return module.startswith(DECLARING) or module.split(".")[0] not in (
        "udtlib",
        "torch",
        "numpy",
        "builtins",
    )


def code_of(function: FunctionType) -> str:
    """A digest of what the function does; comments, docstrings and layout do not count.

    A file that is edited after its import says what *another* process would do. So what was read first stays.
    """
    code = innermost(function)
    return digest_of(code, code.co_filename)


def innermost(function: FunctionType) -> CodeType:
    """The code within all wrappers that say what they wrap; a wrapper's own around what has none."""
    return getattr(inspect.unwrap(function), "__code__", function.__code__)


@cache
def digest_of(code: CodeType, file: str) -> str:
    """The digest of a function's code, whose file belongs to what it is told by."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    except (OSError, SyntaxError, TypeError):
        # A lambda within a longer expression, or a function that was typed in: its constants and names tell.
        return hashed(repr(constants_of(code)).encode())
    if not isinstance(tree.body[0], ast.FunctionDef):
        return hashed(repr(constants_of(code)).encode())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return hashed(ast.unparse(tree).encode())


def names_of(code: CodeType) -> list[str]:
    """The global names that a function's code mentions, also within the functions that it defines."""
    inner = [name for each in code.co_consts if isinstance(each, CodeType) for name in names_of(each)]
    return sorted({*code.co_names, *inner})


def constants_of(code: CodeType) -> list[Any]:
    """A code's names, and its constants as far as they are no code, in their order."""
    plain = [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
    inner = [constants_of(each) for each in code.co_consts if isinstance(each, CodeType)]
    return [sorted(code.co_names), sorted(plain), inner]


def bytes_of(tensor: torch.Tensor) -> np.ndarray:
    """A tensor's entries as bytes, on the CPU and in order."""
    dense = tensor.detach() if tensor.layout == torch.strided else tensor.detach().to_dense()
    # Of one axis at least: a number alone cannot be viewed as bytes.
    return dense.cpu().contiguous().resolve_conj().resolve_neg().reshape(-1).view(torch.uint8).numpy()


def hashed(content: bytes | np.ndarray) -> str:
    """Sixteen hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:16]


def digest(described: Any) -> str:
    """Sixteen hexadecimal digits of what :func:`describe` returned."""
    return hashed(json.dumps(described, sort_keys=True, ensure_ascii=False).encode())


def differences(there: Any, here: Any, *, path: str = "") -> list[str]:
    """Where two descriptions differ: ``training.steps: 400 there, 800 here``."""
    if isinstance(there, dict) and isinstance(here, dict):
        return [
            line
            for key in dict.fromkeys([*there, *here])
            for line in differences(there.get(key), here.get(key), path=f"{path}.{key}".lstrip("."))
        ]
    if there == here:
        return []
    return [
        f"{path}: {json.dumps(there, ensure_ascii=False)} there, {json.dumps(here, ensure_ascii=False)} here"
    ]
