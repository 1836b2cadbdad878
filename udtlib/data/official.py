"""The official files of the data sets: their names, their checksums, and the places that serve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """One gzip file of a data set: its name, and the bytes and SHA-256 of its content, uncompressed."""

    name: str
    size: int
    sha256: str

    def __post_init__(self) -> None:
        if Path(self.name).name != self.name or len(self.sha256) != 64 or self.size < 1:
            raise ValueError(
                f"a file needs a bare name, a size and 64 hexadecimal digits, got {self.name!r}, "
                f"{self.size}, {self.sha256!r}"
            )


@dataclass(frozen=True, kw_only=True)
class FileSet:
    """The four IDX files of a data set in MNIST's format, and the places that serve them.

    Args:
        name: the folder that holds the files, in the data folder and in the cache.
        title: the name to show.
        licence: what the files may be used for, as an SPDX identifier.
        source: who made the data.
        files: images and labels of the training part, images and labels of the test part.
        mirrors: addresses that a file's name is appended to, tried in this order.
    """

    name: str
    title: str
    licence: str
    source: str
    files: tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]
    mirrors: tuple[str, ...]

    def __post_init__(self) -> None:
        if any(not mirror.endswith("/") for mirror in self.mirrors):
            raise ValueError(f"a mirror's address ends with '/', got {self.mirrors}")


def _idx_files(*digests: str) -> tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]:
    """The four files of 60,000 + 10,000 images of 28 × 28 pixels, by their digests."""
    names = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    sizes = (16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000)
    rows = zip(names, sizes, digests, strict=True)
    a, b, c, d = (
        RemoteFile(name=f"{name}-ubyte.gz", size=size, sha256=digest) for name, size, digest in rows
    )
    return (a, b, c, d)


MNIST = FileSet(
    name="mnist",
    title="MNIST",
    licence="CC-BY-SA-3.0",
    source="Y. LeCun, C. Cortes and C. J. C. Burges",
    files=_idx_files(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
)

FASHION_MNIST = FileSet(
    name="fashion-mnist",
    title="Fashion-MNIST",
    licence="MIT",
    source="Zalando Research",
    files=_idx_files(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ),
)

#: Every data set that has official files, by the name that `udt data` uses.
FILE_SETS: Mapping[str, FileSet] = MappingProxyType({each.name: each for each in (MNIST, FASHION_MNIST)})
