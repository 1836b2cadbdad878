"""Readers of the data sets' file formats; strict, because a wrong byte here is a wrong result later.

Every reader takes bytes or a path and returns arrays, or raises :class:`DataError` naming the file, what was
expected and what to do.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

#: Axes of an array that NumPy can have in all its versions, far more than any data set's.
MOST_AXES = 32
#: Bytes that a compressed file may unpack to, whatever its size, and how many times its size beyond that. What
#: data sets hold shrinks to a tenth at best; gigabytes of zeros shrink to a thousandth, and exist to fill a disk.
FREE, RATIO = 2**26, 100
#: The kind of a compressed variable in a MATLAB 5 file, and bytes that are unpacked at a time.
COMPRESSED, PART = 15, 2**20

#: The element types of an IDX file by the third byte of its magic number.
IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


class DataError(RuntimeError):
    """A data file is missing, damaged or out of reach; the message names it, and says what to do."""


class LabelledImages(NamedTuple):
    """Images as stored, ``(count, height, width[, channel])`` uint8, and one class number each, int64."""

    image: np.ndarray
    label: np.ndarray


def read_gzip(path: Path, *, limit: int) -> bytes:
    """The content of a gzip file of at most ``limit`` bytes.

    Raises:
        DataError: the file is missing, unreadable, truncated or damaged, or unpacks to more than ``limit``.
    """
    try:
        with gzip.open(path) as file:
            content = file.read(limit + 1)
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; put the file there, or run `udt data fetch`") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path} is no complete gzip file ({error}); a download or a copy broke off: "
            "delete it and run `udt data fetch`"
        ) from error
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error}); check that it is a file that you may read"
        ) from error
    if len(content) > limit:
        raise DataError(
            f"{path} unpacks to more than the expected {limit} bytes; delete it and fetch it again"
        )
    return content


def read_idx(content: bytes, *, name: str) -> np.ndarray:
    """The array in an IDX file: magic number 0 0 TYPE RANK, one 4-byte size per axis, then the elements.

    Args:
        content: the whole file, uncompressed.
        name: what to call it in a message.

    Returns:
        An array in the machine's byte order with the shape that the file states.

    Raises:
        DataError: another magic number, an unknown type, no axes, or too few or too many bytes.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise DataError(
            f"{name} is no IDX file: it starts with {content[:4].hex(' ')!r}, expected '00 00 TYPE RANK'"
        )
    kind, rank = content[2], content[3]
    if kind not in IDX_TYPES:
        known = ", ".join(f"0x{code:02x}" for code in IDX_TYPES)
        raise DataError(f"{name} has the IDX element type 0x{kind:02x}; expected one of {known}")
    start = 4 + 4 * rank
    if not 1 <= rank <= MOST_AXES or len(content) < start:
        raise DataError(
            f"{name} states {rank} axes in {len(content)} bytes; its header is empty, broken off or none: "
            f"expected 1 to {MOST_AXES} axes, fetch it again"
        )
    shape = struct.unpack(f">{rank}I", content[4:start])
    dtype = np.dtype(IDX_TYPES[kind])
    expected = start + dtype.itemsize * int(np.prod(shape, dtype=object))
    if len(content) != expected:
        raise DataError(
            f"{name} has {len(content)} bytes, but its shape {shape} needs {expected}; "
            f"it is {'broken off' if len(content) < expected else 'too long'}: fetch it again"
        )
    try:
        array = np.frombuffer(content[start:], dtype).reshape(shape)
    except ValueError as error:
        # No elements, and other sides so long that their product is no size.
        raise DataError(f"{name} states the shape {shape}, which no array has; fetch it again") from error
    return array.astype(dtype.newbyteorder("="))


