"""Two digits on two sides: which of the two maps of [debezenac2019, table 1] has been found?"""

from __future__ import annotations

import torch
from torch import Tensor

from udtlib.data.digit_swap import CLASSES, classes_of
from udtlib.data.pair import IndependentPair, Samples
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, in_parts, translate
from udtlib.instruments.swap.reader import Reading, SwapReader, load_swap_reader
from udtlib.translators.base import Translator
from udtlib.types import Batch, Float, Labels

__all__ = ["read_swap", "scores_of_read", "share_inside", "swap_scores"]

Images = Float[Tensor, "n 1 side side"]


def swap_scores(translator: Translator | Reference, pair: IndependentPair) -> Scores:
    """Percentages as in [debezenac2019, table 1], over all test digits of the source, read on the CPU."""
    source, target = pair.source, pair.target
    if not isinstance(source, Samples) or not isinstance(target, Samples) or source.test_label is None:
        raise ValueError(
            f"the two tasks are scored on stored, labelled digits, got {type(source).__name__}; use digit_swap"
        )
    x, kind = source.test.cpu(), source.test_label.cpu()
    if isinstance(translator, Translator):
        made = translate(translator, x)
    else:
        made = translator(pair, Batch(x, target.test.cpu(), kind, target.test_label))
    return scores_of_read(read_swap(made, reader=load_swap_reader()), kind, classes=classes_of(pair))


def read_swap(images: Images, *, reader: SwapReader) -> Reading:
    """The logits of the digit and of the side in every image."""
    return Reading(
        in_parts(lambda part: reader(part).digit, images, size=500),
        in_parts(lambda part: reader(part).side, images, size=500),
    )


def scores_of_read(read: Reading, kind: Labels, *, classes: tuple[int, int] = CLASSES) -> Scores:
    """Percentages as in [debezenac2019, table 1], and the same with ten digits to choose from.

    Args:
        read: of translations of source images.
        kind: the source digits.
        classes: the source has the first on the left and the second on the right.
    """
    side, fit, alignment = read.side.argmax(1), {}, {}
    pair = torch.tensor(classes, device=kind.device)
    home = (kind == pair[1]).long()
    for words, digit in (
        ("", pair[read.digit[:, list(classes)].argmax(1)]),
        (", of ten digits", read.digit.argmax(1)),
    ):
        other = pair[1 - home]
        fit["coherence" + words] = percentage(digit == pair[1 - side])
        alignment["task 1" + words] = percentage((digit == other) & (side == home))
        alignment["task 2" + words] = percentage((digit == kind) & (side == 1 - home))
    return Scores(fit=fit, alignment=alignment)


def share_inside(read: Reading, *, source: bool, classes: tuple[int, int] = CLASSES) -> float:
    """Percentage of images that belong to the source, or to the target, with ten digits to choose from."""
    digit, side = read.digit.argmax(1), read.side.argmax(1)
    pair = torch.tensor(classes, device=digit.device)
    return percentage(digit == pair[side if source else 1 - side])


def percentage(hit: Tensor) -> float:
    """The share of true entries, in %."""
    return 100 * hit.double().mean().item()
