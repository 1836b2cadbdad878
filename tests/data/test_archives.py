"""Archives: what is inside its folder is unpacked, anything else leaves no trace."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties import examples
from udtlib.data import archives
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


def test_the_folder_itself_may_be_in_an_archive(tmp_path: Path) -> None:
    """As `tar -C images -cf images.tar .` and `zip -r images.zip .` write it."""
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for name in (".", "./deep"):
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE
            archive.addfile(info)
        for name in ("./a.png", "./deep/./b.png"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"png"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("./", b"")
        for name in ("./a.png", "./deep/b.png"):
            archive.writestr(name, b"png")
    for name in ("a.tar.gz", "b.zip"):
        out = tmp_path / f"{name}-out"
        assert [str(path.relative_to(out)) for path in extract(tmp_path / name, out)] == [
            "a.png",
            "deep/b.png",
        ]


@kinds
@pytest.mark.parametrize("name", ["./../out.txt", "./a/../../out.txt", ".//..//out.txt", "./.."])
def test_a_dot_hides_no_way_out(tmp_path: Path, make: Callable[[Path, Members], None], name: str) -> None:
    make(tmp_path / "evil", {"./good.txt": b"1", name: b"2"})
    with pytest.raises(DataError, match="leaves the folder"):
        extract(tmp_path / "evil", tmp_path / "out")
    assert everything(tmp_path) == ["evil"]


@kinds
def test_an_archive_that_fills_the_disk_is_refused(
    tmp_path: Path, make: Callable[[Path, Members], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "FREE", 2**16)
    make(tmp_path / "bomb", {"a.bin": bytes(300_000), "b.bin": bytes(300_000)})
    if make is plain_tar:
        assert len(extract(tmp_path / "bomb", tmp_path / "out")) == 2
        return
    with pytest.raises(DataError, match=r"bomb has .* bytes and unpacks to more than .*nothing was written"):
        extract(tmp_path / "bomb", tmp_path / "out")
    assert everything(tmp_path) == ["bomb"]
    assert len(extract(tmp_path / "bomb", tmp_path / "out", limit=600_000)) == 2


def test_what_comes_out_is_counted_whatever_the_header_says(tmp_path: Path) -> None:
    path = tmp_path / "lies.zip"
    make_zip(path, {"a.bin": bytes(300_000)})
    # Both of its headers say that the file is small.
    path.write_bytes(path.read_bytes().replace((300_000).to_bytes(4, "little"), (30).to_bytes(4, "little")))
    with pytest.raises(DataError, match=r"lies\.zip"):
        extract(path, tmp_path / "out", limit=1000)
    assert everything(tmp_path) == ["lies.zip"]


def test_a_tar_of_holes_is_counted_too(tmp_path: Path) -> None:
    """A sparse member stores nothing and reads as zeros."""
    path, size = tmp_path / "holes.tar", 10**9
    info = tarfile.TarInfo("holes")
    info.size = 0
    info.pax_headers = {"GNU.sparse.size": str(size), "GNU.sparse.map": f"0,0,{size},0"}
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    with pytest.raises(DataError, match=r"holes\.tar"):
        extract(path, tmp_path / "out")
    assert everything(tmp_path) == ["holes.tar"]


def test_a_header_that_goes_on_and_on_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "FREE", 2**16)
    monkeypatch.setattr(archives, "MOST_ENTRIES", 10)
    info = tarfile.TarInfo("long")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2**22
    with gzip.open(tmp_path / "long.tar.gz", "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT) + b"a" * 2**22)
    with pytest.raises(DataError, match="unpacks to more than"):
        extract(tmp_path / "long.tar.gz", tmp_path / "out")


@kinds
def test_too_many_entries_are_refused(
    tmp_path: Path, make: Callable[[Path, Members], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_ENTRIES", 5)
    make(tmp_path / "many", {str(k): b"" for k in range(6)})
    with pytest.raises(DataError, match="more than 5 entries"):
        extract(tmp_path / "many", tmp_path / "out")
    assert everything(tmp_path) == ["many"]


def test_what_is_there_twice_is_refused(tmp_path: Path) -> None:
    for names, message in (
        (["a", "./a"], "twice"),
        (["a", "a/b"], "below or as"),
        (["a/b", "a"], "below or as"),
    ):
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            for name in names:
                archive.addfile(tarfile.TarInfo(name))
        with pytest.raises(DataError, match=message):
            extract(tmp_path / "a.tar", tmp_path / "out")
    assert everything(tmp_path) == ["a.tar"]


quick = examples(80)
STARTS = [b"", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"a.txt" + bytes(95)]


@quick
@given(start=st.sampled_from(STARTS), content=st.binary(max_size=600))
def test_any_bytes_are_refused(tmp_path: Path, start: bytes, content: bytes) -> None:
    path = tmp_path / "data.bin"
    path.write_bytes(start + content)
    with pytest.raises(DataError, match=r"data\.bin"):
        extract(path, tmp_path / "out")
    assert everything(tmp_path) == ["data.bin"]


@quick
@given(make=st.sampled_from([make_tar, plain_tar, make_zip]), data=st.data())
def test_a_changed_archive_is_unpacked_or_leaves_nothing(
    tmp_path: Path, make: Callable, data: st.DataObject
) -> None:
    path = tmp_path / "data.bin"
    make(path, GOOD)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5)):
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    out = tmp_path / "out"
    try:
        extract(path, out)
    except DataError as error:
        text = str(error)
    else:
        archives.rmtree(out)
        return
    assert "data.bin" in text
    assert everything(tmp_path) == ["data.bin"]


def test_a_folder_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").mkdir()
    with pytest.raises(DataError, match=r"a\.zip cannot be unpacked"):
        extract(tmp_path / "a.zip", tmp_path / "out")


def test_an_entry_without_a_name_is_refused_in_words_about_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo(""), b"1")
    with pytest.raises(DataError, match="holds '', which leaves the folder"):
        extract(archive, tmp_path / "out")


def test_a_tar_that_its_reader_stumbles_over_is_called_damaged(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("a")
    entry.size = 2
    entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "99"}
    with tarfile.open(tmp_path / "a.tar", "w") as file:
        file.addfile(entry, io.BytesIO(b"hi"))
    with pytest.raises(DataError, match=r"is no complete archive \(damaged\)"):
        extract(tmp_path / "a.tar", tmp_path / "out")
