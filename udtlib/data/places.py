"""Places for results: found unfit before hours are spent on what goes there, and written in one piece."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["check_file_place", "check_folder_place", "whole_file"]

#: Letters of an impossible name that a message shows.
LETTERS = 80


def check_file_place(path: Path, *, later: bool = False, fixed: bool = False) -> None:
    """Refuse a place where a file could not be written in the end.

    Args:
        path: of the file.
        later: its folder need not exist yet, and is made before the file is written.
        fixed: the file's name cannot be chosen, only its folder.

    Raises:
        ValueError: a folder has that name, or the folder of the file does not exist or cannot be written into.
    """
    path = Path(path)
    check_name(path)
    if os.path.isdir(path):
        remedy = (
            "expected the name of a file to write: move the folder away, or use another place"
            if fixed
            else f"expected the name of a file to write, such as {path / ('result' + path.suffix)}"
        )
        raise ValueError(f"{path} is a folder; {remedy}")
    check_folder_place(path.parent, later=later)


def check_folder_place(folder: Path, *, later: bool = False) -> None:
    """Refuse a folder that could not be written into; what is tried leaves nothing behind.

    Args:
        folder: the folder.
        later: it need not exist yet; then the nearest one above it counts, in which it is made.

    Raises:
        ValueError: it is a file, does not exist, or cannot be written into.
    """
    folder = Path(folder)
    check_name(folder)
    tried = (
        next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
        if later
        else folder
    )
    try:
        # Permissions alone do not say it: a disk may be full, or be there to be read only.
        with tempfile.NamedTemporaryFile(dir=tried, prefix=".place-"):
            pass
    except NotADirectoryError as error:
        raise ValueError(
            f"{folder} is a file, or lies in one; expected a folder to write into: name another one"
        ) from error
    except FileNotFoundError as error:
        raise ValueError(f"the folder {folder} does not exist; make it first, or name another one") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"the folder {tried} cannot be written into ({reason}); make it writable, or name another one"
        ) from error


def check_name(path: Path) -> None:
    """Refuse a name that no file of this system can have, or that leads round in circles.

    Raises:
        ValueError: says why.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        # Places that are not there, or out of reach, have messages of their own.
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        shown = str(path)
        shown = shown if len(shown) <= LETTERS else f"{shown[:LETTERS]}…"
        raise ValueError(
            f"{shown!r} cannot be the name of a file or folder ({reason}); use another"
        ) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write into; it takes the place of ``path`` when the block ends without an error.

    One rename: whoever looks sees the old file or the new one, and a run that breaks off leaves neither half.
    """
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-", suffix=".part")
    os.close(handle)
    try:
        yield Path(scratch)
        # mkstemp makes private files; the result should be as readable as any other new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(scratch, 0o666 & ~mask)
        os.replace(scratch, path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
