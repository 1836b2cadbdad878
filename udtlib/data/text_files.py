"""Text and JSON files, read whole or refused in one sentence, whatever they may be instead."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["UnreadableError", "read_json_object", "read_text"]

#: Bytes of a file up to which it is read at all: a result or a log has a few thousand.
LIMIT = 2**28


class UnreadableError(ValueError):
    """A file cannot be read as what it should be; the message says why, and its reader says what to do."""


def read_text(path: Path, *, limit: int = LIMIT) -> str:
    """The content of a UTF-8 text file.

    Raises:
        UnreadableError: it is missing, a folder, out of reach, larger than ``limit`` bytes, or no such text.
    """
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            # A pipe, for one, would wait for its other end forever.
            raise UnreadableError("no regular file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    if len(content) > limit:
        raise UnreadableError(f"more than {limit:,} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"no UTF-8 text, at byte {error.start}") from error


def read_json_object(path: Path, *, limit: int = LIMIT) -> dict[str, Any]:
    """The entries of a JSON file that holds one object.

    Raises:
        UnreadableError: as :func:`read_text`, or it is no JSON or holds something else.
    """
    try:
        content = json.loads(read_text(path, limit=limit))
    except UnreadableError:
        raise
    except json.JSONDecodeError as error:
        raise UnreadableError(f"no JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        # Python's own words for these speak of its limits, not of the file.
        raise UnreadableError(
            "no JSON of a result: too deep, or with numbers of thousands of digits"
        ) from error
    if not isinstance(content, dict):
        raise UnreadableError(f"expected entries by name, found a {type(content).__name__}")
    return content
