"""Fashion-MNIST's shoes and bags as domains: two kinds of things with no right map between them."""

from __future__ import annotations

import numpy as np

from udtlib.data.formats import LabelledImages
from udtlib.data.images import NATIVE, load_images, to_samples
from udtlib.data.official import FASHION_MNIST
from udtlib.data.pair import Samples

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


def _only(images: LabelledImages, wanted: list[int]) -> LabelledImages:
    """The images of these classes, in their order."""
    chosen = np.isin(images.label, wanted)
    return LabelledImages(images.image[chosen], images.label[chosen])
