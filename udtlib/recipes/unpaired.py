"""Tasks without pairs, whose answers are known to the person who measures: nets and sizes for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from udtlib.data.faces.attributes import glasses_pair, hair_pair
from udtlib.data.pair import DomainPair
from udtlib.data.street_digits import negative_digits, street_to_digits
from udtlib.evaluate.scores import Scores
from udtlib.instruments.digits.scores import negative_scores, street_scores
from udtlib.instruments.faces.attributes import glasses_scores, hair_scores
from udtlib.nets.displacement import Displacement
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.profiles import Profile
from udtlib.translators.base import InvertibleTranslator
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

#: Generators by name: the U-Net, the U-Net that says by how much to change its input, the paper's residual blocks.
GENERATORS = ("U-Net", "x + U-Net", "residual blocks")


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large the nets are and how they step in a profile."""

    #: side of faces and of digits, in pixels
    size: int
    digits: int
    #: first feature channels and halvings of a U-Net
    unet: tuple[int, int]
    #: first feature channels and number of residual blocks
    resnet: tuple[int, int]
    #: first feature channels of the discriminators, and the patches they see of faces
    judge: int
    field: int
    #: images per move
    batch: int
    #: Adam's step sizes: of the translators, and of the discriminators
    rates: tuple[float, float]


SCALES: dict[str, Scale] = {
    "quick": Scale(
        size=32,
        digits=32,
        unet=(16, 3),
        resnet=(12, 3),
        judge=24,
        field=34,
        batch=4,
        rates=(6e-4, 1.5e-3),
    ),
    "colab": Scale(
        size=64,
        digits=32,
        unet=(32, 4),
        resnet=(32, 6),
        judge=48,
        field=34,
        batch=4,
        rates=(3e-4, 6e-4),
    ),
    "full": Scale(
        size=128,
        digits=32,
        unet=(64, 5),
        resnet=(64, 6),
        judge=64,
        field=70,
        batch=1,
        rates=(2e-4, 2e-4),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """Two domains, and what suits them."""

    #: the domains in a profile
    pair: Callable[[Profile], DomainPair]
    #: channels of the images of X and of Y
    channels: tuple[int, int]
    #: rounds of the game, by profile
    steps: dict[str, int]
    #: the patch that a discriminator sees; None for the scale's, which is for faces
    field: int | None = None
    #: weight of the penalty on the discriminators' slope, which keeps them from winning too soon
    slope_weight: float = 0.0
    #: whether the discriminators' weights are spectrally normalised
    spectral: bool = False
    #: measures a trained translator
    scores: Callable[[InvertibleTranslator, DomainPair], Scores]


def translator_for(generator: str, channels: tuple[int, int], scale: Scale) -> TwoWay:
    """Untrained translators there and back."""
    forth, back = channels, channels[::-1]
    return TwoWay(*(Direct(initialise_normal(net_for(generator, *each, scale))) for each in (forth, back)))


def net_for(generator: str, inputs: int, outputs: int, scale: Scale) -> nn.Module:
    """One untrained net; its weights are still torch's."""
    if generator not in GENERATORS:
        raise ValueError(f"no generator {generator!r}; there are {', '.join(GENERATORS)}")
    if generator == "residual blocks":
        width, blocks = scale.resnet
        return ResNetGenerator(inputs, outputs, width=width, blocks=blocks)
    width, depth = scale.unet
    net = UNet(inputs, outputs, width=width, depth=depth, norm=nn.InstanceNorm2d)
    return Displacement(net) if generator == "x + U-Net" else net


def judges_for(task: Task, scale: Scale) -> tuple[PatchGAN, PatchGAN]:
    """Untrained :math:`D_X` and :math:`D_Y`.

    Without normalisation: taken over the few images of a batch, it can hide a difference of their means.
    """
    first, second = (
        PatchGAN(
            channels,
            field=task.field or scale.field,
            width=scale.judge,
            norm=nn.Identity,
            spectral=task.spectral,
        )
        for channels in task.channels
    )
    return first, second


#: Digits and negatives of other digits: every pixel must change, and nothing else.
NEGATIVES = Task(
    pair=lambda profile: negative_digits(size=SCALES[profile.name].digits),
    channels=(1, 1),
    steps={"quick": 400, "colab": 4_000, "full": 40_000},
    field=16,
    scores=negative_scores,
)
#: Street digits and plain ones: colours and textures must go.
STREET = Task(
    pair=lambda profile: street_to_digits(size=SCALES[profile.name].digits),
    channels=(3, 3),
    steps={"quick": 800, "colab": 8_000, "full": 80_000},
    field=16,
    scores=street_scores,
)
#: Faces with glasses and without: a small thing must go, or come.
GLASSES = Task(
    pair=lambda profile: glasses_pair(count=2000, test=400, size=SCALES[profile.name].size),
    channels=(3, 3),
    steps={"quick": 2_000, "colab": 10_000, "full": 100_000},
    scores=glasses_scores,
)
#: Blond people and black-haired ones: a colour must change.
HAIR = Task(
    pair=lambda profile: hair_pair(count=2000, test=400, size=SCALES[profile.name].size),
    channels=(3, 3),
    steps={"quick": 2_000, "colab": 10_000, "full": 100_000},
    slope_weight=0.05,
    scores=hair_scores,
)
