"""Pairs, nets and sizes of the tasks without pairs, which chapters 04 to 06 share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import nn

from udtlib.data.faces.attributes import AttributePair, glasses_pair, hair_pair
from udtlib.data.pair import DomainPair
from udtlib.data.street_digits import StreetPair, negative_digits, street_to_digits
from udtlib.experiments.declare import Setting
from udtlib.experiments.images import Sides, Translation
from udtlib.nets.displacement import Displacement
from udtlib.nets.init import initialise_normal
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resnet import ResNetGenerator
from udtlib.nets.unet import UNet
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig
from udtlib.translators.direct import Direct
from udtlib.translators.two_way import TwoWay

#: Side of digits in pixels, in every profile.
DIGITS = 32


def face_size(profile: Profile) -> int:
    """Side of faces in pixels."""
    return profile.pick(quick=32, colab=64, full=128)


def negatives(setting: Setting) -> DomainPair:
    """Digits, and the negatives of other digits: every pixel must change, and nothing else."""
    return negative_digits(size=DIGITS)


def street(setting: Setting) -> StreetPair:
    """Street digits, and plain ones: colours and textures must go."""
    return street_to_digits(size=DIGITS)


def glasses(setting: Setting) -> AttributePair:
    """Faces with glasses, and without: a small thing must go, or come."""
    return glasses_pair(count=2000, test=400, size=face_size(setting.profile))


def hair(setting: Setting) -> AttributePair:
    """Blond people, and black-haired ones: a colour must change."""
    return hair_pair(count=2000, test=400, size=face_size(setting.profile))


def unet(inputs: int, outputs: int, profile: Profile) -> nn.Module:
    """A U-Net; by itself it starts from noise."""
    width, depth = profile.pick(quick=(16, 3), colab=(32, 4), full=(64, 5))
    return UNet(inputs, outputs, width=width, depth=depth, norm=nn.InstanceNorm2d)


def displaced_unet(inputs: int, outputs: int, profile: Profile) -> nn.Module:
    """x + U-Net: it says by how much to change its input."""
    return Displacement(unet(inputs, outputs, profile))


def residual_blocks(inputs: int, outputs: int, profile: Profile) -> nn.Module:
    """The paper's generator."""
    width, blocks = profile.pick(quick=(12, 3), colab=(32, 6), full=(64, 6))
    return ResNetGenerator(inputs, outputs, width=width, blocks=blocks)


#: Makes a net, from the channels of its input and its output and the profile.
Generator = Callable[[int, int, Profile], nn.Module]


def translator_for(generator: Generator, channels: tuple[int, int], profile: Profile) -> TwoWay:
    """Untrained translators there and back."""
    forth, back = channels, channels[::-1]
    return TwoWay(*(Direct(initialise_normal(generator(*each, profile))) for each in (forth, back)))


@dataclass(frozen=True, kw_only=True)
class Judges:
    """What the discriminators of a task are like."""

    #: the patch that each sees; None for a face's, which depends on the profile
    field: int | None = None
    #: weight of the penalty on the slope, which keeps them from winning too soon
    slope_weight: float = 0.0
    #: whether the weights are spectrally normalised
    spectral: bool = False

    def build(self, channels: tuple[int, int], profile: Profile) -> tuple[PatchGAN, PatchGAN]:
        """Untrained :math:`D_X` and :math:`D_Y`.

        Without normalisation: taken over the few images of a batch, it can hide a difference of their means.
        """
        first, second = (
            PatchGAN(
                each,
                field=self.field or profile.pick(quick=34, colab=34, full=70),
                width=profile.pick(quick=24, colab=48, full=64),
                norm=nn.Identity,
                spectral=self.spectral,
            )
            for each in channels
        )
        return first, second


def rates_of(profile: Profile) -> tuple[float, float]:
    """Adam's step sizes: of the translators, and of the discriminators."""
    return profile.pick(quick=(6e-4, 1.5e-3), colab=(3e-4, 6e-4), full=(2e-4, 2e-4))


def game_for(judges: Judges, profile: Profile, *, losses: GANConfig = LEAST_SQUARES) -> GANConfig:
    """A game with the profile's step sizes and the task's penalty on slopes."""
    step, judge_step = (AdamConfig(rate=rate) for rate in rates_of(profile))
    return replace(
        losses,
        generator_optimiser=step,
        discriminator_optimiser=judge_step,
        slope_weight=judges.slope_weight,
    )


def training(profile: Profile, *, quick: int, colab: int, full: int) -> TrainConfig:
    """Rounds of the game by profile; the paper's batches of one in `full`."""
    return TrainConfig(
        steps=profile.pick(quick=quick, colab=colab, full=full),
        batch_size=profile.pick(quick=4, colab=4, full=1),
        decay_from=0.5,
    )


def unet_sides(profile: Profile) -> Sides:
    """Which images a U-Net takes."""
    depth = profile.pick(quick=3, colab=4, full=5)
    return Sides(step=2**depth, least=2 ** (depth + 1))


def translates(generator: Generator, channels: tuple[int, int] = (3, 3)) -> Translation:
    """How `udt translate` uses a system with these nets."""
    return Translation(
        build=lambda profile: translator_for(generator, channels, profile),
        channels=channels,
        sides=unet_sides,
    )
