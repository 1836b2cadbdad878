"""Fashion-MNIST's shoes and bags: two kinds of things with no right map between them, and drawings of each."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import pad

from udtlib.data.edges import edges_of
from udtlib.data.formats import LabelledImages
from udtlib.data.images import NATIVE, load_images, to_samples
from udtlib.data.official import FASHION_MNIST
from udtlib.data.pair import Samples
from udtlib.data.paired import PairedSamples
from udtlib.types import Batch, Float, Tensor

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

#: The classes of each kind, by the data set's own numbers.
KINDS = {"shoes": (5, 7, 9), "bags": (8,)}

#: Photographs drawn at once, so that all 24,000 do not need several times their memory.
CHUNK = 1000


def load_fashion(
    *, kinds: tuple[str, ...] = ("shoes", "bags"), source: str = "embedded", size: int = NATIVE
) -> Samples:
    """Pictures of shoes and bags with their class, background on -1, shape (1, size, size) [xiao2017].

    Args:
        kinds: which of ``shoes`` (sandals 5, sneakers 7, ankle boots 9) and ``bags`` (8).
        source: ``embedded``, 2,000 shoes and 2,000 bags to train on, 500 and 500 to test; or ``official``,
            18,000 and 6,000, 3,000 and 1,000, from ``UDT_DATA_DIR`` or the cache.
        size: pixels; 28 keeps the images, 32 adds a border, any other size resamples.

    Raises:
        ValueError: an unknown kind or source, no kind at all, or a size below 1.
        DataError: the files are missing or damaged.
    """
    if not kinds or any(kind not in KINDS for kind in kinds):
        raise ValueError(f"kinds is {kinds!r}; expected one or more of {', '.join(KINDS)}")
    wanted = sorted({label for kind in kinds for label in KINDS[kind]})
    train, test = (
        _only(load_images(FASHION_MNIST, split=split, source=source), wanted) for split in ("train", "test")
    )
    return to_samples(train, test, size=size)


def edges_to_fashion(
    *, kinds: tuple[str, ...] = ("shoes", "bags"), source: str = "embedded", size: int = 32
) -> PairedSamples:
    """Drawings x of shoes and bags and the photographs y that they were drawn from, each (1, size, size).

    A drawing is ink -1 on paper 1, computed by :func:`~udtlib.data.edges.edges_of`; what it leaves open is the
    material: how bright the thing is, and its texture. Both carry the class of the thing. The edges-to-shoes and
    edges-to-handbags of [isola2017], on data that ship with the package.

    Args:
        kinds: which things, as in :func:`load_fashion`.
        source: which photographs, as in :func:`load_fashion`.
        size: pixels, as in :func:`load_fashion`; the drawing shows the same lines at every size.

    Raises:
        ValueError: an unknown kind or source, no kind at all, or a size below 1.
        DataError: the files are missing or damaged.
    """
    photos = load_fashion(kinds=kinds, source=source, size=size)
    train, test = (
        Batch(draw_photos(photo), photo, label, label)
        for photo, label in ((photos.train, photos.train_label), (photos.test, photos.test_label))
    )
    return PairedSamples(train, test)


def draw_photos(photos: Float[Tensor, "batch 1 size size"]) -> Float[Tensor, "batch 1 size size"]:
    """Drawings of photographs before a background of -1, with a line where the photograph cuts a thing off."""
    size = photos.shape[-1]
    # At 32 pixels the photographs are framed, not enlarged, and so keep the widths and the slopes of 28.
    scale = 1.0 if size == 32 else size / NATIVE
    sketches = [
        edges_of(pad(part, (2, 2, 2, 2), value=-1.0), sigma=0.8 * scale, low=0.1 / scale, high=0.2 / scale)
        for part in photos.split(CHUNK)
    ]
    return torch.cat(sketches)[..., 2:-2, 2:-2]


def _only(images: LabelledImages, wanted: list[int]) -> LabelledImages:
    """The images of these classes, in their order."""
    chosen = np.isin(images.label, wanted)
    return LabelledImages(images.image[chosen], images.label[chosen])
