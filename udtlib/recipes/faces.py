"""The cartoon faces of chapters 02 and 03: their sizes in every profile."""

from __future__ import annotations

from dataclasses import dataclass

from udtlib.data.faces.pairs import FacePair, labels_to_faces
from udtlib.profiles import Profile


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large the experiment is in a profile."""

    #: side of the faces in pixels
    size: int
    #: feature channels of the first layers
    width: int
    #: halvings of the generator, down to one pixel
    depth: int
    #: rounds of the game
    steps: int
    #: images per move
    batch: int
    #: Adam's step sizes in pix2pix: of the generator, and of the discriminator
    rates: tuple[float, float]
    #: weight λ of the L1 term in pix2pix; the paper's is 100
    l1_weight: float
    #: receptive fields of the four discriminators: a pixel, a feature, half a face, the whole image
    fields: tuple[int, int, int, int]

    @property
    def field(self) -> int:
        """The receptive field of the default discriminator."""
        return self.fields[2]


SCALES: dict[str, Scale] = {
    "quick": Scale(
        size=32,
        width=24,
        depth=5,
        steps=700,
        batch=8,
        rates=(6e-4, 1e-3),
        l1_weight=50.0,
        fields=(1, 7, 16, 34),
    ),
    "colab": Scale(
        size=64,
        width=32,
        depth=6,
        steps=8_000,
        batch=8,
        rates=(3e-4, 5e-4),
        l1_weight=100.0,
        fields=(1, 16, 34, 70),
    ),
    "full": Scale(
        size=128,
        width=64,
        depth=7,
        steps=80_000,
        batch=4,
        rates=(2e-4, 2e-4),
        l1_weight=100.0,
        fields=(1, 16, 70, 142),
    ),
}


def face_pair(profile: Profile, *, variety: float | int) -> FacePair:
    """Label maps and their faces; ``variety`` is that of the colours that no map determines."""
    return labels_to_faces(size=SCALES[profile.name].size, count=4000, test=1000, variety=variety)
