"""Execute a chapter in place, and write how long it took and how much memory it needed.

Usage: python tools/run_chapter.py 01 [--cells]        (or: make run CHAPTER=01)

The profile is UDT_PROFILE, `quick` where it is not set. A chapter that raises is left as it was. Cells are named
with the kernel's processor seconds and the seconds that passed. On one thread the former are what a quiet machine
takes, however busy this one is.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
QUICK_LIMIT = 90  # seconds a chapter may take on two cores
SLOWEST = 6  # cells that a run names
LIVE = "live"  # the tag of a cell that is executed but whose outputs are not stored

# Runs in the chapter's own process after its last cell, and is never stored.
PROBE = """
import json as _json, os as _os, platform as _platform, resource as _resource, sys as _sys
import importlib.metadata as _metadata
import torch as _torch
from udtlib.profiles import detect as _detect
_cores = len(_os.sched_getaffinity(0)) if hasattr(_os, "sched_getaffinity") else _os.cpu_count()
_peak = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss
print(_json.dumps({
    "peak_memory_mib": round(_peak / (2**20 if _sys.platform == "darwin" else 2**10)),
    "versions": {"python": _platform.python_version(),
                 **{name: _metadata.version(name) for name in ("torch", "udtlib", "numpy")}},
    "device": _torch.cuda.get_device_name() if _detect().device.type == "cuda" else f"{_cores} CPU cores",
}))
"""


def find_chapter(name: str) -> Path:
    """The one notebook whose name starts with ``name``."""
    found = sorted((ROOT / "notebooks").glob(f"{name}*.ipynb"))
    if len(found) != 1:
        have = ", ".join(path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))) or "none"
        raise SystemExit(f"CHAPTER={name!r} fits {len(found)} chapters, expected one; there are: {have}")
    return found[0]


class Taken(NamedTuple):
    """What a cell took: seconds of the clock, and of the kernel's processors."""

    wall: float
    processor: float


def execute(notebook: Any) -> tuple[dict[str, Any], list[Taken]]:
    """Run every cell of ``notebook`` in a fresh kernel.

    Returns:
        Seconds, processor seconds, peak memory, versions and device; and what every cell took.
    """
    client = NotebookClient(
        notebook,
        timeout=3600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(ROOT / "notebooks")}},
    )
    start, each = time.perf_counter(), []
    with client.setup_kernel():
        kernel = psutil.Process(client.km.provisioner.pid)
        for index, cell in enumerate(notebook.cells):
            began, before = time.perf_counter(), processor_seconds(kernel)
            client.execute_cell(cell, index)
            each.append(Taken(time.perf_counter() - began, processor_seconds(kernel) - before))
        seconds, processor = time.perf_counter() - start, processor_seconds(kernel)
        probe = nbformat.v4.new_code_cell(PROBE)
        notebook.cells.append(probe)
        client.execute_cell(probe, len(notebook.cells) - 1)
        notebook.cells.pop()
    took = {"seconds": round(seconds, 1), "processor_seconds": round(processor, 1)}
    return {**took, **json.loads(probe.outputs[0]["text"])}, each


def processor_seconds(process: psutil.Process) -> float:
    """What a process has computed so far, on all its threads."""
    times = process.cpu_times()
    return times.user + times.system


def slowest_cells(sources: Sequence[str], each: Sequence[Taken], *, most: int = SLOWEST) -> list[str]:
    """Where the time went: processor seconds, waited seconds, share, number and first statement of each cell.

    The slowest come first, and so many are named; a last line has what the others took.
    """
    order = sorted(range(len(each)), key=lambda k: -each[k].processor)
    whole = sum(cell.processor for cell in each) or 1.0
    rest = [each[k] for k in order[most:]]
    lines = [
        f"{each[k].processor:7.1f} s {each[k].wall:7.1f} s {each[k].processor / whole:4.0%}  cell {k}: "
        f"{first_statement(sources[k])}"
        for k in order[:most]
    ]
    others = f"{sum(cell.processor for cell in rest):7.1f} s {sum(cell.wall for cell in rest):7.1f} s"
    return [*lines, f"{others}       all others"]


def first_statement(source: str) -> str:
    """The first line of a cell that does something, cut to fit a line."""
    lines = [line.strip() for line in source.splitlines()]
    said = [line for line in lines if line and not line.startswith(("#", "%", "import ", "from "))]
    return (said or lines or [""])[0][:80]


def tidy(notebook: Any, chapter: str) -> None:
    """Remove whatever would differ between two machines, and give every cell an id that does not."""
    seen: set[str] = set()
    for index, cell in enumerate(notebook.cells):
        if not cell.get("id") or cell["id"] in seen:
            text = f"{chapter}/{index}/{cell['source']}"
            cell["id"] = hashlib.sha256(text.encode()).hexdigest()[:8]
        seen.add(cell["id"])
        for key in ("execution", "collapsed", "ExecuteTime"):
            cell["metadata"].pop(key, None)
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        **{
            key: value
            for key, value in notebook["metadata"].items()
            if key not in ("kernelspec", "language_info")
        },
    }
    notebook["metadata"].pop("widgets", None)


def drop_live_outputs(notebook: Any) -> None:
    """Remove the outputs of the cells tagged ``live``: a widget shows nothing without the kernel that made it."""
    for cell in notebook.cells:
        if cell["cell_type"] == "code" and LIVE in cell["metadata"].get("tags", []):
            cell["outputs"] = []


def private_paths(text: str) -> list[str]:
    """The folders of this machine that ``text`` gives away."""
    return [folder for folder in (str(ROOT), str(Path.home()) + os.sep, sys.prefix) if folder in text]


def main() -> int:
    """Execute, tidy, check, and only then write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chapter", help="the start of the notebook's name, such as 01")
    parser.add_argument("--cells", action="store_true", help=f"name every cell's time, not {SLOWEST} cells'")
    chosen = parser.parse_args()
    path = find_chapter(chosen.chapter)
    profile = os.environ.setdefault("UDT_PROFILE", "quick")
    notebook = nbformat.read(path, as_version=4)
    try:
        measured, each = execute(notebook)
    except CellExecutionError as error:
        print(f"{path.name} stopped; it is unchanged on disk.\n{error}", file=sys.stderr)
        return 1
    tidy(notebook, path.stem)
    drop_live_outputs(notebook)
    text = nbformat.writes(notebook) + "\n"
    if leaks := private_paths(text):
        print(f"{path.name} would store this machine's folder {leaks[0]}; print no path.", file=sys.stderr)
        return 1
    path.write_text(text, encoding="utf-8")
    record = {
        "chapter": path.stem,
        "profile": profile,
        **measured,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    health = ROOT / "book" / "results" / "health" / f"{path.stem}.json"
    health.parent.mkdir(parents=True, exist_ok=True)
    health.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(
        f"{path.name}: {record['seconds']:.0f} s, of them {record['processor_seconds']:.0f} s of computing, "
        f"{record['peak_memory_mib']} MiB, profile {profile}"
    )
    sources = [cell["source"] for cell in notebook.cells]
    print("\n".join(slowest_cells(sources, each, most=len(sources) if chosen.cells else SLOWEST)))
    if profile == "quick" and min(record["seconds"], record["processor_seconds"]) > QUICK_LIMIT:
        print(
            f"WARNING: over the {QUICK_LIMIT} s that a chapter may take in the quick profile.",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
