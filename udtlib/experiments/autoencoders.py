"""Autoencoders that chapters 08 and 10 begin from: trained once, to a plateau, and shipped with the package.

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
from udtlib.experiments.shipped import load_shipped
from udtlib.nets.autoencoder import Autoencoder
from udtlib.nets.vector_autoencoder import vector_autoencoder
from udtlib.objectives.autoencoder import Reconstruction
from udtlib.profiles import Profile
from udtlib.train.trainer import TrainConfig

__all__ = ["AUTOENCODERS", "shipped_codes"]

#: Side of the images.
SIZE = 32


def shipped_codes(name: str, images: IndependentPair, profile: Profile) -> CodedPair:
    """A pair of images in the codes of an autoencoder that comes with the package."""
    autoencoder = load_shipped(name).translator
    assert isinstance(autoencoder, Autoencoder), f"{name} is no autoencoder"
    return coded_by(autoencoder.to(profile.device), images, profile)


def coder(*, code: int) -> Autoencoder:
    """The nets of both chapters."""
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
    """One autoencoder, which redraws grey images of one size."""
    return System(
        partial(drawing, code=code),
        training=partial(training, steps=steps),
        part="autoencoder",
        pair=pair,
        translation=Translation(
            build=lambda profile: coder(code=code),
            channels=(1, 1),
            sides=lambda profile: Sides(least=SIZE, most=SIZE),
        ),
    )


AUTOENCODERS = Experiment(
    name="autoencoders",
    title="Autoencoders that chapters begin from",
    source="the codes of chapters 08 and 10",
    systems={
        "threes and eights": system(threes, code=16, steps=3_000),
        "digits on either side": system(sides, code=128, steps=2_000),
    },
    scores=redrawn,
)
