"""Archives: what is inside its folder is unpacked, anything else leaves no trace."""

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from udtlib.data.archives import extract
from udtlib.data.formats import DataError

Members = dict[str, bytes]
GOOD: Members = {"faces/a.txt": b"first", "faces/deep/b.txt": b"second" * 5000, "c.txt": b""}
ESCAPES = [
    "../out.txt",
    "a/../../out.txt",
    "/out.txt",
    "..",
    "C:/out.txt",
    "C:out.txt",
    "\\out.txt",
    "a\\..\\..\\out.txt",
]


def make_tar(path: Path, members: Members, *, mode: str = "w:gz") -> None:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def make_zip(path: Path, members: Members) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def plain_tar(path: Path, members: Members) -> None:
    make_tar(path, members, mode="w")


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


kinds = pytest.mark.parametrize("make", [make_tar, plain_tar, make_zip])


@kinds
def test_an_archive_is_unpacked(tmp_path: Path, make: Callable[[Path, Members], None]) -> None:
    make(tmp_path / "data.bin", GOOD)
    files = extract(tmp_path / "data.bin", tmp_path / "sub" / "out")
    assert {str(path.relative_to(tmp_path / "sub" / "out")): path.read_bytes() for path in files} == GOOD
    assert everything(tmp_path / "sub") == [
        "out",
        "out/c.txt",
        "out/faces",
        "out/faces/a.txt",
        "out/faces/deep",
        "out/faces/deep/b.txt",
    ]


@kinds
@pytest.mark.parametrize("name", ESCAPES)
def test_a_member_that_leaves_its_folder_is_refused(
    tmp_path: Path, make: Callable[[Path, Members], None], name: str
) -> None:
    make(tmp_path / "evil", {"good.txt": b"1", name: b"2"})
    with pytest.raises(DataError, match="leaves the folder that it is unpacked into; nothing was written"):
        extract(tmp_path / "evil", tmp_path / "out")
    assert everything(tmp_path) == ["evil"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(DataError, match="'link', a link or device; expected only files and folders"):
        extract(tmp_path / "evil.tar", tmp_path / "out")
    assert everything(tmp_path) == ["evil.tar"]


def test_links_in_a_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="a link or device"):
        extract(tmp_path / "evil.zip", tmp_path / "out")
    assert everything(tmp_path) == ["evil.zip"]


@kinds
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.6])
def test_a_broken_off_archive_leaves_nothing(
    tmp_path: Path, make: Callable[[Path, Members], None], keep: float
) -> None:
    path = tmp_path / "cut"
    # incompressible, so that the cut goes through the content of a member
    make(path, {f"{n}.bin": bytes((n * k * k * 7919) >> 5 & 255 for k in range(9000)) for n in range(1, 4)})
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content))])
    with pytest.raises(DataError, match="cut"):
        extract(path, tmp_path / "out")
    assert everything(tmp_path) == ["cut"]


def test_a_changed_zip_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.txt", b"first")
    path.write_bytes(path.read_bytes().replace(b"first", b"other"))
    with pytest.raises(DataError, match=r"bad\.zip is no complete archive .*CRC.* fetch it again"):
        extract(path, tmp_path / "out")
    assert everything(tmp_path) == ["bad.zip"]


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    make_zip(tmp_path / "a.zip", GOOD)
    out = tmp_path / "out"
    out.mkdir()
    assert len(extract(tmp_path / "a.zip", out)) == 3
    with pytest.raises(DataError, match="holds something already"):
        extract(tmp_path / "a.zip", out)
    assert (out / "faces" / "a.txt").read_bytes() == b"first"


def test_a_missing_archive_and_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.tar cannot be unpacked"):
        extract(tmp_path / "nothing.tar", tmp_path / "out")
    make_zip(tmp_path / "a.zip", GOOD)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="check that the one may be read and the other written"):
        extract(tmp_path / "a.zip", tmp_path / "file" / "out")
