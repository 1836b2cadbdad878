"""Unpacking an archive without letting it write anywhere else, or more than it may."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import rmtree
from typing import IO

from udtlib.data.formats import FREE, RATIO, DataError

#: Entries that an archive may have; CelebA has 200,000.
MOST_ENTRIES = 10**6
#: Bytes that are unpacked at a time.
CHUNK = 2**20
#: How compressed tar archives begin, and what opens them.
COMPRESSED: tuple[tuple[bytes, Callable[[Path], io.BufferedIOBase]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\0", lzma.open),
)

#: How Python's readers of archives say that something is damaged.
UNREADABLE = (
    OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error,
    ValueError, LookupError, ArithmeticError, RuntimeError,
)  # fmt: skip
#: Those of them that are about the archive.
TOLD = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One entry of an archive: where it wants to go, what it is (``file``, ``folder``, …), its content."""

    name: str
    kind: str
    size: int
    open: Callable[[], IO[bytes] | None]

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders on the way and the entry's own name; none for ``.``, the folder that is unpacked into."""
        return PurePosixPath(self.name.replace("\\", "/")).parts


def extract(archive: Path, folder: Path, *, limit: int | None = None) -> list[Path]:
    """Unpack a tar or zip archive into a new or empty ``folder``: all of it, or nothing.

    Only files and folders that stay inside are accepted; ``.`` is the folder itself. All names are checked before
    anything is written, and the content is unpacked beside its destination first, so that no half archive is left
    behind. What comes out is counted while it comes, since an archive's own numbers may lie.

    Args:
        archive: the file.
        folder: where to.
        limit: bytes that it may unpack to; None for 64 MiB or a hundred times its size, whichever is more.

    Returns:
        The files that it made, sorted.

    Raises:
        DataError: the archive is missing, no archive, damaged or truncated; it unpacks to more than the limit; a
            member is absolute, climbs out with ``..``, is there twice, or is a link or a device; ``folder`` holds
            something already; or it cannot be written.
    """
    archive, folder = Path(archive), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            f"{folder} holds something already; unpack {archive.name} into a new folder, or remove it"
        )
    try:
        limit = max(FREE, RATIO * archive.stat().st_size) if limit is None else limit
        with opened(archive, limit=limit) as members:
            check_all(members, archive=archive)
            unpack(members, folder=folder, archive=archive, limit=limit)
    except DataError:
        # An error of running, too, which this one is.
        raise
    except UNREADABLE as error:
        # Only what the system says of files and folders has a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise DataError(
                f"{archive} cannot be unpacked into {folder} ({error}); "
                "check that the one may be read and the other written"
            ) from error
        # What other errors say is about the reader's own code.
        reason = str(error) if isinstance(error, TOLD) else ""
        raise DataError(
            f"{archive} is no complete archive ({reason or 'damaged'}); delete it and fetch it again"
        ) from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def opened(archive: Path, *, limit: int) -> Iterator[list[Member]]:
    """What an archive holds, opened as what its content says that it is; the name does not matter."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            yield zip_members(file)
        return
    with archive.open("rb") as file:
        start = file.read(6)
    unpacker = next((each for magic, each in COMPRESSED if start.startswith(magic)), None)
    with archive.open("rb") if unpacker is None else unpacker(archive) as stream:
        # A tar's headers are compressed too, and may be as large as anything.
        bounded = Bounded(stream, archive=archive, limit=limit + MOST_ENTRIES * tarfile.BLOCKSIZE)
        with tarfile.open(fileobj=bounded, mode="r:") as file:
            yield tar_members(file, archive=archive)


class Bounded(io.RawIOBase):
    """A stream that may be read and moved in up to a limit, and no further.

    Args:
        stream: what is read.
        archive: what to call it in a message.
        limit: in bytes.
    """

    def __init__(self, stream: io.BufferedIOBase, *, archive: Path, limit: int) -> None:
        super().__init__()
        self.stream, self.archive, self.limit = stream, archive, limit

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and offset > self.limit:
            raise too_much(self.archive, limit=self.limit)
        return self.stream.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        left = self.limit - self.stream.tell()
        content = self.stream.read(left + 1 if size is None or size < 0 else min(size, left + 1))
        if len(content) > left:
            raise too_much(self.archive, limit=self.limit)
        return content


def too_much(archive: Path, *, limit: int) -> DataError:
    """What to say of an archive that goes on and on."""
    return DataError(
        f"{archive} has {archive.stat().st_size:,} bytes and unpacks to more than {limit:,}, as archives do that "
        "are made to fill a disk; nothing was written: if it is to be trusted, unpack it by hand"
    )


def tar_members(file: tarfile.TarFile, *, archive: Path) -> list[Member]:
    """What a tar archive holds."""
    members = []
    for info in file:
        if len(members) >= MOST_ENTRIES:
            raise too_many(archive)
        members.append(
            Member(
                name=info.name,
                kind="file" if info.isreg() else "folder" if info.isdir() else "a link or device",
                size=info.size,
                open=lambda info=info: file.extractfile(info),
            )
        )
    return members


def zip_members(file: zipfile.ZipFile) -> list[Member]:
    """What a zip archive holds; the upper half of a member's attributes is its Unix mode, if any."""
    members = []
    for info in file.infolist():
        # Python itself stumbles over an entry without a name.
        kind = "folder" if info.filename and info.is_dir() else "file"
        if info.flag_bits & 1:
            kind = "an encrypted file"
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "a link or device"
        members.append(
            Member(name=info.filename, kind=kind, size=info.file_size, open=lambda info=info: file.open(info))
        )
    return members


