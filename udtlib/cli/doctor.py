"""`udt doctor`: what is installed, what is missing, and what to do about it."""

from __future__ import annotations

import gc
import importlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata

OLDEST_PYTHON = (3, 11)
REINSTALL = "install it again: pip install --force-reinstall udtlib"

#: Packages that are imported under another name than they are installed under.
IMPORT_NAMES = {"pot": "ot", "ipython": "IPython", "pillow": "PIL"}

#: What takes seconds to import, since it loads PyTorch's compiler; a process of its own does it beside the rest.
SLOW = ("lightning-fabric",)

#: What only some readers need: the package, what for, and the extra that brings it.
OPTIONAL = (
    ("jupyter-book", "builds the book", "book"),
    ("jupyterlab", "opens the chapters", "book"),
    ("nbgrader", "makes and grades assignments", "classroom"),
    ("pytest", "runs the tests", "dev"),
)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the report: ``ok``, ``missing`` (something optional) or ``BROKEN``, and the remedy."""

    state: str
    name: str
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{self.state:<8} {self.name}: {self.detail}"
        return line + (f"\n{'':<9}-> {self.remedy}" if self.remedy else "")


def doctor() -> int:
    """Print every finding; returns 1 if something that is needed is broken."""
    broken = 0
    gc.disable()  # what an import makes stays, and looking for garbage in it is a third of the time
    try:
        for finding in findings():
            print(finding, flush=True)
            broken += finding.state == "BROKEN"
    finally:
        gc.enable()
    print(f"\n{broken} broken: see the arrows above" if broken else "\nall that is needed works")
    return 1 if broken else 0


def findings() -> Iterator[Finding]:
    """All checks, in the order in which one explains the next."""
    yield python()
    yield from packages()
    yield tried("computing", hardware, remedy="reinstall torch, see the page Setup")
    yield tried("profile", profile, remedy="set UDT_PROFILE to quick, colab or full, or unset it")
    yield tried("embedded data", embedded, remedy=REINSTALL)
    yield tried("digit classifier", classifier, remedy=REINSTALL)
    yield tried("UDT_DATA_DIR", data_folder, remedy="set UDT_DATA_DIR to an existing folder, or unset it")
    yield tried("download cache", cache, remedy="unset UDT_DATA_DIR, or see the message")
    yield from extras()
    yield browser()


def tried(name: str, look: Callable[[], str], *, remedy: str) -> Finding:
    """What a check says, or the error that it raised; a doctor reports every failure and dies of none."""
    try:
        return Finding(state="ok", name=name, detail=look())
    except Exception as error:
        return Finding(state="BROKEN", name=name, detail=f"{type(error).__name__}: {error}", remedy=remedy)


def python() -> Finding:
    """The interpreter."""
    detail = f"{platform.python_version()} at {sys.executable}, {platform.system()} {platform.machine()}"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding(state="ok", name="Python", detail=detail)
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return Finding(state="BROKEN", name="Python", detail=detail, remedy=f"install Python {wanted} or newer")


def packages() -> Iterator[Finding]:
    """Whether each package that udtlib requires can be imported, and its version."""
    try:
        requirements = metadata.requires("udtlib") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            state="BROKEN",
            name="udtlib",
            detail="not installed, only on the path",
            remedy="in the repository: pip install -e .",
        )
        return
    yield Finding(state="ok", name="udtlib", detail=metadata.version("udtlib"))
    needed = {
        re.split(r"[^\w.-]", line, maxsplit=1)[0]: line for line in requirements if "extra ==" not in line
    }
    processes = {name: import_beside(name) for name in SLOW if name in needed}
    for name in sorted(needed, key=lambda name: name in SLOW):
        look = partial(waited_for, name, processes[name]) if name in SLOW else partial(importable, name)
        yield tried(name, look, remedy=f"pip install '{needed[name]}'")


def import_name(package: str) -> str:
    """The name that a package is imported under."""
    return IMPORT_NAMES.get(package, package.replace("-", "_"))


def importable(name: str) -> str:
    """Import a package; returns its version."""
    importlib.import_module(import_name(name))
    return metadata.version(name)


def import_beside(name: str) -> subprocess.Popen[str]:
    """Begin to import a package in a process with this one's path."""
    # without Python's cleaning up at the end, which takes as long as importing a small package
    code = (
        "import gc, os, sys; gc.disable(); "
        f"sys.path[:] = {sys.path!r}; import {import_name(name)}; os._exit(0)"
    )
    return subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)


