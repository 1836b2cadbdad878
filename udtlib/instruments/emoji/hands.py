"""One drawing in line art, many colourings: how many hands they are by, how far apart, how near to a right one."""

from __future__ import annotations

import torch
from torch import Tensor

from udtlib.data.emoji_files import EMOJI, HANDS
from udtlib.data.emoji_hands import COLOURISTS, HandsPair
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import drawn, in_parts
from udtlib.instruments.emoji.reader import load_hand_reader
from udtlib.instruments.emoji.scores import thumbnails
from udtlib.translators.stochastic import StochasticTranslator
from udtlib.types import Float

__all__ = ["hands_scores", "scores_of_colourings", "true_hands_scores"]

#: Unseen emoji that are looked at, and translations of each.
LOOKED_AT, SAMPLES = 60, 16

Colourings = Float[Tensor, "emoji count 3 size size"]
RightAnswers = Float[Tensor, "emoji hands 3 size size"]


def looked_at(pair: HandsPair) -> Tensor:
    """The numbers of the unseen emoji, spread evenly over all of them."""
    numbers = EMOJI.numbers_of("test")
    return numbers[torch.linspace(0, len(numbers) - 1, LOOKED_AT).round().long()]


def hands_scores(translator: StochasticTranslator, pair: HandsPair) -> Scores:
    """Of translations by codes of the prior."""
    numbers = looked_at(pair)
    made = drawn(translator, pair.lines(numbers).cpu(), count=SAMPLES, seed=0)
    return scores_of_colourings(made, pair.variants(numbers).cpu())


def true_hands_scores(subject: None, pair: HandsPair) -> Scores:
    """Of the right answers themselves, each hand as often as the others."""
    variants = pair.variants(looked_at(pair)).cpu()
    return scores_of_colourings(variants.repeat(1, SAMPLES // len(COLOURISTS), 1, 1, 1), variants)


def scores_of_colourings(made: Colourings, variants: RightAnswers) -> Scores:
    """Each hand's share, diversity, realism, and the distance to the nearest right answer and from it.

    ``hands found`` is the exponential of the entropy of the hands' shares within an emoji, averaged over emoji: 1
    where all colourings of an emoji are by one hand, 4 where each hand has its fair share.
    """
    reader = load_hand_reader()
    count = made.shape[1]
    probable = in_parts(reader, made.flatten(0, 1), size=200)[:, [HANDS.index(hand) for hand in COLOURISTS]]
    hand = probable.argmax(1).view(-1, count)
    shares = torch.stack([(hand == k).double().mean(1) for k in range(len(COLOURISTS))], dim=1)
    entropy = -torch.special.xlogy(shares, shares).sum(1)
    small, right = (thumbnails(each.flatten(0, 1)).view(*each.shape[:2], -1) for each in (made, variants))
    apart = torch.cdist(small, right, p=1) / small.shape[-1]
    within = torch.cdist(small, small, p=1) / small.shape[-1]
    features = [in_parts(reader.features, each.flatten(0, 1), size=200) for each in (made, variants)]
    return Scores(
        fit={
            "energy distance of features": energy_distance_biased(*features),
            "hands found": entropy.exp().mean().item(),
            **{f"share of {name}": shares[:, k].mean().item() for k, name in enumerate(COLOURISTS)},
        },
        alignment={
            "to the nearest right answer": apart.amin(2).mean().item(),
            "from a right answer to the nearest": apart.amin(1).mean().item(),
        },
        other={"diversity": (within.sum((1, 2)) / (count * (count - 1))).mean().item()},
    )
