r"""MNIST's handwritten digits as a domain, and the pair whose source is noise."""

from __future__ import annotations

from udtlib.data.images import NATIVE, load_images, to_samples
from udtlib.data.official import MNIST
from udtlib.data.pair import IndependentPair, Noise, Samples

CLASSES = tuple("0123456789")


def load_digits(*, source: str = "embedded", size: int = NATIVE) -> Samples:
    """Handwritten digits with their class, black on -1, white on 1, shape (1, size, size) [lecun1998].

    Args:
        source: ``embedded``, 10,000 training and 2,000 test digits of the official parts, as many of each
            class; or ``official``, all 60,000 and 10,000, from ``UDT_DATA_DIR`` or the cache.
        size: pixels; 28 keeps the images, 32 adds a black border, any other size resamples.

    Raises:
        ValueError: an unknown source or a size below 1.
        DataError: the files are missing or damaged.
    """
    train, test = (load_images(MNIST, split=split, source=source) for split in ("train", "test"))
    return to_samples(train, test, size=size)


def noise_to_digits(*, noise: int = 64, size: int = NATIVE, source: str = "embedded") -> IndependentPair:
    r"""The pair :math:`\alpha = N(0, I)` on :math:`\mathbb{R}^d`, :math:`\beta` the digits with their class.

    Args:
        noise: the dimension :math:`d`.
        size: pixels of a digit, as in :func:`load_digits`.
        source: which digits, as in :func:`load_digits`.

    Raises:
        ValueError: an unknown source, or a size or dimension below 1.
        DataError: the files are missing or damaged.
    """
    return IndependentPair(Noise(noise), load_digits(source=source, size=size))
