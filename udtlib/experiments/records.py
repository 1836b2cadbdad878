"""What a run leaves behind: ``run.json``, with what it shows beside it, each written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from udtlib.data.places import check_file_place
from udtlib.data.text_files import read_json_object
from udtlib.evaluate.report import Provenance
from udtlib.evaluate.scores import GROUPS, Scores
from udtlib.experiments.declare import Shown

__all__ = ["Record", "Say", "check_places", "locked", "read_record", "write_record"]

Say = Callable[[str], None]
#: The files of a record, written when the run has ended.
RUN, SHOWN = "run.json", "shown.safetensors"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a finished run left behind.

    Args:
        scores: by system; empty where the run diverged.
        shown: by the picture's word, then by system.
        settings: what was declared for the training.
        scoring: what was declared for the scores.
        run: which one it is: its experiment, system, seed and profile.
    """

    scores: Mapping[str, Scores]
    shown: Mapping[str, Mapping[str, Shown]]
    settings: Any
    scoring: Any
    seconds: float
    steps: int
    provenance: Provenance
    run: Mapping[str, Any]
    diverged: str | None = None


@contextmanager
def locked(folder: Path | None, *, say: Say = lambda line: None) -> Iterator[None]:
    """Wait until no other process is at work in the folder.

    Raises:
        ValueError: the folder cannot be made or written into.
    """
    if folder is None:
        yield
        return
    check_file_place(folder / ".lock", later=True, fixed=True)
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        say(f"{folder}: another process is at work here; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def check_places(folder: Path) -> None:
    """Refuse a folder in which a record could not be written once the run has ended.

    Raises:
        ValueError: says why.
    """
    for name in (RUN, SHOWN, "run.part", "shown.part"):
        check_file_place(folder / name, fixed=True)


def write_record(folder: Path, record: Record) -> None:
    """``shown.safetensors``, and then ``run.json``, each whole or not at all."""
    tensors = {
        json.dumps([word, system, label]): value.detach().cpu().contiguous().clone()
        for word, systems in record.shown.items()
        for system, shown in systems.items()
        for label, value in shown.items()
    }
    if tensors:
        save_file(tensors, folder / "shown.part")
        os.replace(folder / "shown.part", folder / SHOWN)
    made = record.provenance
    content = {
        "run": dict(record.run),
        "scores": {
            system: {group: dict(getattr(scores, group)) for group in GROUPS}
            for system, scores in record.scores.items()
        },
        "diverged": record.diverged,
        "seconds": record.seconds,
        "steps": record.steps,
        "settings": record.settings,
        "scoring": record.scoring,
        "provenance": {
            "versions": dict(made.versions), "device": made.device, "date": made.date, "commit": made.commit
        },
    }  # fmt: skip
    scratch = folder / "run.part"
    scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")
    os.replace(scratch, folder / RUN)


def read_record(folder: Path) -> Record | None:
    """What a finished run left behind, or None where it is not finished.

    Raises:
        ValueError: the record is damaged.
    """
    path, shown_path = folder / RUN, folder / SHOWN
    if not path.exists():
        return None
    shown: dict[str, dict[str, dict[str, torch.Tensor]]] = {}
    try:
        content = read_json_object(path)
        if shown_path.exists():
            for key, value in load_file(shown_path).items():
                word, system, label = json.loads(key)
                shown.setdefault(word, {}).setdefault(system, {})[label] = value
        return record_in(content, shown)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError) as error:
        raise damaged(path, error, remedy="delete it") from error
    except (SafetensorError, RuntimeError) as error:
        raise damaged(shown_path, error, remedy=f"delete {RUN} beside it") from error


def record_in(content: Mapping[str, Any], shown: Mapping[str, Mapping[str, Shown]]) -> Record:
    """The record that the entries of ``run.json`` tell.

    Raises:
        KeyError: an entry is missing.
        TypeError: an entry is of another kind.
        ValueError: an entry has no such value.
    """
    kinds = {"experiment": str, "system": str, "profile": str, "seed": int}
    if wrong := [name for name, kind in kinds.items() if not isinstance(content["run"].get(name), kind)]:
        raise ValueError(f"its run says no {wrong[0]}")
    return Record(
        scores={system: Scores(**groups) for system, groups in content["scores"].items()},
        shown=shown,
        settings=content["settings"],
        scoring=content["scoring"],
        seconds=float(content["seconds"]),
        steps=int(content["steps"]),
        provenance=Provenance(**content["provenance"]),
        run=content["run"],
        diverged=content["diverged"],
    )


def damaged(path: Path, error: Exception, *, remedy: str) -> ValueError:
    """What to say of a file that is no record."""
    if isinstance(error, KeyError):
        reason = f"it has no {error}"
    elif isinstance(error, ValueError | OSError | SafetensorError):
        reason = str(error)
    else:
        # The words of other errors are about the code that met them.
        reason = "an entry is of another kind"
    return ValueError(f"{path} is damaged ({reason}); {remedy}, and the run goes on from its checkpoint")