def write_idx(array: np.ndarray) -> bytes:
    """The IDX file that :func:`read_idx` reads back as ``array``.

    Raises:
        DataError: IDX has no such element type, or the array has no axes or more than 32.
    """
    codes = {np.dtype(text): code for code, text in IDX_TYPES.items()}
    dtype = array.dtype.newbyteorder(">")
    if dtype not in codes or not 1 <= array.ndim <= MOST_AXES:
        raise DataError(
            f"an IDX file cannot hold {array.ndim} axes of {array.dtype}; expected 1 to {MOST_AXES} axes of "
            "u1 … f8"
        )
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, codes[dtype], array.ndim, *array.shape)
    return header + array.astype(dtype).tobytes()


def check_unpacked(path: Path) -> None:
    """Refuse a MATLAB 5 file whose compressed variables are far larger than any images are.

    Raises:
        DataError: it unpacks to more than 64 MiB and more than a hundred times its size.
    """
    limit = max(FREE, RATIO * path.stat().st_size)
    with path.open("rb") as stream:
        order = "<" if stream.read(128)[126:128] == b"IM" else ">"
        left = limit
        while len(tag := stream.read(8)) == 8 and left >= 0:
            kind, size = struct.unpack(f"{order}II", tag)
            end, inflate = stream.tell() + size, zlib.decompressobj()
            # Anything else is as large as it is in the file; damaged streams are for the reader to refuse.
            while kind == COMPRESSED and left >= 0 and (part := stream.read(min(PART, end - stream.tell()))):
                while part and left >= 0:
                    try:
                        left -= len(inflate.decompress(part, PART))
                    except zlib.error:
                        return
                    part = inflate.unconsumed_tail
            stream.seek(end)
    if left < 0:
        raise DataError(
            f"{path} has {path.stat().st_size:,} bytes and unpacks to more than {limit:,}, as no file of images "
            "does; fetch it again"
        )


def read_mat(path: Path) -> LabelledImages:
    """The images and digits of an SVHN file in its cropped format (MATLAB 5).

    ``X`` is ``(height, width, channel, count)`` uint8 and ``y`` is ``(count, 1)`` with 10 for the digit 0;
    returned are ``(count, height, width, channel)`` and labels 0 … 9.

    Raises:
        DataError: the file is missing or no MATLAB 5 file, it unpacks to more than images do, or ``X`` and ``y``
            are not as above.
    """
    from scipy.io import loadmat

    if not path.is_file():  # scipy's own message does not name the file
        raise DataError(f"{path} does not exist; put the file there")
    check_unpacked(path)
    try:
        content: dict[str, Any] = loadmat(path, variable_names=("X", "y"))
    # On damaged files scipy raises a dozen kinds of errors, IndexError and MemoryError among them.
    except Exception as error:
        raise DataError(
            f"{path} is no readable MATLAB 5 file ({error}); MATLAB 7.3 files are HDF5, save with -v7"
        ) from error
    missing = [key for key in ("X", "y") if key not in content]
    if missing:
        raise DataError(
            f"{path} has no variable {' and no '.join(missing)}; expected an SVHN file with X and y"
        )
    if not all(isinstance(content[key], np.ndarray) for key in ("X", "y")):
        raise DataError(f"{path}: X and y are no arrays; expected an SVHN file, fetch it again")
    image, label = content["X"], content["y"].reshape(-1)
    if image.ndim != 4 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise DataError(f"{path}: X is {image.dtype} {image.shape}; expected uint8 (height, width, 3, count)")
    if image.shape[3] != len(label) or label.dtype.kind not in "iu":
        raise DataError(
            f"{path}: {image.shape[3]} images but y is {label.dtype} {content['y'].shape}; "
            "expected one whole number for each image"
        )
    if len(label) and not (label.min() >= 1 and label.max() <= 10):
        raise DataError(
            f"{path}: y goes from {label.min()} to {label.max()}; expected 1 to 10, where 10 is the digit 0"
        )
    return LabelledImages(np.ascontiguousarray(image.transpose(3, 0, 1, 2)), label.astype(np.int64) % 10)
