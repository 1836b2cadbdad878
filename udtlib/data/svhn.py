"""The street numbers of SVHN from a folder, beside handwritten digits: the real counterpart of street digits.

The data of [netzer2011]. The folder holds ``train_32x32.mat`` and ``test_32x32.mat``, format 2 (cropped digits),
as Stanford publishes them at http://ufldl.stanford.edu/housenumbers/ (for non-commercial use
only, which is why nothing is fetched).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from udtlib.data.digits import load_digits
from udtlib.data.files import VARIABLE, data_folder
from udtlib.data.formats import DataError, LabelledImages, read_mat
from udtlib.data.images import to_labels
from udtlib.data.pair import IndependentPair, Samples
from udtlib.types import Float

PAGE = "http://ufldl.stanford.edu/housenumbers/"
FILES = ("train_32x32.mat", "test_32x32.mat")
NATIVE = 32


def svhn_pair(
    *,
    size: int = NATIVE,
    count: int | None = None,
    test: int | None = None,
    source: str = "official",
    channels: int = 3,
    folder: Path | None = None,
) -> IndependentPair:
    """House numbers x, (3, size, size), and MNIST's digits y, (channels, size, size); no true map is known.

    Both carry their class. The pair SVHN to MNIST of the papers, at the 32 pixels of SVHN.

    Args:
        size: side of the images in pixels.
        count: at most so many house numbers to train on, the first ones of the file; None for all 73,257.
        test: likewise to test on; None for all 26,032.
        source: which digits, as in :func:`~udtlib.data.digits.load_digits`.
        channels: of the digits; 1, or 3 that repeat the grey.
        folder: the folder described above; None for ``svhn`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        ValueError: a size or count below 1, other channels, or an unknown source.
        DataError: a file is missing, damaged or holds no images; the message names it, the page that has it
            and its licence.
    """
    if channels not in (1, 3):
        raise ValueError(f"plain digits have 1 channel, or 3 that repeat the grey; got channels={channels}")
    numbers = load_svhn(size=size, count=count, test=test, folder=folder)
    digits = load_digits(source=source, size=size)
    train, held = (part.repeat(1, channels, 1, 1) for part in (digits.train, digits.test))
    return IndependentPair(numbers, Samples(train, held, digits.train_label, digits.test_label))


def load_svhn(
    *, size: int = NATIVE, count: int | None = None, test: int | None = None, folder: Path | None = None
) -> Samples:
    """House numbers with their class, (3, size, size) in [-1, 1]; arguments and errors as :func:`svhn_pair`."""
    if any(number is not None and number < 1 for number in (size, count, test)):
        raise ValueError(f"size, count and test must be at least 1, got {size}, {count} and {test}")
    place = default_folder() if folder is None else Path(folder)
    missing = [name for name in FILES if not (place / name).is_file()]
    if missing:
        raise DataError(f"{place} has no {' and no '.join(missing)}; {remedy()}")
    images, labels = [], []
    for name, limit in zip(FILES, (count, test), strict=True):
        stored = read_mat(place / name)
        if len(stored.label) == 0:
            raise DataError(f"{place / name} holds no images; {remedy()}")
        images.append(to_colour(stored, size=size, limit=limit))
        labels.append(to_labels(stored.label[:limit]))
    return Samples(*images, *labels)


def to_colour(stored: LabelledImages, *, size: int, limit: int | None) -> Float[Tensor, "batch 3 size size"]:
    """Bytes 0 … 255, (batch, 32, 32, 3), as colours -1 … 1, resampled (antialiased) where the size differs."""
    image = torch.from_numpy(stored.image[:limit]).permute(0, 3, 1, 2)
    colour = image.float().mul_(2 / 255).sub_(1).contiguous()
    if tuple(colour.shape[-2:]) == (size, size):
        return colour
    return interpolate(colour, (size, size), mode="bilinear", antialias=True).clamp_(-1, 1)


def default_folder() -> Path:
    """The folder ``svhn`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        DataError: the variable is not set, or names no folder.
    """
    folder = data_folder()
    if folder is None:
        raise DataError(
            f"SVHN is not fetched, its licence asks you to do so yourself: set {VARIABLE} to a folder that has "
            f"svhn/{FILES[0]} and svhn/{FILES[1]}, or pass folder=…; {remedy()}"
        )
    return folder / "svhn"


def remedy() -> str:
    """Where the files are to be had, and on which terms."""
    return f"download both from {PAGE} (format 2, cropped digits; for non-commercial use only)"
