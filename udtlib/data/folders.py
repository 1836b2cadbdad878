"""A user's own two folders of images as a pair of domains."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from udtlib.data.formats import DataError
from udtlib.data.image_files import centre_square, read_image
from udtlib.data.image_search import ImageFile, Skipped, describe, find_images, refuse_any
from udtlib.data.pair import DomainPair, IndependentPair
from udtlib.data.stored_images import MEMORY_LIMIT, StoredImagePairs, StoredImages


class Entry(NamedTuple):
    """The files of one sample: an image, or two that correspond; and the name that decides on its split."""

    stem: str
    paths: tuple[Path, ...]


class Images(NamedTuple):
    """Images that were read, one tensor of bytes for each of a sample's files, and what was left out."""

    stems: list[str]
    values: tuple[Tensor, ...]
    skipped: list[Skipped]


@dataclass(frozen=True, kw_only=True)
class FolderPair:
    """The domains that two folders hold, and the files that could not be used."""

    pair: DomainPair
    #: training and test images of the source and of the target
    counts: tuple[tuple[int, int], tuple[int, int]]
    skipped: tuple[Skipped, ...]

    @property
    def warning(self) -> str | None:
        """How many files were skipped, and why the first ones were; None where all could be used."""
        return describe(self.skipped) if self.skipped else None


def folder_pair(
    source: Path,
    target: Path,
    *,
    size: int,
    grey: bool = False,
    paired: bool = False,
    mirror: bool = False,
    strict: bool = False,
    test_share: float | int = 0.1,
) -> FolderPair:
    """Two folders of images, and of folders of images, as domains of square images in [-1, 1].

    The middle square of every image is shrunk to ``size`` pixels. A hash of each file's name decides whether it is
    a test image, so that images that come later move no other; both folders keep at least one.

    Args:
        source: the folder of X.
        target: the folder of Y.
        size: side of the images in pixels.
        grey: one channel instead of three.
        paired: files of equal names correspond, whatever their endings; others are left out.
        mirror: turn training images left to right with probability 1/2.
        strict: refuse what would be skipped.
        test_share: share of the images that is kept apart.

    Raises:
        DataError: a folder is missing, holds too few images or more than fit into memory, or both are one;
            where ``strict``, also any file that cannot be used.
        ValueError: the size or the share is out of range.
    """
    if size < 1:
        raise ValueError(f"images need a size of at least 1 pixel, got size={size}")
    if not 0 < test_share < 1:
        raise ValueError(f"test_share is a share between 0 and 1, got {test_share}")
    source, target = Path(source), Path(target)
    found = [find_images(folder) for folder in (source, target)]
    check_apart(source, target)
    skipped = [*found[0].skipped, *found[1].skipped]
    if paired:
        entries, alone = matched(found[0].files, found[1].files)
        groups, names = [entries], [f"{source} and {target}, as pairs,"]
        skipped += alone
    else:
        groups = [[Entry(file.stem, (file.path,)) for file in each.files] for each in found]
        names = [str(source), str(target)]
    if strict:
        refuse_any(skipped)
    channels, domains = 1 if grey else 3, []
    check_memory(groups, size=size, channels=channels)
    for name, entries in zip(names, groups, strict=True):
        images = read_entries(entries, size=size, channels=channels, strict=strict)
        skipped += images.skipped
        check_enough(name, len(images.stems), skipped)
        apart = chosen_for_test(images.stems, share=test_share)
        domains += [StoredImages(value[~apart], value[apart], mirror=mirror) for value in images.values]
    x, y = domains
    return FolderPair(
        pair=StoredImagePairs(x, y) if paired else IndependentPair(x, y),
        counts=((len(x.train), len(x.test)), (len(y.train), len(y.test))),
        skipped=tuple(skipped),
    )


