"""A checkpoint's file: read without unpickling, or refused in one sentence whatever it may be instead."""

from __future__ import annotations

import math
import stat
import warnings
import zipfile
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

__all__ = ["EXTRA", "FORMAT", "CheckpointError", "read_checkpoint"]

FORMAT = 1
#: What a checkpoint holds, and of which kinds it is.
ENTRIES: Mapping[str, type] = {
    "step": int,
    "rows": list,
    "settings": dict,
    "objective": dict,
    "optimisers": dict,
    "random": dict,
}
#: How PyTorch names what a module saves in a way of its own, such as a pool of samples.
EXTRA = "_extra_state"
#: How a zip archive begins, which is what PyTorch writes.
MAGIC = b"PK\x03\x04"


class CheckpointError(RuntimeError):
    """A checkpoint cannot be used; the message says why and what to do.

    Args:
        why: what is wrong.
        remedy: what to do about it in Python.
        command: what to do about it for whoever uses the command ``udt``; None where that is the same.
    """

    def __init__(self, why: str, remedy: str = "", *, command: str | None = None) -> None:
        super().__init__(f"{why}; {remedy}" if remedy else why)
        self.why, self.command = why, remedy if command is None else command

    def for_command(self, command: str | None = None) -> CheckpointError:
        """The same trouble with the remedy that the command line has, or with the one that is given."""
        return CheckpointError(self.why, self.command if command is None else command)


def read_checkpoint(path: Path, *, remedy: str, command: str | None = None) -> dict[str, Any]:
    """What a checkpoint holds, on the CPU: ``step``, ``rows``, ``settings``, ``objective`` and so on.

    Args:
        path: of the file.
        remedy: what to do where it cannot be used.
        command: likewise for the command line; None where that is the same.

    Raises:
        CheckpointError: there is no such file, it cannot be read, or it is no checkpoint.
    """

    def refuse(why: str) -> CheckpointError:
        return CheckpointError(f"{path} {why}", remedy, command=command)

    try:
        status = path.stat()
        if path.is_dir():
            raise refuse("cannot be read as a checkpoint, it is a folder")
        if not stat.S_ISREG(status.st_mode):
            # A pipe, for one, would wait for its other end forever.
            raise refuse("cannot be read as a checkpoint, it is no regular file")
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise refuse(f"cannot be read as a checkpoint ({error.strerror or error})") from error
    if start != MAGIC:
        # Asked first: what PyTorch makes of other files ends in every kind of error.
        held = f"starts with {start!r}" if start else "is empty"
        raise refuse(f"cannot be read as a checkpoint, it {held}; expected a file that training wrote")
    try:
        with zipfile.ZipFile(path) as archive:
            stored = all(entry.compress_type == zipfile.ZIP_STORED for entry in archive.infolist())
            # PyTorch compresses nothing: what unpacks to more than the file holds was made to fill the memory.
            if not stored or sum(entry.file_size for entry in archive.infolist()) > status.st_size:
                raise refuse("cannot be read as a checkpoint, it unpacks to more than it holds")
            # PyTorch writes checksums and does not look at them: one wrong bit would be a wrong weight.
            if (wrong := archive.testzip()) is not None:
                raise refuse(f"cannot be read as a checkpoint, {wrong!r} in it is not as it was written")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except Exception as error:
        # None of PyTorch's text, and no chain to it: it recommends to unpickle the file, which runs what is in it.
        kind = type(error).__name__
        raise refuse(
            f"cannot be read as a checkpoint ({kind}): it is broken off, damaged or another kind of file"
        ) from None
    if complaint := misshapen(content):
        raise refuse(f"is no checkpoint of format {FORMAT}, {complaint}")
    return content


def misshapen(content: Any) -> str | None:
    """Why what was read is no checkpoint, or None where it is one."""
    if not isinstance(content, dict):
        return f"it holds a {type(content).__name__}"
    found = content.get("format")
    if type(found) is not int or found != FORMAT:
        return f"its format is {str(found)[:40]!r}"
    for name, kind in ENTRIES.items():
        if not isinstance(content.get(name), kind) or isinstance(content.get(name), bool):
            return f"its {name!r} is missing or of another kind"
    for name in (*ENTRIES, "identity"):
        if isinstance(content.get(name), dict) and not all(isinstance(each, str) for each in content[name]):
            return f"its {name!r} has entries without a name"
    number = (int, float)
    seconds = content.get("seconds", 0.0)
    if content["step"] < 0 or not isinstance(seconds, number) or not math.isfinite(seconds) or seconds < 0:
        return "its steps or its seconds are no numbers"
    if (average := content.get("average")) is not None and not isinstance(average, dict):
        return "its 'average' is of another kind"
    for name, values in (("objective", content["objective"]), ("average", average or {})):
        if complaint := odd_values(values):
            return f"its {name!r} holds {complaint}"
    if not all(
        isinstance(row, dict) and all(isinstance(k, str) and isinstance(v, number) for k, v in row.items())
        for row in content["rows"]
    ):
        return "its 'rows' are no log"
    steps = [row.get("step", -1) for row in content["rows"]]
    if any(a >= b for a, b in pairwise([0, *steps])) or max([0, *steps]) > content["step"]:
        return "its 'rows' are not those of so many steps"
    return None


def odd_values(values: Mapping[Any, Any]) -> str | None:
    """What in a state is none that training writes: it saves finite numbers in memory, under names."""
    for name, value in values.items():
        if not isinstance(name, str):
            return "entries without a name"
        if not isinstance(value, Tensor):
            if name.endswith(EXTRA):
                continue
            return "something else than tensors"
        if value.layout != torch.strided or value.is_meta:
            return f"no numbers as {name}"
        if value.is_floating_point() and not value.isfinite().all():
            return f"numbers that are not finite, in {name}"
    return None
