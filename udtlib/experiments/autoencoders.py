"""Autoencoders that chapters 08 to 10 begin from: trained once, to a plateau, and shipped with the package.

Each redraws images of its domains, so that for the engine it is a translator from them to themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch

from udtlib.data.digit_pairs import two_digits
from udtlib.data.digit_swap import digit_swap
from udtlib.data.pair import IndependentPair
from udtlib.evaluate.scores import Scores
from udtlib.experiments.coded_pairs import CodedPair, coded_by
from udtlib.experiments.declare import Experiment, Setting, System
from udtlib.experiments.images import Sides, Translation
from udtlib.experiments.latent_spaces import Spaces, make_coding, same_digits, spaces_of
from udtlib.experiments.shipped import load_shipped
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.dense_autoencoder import Standardise, dense_autoencoder
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.autoencoder import PlainCoding, Reconstruction, SharedCoding
from udtlib.objectives.gromov_latent import GromovLatent, GromovLatentConfig
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig

__all__ = ["AUTOENCODERS", "shipped_codes", "shipped_spaces"]

#: Side of the images of chapters 08 and 10, and of chapter 09.
SIZE, SMALL = 32, 28
#: Weight of the decoder's local isometry, where it is asked for.
ISOMETRY = 0.1


def shipped_codes(name: str, images: IndependentPair, profile: Profile | None = None) -> CodedPair:
    """A pair of images in the codes of an autoencoder that comes with the package.

    Args:
        name: of the weights.
        images: the pair.
        profile: whose device codes are on; None for the CPU.
    """
    profile = profile or Profile(name="quick", device=torch.device("cpu"))
    autoencoder = load_shipped(name, device=profile.device).translator
    assert isinstance(autoencoder, Autoencoder), f"{name} is no autoencoder"
    return coded_by(autoencoder, images, profile)


def shipped_spaces(names: tuple[str, str], images: IndependentPair) -> Spaces:
    """A pair of images in the codes of two autoencoders that come with the package, one for each domain.

    Args:
        names: of the weights for the source and for the target.
        images: the pair.
    """
    codings = []
    for name in names:
        autoencoder = load_shipped(name).translator
        assert isinstance(autoencoder, Autoencoder), f"{name} is no autoencoder"
        codings.append(PlainCoding(autoencoder))
    return spaces_of(GromovLatent(*codings), images)


def coder(*, code: int) -> Autoencoder:
    """The nets of chapters 08 and 10."""
    return vector_autoencoder(1, size=SIZE, code=code)


def drawing(pair: IndependentPair, setting: Setting, *, code: int) -> Reconstruction:
    """One autoencoder for the images of both domains."""
    return Reconstruction(coder(code=code))


def training(profile: Profile, *, steps: int) -> TrainConfig:
    """The same in every profile: what ships is trained once."""
    return TrainConfig(steps=steps, batch_size=32, decay_from=0.2)


@torch.no_grad()
def redrawn(autoencoder: Autoencoder, pair: IndependentPair) -> Scores:
    """How far the pixels of test images are off when they are drawn again; from black to white it is 2."""
    images = torch.cat([pair.source.test, pair.target.test])
    errors = torch.cat([(autoencoder(part) - part).square() for part in images.split(500)])
    return Scores(other={"root mean squared error of a pixel": errors.mean().sqrt().item()})


def threes(setting: Setting) -> IndependentPair:
    """All official threes and eights."""
    return two_digits(classes=(3, 8), size=SIZE, source="official")


def sides(setting: Setting) -> IndependentPair:
    """All official zeros and ones, each on either side."""
    return digit_swap(size=SIZE, source="official", seed=setting.seed)


def system(pair: Callable[[Setting], IndependentPair], *, code: int, steps: int) -> System:
    """One autoencoder of convolutions, which redraws grey images of one size."""
    return System(
        partial(drawing, code=code),
        training=partial(training, steps=steps),
        part="autoencoder",
        pair=pair,
        translation=grey(partial(coder, code=code), SIZE),
    )


def grey(make: Callable[[], Autoencoder], size: int) -> Translation:
    """Grey images of one size, drawn again."""
    return Translation(
        build=lambda profile: make(), channels=(1, 1), sides=lambda profile: Sides(least=size, most=size)
    )


def dense_coder(images: IndependentPair, setting: Setting, *, isometry_weight: float) -> SharedCoding:
    """Chapter 09's nets with eight numbers in a code, and its loss."""
    coding = make_coding("AE", images.source.train, code=8, isometry_weight=isometry_weight)
    return SharedCoding(coding, optimiser=GromovLatentConfig().optimiser)


def untrained_dense() -> Autoencoder:
    """The same nets; the mean and the deviation of pixels are among what is stored."""
    return dense_autoencoder(Standardise(0.0, 1.0), code=8, shape=(1, SMALL, SMALL))


def dense_training(profile: Profile) -> TrainConfig:
    """The same in every profile: fifty images of either domain, which here are one."""
    return TrainConfig(steps=1_500, batch_size=50, decay_from=0.5)


def digits(setting: Setting) -> IndependentPair:
    """All official digits, twice."""
    domain = same_digits().source
    return IndependentPair(domain, domain)


def negatives(setting: Setting) -> IndependentPair:
    """Their negatives, twice."""
    domain = same_digits().target
    return IndependentPair(domain, domain)


def dense_system(pair: Callable[[Setting], IndependentPair], *, isometry_weight: float) -> System:
    """One autoencoder of fully connected layers, of one domain."""
    return System(
        partial(dense_coder, isometry_weight=isometry_weight),
        training=dense_training,
        part="coding.autoencoder",
        pair=pair,
        translation=grey(untrained_dense, SMALL),
    )


AUTOENCODERS = Experiment(
    name="autoencoders",
    title="Autoencoders that chapters begin from",
    source="the codes of chapters 08 to 10",
    systems={
        "threes and eights": system(threes, code=16, steps=3_000),
        "digits on either side": system(sides, code=128, steps=2_000),
        "digits": dense_system(digits, isometry_weight=0.0),
        "negatives": dense_system(negatives, isometry_weight=0.0),
        "digits, even": dense_system(digits, isometry_weight=ISOMETRY),
        "negatives, even": dense_system(negatives, isometry_weight=ISOMETRY),
    },
    scores=redrawn,
)
