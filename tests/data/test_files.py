"""Finding, checking and fetching official files, with small stand-ins and loopback mirrors."""

import gzip
import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from udtlib.data import files
from udtlib.data.formats import DataError, write_idx
from udtlib.data.official import FASHION_MNIST, FILE_SETS, MNIST, FileSet, RemoteFile

NAMES = ("train-images.gz", "train-labels.gz", "test-images.gz", "test-labels.gz")
LABELS = (np.arange(5, dtype=np.uint8), np.arange(3, dtype=np.uint8))
CONTENTS = tuple(
    write_idx(array) for label in LABELS for array in (np.tile(label[:, None, None], (1, 28, 28)), label)
)


def toy(*mirrors: str) -> FileSet:
    """Five and three images; image i is filled with i, its label."""
    a, b, c, d = (
        RemoteFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for name, content in zip(NAMES, CONTENTS, strict=True)
    )
    return FileSet(name="toy", title="Toy", licence="MIT", source="us", files=(a, b, c, d), mirrors=mirrors)


def fill(folder: Path) -> Path:
    """Write the toy set under ``folder``."""
    (folder / "toy").mkdir(parents=True)
    for name, content in zip(NAMES, CONTENTS, strict=True):
        (folder / "toy" / name).write_bytes(gzip.compress(content))
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, and no data folder."""
    monkeypatch.delenv(files.VARIABLE, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


class Mirror(http.server.BaseHTTPRequestHandler):
    """Serves the toy set under /good/; breaks off half-way under /cut/; serves another page under /page/."""

    asked: list[str]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        _, kind, name = self.path.split("/")
        body = gzip.compress(CONTENTS[NAMES.index(name)])
        if kind == "page":
            body = b"<html>Please log in to the network</html>"
        if kind == "other":
            body = gzip.compress(b"another content")
        self.send_response(404 if kind == "gone" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "cut" else body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Mirror.asked = []
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def closed() -> str:
    """An address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def everything(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_the_data_folder_comes_before_the_cache(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(cache)
    assert [path.parent for path in files.locate(toy())] == [cache / "toy"] * 4
    monkeypatch.setenv(files.VARIABLE, str(fill(tmp_path / "own")))
    (tmp_path / "own" / "toy" / NAMES[2]).unlink()
    found = [path.parent.parent.name for path in files.locate(toy())]
    assert found == ["own", "own", "cache", "own"]


def test_a_missing_file_says_where_it_was_looked_for(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError) as error:
        files.locate(toy())
    for part in (NAMES[0], str(cache / "toy"), "run `udt data fetch toy`", files.VARIABLE):
        assert part in str(error.value)
    monkeypatch.setenv(files.VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=f"not in {tmp_path / 'toy'} or in {cache / 'toy'}"):
        files.locate(toy())
    assert not cache.exists()


def test_a_data_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    assert files.data_folder({}) is None
    assert files.data_folder({files.VARIABLE: " "}) is None
    assert files.data_folder({files.VARIABLE: str(tmp_path)}) == tmp_path
    with pytest.raises(DataError, match=r"UDT_DATA_DIR is '.*nowhere', which is no folder"):
        files.data_folder({files.VARIABLE: str(tmp_path / "nowhere")})


def test_files_are_known_by_their_content_not_by_their_archive(cache: Path) -> None:
    fill(cache)
    for level in (0, 9):
        (cache / "toy" / NAMES[0]).write_bytes(gzip.compress(CONTENTS[0], level, mtime=level))
        assert len(files.verify(toy())) == 4


def test_verify_refuses_another_content(cache: Path) -> None:
    path = fill(cache) / "toy" / NAMES[3]
    changed = bytearray(CONTENTS[3])
    changed[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(changed)))
    with pytest.raises(DataError) as error:
        files.verify(toy())
    for part in (str(path), hashlib.sha256(changed).hexdigest(), toy().files[3].sha256, "delete it"):
        assert part in str(error.value)


def test_verify_refuses_a_truncated_archive_and_an_empty_file(cache: Path) -> None:
    path = fill(cache) / "toy" / NAMES[0]
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="no complete gzip file"):
        files.verify(toy())
    path.write_bytes(b"")
    with pytest.raises(DataError, match="has 0 bytes of content"):
        files.verify(toy())


