"""What the image data sets share: the embedded subsets, grey values in [-1, 1], and their size in pixels."""

from __future__ import annotations

import hashlib
import io
import json
from importlib import resources
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from udtlib.data.files import read_images
from udtlib.data.formats import DataError, LabelledImages
from udtlib.data.official import FileSet
from udtlib.data.pair import SPLITS, Samples
from udtlib.types import Float, Labels, Split

#: Where images come from: the subset inside the package, or the official files.
SOURCES = ("embedded", "official")
NATIVE = 28


def load_images(dataset: FileSet, *, split: Split, source: str) -> LabelledImages:
    """One part of a data set as stored: uint8 images and class numbers.

    Args:
        dataset: which data set.
        split: ``train`` or ``test``.
        source: ``embedded``, the subset in the package, or ``official``, the complete files; these are
            read from ``UDT_DATA_DIR`` or the cache and are never fetched behind the reader's back.

    Raises:
        ValueError: ``source`` or ``split`` is none of its values.
        DataError: the files are missing or damaged.
    """
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}; expected 'embedded' or 'official'")
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected 'train' or 'test'")
    if source == "official":
        return read_images(dataset, split=split)
    arrays = read_embedded(dataset.name)
    return LabelledImages(arrays[f"{split}_image"], arrays[f"{split}_label"].astype(np.int64))


def read_embedded(name: str) -> dict[str, np.ndarray]:
    """The arrays of an embedded subset, checked against the SHA-256 in its manifest.

    Raises:
        DataError: the package's files are missing or changed.
    """
    folder = resources.files("udtlib.data") / "embedded"
    try:
        entry = embedded_manifest()[name]
        content = (folder / entry["file"]).read_bytes()
        entry["sha256"]
    except (OSError, LookupError, TypeError) as error:
        raise DataError(f"the embedded subset {name!r} is missing from {folder}; reinstall udtlib") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry["sha256"]:
        raise DataError(
            f"{folder / entry['file']} has SHA-256 {digest}; expected {entry['sha256']}: "
            "it was changed or damaged, reinstall udtlib"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def embedded_manifest() -> dict[str, Any]:
    """What each embedded subset holds, and how it was made.

    Raises:
        DataError: the package's list of them is missing or damaged.
    """
    path = resources.files("udtlib.data") / "embedded" / "manifest.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); reinstall udtlib") from error


def to_samples(train: LabelledImages, test: LabelledImages, *, size: int) -> Samples:
    """A domain of grey images in [-1, 1], shape (1, size, size), with int64 labels."""
    return Samples(
        to_grey(torch.from_numpy(train.image), size=size),
        to_grey(torch.from_numpy(test.image), size=size),
        to_labels(train.label),
        to_labels(test.label),
    )


def to_grey(image: Tensor, *, size: int) -> Float[Tensor, "batch 1 size size"]:
    """Bytes 0 … 255, ``(batch, 28, 28)``, as grey values -1 … 1, ``size`` pixels wide.

    28 keeps the pixels, 32 adds a black border of two, any other size is an antialiased bilinear resampling.

    Raises:
        ValueError: the size is not positive, or the images are no bytes of 28 × 28 pixels.
    """
    if size < 1:
        raise ValueError(f"images need a size of at least 1 pixel, got size={size}")
    if image.dtype != torch.uint8 or image.shape[1:] != (NATIVE, NATIVE):
        raise ValueError(f"expected uint8 images of 28 × 28 pixels, got {image.dtype} {tuple(image.shape)}")
    grey = image.unsqueeze(1).float().mul_(2 / 255).sub_(1)
    if size == NATIVE:
        return grey
    if size == 32:
        return pad(grey, (2, 2, 2, 2), value=-1.0)
    # The clamp takes rounding errors of the resampling away; its weights are positive and add up to one.
    return interpolate(grey, (size, size), mode="bilinear", antialias=True).clamp_(-1, 1)


def to_labels(label: np.ndarray) -> Labels:
    """Class numbers as an int64 tensor."""
    return torch.from_numpy(label.astype(np.int64))
