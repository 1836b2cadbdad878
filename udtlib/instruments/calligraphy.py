"""Characters from one hand to another: written as the other hand writes, and every stroke in its place?"""

from __future__ import annotations

import torch

from udtlib.data.calligraphy import CalligraphyPair
from udtlib.evaluate.pairings import nearest_is_partner
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.translations import Reference, mean_difference, translate
from udtlib.instruments.emoji.scores import effort_of, glimpsed, thumbnails
from udtlib.translators.base import Translator
from udtlib.types import Float, Tensor

__all__ = ["calligraphy_scores", "ink_found"]

Images = Float[Tensor, "n 1 size size"]


def ink_found(made: Images, right: Images) -> Float[Tensor, "2"]:
    """How much of the right answers' ink is there, and how much of what is there belongs there, in percent."""
    here, there = made < 0, right < 0
    both = (here & there).double().sum()
    return 100 * both / torch.stack([there.double().sum(), here.double().sum().clamp(min=1)])


def calligraphy_scores(translator: Translator | Reference, pair: CalligraphyPair) -> Scores:
    """Fit to the hand, alignment with its own writing of the same characters, and effort, on all unseen ones."""
    batch = pair.whole("test").to("cpu")
    made = (
        translate(translator, batch.x)
        if isinstance(translator, Translator)
        else translator(pair, batch).cpu()
    )
    found, belongs = ink_found(made, batch.y).tolist()
    scores = Scores(
        alignment={
            "partner found": nearest_is_partner(thumbnails(made), thumbnails(batch.y)),
            "ink of the right answer found": found,
            "ink that belongs there": belongs,
            "mean |T(x) − right y|": mean_difference(made, batch.y),
        },
    )
    return scores | glimpsed(made, batch.y) | effort_of(made, batch.x)
