"""Unpacking an archive without letting it write anywhere else."""

from __future__ import annotations

import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from shutil import copyfileobj, rmtree
from typing import IO

from udtlib.data.formats import DataError


@dataclass(frozen=True, kw_only=True)
class Member:
    """One entry of an archive: where it wants to go, what it is (``file``, ``folder``, …), its content."""

    name: str
    kind: str
    size: int
    open: Callable[[], IO[bytes] | None]


def extract(archive: Path, folder: Path) -> list[Path]:
    """Unpack a tar or zip archive into a new or empty ``folder``: all of it, or nothing.

    Only files and folders that stay inside are accepted. All names are checked before anything is written,
    and the content is unpacked beside its destination first, so that no half archive is left behind.

    Returns:
        The files that it made, sorted.

    Raises:
        DataError: the archive is missing, damaged or truncated; a member is absolute, climbs out with
            ``..``, or is a link or a device; ``folder`` holds something already; or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(
            f"{folder} holds something already; unpack {archive.name} into a new folder, or remove it"
        )
    try:
        with open_archive(archive) as opened:
            members = tar_members(opened) if isinstance(opened, tarfile.TarFile) else zip_members(opened)
            for member in members:
                check(member, archive=archive)
            unpack(members, folder=folder, archive=archive)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise DataError(
            f"{archive} is no complete archive ({error}); delete it and fetch it again"
        ) from error
    except OSError as error:
        raise DataError(
            f"{archive} cannot be unpacked into {folder} ({error}); "
            "check that the one may be read and the other written"
        ) from error
    return sorted(path for path in folder.rglob("*") if path.is_file())


def open_archive(archive: Path) -> tarfile.TarFile | zipfile.ZipFile:
    """The archive, opened as what its content says that it is; the name does not matter."""
    if zipfile.is_zipfile(archive):
        return zipfile.ZipFile(archive)
    return tarfile.open(archive)


def tar_members(opened: tarfile.TarFile) -> list[Member]:
    """What a tar archive holds."""
    return [
        Member(
            name=info.name,
            kind="file" if info.isreg() else "folder" if info.isdir() else "link or device",
            size=info.size,
            open=lambda info=info: opened.extractfile(info),
        )
        for info in opened.getmembers()
    ]


def zip_members(opened: zipfile.ZipFile) -> list[Member]:
    """What a zip archive holds; the upper half of a member's attributes is its Unix mode, if any."""
    members = []
    for info in opened.infolist():
        kind = "folder" if info.is_dir() else "file"
        if info.flag_bits & 1:
            kind = "encrypted file"
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "link or device"
        members.append(
            Member(
                name=info.filename, kind=kind, size=info.file_size, open=lambda info=info: opened.open(info)
            )
        )
    return members


def check(member: Member, *, archive: Path) -> None:
    """Refuse a member that is no plain file or folder, or whose name leaves the folder on any system."""
    parts = PurePosixPath(member.name.replace("\\", "/")).parts
    windows = PureWindowsPath(member.name)
    if not parts or ".." in parts or parts[0] == "/" or windows.drive or windows.root or "\0" in member.name:
        raise DataError(
            f"{archive} holds {member.name!r}, which leaves the folder that it is unpacked into; "
            "nothing was written: do not use this archive"
        )
    if member.kind not in ("file", "folder"):
        raise DataError(
            f"{archive} holds {member.name!r}, a {member.kind}; expected only files and folders; "
            "nothing was written: do not use this archive"
        )


def unpack(members: list[Member], *, folder: Path, archive: Path) -> None:
    """Write checked members beside ``folder``, then put everything in place with one rename."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for member in members:
            target = staging / member.name
            if member.kind == "folder":
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            source = member.open()
            assert source is not None, "only files are opened"
            with source, target.open("xb") as file:
                copyfileobj(source, file)
            if target.stat().st_size != member.size:
                raise DataError(f"{archive} breaks off inside {member.name!r}; delete it and fetch it again")
        if folder.exists():
            folder.rmdir()
        staging.chmod(0o755)
        os.replace(staging, folder)
    except BaseException:
        rmtree(staging, ignore_errors=True)
        raise
