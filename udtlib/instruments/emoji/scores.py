"""Emoji from one hand to another: is it drawn as the other hand draws, and is it the same thing?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from udtlib.data.emoji import EmojiPair
from udtlib.data.emoji_files import HANDS
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.glimpse import glimpse_fooling_rate
from udtlib.evaluate.pairings import nearest_is_partner
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, in_parts, mean_difference, translate, translate_back
from udtlib.instruments.emoji.reader import load_hand_reader
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Float

__all__ = ["emoji_scores", "paired_emoji_scores", "share_of_hand", "thumbnails"]

#: Pixels of a thumbnail's side, in which partners are looked for.
THUMBNAIL = 16

Images = Float[Tensor, "n channels size size"]
#: Images of the other domain, which may be grey where those are not.
OtherImages = Float[Tensor, "n other size size"]


def thumbnails(images: Images) -> Float[Tensor, "n pixels"]:
    """Averages over areas, 16 by 16 of them, in colours: what is where, and not how it is drawn."""
    return avg_pool2d(images.expand(-1, 3, -1, -1), images.shape[-1] // THUMBNAIL).flatten(1)


def share_of_hand(images: Images, hand: str) -> float:
    """The share of images that the classifier takes for this hand's."""
    return (in_parts(load_hand_reader(), images).argmax(1) == HANDS.index(hand)).double().mean().item()


def paired_emoji_scores(translator: Translator | Reference, pair: EmojiPair) -> Scores:
    """Of the way there, on all unseen emoji."""
    batch = pair.whole("test").to("cpu")
    there = (
        translate(translator, batch.x)
        if isinstance(translator, Translator)
        else translator(pair, batch).cpu()
    )
    return scores_of(there, batch.y, hand=pair.target) | glimpsed(there, batch.y) | effort_of(there, batch.x)


def emoji_scores(translator: Translator | Reference, pair: EmojiPair) -> Scores:
    """Of both ways, where there are two, on all unseen emoji."""
    scores = paired_emoji_scores(translator, pair)
    if not isinstance(translator, InvertibleTranslator):
        return scores
    batch = pair.whole("test").to("cpu")
    back = scores_of(translate_back(translator, batch.y), batch.x, hand=pair.source)
    again = translate_back(translator, translate(translator, batch.x))
    returned = Scores(other={"mean |S(T(x)) − x|": mean_difference(again, batch.x)})
    return scores | renamed(back) | returned


def scores_of(made: Images, right: OtherImages, *, hand: str) -> Scores:
    """Fit to the hand, and alignment with its drawings of the same emoji."""
    reader = load_hand_reader()
    features = [in_parts(reader.features, images) for images in (made, right)]
    return Scores(
        fit={
            "taken for the hand": share_of_hand(made, hand),
            "energy distance of features": energy_distance_biased(*features),
        },
        alignment={
            "partner found": nearest_is_partner(thumbnails(made), thumbnails(right)),
            "mean |T(x) − right y|": mean_difference(*torch.broadcast_tensors(made, right)),
        },
    )


def glimpsed(made: Images, right: OtherImages) -> Scores:
    """How often a judge who sees a quarter of an image for a moment takes a translation for a drawing.

    Translations of every second emoji are held against drawings of the others, so that no two show one thing.
    """
    generator = torch.Generator().manual_seed(0)
    real, fake = right.expand(-1, 3, -1, -1)[1::2], made.expand(-1, 3, -1, -1)[::2]
    count, side = min(len(real), len(fake)), made.shape[-1] // 4
    fooled = glimpse_fooling_rate(real[:count], fake[:count], side=side, generator=generator)
    return Scores(fit={"fooled by a glimpse": fooled.accuracy})


def effort_of(there: Images, x: OtherImages) -> Scores:
    """How much T changes."""
    return Scores(effort={"mean |T(x) − x|": mean_difference(*torch.broadcast_tensors(there, x))})


def renamed(back: Scores) -> Scores:
    """The scores of the way back by names of their own."""
    words = {
        "taken for the hand": "S: taken for the hand",
        "energy distance of features": "S: energy distance of features",
        "partner found": "S: partner found",
        "mean |T(x) − right y|": "mean |S(y) − right x|",
    }
    return Scores(**{g: {words[n]: v for h, n, v in back if h == g} for g in ("fit", "alignment")})
