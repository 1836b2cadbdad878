"""Who a translated face still is, and on which side an attribute puts it, in the features of the reader."""

from __future__ import annotations

import torch

from udtlib.data.faces.attributes import AttributePair
from udtlib.evaluate.scores import Scores
from udtlib.evaluate.two_sample import Logistic
from udtlib.instruments.faces.reader import FaceReader, features_seen
from udtlib.types import Tensor

__all__ = ["SEPARATION", "SIMILARITY", "DomainFeatures"]

SIMILARITY, SEPARATION = "identity similarity", "separation accuracy"


class DomainFeatures:
    """What true faces of two domains look like to the reader: the units in which translations are compared.

    Args:
        pair: two domains of faces, of whose training faces 500 a side are looked at.
        reader: whose features are meant.
    """

    def __init__(self, pair: AttributePair, reader: FaceReader) -> None:
        batch = pair.batch(1, size=500, seed=0, split="train").to("cpu")
        self.reader = reader
        self.x, self.y = (features_seen(reader, faces) for faces in (batch.x, batch.y))

    def similarity(self, faces: Tensor, made: Tensor, *, back: bool = False) -> float:
        r"""The mean cosine of :math:`\phi(x) - \bar\phi_X` and :math:`\phi(T(x)) - \bar\phi_Y`, every feature
        divided by its deviation in its domain: what the attribute changes for everybody does not count.
        """
        here, there = (self.y, self.x) if back else (self.x, self.y)
        first, second = (
            (features_seen(self.reader, images) - known.mean(0)) / known.std(0).clamp(min=1e-3)
            for images, known in ((faces, here), (made, there))
        )
        return torch.cosine_similarity(first, second).mean().item()

    def separation(self, made: Tensor, *, back: bool = False) -> float:
        """The share of translations that a classifier of true faces puts on the side where they should be."""
        known = torch.cat([self.x, self.y])
        mean, deviation = known.mean(0), known.std(0).clamp(min=1e-3)
        side = torch.cat([torch.zeros(len(self.x)), torch.ones(len(self.y))]).long()
        predicted = Logistic(quadratic=False).predict(
            (known - mean) / deviation, side, (features_seen(self.reader, made) - mean) / deviation
        )
        return (predicted == (0 if back else 1)).float().mean().item()

    def scores(self, faces: Tensor, made: Tensor, *, back: bool = False) -> Scores:
        """Both numbers of [benaim2017, table 4]."""
        return Scores(
            fit={SEPARATION: self.separation(made, back=back)},
            alignment={SIMILARITY: self.similarity(faces, made, back=back)},
        )
