"""The official files: where to look for them, how to fetch them, how to know them.

Each file is looked for in the folder that ``UDT_DATA_DIR`` names, in the usual layout (``mnist/*.gz``,
``fashion-mnist/*.gz``), then in the cache of downloads. What is found is checked by the SHA-256 of its
*content*: archives of one content differ in their gzip headers, and all of them are good.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pooch

from udtlib.data.formats import DataError, LabelledImages, read_gzip, read_idx
from udtlib.data.official import FileSet, RemoteFile

VARIABLE = "UDT_DATA_DIR"


def data_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """The folder that ``UDT_DATA_DIR`` names, or None where the variable is not set.

    Raises:
        DataError: the variable names something that is no folder.
    """
    name = (os.environ if environment is None else environment).get(VARIABLE, "").strip()
    if name and not Path(name).is_dir():
        raise DataError(
            f"{VARIABLE} is {name!r}, which is no folder; make it, or unset {VARIABLE} to use the cache"
        )
    return Path(name) if name else None


def given_folder(why: str, *, has: str, option: str = "folder") -> Path:
    """The folder that ``UDT_DATA_DIR`` names, for data that cannot be had otherwise.

    Args:
        why: why they cannot, as the message says it.
        has: the files that are looked for in it.
        option: the argument that names a place instead.

    Raises:
        DataError: the variable is not set, or names no folder.
    """
    folder = data_folder()
    if folder is None:
        raise DataError(f"{why}: set {VARIABLE} to a folder that has {has}, or pass {option}=…")
    return folder


def cache_folder() -> Path:
    """Where downloads are kept: the system's cache folder for udtlib."""
    return Path(pooch.os_cache("udtlib"))


def find(dataset: FileSet, file: RemoteFile) -> Path | None:
    """Where a file lies: under ``UDT_DATA_DIR``, else in the cache, else nowhere; not yet checked."""
    folders = [folder for folder in (data_folder(), cache_folder()) if folder is not None]
    candidates = (folder / dataset.name / file.name for folder in folders)
    return next((path for path in candidates if path.is_file()), None)


def locate(dataset: FileSet, *, fetch: bool = False) -> tuple[Path, ...]:
    """Where the files of a data set lie, in the order of ``dataset.files``.

    They are not opened: contents are checked whenever they are read.

    Args:
        dataset: what to look for.
        fetch: download what is missing; without it, nothing touches the network.

    Raises:
        DataError: a file is missing and was not, or could not be, fetched.
    """
    return tuple(_locate(dataset, file, fetch=fetch) for file in dataset.files)


def _locate(dataset: FileSet, file: RemoteFile, *, fetch: bool) -> Path:
    path = find(dataset, file)
    if path is not None:
        return path
    if fetch:
        return download(dataset, file)
    folder = data_folder()
    places = [*([] if folder is None else [folder / dataset.name]), cache_folder() / dataset.name]
    raise DataError(
        f"{file.name} of {dataset.title} is not in {' or in '.join(map(str, places))}; run "
        f"`udt data fetch {dataset.name}`, or set {VARIABLE} to a folder that has {dataset.name}/{file.name}"
    )


def fetch(dataset: FileSet) -> tuple[Path, ...]:
    """Download what is missing, then check every file; returns where they lie.

    Raises:
        DataError: as :func:`download` and :func:`read`.
    """
    paths = locate(dataset, fetch=True)
    verify(dataset)
    return paths


def verify(dataset: FileSet) -> tuple[Path, ...]:
    """Check the content of every file of a data set; returns where they lie.

    Raises:
        DataError: a file is missing, damaged, or not the official one.
    """
    paths = locate(dataset)
    for path, file in zip(paths, dataset.files, strict=True):
        read(path, file)
    return paths


def read(path: Path, file: RemoteFile) -> bytes:
    """The content of an official file.

    Raises:
        DataError: the file is missing, damaged, or its content's SHA-256 is not the official one.
    """
    content = read_gzip(path, limit=file.size)
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise DataError(
            f"{path} has {len(content)} bytes of content with SHA-256 {digest}; expected {file.size} bytes "
            f"with {file.sha256}; it is not the official file: delete it and run `udt data fetch`"
        )
    return content


def download(dataset: FileSet, file: RemoteFile) -> Path:
    """Fetch a file into the cache from the first mirror that serves the right content.

    It is downloaded beside its place, checked, and only then renamed, so that a download that breaks, or
    brings something else, leaves nothing behind.

    Raises:
        DataError: the cache cannot be written, or no mirror served the right content; it says why for each.
    """
    folder = cache_folder() / dataset.name
    failures = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as staging:
            for mirror in dataset.mirrors:
                try:
                    part = _retrieve(mirror + file.name, Path(staging))
                    read(part, file)
                except DataError as error:
                    failures.append(f"  {mirror}: {error}")
                    continue
                os.replace(part, folder / file.name)
                return folder / file.name
    except OSError as error:
        raise DataError(
            f"the cache {folder} cannot be written ({error}); make it writable, or set {VARIABLE} "
            f"to a folder that has {dataset.name}/{file.name}"
        ) from error
    raise DataError(
        f"{file.name} of {dataset.title} could not be fetched from any of {len(failures)} mirrors:\n"
        + "\n".join(failures)
        + "\nCheck the network, or copy the file from another machine and "
        f"set {VARIABLE} to a folder that has {dataset.name}/{file.name}. "
        "The embedded subset needs no download."
    )


def _retrieve(address: str, staging: Path) -> Path:
    """Download one address into a folder of its own; the network's errors become a DataError."""
    import requests

    part = staging / "part"
    try:
        pooch.HTTPDownloader(progressbar=True, timeout=30)(address, str(part), None)
    except requests.RequestException as error:
        raise DataError(f"{type(error).__name__}: {error}") from error
    return part


def read_images(dataset: FileSet, *, split: str, fetch: bool = False) -> LabelledImages:
    """The official images and labels of one part of a data set, checked.

    Args:
        dataset: which data set.
        split: ``train`` (60,000 images) or ``test`` (10,000).
        fetch: download what is missing.

    Raises:
        DataError: a file is missing, damaged, or not the official one.
        ValueError: ``split`` is neither.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}; expected 'train' or 'test'")
    start = 0 if split == "train" else 2
    files = dataset.files[start : start + 2]
    paths = [_locate(dataset, file, fetch=fetch) for file in files]
    image, label = (
        read_idx(read(path, file), name=str(path)) for path, file in zip(paths, files, strict=True)
    )
    return LabelledImages(image, label.astype(np.int64))
