r"""What a translator makes of a pair's test samples: :math:`T(x)`, :math:`S(T(x))` and :math:`S(y)`.

Scores are functions of a translator and a pair. In the translator's place a *reference* may stand, something that
is not trained and says what the best or the least possible score is: the right answers, or the source itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from udtlib.data.pair import DomainPair
from udtlib.evaluate.distances import sliced_wasserstein
from udtlib.evaluate.scores import Scores
from udtlib.numerics.inputs import alike
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.translators.stochastic import StochasticTranslator
from udtlib.types import Batch, Float

__all__ = [
    "Reference",
    "Translations",
    "common_scores",
    "device_of",
    "drawn",
    "in_parts",
    "right_answers",
    "translate",
    "translate_back",
    "translations",
    "untouched",
]

#: What stands in a translator's place to be scored: from a pair and one of its batches to a y for every x.
Reference = Callable[[DomainPair, Batch], Tensor]


class Translations(NamedTuple):
    """A batch and what became of it, on the CPU.

    Args:
        batch: the samples.
        there: T(x).
        again: S(T(x)); None without a way back.
        back: S(y); None without a way back.
    """

    batch: Batch
    there: Tensor
    again: Tensor | None = None
    back: Tensor | None = None


@torch.no_grad()
def in_parts(net: Callable[[Tensor], Tensor], samples: Tensor, *, size: int = 100) -> Tensor:
    """What ``net`` says of many samples, ``size`` at a time, so that they fit anywhere."""
    return torch.cat([net(part) for part in samples.split(size)])


def translate(translator: Translator, x: Tensor) -> Tensor:
    """T(x) on the CPU, wherever the translator is."""
    device = device_of(translator)
    return in_parts(lambda part: translator(part.to(device)).cpu(), x)


def translate_back(translator: InvertibleTranslator, y: Tensor) -> Tensor:
    """S(y) on the CPU, wherever the translator is."""
    device = device_of(translator)
    return in_parts(lambda part: translator.inverse(part.to(device)).cpu(), y)


def device_of(translator: torch.nn.Module) -> torch.device:
    """Where a translator is; one without parameters is everywhere, so on the CPU."""
    first = next(translator.parameters(), None)
    return torch.device("cpu") if first is None else first.device


@torch.no_grad()
def drawn(
    translator: StochasticTranslator, x: Tensor, *, count: int, seed: int
) -> Float[Tensor, "batch count ..."]:
    """``count`` translations of each sample, by codes of the prior that follow from ``seed``."""
    generator, device = torch.Generator().manual_seed(seed), device_of(translator)
    made = []
    for each in x:
        same = each.expand(count, *each.shape).to(device)
        made.append(translator(same, translator.draw(same, generator=generator)).cpu())
    return torch.stack(made)


def translations(
    system: Translator | Reference, pair: DomainPair, *, size: int, seed: int = 0
) -> Translations:
    """What a translator, or a reference, makes of the pair's first test batch.

    Args:
        system: what is looked at.
        pair: the domains.
        size: samples of either side.
        seed: of the batch.
    """
    batch = pair.batch(0, size=size, seed=seed, split="test").to("cpu")
    if not isinstance(system, Translator):
        return Translations(batch, system(pair, batch).cpu())
    there = translate(system, batch.x)
    if not isinstance(system, InvertibleTranslator):
        return Translations(batch, there)
    return Translations(batch, there, translate_back(system, there), translate_back(system, batch.y))


def right_answers(pair: DomainPair, batch: Batch) -> Tensor:
    """The reference that is always right.

    Raises:
        ValueError: the pair knows no answers.
    """
    right = pair.answers(batch)
    if right is None:
        raise ValueError(
            f"{type(pair).__name__} knows no right answers; score it by its fit and its effort alone"
        )
    return right.cpu()


def untouched(pair: DomainPair, batch: Batch) -> Tensor:
    """The reference that leaves every x as it is; for two domains of one shape."""
    return batch.x


def common_scores(made: Translations) -> Scores:
    r"""What needs no truth: fit, effort where both domains have one shape, the cycle where there is a way back.

    The sliced :math:`W_2` of :math:`T_\#\alpha` to :math:`\beta`, and mean absolute differences.
    """
    batch, there, again, _ = made
    generator = torch.Generator().manual_seed(0)
    return Scores(
        fit={"sliced W₂ of T#α to β": sliced_wasserstein(there, batch.y, generator=generator)},
        effort={"mean |T(x) − x|": mean_difference(there, batch.x)} if there.shape == batch.x.shape else {},
        other={} if again is None else {"mean |S(T(x)) − x|": mean_difference(again, batch.x)},
    )


def mean_difference(a: Tensor, b: Tensor) -> float:
    """The mean absolute difference of two batches, entry by entry."""
    first, second = alike(a=a, b=b)
    return (first - second).abs().mean().item()
