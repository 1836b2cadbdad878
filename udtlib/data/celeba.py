"""CelebA's faces from a folder, parted by an attribute: the real counterpart of the cartoon faces [liu2015].

The folder holds ``list_attr_celeba.txt``, ``img_align_celeba/*.jpg`` or ``img_align_celeba.zip``, and possibly
``list_eval_partition.txt``, as its authors publish them (for research only, which is why nothing is fetched).
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from udtlib.data.archives import extract
from udtlib.data.celeba_files import (
    ATTRIBUTE_FILE,
    PARTITION_FILE,
    TEST,
    TRAIN,
    Attributes,
    column_of,
    read_attributes,
    read_split,
)
from udtlib.data.files import given_folder
from udtlib.data.formats import DataError
from udtlib.data.image_files import readable_formats
from udtlib.data.pair import IndependentPair, Samples
from udtlib.types import Float

IMAGES = "img_align_celeba"

#: Width and height of an aligned image; the face is in the central square of side 178.
ALIGNED = (178, 218)


class Catalogue(NamedTuple):
    """What a folder of CelebA holds: where the images lie, what they show, and which part each belongs to."""

    images: Path
    attributes: Attributes
    split: np.ndarray


def celeba_pair(
    attribute: str = "Eyeglasses",
    *,
    size: int = 64,
    count: int = 5_000,
    test: int = 1_000,
    folder: Path | None = None,
) -> IndependentPair:
    """Faces with an attribute as the source, other faces without it as the target; no true map is known.

    Args:
        attribute: a name from the attribute file, such as ``Eyeglasses``, ``Male`` or ``Smiling``.
        size: pixels of the square images.
        count: at most so many training images of each side, the first ones of the data set.
        test: likewise for the test images.
        folder: the folder described above; None for ``celeba`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        ValueError: an unknown attribute, or a size or count below 1.
        DataError: a file is missing or damaged, or a split has no faces of one of the kinds.
    """
    catalogue = read_catalogue(folder)
    source, target = (
        choose_faces(catalogue, attribute, value=value, size=size, count=count, test=test)
        for value in (True, False)
    )
    return IndependentPair(source, target)


def load_celeba(
    attribute: str,
    *,
    value: bool,
    size: int = 64,
    count: int = 5_000,
    test: int = 1_000,
    folder: Path | None = None,
) -> Samples:
    """Faces with, or without, an attribute, in [-1, 1], shape (3, size, size), labelled 1 or 0 accordingly.

    Two of them make other pairs: ``IndependentPair(load_celeba("Blond_Hair", value=True),
    load_celeba("Black_Hair", value=True))``. The arguments and errors are those of :func:`celeba_pair`.
    """
    return choose_faces(read_catalogue(folder), attribute, value=value, size=size, count=count, test=test)


def read_catalogue(folder: Path | None) -> Catalogue:
    """What the folder holds; no image is opened yet."""
    folder = default_folder() if folder is None else Path(folder)
    attributes = read_attributes(folder / ATTRIBUTE_FILE)
    return Catalogue(find_images(folder), attributes, read_split(folder / PARTITION_FILE, attributes))


def choose_faces(
    catalogue: Catalogue, attribute: str, *, value: bool, size: int, count: int, test: int
) -> Samples:
    """The first faces of each part that have the attribute, or that do not."""
    if min(size, count, test) < 1:
        raise ValueError(f"size, count and test must be at least 1, got {size}, {count} and {test}")
    images, attributes, split = catalogue
    wanted = attributes.value[:, column_of(attribute, attributes)] == value
    parts = []
    for name, number, limit in (("training", TRAIN, count), ("test", TEST, test)):
        rows = np.flatnonzero(wanted & (split == number))[:limit]
        if len(rows) == 0:
            raise DataError(
                f"none of the {np.sum(split == number)} {name} images of {images.parent} has {attribute} = "
                f"{1 if value else -1} in {ATTRIBUTE_FILE}; add images, or choose another attribute"
            )
        parts.append(read_faces([images / attributes.image[row] for row in rows], size=size))
    return Samples(*parts, *(torch.full((len(part),), int(value)) for part in parts))


def default_folder() -> Path:
    """The folder ``celeba`` in the one that ``UDT_DATA_DIR`` names.

    Raises:
        DataError: the variable is not set, or names no folder.
    """
    why = "CelebA is not fetched, its licence asks you to do so yourself"
    return given_folder(why, has=f"celeba/{ATTRIBUTE_FILE} and celeba/{IMAGES}") / "celeba"


def find_images(folder: Path) -> Path:
    """The folder with the images, unpacked from the archive beside it if need be.

    Raises:
        DataError: there are neither images nor an archive, or the archive cannot be unpacked.
    """
    archive = folder / f"{IMAGES}.zip"
    if not (folder / IMAGES).exists() and archive.is_file():
        extract(archive, folder / IMAGES)
    # The archive holds a folder of the same name.
    for place in (folder / IMAGES, folder / IMAGES / IMAGES):
        if next(place.glob("*.jpg"), None) is not None:
            return place
    raise DataError(
        f"{folder / IMAGES} has no *.jpg; put the aligned images there, or {archive.name} into {folder}"
    )


def read_faces(paths: list[Path], *, size: int) -> Float[Tensor, "batch 3 size size"]:
    """The central squares of aligned images, resampled to ``size`` pixels, in [-1, 1].

    Raises:
        DataError: an image is missing, damaged, or not an aligned one.
    """
    faces = np.stack([read_face(path, size=size) for path in paths])
    return torch.from_numpy(faces).permute(0, 3, 1, 2).float().mul_(2 / 255).sub_(1).contiguous()


def read_face(path: Path, *, size: int) -> np.ndarray:
    """One image as uint8, ``(size, size, 3)``."""
    try:
        with Image.open(path, formats=readable_formats()) as image:
            if image.size != ALIGNED:
                raise DataError(
                    f"{path} has {image.width} × {image.height} pixels; expected {ALIGNED[0]} × {ALIGNED[1]}, "
                    f"the aligned and cropped images of {IMAGES}"
                )
            margin = (ALIGNED[1] - ALIGNED[0]) // 2
            square = (0, margin, ALIGNED[0], ALIGNED[1] - margin)
            # Cropped first: given a box, Pillow's filters would look beyond it. They widen with the reduction, so
            # that nothing is aliased.
            face = image.convert("RGB").crop(square).resize((size, size), Image.Resampling.BICUBIC)
            return np.asarray(face)
    except FileNotFoundError as error:
        raise DataError(
            f"{path} does not exist, though {ATTRIBUTE_FILE} lists it; copy the image, or remove its line and "
            "set the number in the first line right"
        ) from error
    except DataError:
        raise
    # Pillow reports damage as an error of a dozen kinds, depending on where it lies.
    except Exception as error:
        raise DataError(
            f"{path} is no complete JPEG file ({error}); copy it again, or unpack {IMAGES}.zip again"
        ) from error