def too_many(archive: Path) -> DataError:
    """What to say of an archive of millions of entries."""
    return DataError(
        f"{archive} holds more than {MOST_ENTRIES:,} entries, as archives do that are made to fill a disk; "
        "nothing was written: if it is to be trusted, unpack it by hand"
    )


def check_all(members: list[Member], *, archive: Path) -> None:
    """Refuse an archive of which any member is not to be unpacked, or is there twice."""
    if len(members) > MOST_ENTRIES:
        raise too_many(archive)
    files: set[tuple[str, ...]] = set()
    for member in members:
        check(member, archive=archive)
        if member.kind == "file":
            if member.parts in files:
                raise DataError(
                    f"{archive} holds {member.name!r} twice; nothing was written: do not use this archive"
                )
            files.add(member.parts)
    for member in members:
        ways = (member.parts[:k] for k in range(1, len(member.parts) + (member.kind == "folder")))
        if any(way in files for way in ways):
            raise DataError(
                f"{archive} holds {member.name!r} below or as what is a file elsewhere in it; nothing was "
                "written: do not use this archive"
            )


def check(member: Member, *, archive: Path) -> None:
    """Refuse a member that is no plain file or folder, or whose name leaves the folder on any system."""
    parts, windows = member.parts, PureWindowsPath(member.name)
    # The folder itself, as in `tar -C images -cf images.tar .`, goes nowhere.
    leaves = not parts and (member.kind != "folder" or not member.name)
    if leaves or ".." in parts or "/" in parts[:1] or windows.drive or windows.root or "\0" in member.name:
        raise DataError(
            f"{archive} holds {member.name!r}, which leaves the folder that it is unpacked into; "
            "nothing was written: do not use this archive"
        )
    if member.kind not in ("file", "folder"):
        raise DataError(
            f"{archive} holds {member.name!r}, {member.kind}; expected only files and folders; "
            "nothing was written: do not use this archive"
        )


def unpack(members: list[Member], *, folder: Path, archive: Path, limit: int) -> None:
    """Write checked members beside ``folder``, then put everything in place with one rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging, left = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-")), limit
    try:
        for member in members:
            target = staging / member.name
            if member.kind == "folder":
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            written = write_member(member, target, left=left, archive=archive, limit=limit)
            left -= written
            if written != member.size:
                raise DataError(f"{archive} breaks off inside {member.name!r}; delete it and fetch it again")
        if folder.exists():
            folder.rmdir()
        staging.chmod(0o755)
        os.replace(staging, folder)
    except BaseException:
        rmtree(staging, ignore_errors=True)
        raise


def write_member(member: Member, target: Path, *, left: int, archive: Path, limit: int) -> int:
    """Write one file, of ``left`` bytes at most; returns how many it had."""
    source, written = member.open(), 0
    assert source is not None, "only files are opened"
    with source, target.open("xb") as file:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > left:
                raise too_much(archive, limit=limit)
            file.write(chunk)
    return written
