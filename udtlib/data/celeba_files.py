"""CelebA's text files: which image has which attributes, and which are to train on [liu2015]."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np

from udtlib.data.formats import DataError
from udtlib.data.text_files import UnreadableError, read_text

ATTRIBUTE_FILE, PARTITION_FILE = "list_attr_celeba.txt", "list_eval_partition.txt"
ATTRIBUTE_COUNT = 40

#: A line of the attribute file; a name with a folder in it could lead out of the folder of images.
ROW = re.compile(rf"\s*([^\s/\\]+)((?:\s+-?1){{{ATTRIBUTE_COUNT}}})\s*")

#: How many of all images are there to train on, to validate on and to test on, in the order of their numbers.
OFFICIAL_COUNTS = (162_770, 19_867, 19_962)
TRAIN, TEST = 0, 2


class Attributes(NamedTuple):
    """The attribute file: which image has what.

    ``value`` is boolean, ``(image, attribute)``.
    """

    image: tuple[str, ...]
    name: tuple[str, ...]
    value: np.ndarray


def read_attributes(path: Path) -> Attributes:
    """The attribute file: a line with the number of images, one with 40 names, one for each image of -1 and 1.

    Raises:
        DataError: the file is missing or has another form; the message names the line.
    """
    lines = read_lines(path)
    stated, names = lines[0].strip(), tuple(lines[1].split()) if len(lines) > 1 else ()
    # A count of ten digits is none: Python refuses to read numbers of some thousands.
    if (
        not stated.isdecimal()
        or len(stated) > 9
        or len(names) != ATTRIBUTE_COUNT
        or len(set(names)) != ATTRIBUTE_COUNT
    ):
        raise DataError(
            f"{path} starts with {stated[:40]!r} and {len(set(names))} names; expected the number of images and "
            f"{ATTRIBUTE_COUNT} different attributes: copy the official file again"
        )
    rows = lines[2:]
    if len(rows) != int(stated):
        raise DataError(
            f"{path} states {stated} images but lists {len(rows)}; it is broken off or edited: set its first "
            "line right, or copy the official file again"
        )
    matches = [ROW.fullmatch(row) for row in rows]
    if None in matches:
        number = matches.index(None)
        raise DataError(
            f"line {number + 3} of {path} is {rows[number][:60]!r}; expected the bare name of an image and "
            f"{ATTRIBUTE_COUNT} values, each -1 or 1"
        )
    # One pass over the text of all values: as Python's lists, eight million of them take many seconds.
    values = np.fromstring(" ".join(match[2] for match in matches), dtype=np.int8, sep=" ")
    return Attributes(tuple(match[1] for match in matches), names, values.reshape(-1, ATTRIBUTE_COUNT) == 1)


def read_split(path: Path, attributes: Attributes) -> np.ndarray:
    """For each image 0 to train on, 1 to validate on, 2 to test on.

    As the official partition file says; without that file the images in their order are cut at the official
    shares, which for the complete data set is the same.

    Raises:
        DataError: the file has another form, or says nothing about an image.
    """
    if not path.exists():
        return cut_officially(attributes)
    part: dict[str, int] = {}
    for number, line in enumerate(read_lines(path), start=1):
        match line.split():
            case [image, ("0" | "1" | "2") as code]:
                part[image] = int(code)
            case _:
                raise DataError(
                    f"line {number} of {path} is {line[:60]!r}; expected the name of an image and 0, 1 or 2"
                )
    missing = next((image for image in attributes.image if image not in part), None)
    if missing is not None:
        raise DataError(
            f"{path} does not say to which part {missing} belongs; copy the official file again, or remove it "
            "to cut the images at the official shares"
        )
    return np.array([part[image] for image in attributes.image], dtype=np.int64)


def cut_officially(attributes: Attributes) -> np.ndarray:
    """The images in the order of their names, cut at the official shares; numbered as by :func:`read_split`."""
    total, whole = len(attributes.image), sum(OFFICIAL_COUNTS)
    cuts = [round(total * end / whole) for end in np.cumsum(OFFICIAL_COUNTS[:2]).tolist()]
    split = np.empty(total, dtype=np.int64)
    split[np.argsort(attributes.image, kind="stable")] = np.searchsorted(cuts, np.arange(total), side="right")
    return split


def column_of(attribute: str, attributes: Attributes) -> int:
    """Where an attribute stands; for a name that is none, the error lists those that look like it."""
    if attribute in attributes.name:
        return attributes.name.index(attribute)
    lower = {name.lower(): name for name in attributes.name}
    near = [lower[key] for key in get_close_matches(attribute.lower(), lower, n=3, cutoff=0.4)]
    listed = f"did you mean {' or '.join(near)}?" if near else f"expected one of {', '.join(attributes.name)}"
    raise ValueError(f"CelebA has no attribute {attribute!r}; {listed}")


def read_lines(path: Path) -> list[str]:
    """The lines of a text file without the empty ones at its end; at least one."""
    if not path.exists():
        raise DataError(f"{path} does not exist; copy it from CelebA's annotations into {path.parent}")
    try:
        text = read_text(path).rstrip()
    except UnreadableError as error:
        raise DataError(f"{path} cannot be read as text ({error}); copy the official file again") from error
    if not text:
        raise DataError(f"{path} is empty; copy the official file again")
    return text.splitlines()
