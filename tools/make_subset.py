"""Make the subsets that ship in the package from the official files of MNIST and Fashion-MNIST.

Usage: UDT_DATA_DIR=FOLDER python tools/make_subset.py

Of each class it takes as many images as asked for, evenly spaced over the official order: the images
number floor(i n / k), i = 0 … k-1, of the n that the class has. No random numbers, so that nothing
depends on a generator.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from udtlib.data.files import read_images
from udtlib.data.formats import LabelledImages
from udtlib.data.official import FASHION_MNIST, MNIST, FileSet

FOLDER = Path(__file__).resolve().parent.parent / "udtlib" / "data" / "embedded"

#: How many images of each class, by data set and part; of the bags as many as of the three shoes together.
COUNTS: dict[str, dict[str, dict[int, int]]] = {
    "mnist": {
        "train": dict.fromkeys(range(10), 1000),
        "test": dict.fromkeys(range(10), 200),
    },
    "fashion-mnist": {
        "train": {5: 667, 7: 667, 8: 2000, 9: 666},
        "test": {5: 167, 7: 167, 8: 500, 9: 166},
    },
}


def spaced(label: np.ndarray, *, counts: dict[int, int]) -> np.ndarray:
    """Positions of the chosen images, ascending: ``counts[c]`` of class c, evenly spaced over its images."""
    chosen = []
    for number, count in counts.items():
        own = np.flatnonzero(label == number)
        if count > len(own):
            raise ValueError(f"class {number} has {len(own)} images, {count} were asked for")
        chosen.append(own[np.arange(count) * len(own) // count])
    return np.sort(np.concatenate(chosen))


def choose(images: LabelledImages, *, counts: dict[int, int]) -> LabelledImages:
    """The chosen images and their labels."""
    index = spaced(images.label, counts=counts)
    return LabelledImages(images.image[index], images.label[index])


def pack(arrays: dict[str, np.ndarray]) -> bytes:
    """An .npz file compressed with LZMA, a sixth smaller than NumPy's own; ``np.load`` reads both.

    The members' dates are fixed, so that the same arrays make the same bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, member.getvalue(), compress_type=zipfile.ZIP_LZMA)
    return buffer.getvalue()


def subset(dataset: FileSet) -> dict[str, np.ndarray]:
    """The arrays of a data set's subset: images and labels of both parts, as bytes."""
    arrays = {}
    for split, counts in COUNTS[dataset.name].items():
        part = choose(read_images(dataset, split=split), counts=counts)
        arrays |= {f"{split}_image": part.image, f"{split}_label": part.label.astype(np.uint8)}
    return arrays


def main() -> None:
    """Write both subsets and the manifest that says what they are."""
    manifest = {}
    for dataset in (MNIST, FASHION_MNIST):
        content = pack(subset(dataset))
        file = f"{dataset.name}.npz"
        (FOLDER / file).write_bytes(content)
        manifest[dataset.name] = {
            "file": file,
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
            "licence": dataset.licence,
            "source": dataset.source,
            "made_from": {each.name: each.sha256 for each in dataset.files},
            "rule": "images number floor(i n / k) of each class's n, in the official order",
            "command": "python tools/make_subset.py",
            "counts": {
                split: {str(number): count for number, count in counts.items()}
                for split, counts in COUNTS[dataset.name].items()
            },
        }
        print(f"{file}: {len(content):,} bytes")
    (FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
