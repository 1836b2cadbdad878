"""The image files of a folder and of the folders in it, under names that are the same on every system."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from udtlib.data.formats import DataError
from udtlib.data.image_files import SUFFIXES

#: What operating systems leave in folders of images.
LITTER = ("thumbs.db", "desktop.ini", "__macosx")
#: How many skipped files a message names.
NAMED = 3


class ImageFile(NamedTuple):
    """An image file, and its name in its folder without the ending, such as ``cats/tom``."""

    path: Path
    stem: str


class Skipped(NamedTuple):
    """A file that was not used, and why."""

    path: Path
    reason: str


class Found(NamedTuple):
    """What a folder holds: image files in the order of their names, and what looks like one but cannot be read."""

    files: list[ImageFile]
    skipped: list[Skipped]


def find_images(folder: Path) -> Found:
    """All image files of a folder and of the folders in it, links followed, hidden files left out.

    Raises:
        DataError: the folder does not exist, is a file, cannot be read, or holds no image file.
    """
    if not folder.exists():
        raise DataError(f"the folder {folder} does not exist; check its name")
    if not folder.is_dir():
        raise DataError(f"{folder} is a file; expected a folder of images")
    found, others = Found([], []), Counter[str]()
    for path in walk(folder, found.skipped):
        if path.suffix.lower() not in SUFFIXES:
            others[path.suffix.lower() or "no ending"] += 1
        elif reason := unusable(path):
            found.skipped.append(Skipped(path, reason))
        else:
            found.files.append(ImageFile(path, stem_of(path.relative_to(folder))))
    if not found.files:
        most = sorted(others, key=lambda ending: (-others[ending], ending))[:5]
        held = ", ".join(f"{others[ending]} × {ending}" for ending in most)
        raise DataError(
            f"{folder} holds no image that can be read{f', only {held}' if held else ''}; expected files ending "
            f"in {', '.join(SUFFIXES)}"
        )
    found.files.sort(key=lambda file: (file.stem, str(file.path)))
    return found


def walk(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Every file below the folder that is not hidden; a folder that links come back to is entered once."""
    entered: set[tuple[int, int]] = set()

    def report(error: OSError) -> None:
        if error.filename == str(folder):
            raise DataError(f"the folder {folder} cannot be read ({error.strerror})") from error
        skipped.append(Skipped(Path(error.filename), f"a folder that cannot be read ({error.strerror})"))

    for here, folders, names in os.walk(folder, followlinks=True, onerror=report):
        status = os.stat(here)
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not hidden(name))
        yield from (Path(here, name) for name in sorted(names) if not hidden(name))


def hidden(name: str) -> bool:
    """Whether a file or folder is none of the user's images."""
    return name.startswith(".") or name.lower() in LITTER


def unusable(path: Path) -> str | None:
    """Why a file is not even opened, or None; a pipe, for one, would wait for its other end forever."""
    try:
        status = path.stat()
    except OSError as error:
        return f"cannot be reached ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    return None if status.st_size else "is empty"


def stem_of(name: Path) -> str:
    """A file's name in its folder without the ending: equal on systems that spell ``é`` as one letter or two."""
    return unicodedata.normalize("NFC", name.with_suffix("").as_posix())


def printable(path: Path | str) -> str:
    """A path for a message, also where its name is no valid text."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def refuse_any(skipped: Sequence[Skipped]) -> None:
    """Refuse files that would be skipped."""
    if skipped:
        raise DataError(f"{describe(skipped)}; repair or remove them, or leave strict out to skip them")


def describe(skipped: Sequence[Skipped]) -> str:
    """How many files were skipped, and the first of them with their reasons."""
    lines = "; ".join(reason_of(each) for each in skipped[:NAMED])
    more = f"; and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
    return f"{len(skipped)} file{'s' if len(skipped) > 1 else ''} skipped: {lines}{more}"


def reason_of(each: Skipped) -> str:
    """The file and the reason, once."""
    text = each.reason if str(each.path) in each.reason else f"{each.path} {each.reason}"
    return printable(text)