def matched(source: Sequence[ImageFile], target: Sequence[ImageFile]) -> tuple[list[Entry], list[Skipped]]:
    """Files of equal names together; and those without a partner, or whose name is taken already."""
    sides: tuple[dict[str, Path], dict[str, Path]] = ({}, {})
    skipped = []
    for files, side in zip((source, target), sides, strict=True):
        for path, stem in files:
            if stem in side:
                skipped.append(Skipped(path, f"has the same name as {side[stem].name}"))
            else:
                side[stem] = path
    first, second = sides
    skipped += [Skipped(first[stem], "has no partner in the target") for stem in first if stem not in second]
    skipped += [Skipped(second[stem], "has no partner in the source") for stem in second if stem not in first]
    return [Entry(stem, (first[stem], second[stem])) for stem in first if stem in second], skipped


def read_entries(entries: Sequence[Entry], *, size: int, channels: int, strict: bool) -> Images:
    """The middle squares of the images, as bytes; a sample of which one file is broken is left out.

    Raises:
        DataError: a file is broken and ``strict`` is on.
    """
    parts = len(entries[0].paths) if entries else 1
    values = [torch.empty(len(entries), channels, size, size, dtype=torch.uint8) for _ in range(parts)]
    stems, skipped = [], []
    # disable=None: silent where standard error is a file.
    for entry in tqdm(entries, desc="reading images", unit="image", leave=False, disable=None):
        try:
            squares = [read_square(path, size=size, channels=channels) for path in entry.paths]
        except DataError as error:
            if strict:
                raise
            skipped.append(Skipped(entry.paths[0], str(error)))
            continue
        for value, square in zip(values, squares, strict=True):
            value[len(stems)] = square
        stems.append(entry.stem)
    return Images(stems, tuple(value[: len(stems)] for value in values), skipped)


def read_square(path: Path, *, size: int, channels: int) -> Tensor:
    """The middle square of one image file as bytes ``(channels, size, size)``."""
    # Twice the size: enough for the average over areas to remain one.
    image = centre_square(read_image(path, least=2 * size), size=size)
    pixels = np.array(image.convert("L") if channels == 1 else image)
    return torch.from_numpy(pixels.reshape(size, size, channels)).permute(2, 0, 1)


def chosen_for_test(stems: Sequence[str], *, share: float | int) -> Tensor:
    """Which samples are kept apart: those whose name's hash falls into the share, but at least one and not all."""
    hashes = [hashlib.sha256(stem.encode("utf-8", "surrogateescape")).digest()[:8] for stem in stems]
    numbers = torch.tensor([int.from_bytes(each, "big") / 2**64 for each in hashes], dtype=torch.float64)
    apart = numbers < share
    if not apart.any():
        apart[numbers.argmin()] = True
    if apart.all():
        apart[numbers.argmax()] = False
    return apart


def check_apart(source: Path, target: Path) -> None:
    """Refuse two folders of which one lies in the other."""
    first, second = source.resolve(), target.resolve()
    if first == second:
        raise DataError(f"{source} and {target} are the same folder; give one folder for each domain")
    for outer, inner in ((first, second), (second, first)):
        if outer in inner.parents:
            raise DataError(
                f"{inner} lies in {outer}, so that its images would belong to both domains; move it out"
            )


def check_memory(groups: Sequence[Sequence[Entry]], *, size: int, channels: int) -> None:
    """Refuse more images than may be kept in memory."""
    count = sum(len(entry.paths) for entries in groups for entry in entries)
    needed = count * channels * size * size
    if needed > MEMORY_LIMIT:
        raise DataError(
            f"{count} images of {size} × {size} pixels and {channels} channels need {needed / 2**30:.1f} GiB of "
            f"memory, the limit is {MEMORY_LIMIT / 2**30:.0f} GiB; use a smaller size, grey, or fewer images"
        )


def check_enough(name: str, count: int, skipped: Sequence[Skipped]) -> None:
    """Refuse a domain that has nothing to learn from or nothing to look at."""
    if count < 2:
        because = f" ({describe(skipped)})" if skipped else ""
        raise DataError(
            f"{name} has {count or 'no'} image{'s' if count != 1 else ''} that can be used{because}; expected at "
            "least 2, one to train on and one to look at, and hundreds for a good result"
        )
