r"""Two digits and two sides: the pair on which fitting leaves two right answers [debezenac2019, section 3.1].

The source has zeros on the left and ones on the right; the target zeros on the right and ones on the left. A map
that fits may exchange the digits and leave them where they are (task 1), or move them and leave them what they
are (task 2). Nothing in the two domains says which.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from udtlib.data.digits import load_digits
from udtlib.data.pair import SPLITS, IndependentPair, Samples, stream
from udtlib.numerics.options import whole
from udtlib.types import Int, Tensor

__all__ = ["classes_of", "digit_swap", "move_across", "sides_of"]

#: The paper's digits.
CLASSES = (0, 1)


def digit_swap(
    *, size: int = 32, source: str = "embedded", seed: int = 0, classes: Sequence[int] = CLASSES
) -> IndependentPair:
    r"""Two digits at half the side, (1, size, size); no image is in both domains' training. Labels are the digits.

    The true map is task 2's answer, the same digit on the other side.

    Args:
        size: side of the images, even; digits have half of it.
        source: which digits, as in :func:`~udtlib.data.digits.load_digits`. Every test digit is in both domains'
            test split, as in the paper; training digits are shared out.
        seed: of the sharing out.
        classes: the two digits; the source has the first on the left, the target has it on the right.

    Raises:
        ValueError: an odd size or one below 16, an unknown source, or classes that are not two different digits.
        DataError: the files are missing or damaged.
    """
    check_classes(classes)
    if size < 16 or size % 2:
        raise ValueError(
            f"two digits side by side need an even number of at least 16 pixels, got size={size}"
        )
    digits = load_digits(source=source, size=size // 2)
    parts = {"source": [], "target": []}
    for split in SPLITS:
        image = digits.train if split == "train" else digits.test
        label = digits.train_label if split == "train" else digits.test_label
        rows = [(label == digit).nonzero().flatten() for digit in classes]
        if split == "train":
            count = min(len(row) for row in rows) // 2
            rows = [
                row[torch.randperm(len(row), generator=stream(seed, k, split, "swap"))]
                for k, row in enumerate(rows)
            ]
            chosen = {
                "source": [row[:count] for row in rows],
                "target": [row[count : 2 * count] for row in rows],
            }
        else:
            chosen = {"source": rows, "target": rows}
        for name, rows in chosen.items():
            kind = torch.cat([label[row] for row in rows])
            right = kind == classes[1 if name == "source" else 0]
            parts[name].append((place(image[torch.cat(rows)], right=right), kind))
    (a, a_kind), (a_test, a_test_kind) = parts["source"]
    (b, b_kind), (b_test, b_test_kind) = parts["target"]
    return IndependentPair(
        Samples(a, a_test, a_kind, a_test_kind), Samples(b, b_test, b_kind, b_test_kind), truth=move_across
    )


def check_classes(classes: Sequence[int]) -> None:
    """Raise a ValueError unless these are two different digits."""
    if not isinstance(classes, Sequence) or isinstance(classes, str) or len(classes) != 2:
        raise ValueError(f"classes are two digits, got {classes!r}; give a pair such as (0, 1)")
    for digit in classes:
        whole(digit, name="classes", at_least=0)
    if max(classes) > 9 or classes[0] == classes[1]:
        raise ValueError(
            f"classes are two different digits between 0 and 9, got {tuple(classes)}; give a pair such as (0, 1)"
        )


def classes_of(pair: IndependentPair) -> tuple[int, int]:
    """The digit that the source has on the left, and the one that it has on the right."""
    label, side = pair.source.test_label, sides_of(pair.source.test)
    found = [sorted(set(label[side == k].tolist())) for k in (0, 1)]
    if [len(each) for each in found] != [1, 1]:
        raise ValueError(
            f"the source has one digit on each side, got {found[0]} on the left and {found[1]} on the right; use "
            "digit_swap"
        )
    return found[0][0], found[1][0]


def place(digits: Tensor, *, right: Tensor) -> Tensor:
    """Digits on black squares of twice their side, in the middle of the left or of the right half."""
    count, _, side, _ = digits.shape
    canvas = digits.new_full((count, 1, 2 * side, 2 * side), -1.0)
    rows = slice(side // 2, side // 2 + side)
    canvas[~right, :, rows, :side] = digits[~right]
    canvas[right, :, rows, side:] = digits[right]
    return canvas


def move_across(x: Tensor) -> Tensor:
    """The image with its halves exchanged: the same digit on the other side."""
    return x.roll(x.shape[-1] // 2, dims=-1)


def sides_of(x: Tensor) -> Int[Tensor, "batch"]:
    """Where the ink is: 0 if most of it is in the left half, 1 in the right."""
    ink = (1 + x).flatten(1, -2).sum(1)
    left, right = ink.chunk(2, dim=-1)
    return (right.sum(-1) > left.sum(-1)).long()
