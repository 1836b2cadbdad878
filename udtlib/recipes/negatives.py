"""Digits and their negatives as an experiment: its sizes in every profile, and the scores of translations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from udtlib.data.pair import IndependentPair, Samples
from udtlib.data.street_digits import negative_digits
from udtlib.evaluate.metrics import energy_distance
from udtlib.nets.classifier import DigitClassifier
from udtlib.objectives.base import AdamConfig
from udtlib.objectives.gan import LEAST_SQUARES, GANConfig
from udtlib.profiles import Profile
from udtlib.translators.base import InvertibleTranslator
from udtlib.types import Float, Labels, Points


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large the experiment is in a profile."""

    #: which digits: "embedded" or "official"
    source: str
    #: feature channels of the first layers of autoencoders and generators
    width: int
    #: feature channels of the discriminators' first layer
    judge_width: int
    #: receptive field of the discriminators, of 28 pixels
    field: int
    #: images per move
    batch: int
    #: Adam's step size of the discriminators
    judge_rate: float
    #: test images of each side that are measured
    measured: int


SCALES: dict[str, Scale] = {
    "quick": Scale(
        source="embedded", width=12, judge_width=24, field=16, batch=4, judge_rate=1.5e-3, measured=500
    ),
    "colab": Scale(
        source="embedded", width=32, judge_width=32, field=16, batch=8, judge_rate=5e-4, measured=1_000
    ),
    "full": Scale(
        source="official", width=64, judge_width=64, field=16, batch=8, judge_rate=4e-4, measured=2_000
    ),
}


def negatives(profile: Profile) -> IndependentPair:
    """Digits x and negatives y of other digits, 28 pixels a side."""
    return negative_digits(size=28, source=SCALES[profile.name].source)


def game_for(scale: Scale, *, rate: float) -> GANConfig:
    """The least-squares game; ``rate`` is the translator's step size."""
    return replace(
        LEAST_SQUARES,
        discriminator_optimiser=AdamConfig(rate=scale.judge_rate),
        generator_optimiser=AdamConfig(rate=rate),
    )


@torch.no_grad()
def negative_scores(
    translator: InvertibleTranslator,
    pair: IndependentPair,
    *,
    count: int,
    classifier: DigitClassifier,
    device: torch.device,
) -> dict[str, float]:
    r"""What becomes of the test digits: fit, alignment and cycle, apart.

    The energy distance between translations and negatives of other digits is divided by its floor, that of the
    true negatives :math:`-x`. Ink is where :math:`x > 0`; it is in its place where :math:`T(x) < 0`.
    """
    x, y, x_label, y_label = test_images(pair, count=count)
    made = in_parts(translator, x, device)
    back = in_parts(translator.inverse, made, device)
    home = in_parts(translator.inverse, y, device)
    return {
        "energy distance to Y, in floors": energy_distance(made, y) / energy_distance(-x, y),
        "class preserved, X → Y": class_kept(classifier, -made, x_label),
        "class preserved, Y → X": class_kept(classifier, home, y_label),
        "mean |T(x) + x|": (made + x).abs().mean().item(),
        "pixels inverted": ((made < 0) == (x > 0)).float().mean().item(),
        "ink in its place": (made[x > 0] < 0).float().mean().item(),
        "cycle, mean |S(T(x)) − x|": (back - x).abs().mean().item(),
    }


def test_images(
    pair: IndependentPair, *, count: int
) -> tuple[
    Float[torch.Tensor, "n 1 28 28"], Float[torch.Tensor, "m 1 28 28"], Labels, Labels
]:
    """Both domains' test images, at most so many of each, and their classes."""
    source, target = pair.source, pair.target
    assert isinstance(source, Samples), "the digits are stored samples"
    assert isinstance(target, Samples), "the negatives are stored samples"
    assert source.test_label is not None, "digits have classes"
    assert target.test_label is not None, "negatives have classes"
    return source.test[:count], target.test[:count], source.test_label[:count], target.test_label[:count]


def in_parts(way, images: Points, device: torch.device) -> Points:
    """The translations of many images, in pieces that fit anywhere."""
    return torch.cat([way(part.to(device)).cpu() for part in images.split(100)])


def class_kept(classifier: DigitClassifier, digits: Float[torch.Tensor, "n 1 28 28"], label: Labels) -> float:
    """The share of white-on-black digits that are read as what they should be."""
    read = torch.cat([classifier(part).argmax(1) for part in digits.clamp(-1, 1).split(100)])
    return (read == label).float().mean().item()
