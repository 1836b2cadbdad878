"""Chapter 06's systems: which terms stand beside which game, with what weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

from udtlib.objectives.distancegan import Weights
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """The game and the cycle that a distance loss is put beside."""

    game: GANConfig
    #: weight of the cycle where there is one
    cycle: float
    squared: bool
    #: weight of the distances where there are any: as heavy as the game beside them allows
    distance: float
    #: translations that each discriminator remembers
    pool: int
    #: how much larger than the scale's the step sizes are
    haste: float = 1.0


#: At a tenth the distances of digits outweigh the game from some starts: grey images that keep them perfectly.
CYCLEGAN = Backbone(game=LEAST_SQUARES, cycle=10.0, squared=False, distance=0.02, pool=50)
#: For faces: a lighter cycle, since a small change of a picture closes it almost by itself.
PORTRAITS = replace(CYCLEGAN, cycle=3.0, distance=0.1)
#: A faint penalty on the judges' slopes takes the speckles out of the faces.
DISCOGAN = Backbone(
    game=GANConfig(slope_weight=0.01), cycle=1.0, squared=True, distance=0.3, pool=0, haste=1.5
)


@dataclass(frozen=True, kw_only=True)
class System:
    """One of the compared systems: which of the terms stand beside the game, on both ways."""

    backbone: Backbone = CYCLEGAN
    cycle: bool = False
    distance: bool = False
    self_distance: bool = False

    @property
    def weights(self) -> Weights:
        """The four weights of either way."""
        bone = self.backbone
        return Weights(
            cycle=bone.cycle * self.cycle,
            distance=bone.distance * self.distance,
            self_distance=bone.distance * self.self_distance,
        )


def systems_on(backbone: Backbone, *, name: str) -> dict[str, System]:
    """The paper's four: the backbone as it is, distances alone, both, and self-distances alone."""
    return {
        name: System(backbone=backbone, cycle=True),
        "Distance": System(backbone=backbone, distance=True),
        "Distance + cycle": System(backbone=backbone, distance=True, cycle=True),
        "Self-distance": System(backbone=backbone, self_distance=True),
    }
