"""Photographs of fruit from one kind to another: do they look like it, and did they keep their shape?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from udtlib.data.pair import IndependentPair
from udtlib.evaluate.distances import energy_distance_biased
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, mean_difference, translate, translate_back
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Float

__all__ = ["evenly", "fruit_scores", "silhouette"]

Images = Float[Tensor, "n 3 size size"]

#: Test photographs of either side that are scored, spread evenly over all varieties.
SAMPLES = 300
#: Brightness of the darkest channel from which a pixel is background.
WHITE = 0.85
#: Pixels of a thumbnail's side.
THUMBNAIL = 8


def evenly(images: Images, count: int = SAMPLES) -> Images:
    """So many of the images, at equal distances in their order."""
    if len(images) <= count:
        return images
    return images[torch.linspace(0, len(images) - 1, count).round().long()]


def silhouette(images: Images) -> Tensor:
    """Where the fruit is: every pixel that is not nearly white."""
    return images.amin(1) < WHITE


def overlap(made: Images, x: Images) -> float:
    """The mean share of both silhouettes that they have in common (intersection over union)."""
    a, b = silhouette(made), silhouette(x)
    both, either = ((a & b).flatten(1).sum(1), (a | b).flatten(1).sum(1).clamp(min=1))
    return (both / either).double().mean().item()


def look_alike(made: Images, real: Images) -> float:
    """The energy distance of thumbnails, in their own unit; 0 for equal distributions."""
    return energy_distance_biased(
        *(avg_pool2d(images, images.shape[-1] // THUMBNAIL).flatten(1) for images in (made, real))
    )


def fruit_scores(translator: Translator | Reference, pair: IndependentPair) -> Scores:
    """Of both ways, where there are two. There is no right answer: what is kept is the silhouette."""
    x, y = evenly(pair.source.test), evenly(pair.target.test)
    if not isinstance(translator, Translator):
        batch = pair.batch(0, size=1, seed=0, split="test")
        return scores_of(translator(pair, batch._replace(x=x, y=y)), x, y)
    there = translate(translator, x)
    scores = scores_of(there, x, y)
    if not isinstance(translator, InvertibleTranslator):
        return scores
    back, again = translate_back(translator, y), translate_back(translator, there)
    return scores | Scores(
        fit={"S: energy distance of thumbnails": look_alike(back, x)},
        alignment={"S: silhouette kept, IoU": overlap(back, y)},
        other={"mean |S(T(x)) − x|": mean_difference(again, x)},
    )


def scores_of(there: Images, x: Images, y: Images) -> Scores:
    """Of the way there."""
    return Scores(
        fit={"energy distance of thumbnails": look_alike(there, y)},
        alignment={"silhouette kept, IoU": overlap(there, x)},
        effort={"mean |T(x) − x|": mean_difference(there, x)},
    )
