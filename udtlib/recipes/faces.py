"""The cartoon faces as an experiment: its sizes in every profile, and the scores of translations to faces."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from udtlib.data.faces.draw import LABELS
from udtlib.data.faces.pairs import FacePair, labels_to_faces
from udtlib.evaluate.coverage import density_coverage
from udtlib.evaluate.glimpse import glimpse_fooling_rate
from udtlib.evaluate.segmentation import region_statistics, segmentation_scores
from udtlib.evaluate.two_sample import Logistic, fooling_rate
from udtlib.instruments.faces.reader import CLASSES, FaceReader, perceptual_distance
from udtlib.profiles import Profile
from udtlib.translators.base import Translator
from udtlib.translators.stochastic import StochasticTranslator
from udtlib.types import Batch, Float


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


#: Regions whose colours no label map determines.
FREE = tuple(LABELS.index(name) for name in ("hair", "skin", "clothes", "background"))


def face_pair(profile: Profile, *, variety: float | int) -> FacePair:
    """Label maps and their faces; ``variety`` is that of the colours that no map determines."""
    return labels_to_faces(size=SCALES[profile.name].size, count=4000, test=1000, variety=variety)


@torch.no_grad()
def translate(translator: Translator, x: Tensor, device: torch.device) -> Tensor:
    """The translations of many images, in pieces that fit anywhere."""
    return torch.cat([translator(part.to(device)).cpu() for part in x.split(100)])


def readable(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 rows columns"]:
    """Images of a size that the reader was trained on: those of more than 64 pixels are shrunk to 64."""
    while image.shape[-1] > 64:
        image = avg_pool2d(image, 2)
    return image


@torch.no_grad()
def face_scores(
    made: Float[Tensor, "batch 3 height width"], test: Batch, labels: Tensor, *, reader: FaceReader, seed: int
) -> dict[str, float]:
    """FCN-scores, the fooling rate and the pixel error of translations of the test label maps.

    The judge compares translations of one half of the test maps with true faces of the other half, so that no
    face and its translation are ever on different sides.
    """
    image = readable(made)
    stride = labels.shape[-1] // image.shape[-1]
    said = torch.cat([reader(part).label.argmax(1) for part in image.split(100)])
    fcn = segmentation_scores(said, labels[:, ::stride, ::stride], classes=CLASSES)
    half = len(made) // 2
    glimpse = glimpse_fooling_rate(
        test.y[half:],
        made[:half],
        side=labels.shape[-1] // 4,
        generator=torch.Generator().manual_seed(seed),
    )
    real, fake = (
        torch.cat([reader.features(part) for part in images.split(100)])
        for images in (readable(test.y[half:]), image[:half])
    )
    fooled = fooling_rate(
        real, fake, generator=torch.Generator().manual_seed(seed), classifier=Logistic(quadratic=False)
    )
    return {
        "per-pixel accuracy": fcn.pixel_accuracy,
        "per-class accuracy": fcn.class_accuracy,
        "class IoU": fcn.class_iou,
        "fooling rate, a glimpse": glimpse.accuracy,
        "fooling rate, the whole face": fooled.accuracy,
        "mean |y − G(x)|": (made - test.y).abs().mean().item(),
    }


@torch.no_grad()
def samples_of(
    translator: StochasticTranslator, x: Tensor, *, count: int, seed: int, device: torch.device
) -> Float[Tensor, "maps count 3 height width"]:
    """``count`` translations of each image, by codes of the prior."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for each in x:
        same = each.expand(count, -1, -1, -1).to(device)
        made.append(translator(same, translator.draw(same, generator=generator)).cpu())
    return torch.stack(made)


@torch.no_grad()
def diversity(samples: Float[Tensor, "maps count 3 height width"], *, reader: FaceReader) -> float:
    """The mean perceptual distance between two translations of the same map."""
    first, second = readable(samples[:, 0::2].flatten(0, 1)), readable(samples[:, 1::2].flatten(0, 1))
    parts = zip(first.split(100), second.split(100), strict=True)
    return torch.cat([perceptual_distance(reader, a, b) for a, b in parts]).mean().item()


def conditional_coverage(
    samples: Float[Tensor, "maps count 3 height width"],
    truth: Float[Tensor, "maps true 3 height width"],
    labels: Tensor,
) -> float:
    """The share of true answers that a sample comes near to, in the colours and textures of the free regions.

    For every map by itself: samples for another map do not count. The mean over the maps.
    """
    covered = []
    for made, true, label in zip(samples, truth, labels, strict=True):
        statistics = (region_statistics(images, label, regions=FREE) for images in (made, true))
        covered.append(density_coverage(*statistics, k=3).coverage)
    return sum(covered) / len(covered)


def many_scores(
    samples: Float[Tensor, "maps count 3 height width"],
    single: Float[Tensor, "batch 3 height width"],
    pair: FacePair,
    *,
    reader: FaceReader,
    seed: int,
) -> dict[str, float]:
    """Realism and obedience of one translation of every test map; variety of many translations of a few."""
    test, labels = pair.samples.test, pair.labels("test")
    one = face_scores(single, test, labels, reader=reader, seed=seed)
    truth = pair.variants(torch.arange(len(samples)), count=samples.shape[1], seed=seed)
    return {
        "realism: fooling rate, a glimpse": one["fooling rate, a glimpse"],
        "diversity": diversity(samples, reader=reader),
        "coverage of the true answers": conditional_coverage(samples, truth, labels[: len(samples)]),
        "per-pixel accuracy": one["per-pixel accuracy"],
    }
