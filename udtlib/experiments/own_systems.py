"""The methods that can be trained on a user's own images, with nets for small images and a laptop's patience."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from udtlib.data.pair import DomainPair
from udtlib.experiments.declare import Setting, System
from udtlib.experiments.images import Sides, Translation
from udtlib.losses.adversarial import hinge_discriminator, wasserstein_generator
from udtlib.nets.autoencoder import image_autoencoder, residual_blocks
from udtlib.nets.init import initialise_normal
from udtlib.nets.patch_scales import PatchScales
from udtlib.nets.patchgan import PatchGAN
from udtlib.nets.resize_unet import ResizeUNet
from udtlib.objectives.base import AdamConfig, Objective
from udtlib.objectives.cut import cut
from udtlib.objectives.cyclegan import cyclegan
from udtlib.objectives.distancegan import Weights, distancegan, measure_scales
from udtlib.objectives.gan import GANConfig
from udtlib.objectives.pix2pix import Pix2Pix, Pix2PixConfig
from udtlib.objectives.unit import UNIT, UNITConfig
from udtlib.train.trainer import TrainConfig
from udtlib.translators.base import Translator
from udtlib.translators.direct import Direct
from udtlib.translators.latent import LatentTranslator
from udtlib.translators.two_way import TwoWay

__all__ = ["GAME", "METHODS", "PAIRED", "WIDTH", "halvings", "judges", "own_system", "two_nets"]

#: First feature channels of the generators and of the discriminators.
WIDTH, JUDGE = 24, 24
#: The patch that a discriminator sees, of an image and of the same image at half its side.
FIELD, SCALES = 18, 2
#: Adam's step sizes: of the translators, and of the discriminators.
STEP, JUDGE_STEP = AdamConfig(rate=4e-4, betas=(0.5, 0.99)), AdamConfig(rate=8e-4, betas=(0.5, 0.99))
#: The hinge game with normalised spectra: under least squares and without a bound on the discriminators,
#: translators of emoji had hardly begun to change their images after 400 rounds.
GAME = GANConfig(
    discriminator_loss=hinge_discriminator,
    generator_loss=wasserstein_generator,
    discriminator_optimiser=JUDGE_STEP,
    generator_optimiser=STEP,
)
#: Images per move, and steps between two rows of the log.
BATCH, LOG = 4, 20
#: Decay of the average of the weights that is shown and used: over about a thousand rounds.
AVERAGE = 0.999
#: A U-Net halves until the map has fewer pixels across than twice this.
INNERMOST = 4
#: The methods that need images that correspond.
PAIRED = ("pix2pix",)


def own_system(method: str, *, size: int, channels: int, steps: int) -> System:
    """A method for square images of this size with 1 or 3 channels on both sides.

    Raises:
        ValueError: there is no such method, or its nets do not take the size.
    """
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r} for own images; expected {', '.join(METHODS)}")
    build, game = METHODS[method]
    sides = Sides(step=4, least=8) if method == "unit" else Sides(step=2 ** halvings(size), least=16)
    if not sides.allow(size):
        raise ValueError(
            f"{method} takes images of a size {sides}, got {size}; use --size {sides.next(size)}"
        )
    return System(
        game=partial(game, build=partial(build, size=size, channels=channels), channels=channels),
        training=lambda profile: TrainConfig(
            # The same for every length, so that a run may become longer.
            steps=steps,
            batch_size=BATCH,
            average=AVERAGE,
            log_every=LOG,
        ),
        part="generator" if method in PAIRED else "translator",
        translation=Translation(
            build=lambda profile: build(size=size, channels=channels),
            channels=(channels, channels),
            sides=lambda profile: sides,
        ),
    )


def halvings(size: int) -> int:
    """How often a U-Net halves images of this size: until about four pixels are left, and at least twice."""
    count = 2
    while size // 2 ** (count + 1) >= INNERMOST and size % 2 ** (count + 1) == 0:
        count += 1
    return count


def one_net(*, size: int, channels: int) -> Direct:
    """A U-Net that sees the image itself at its end, so that what is to remain need not be learned."""
    return Direct(ResizeUNet(channels, channels, width=WIDTH, depth=halvings(size)))


def two_nets(*, size: int, channels: int) -> TwoWay:
    """One net there and one back."""
    return TwoWay(*(one_net(size=size, channels=channels) for _ in "xy"))


def shared_code(*, size: int, channels: int) -> LatentTranslator:
    """Two autoencoders that share the layers next to the code."""
    coders = [initialise_normal(image_autoencoder(channels, width=WIDTH // 2, blocks=1)) for _ in "xy"]
    end, start = (initialise_normal(residual_blocks(2 * WIDTH, count=1)) for _ in range(2))
    return LatentTranslator(*coders, shared_end=end, shared_start=start, noise=1.0)


def judges(channels: int) -> tuple[PatchScales, PatchScales]:
    """Untrained D_X and D_Y; normalising features instead can hide a difference of the means of a few images."""
    first, second = (judge(channels) for _ in "xy")
    return first, second


def judge(channels: int, *, condition: int = 0, scales: int = SCALES) -> PatchScales:
    """One untrained discriminator, of small patches and of patches twice as large, and so on."""
    return PatchScales(
        [
            PatchGAN(channels, condition=condition, field=FIELD, width=JUDGE, norm=nn.Identity, spectral=True)
            for _ in range(scales)
        ]
    )


def cycle_game(
    pair: DomainPair, setting: Setting, *, build: Callable[[], TwoWay], channels: int
) -> Objective:
    """CycleGAN with a light identity term, which keeps colours where both domains have them."""
    return cyclegan(build(), *judges(channels), cycle_weight=10.0, identity_share=0.2, game=GAME)


def distance_game(
    pair: DomainPair, setting: Setting, *, build: Callable[[], TwoWay], channels: int
) -> Objective:
    """DistanceGAN, both ways, with distances and a cycle."""
    way = Weights(cycle=3.0, distance=0.1)
    return distancegan(
        build(), *judges(channels), scales=measure_scales(pair), forth=way, back=way, game=GAME
    )


def patch_game(
    pair: DomainPair, setting: Setting, *, build: Callable[[], TwoWay], channels: int
) -> Objective:
    """CUT, there and back, each way by itself."""
    return cut(build(), *judges(channels), game=GAME)


def unit_game(
    pair: DomainPair, setting: Setting, *, build: Callable[[], LatentTranslator], channels: int
) -> Objective:
    """UNIT."""
    return UNIT(build(), *judges(channels), config=UNITConfig(pool=50, game=GAME))


def paired_game(
    pair: DomainPair, setting: Setting, *, build: Callable[[], Translator], channels: int
) -> Objective:
    """Pix2pix, whose discriminator also sees what was translated."""
    config = Pix2PixConfig(l1_weight=20.0, game=GAME)
    return Pix2Pix(build(), judge(channels, condition=channels), config=config)


#: Each method's untrained translator, and its game.
METHODS: dict[str, tuple[Callable[..., Translator], Callable[..., Objective]]] = {
    "cyclegan": (two_nets, cycle_game),
    "cut": (two_nets, patch_game),
    "distancegan": (two_nets, distance_game),
    "unit": (shared_code, unit_game),
    "pix2pix": (one_net, paired_game),
}