def test_images_and_labels_of_both_parts(cache: Path) -> None:
    fill(cache)
    for split, label in zip(("train", "test"), LABELS, strict=True):
        images = files.read_images(toy(), split=split)
        assert images.label.dtype == np.int64
        assert images.label.tolist() == label.tolist()
        assert (images.image == label[:, None, None]).all()
    with pytest.raises(ValueError, match="split is 'valid'"):
        files.read_images(toy(), split="valid")


def test_fetch_downloads_what_is_missing(server: str, cache: Path) -> None:
    dataset = toy(f"{server}/good/")
    assert [path.name for path in files.fetch(dataset)] == list(NAMES)
    assert everything(cache) == sorted(NAMES)
    assert len(Mirror.asked) == 4
    (cache / "toy" / NAMES[1]).unlink()
    files.fetch(dataset)
    assert Mirror.asked[4:] == [f"/good/{NAMES[1]}"]


@pytest.mark.parametrize("bad", ["cut", "page", "other", "gone"])
def test_a_bad_mirror_is_passed_over(server: str, cache: Path, bad: str) -> None:
    dataset = toy(f"{server}/{bad}/", f"{server}/good/")
    files.fetch(dataset)
    assert Mirror.asked[:2] == [f"/{bad}/{NAMES[0]}", f"/good/{NAMES[0]}"]
    files.verify(dataset)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("cut", "IncompleteRead|Connection"),
        ("page", "no complete gzip file"),
        ("other", "has 15 bytes of content"),
        ("gone", "404"),
    ],
)
def test_a_failed_download_leaves_nothing_behind(server: str, cache: Path, bad: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason) as error:
        files.fetch(toy(f"{server}/{bad}/"))
    assert f"{server}/{bad}/" in str(error.value)
    assert everything(cache) == []


def test_no_network_names_every_mirror_and_a_remedy(closed: str, cache: Path) -> None:
    with pytest.raises(DataError) as error:
        files.fetch(toy(closed, closed + "second/"))
    for part in (closed, closed + "second/", "2 mirrors", "Check the network", files.VARIABLE, "embedded"):
        assert part in str(error.value)
    assert everything(cache) == []


def test_an_interrupted_download_leaves_nothing_behind(
    server: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C between the download and its check."""

    def interrupt(path: Path, file: RemoteFile) -> bytes:
        assert path.stat().st_size > 0
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "read", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.download(toy(f"{server}/good/"), toy().files[0])
    assert everything(cache) == []


def test_a_cache_that_cannot_be_written_is_named(
    server: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file in the way")
    with pytest.raises(DataError, match=f"the cache {cache / 'toy'} cannot be written .* make it writable"):
        files.fetch(toy(f"{server}/good/"))

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "other")
    monkeypatch.setattr(files.tempfile, "TemporaryDirectory", refuse)
    with pytest.raises(DataError, match="Read-only file system"):
        files.fetch(toy(f"{server}/good/"))
    assert everything(tmp_path / "other") == []


def test_the_official_sets_are_described_completely() -> None:
    assert dict(FILE_SETS) == {"mnist": MNIST, "fashion-mnist": FASHION_MNIST}
    for dataset in FILE_SETS.values():
        assert len(set(dataset.mirrors)) >= 2
        assert len({file.sha256 for file in dataset.files}) == 4
        assert [file.size for file in dataset.files] == [47_040_016, 60_008, 7_840_016, 10_008]
        assert dataset.licence in ("CC-BY-SA-3.0", "MIT")


@pytest.mark.parametrize(
    ("name", "size", "sha256"), [("../up.gz", 1, "0" * 64), ("a.gz", 0, "0" * 64), ("a.gz", 1, "0" * 63)]
)
def test_a_file_needs_a_bare_name_a_size_and_a_digest(name: str, size: int, sha256: str) -> None:
    with pytest.raises(ValueError, match="a file needs a bare name"):
        RemoteFile(name=name, size=size, sha256=sha256)


def test_a_mirror_ends_with_a_slash() -> None:
    with pytest.raises(ValueError, match="ends with '/'"):
        toy("http://127.0.0.1/data")
