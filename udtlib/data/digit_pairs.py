"""Digits against digits: one class and another, thin strokes and thick ones."""

from __future__ import annotations

import torch
from jaxtyping import Bool

from udtlib.data.digits import load_digits
from udtlib.data.pair import IndependentPair, Samples
from udtlib.types import Float, Int, Tensor

__all__ = ["ink_of", "slant_of", "thin_to_thick", "two_digits"]

#: Shares of a class, by its ink, that count as thin and as thick.
THIN, THICK = 0.4, 0.6


def two_digits(
    *, classes: tuple[int, int] = (3, 8), size: int = 32, source: str = "embedded"
) -> IndependentPair:
    """Every digit of one class as X and every digit of another as Y, (1, size, size).

    Nobody has said which 8 belongs to which 3, so that there is no true map; what a translation ought to keep
    is the hand: slant, and thickness of the stroke.

    Args:
        classes: of X and of Y.
        size: pixels, as in :func:`~udtlib.data.digits.load_digits`.
        source: which digits, likewise.

    Raises:
        ValueError: classes that are no two different digits, an unknown source or a size below 1.
        DataError: the files are missing or damaged.
    """
    if len(set(classes) & set(range(10))) != 2:
        raise ValueError(f"two different digits from 0 to 9 are needed, got classes={classes}")
    digits = load_digits(source=source, size=size)
    train, test = labels(digits)
    x, y = (chosen(digits, train == k, test == k) for k in classes)
    return IndependentPair(x, y)


def thin_to_thick(*, size: int = 32, source: str = "embedded") -> IndependentPair:
    r"""The digits with the least ink of their class as X, those with the most as Y, (1, size, size).

    Both have the same classes in the same shares: the lowest and the highest 40 % of each, by :func:`ink_of`,
    with the thresholds of the training digits for both splits.

    Args:
        size: pixels, as in :func:`~udtlib.data.digits.load_digits`.
        source: which digits, likewise.

    Raises:
        ValueError: an unknown source or a size below 1.
        DataError: the files are missing or damaged.
    """
    digits = load_digits(source=source, size=size)
    ink = {"train": ink_of(digits.train), "test": ink_of(digits.test)}
    label = dict(zip(("train", "test"), labels(digits), strict=True))
    shares = torch.tensor([THIN, THICK])
    limits = torch.stack([ink["train"][label["train"] == k].quantile(shares) for k in range(10)])
    thin = {split: ink[split] <= limits[label[split], 0] for split in ink}
    thick = {split: ink[split] >= limits[label[split], 1] for split in ink}
    x, y = (chosen(digits, mask["train"], mask["test"]) for mask in (thin, thick))
    return IndependentPair(x, y)


def ink_of(images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch"]:
    """The share of white, from 0 to 1, that an image in [-1, 1] has: how thick and how long its stroke is."""
    return (images.flatten(1).mean(1) + 1) / 2


def slant_of(images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch"]:
    r"""How far the ink moves to the right with every row up, by least squares; an empty image has none.

    .. math:: -\frac{\sum_{rc} w_{rc} (r - \bar r)(c - \bar c)}{\sum_{rc} w_{rc} (r - \bar r)^2},
              \qquad w = (1 + x) / 2

    Args:
        images: in [-1, 1]; channels are averaged. Rows r count downwards, columns c to the right.
    """
    w = (images.mean(1) + 1) / 2
    total = w.sum((1, 2)).clamp(min=1e-12)
    row = torch.arange(w.shape[1], device=w.device, dtype=w.dtype)[None, :, None]
    column = torch.arange(w.shape[2], device=w.device, dtype=w.dtype)[None, None, :]
    down = row - ((w * row).sum((1, 2)) / total)[:, None, None]
    right = column - ((w * column).sum((1, 2)) / total)[:, None, None]
    return -(w * down * right).sum((1, 2)) / (w * down.square()).sum((1, 2)).clamp(min=1e-12)


def chosen(digits: Samples, train: Bool[Tensor, "n"], test: Bool[Tensor, "m"]) -> Samples:
    """The digits that two masks choose."""
    train_label, test_label = labels(digits)
    return Samples(digits.train[train], digits.test[test], train_label[train], test_label[test])


def labels(digits: Samples) -> tuple[Int[Tensor, "n"], Int[Tensor, "m"]]:
    """The classes of both splits."""
    assert digits.train_label is not None, "digits have classes"
    assert digits.test_label is not None, "digits have classes"
    return digits.train_label, digits.test_label