def waited_for(name: str, process: subprocess.Popen[str]) -> str:
    """The version of a package that a process has imported.

    Raises:
        ImportError: the process failed; with the error that it ended with.
    """
    _, error = process.communicate()
    if process.returncode:
        last = error.strip().splitlines()[-1] if error.strip() else f"exit status {process.returncode}"
        raise ImportError(last.removeprefix("ImportError: "))
    return metadata.version(name)


def hardware() -> str:
    """The devices, and an addition on the best of them."""
    import torch

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if torch.ones(2, device=device).sum().item() != 2:
        raise RuntimeError(f"1 + 1 is not 2 on {device}")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "no GPU"
    return f"{name}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"


def profile() -> str:
    """The profile that a notebook would run with."""
    from udtlib.profiles import VARIABLE, detect

    chosen_by = VARIABLE if os.environ.get(VARIABLE) else "the hardware"
    return f"{detect().name}, chosen by {chosen_by}"


def embedded() -> str:
    """The embedded subsets and the emoji, read and checked."""
    from udtlib.data.collections import COLLECTIONS
    from udtlib.data.images import embedded_manifest, read_embedded

    counts = {name: len(read_embedded(name)["train_image"]) for name in embedded_manifest()}
    subsets = ", ".join(f"{name} ({count:,} training images)" for name, count in counts.items())
    for collection in COLLECTIONS.values():
        collection.verify()
    drawings = (f"{c.name} ({len(c.index()):,} by {len(c.hands)} hands)" for c in COLLECTIONS.values())
    return ", ".join([subsets, *drawings])


def classifier() -> str:
    """The bundled weights, read and checked."""
    from udtlib.instruments.digits.classifier import classifier_record, load_digit_classifier

    load_digit_classifier()
    return f"{classifier_record()['accuracy']['official']:.2%} of the official test digits"


def data_folder() -> str:
    """The folder of complete data sets, and which of them lie there or in the cache."""
    from udtlib.data.files import data_folder

    folder = data_folder()
    return "not set, only downloads are looked at" if folder is None else str(folder)


def cache() -> str:
    """Which complete data sets are at hand."""
    from udtlib.data.files import cache_folder, find
    from udtlib.data.official import FILE_SETS

    complete = [
        name for name, dataset in FILE_SETS.items() if all(find(dataset, file) for file in dataset.files)
    ]
    listed = ", ".join(complete) or "none (udt data fetch gets them; the chapters need none)"
    return f"{cache_folder()}; complete data sets at hand: {listed}"


def extras() -> Iterator[Finding]:
    """What only some readers need; it is not imported, because some of it is slow to import."""
    for name, purpose, extra in OPTIONAL:
        try:
            yield Finding(state="ok", name=name, detail=metadata.version(name))
        except metadata.PackageNotFoundError:
            remedy = f"pip install 'udtlib[{extra}]'"
            yield Finding(state="missing", name=name, detail=f"optional, {purpose}", remedy=remedy)


def browser() -> Finding:
    """The browser that checks the built site."""
    names = (os.environ.get("CHROMIUM", ""), *BROWSERS)
    path = next((found for name in names if name and (found := shutil.which(name))), None)
    if path:
        return Finding(state="ok", name="chromium", detail=path)
    return Finding(
        state="missing",
        name="chromium",
        detail="optional, checks the built site",
        remedy="install Chromium with the system's package manager, or set CHROMIUM to its path",
    )
