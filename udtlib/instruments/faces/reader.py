"""A small net that reads cartoon faces: where what is, and what the face is like. A measuring instrument."""

from __future__ import annotations

from typing import Any, NamedTuple, final

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, normalize

from udtlib.evaluate.translations import in_parts
from udtlib.instruments.bundled import bundled_record, with_bundled_weights
from udtlib.types import Float

WEIGHTS = "face_reader"
CLASSES = 9
#: What is read of a face, in this order; signed ones in [-1, 1], the others in [0, 1]. A beard too short to show
#: counts as none.
TRAITS = (
    *("sex", "beard", "jaw", "hair_length", "brows", "age", "glasses"),
    *("yaw", "tilt", "smile", "mouth_open", "light"),
    *(f"{part}_{colour}" for part in ("hair", "skin", "clothes", "background") for colour in "rgb"),
    *("wall_period", "cloth_period", "freckles"),
)


class Reading(NamedTuple):
    """What is read from images of faces: logits of the label of every pixel, and estimates of traits."""

    label: Float[Tensor, "batch classes height width"]
    trait: Float[Tensor, "batch traits"]


@final
class FaceReader(nn.Module):
    r"""From a face in [-1, 1] to its label map and its traits: a small pyramid, read from the top down.

    Three halvings of the side; every level has two convolutions. Labels are read from all the levels, coarse to
    fine [long2015]; traits from the means of the features over the image.

    Args:
        classes: how many labels a pixel can have.
        traits: how many numbers describe a face.
        width: feature channels of the first level; they double with each halving, up to four times.
    """

    def __init__(self, *, classes: int = CLASSES, traits: int = len(TRAITS), width: int = 16) -> None:
        super().__init__()
        widths = [width, 2 * width, 4 * width, 4 * width]
        self.levels = nn.ModuleList(
            nn.Sequential(*convolution(before, after), *convolution(after, after))
            for before, after in zip([3, *widths[:-1]], widths, strict=True)
        )
        self.halve = nn.MaxPool2d(2)
        self.lateral = nn.ModuleList(nn.Conv2d(each, 2 * width, 1) for each in widths)
        self.label = nn.Sequential(*convolution(2 * width, 2 * width), nn.Conv2d(2 * width, classes, 1))
        self.trait = nn.Sequential(nn.Linear(sum(widths), 64), nn.ReLU(), nn.Linear(64, traits))

    def pyramid(self, y: Float[Tensor, "batch 3 height width"]) -> list[Tensor]:
        """The features of every level, fine to coarse.

        Raises:
            ValueError: the sides cannot be halved three times.
        """
        if any(side % 8 or side < 8 for side in y.shape[-2:]):
            raise ValueError(
                f"the reader halves images three times; got {y.shape[-2]} × {y.shape[-1]} pixels, "
                "use sides divisible by 8"
            )
        seen = [self.levels[0](y)]
        for level in self.levels[1:]:
            seen.append(level(self.halve(seen[-1])))
        return seen

    def forward(self, y: Float[Tensor, "batch 3 height width"]) -> Reading:
        seen = self.pyramid(y)
        h = self.lateral[-1](seen[-1])
        for lateral, level in zip(reversed(self.lateral[:-1]), reversed(seen[:-1]), strict=True):
            h = interpolate(h, scale_factor=2.0, mode="nearest") + lateral(level)
        means = torch.cat([level.mean(dim=(2, 3)) for level in seen], dim=1)
        return Reading(self.label(h), self.trait(means))

    def features(self, y: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch features"]:
        """What distances between distributions of faces are measured in: means and deviations of every level.

        The mean of a feature says how much of it there is, its deviation whether it is spread evenly.
        """
        parts = [f(level) for level in self.pyramid(y) for f in (channel_mean, channel_deviation)]
        return torch.cat(parts, dim=1)


def convolution(before: int, after: int) -> list[nn.Module]:
    """A convolution that keeps the side, batch normalisation, ReLU."""
    # No bias: the normalisation behind it would take it away again.
    return [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]


def channel_mean(h: Tensor) -> Tensor:
    """The mean of every channel over the image."""
    return h.mean(dim=(2, 3))


def channel_deviation(h: Tensor) -> Tensor:
    """The standard deviation of every channel over the image."""
    return h.flatten(2).std(dim=2, correction=0)


def face_reader_record() -> dict[str, Any]:
    """How the bundled weights were made and what they reach: command, seed, scores, SHA-256, versions."""
    return bundled_record(WEIGHTS)


def load_face_reader(*, device: torch.device | str = "cpu") -> FaceReader:
    """The bundled reader, ready to measure with: evaluation mode, its parameters frozen.

    It was trained on faces of 32 and of 64 pixels; shrink larger ones to 64. Gradients flow through it to its
    input.

    Raises:
        WeightsError: the weights are missing from the package, or are not those that were stored.
    """
    return with_bundled_weights(FaceReader(), WEIGHTS, device=device)


def readable(image: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 rows columns"]:
    """Images of a size that the reader was trained on: those of more than 64 pixels are shrunk to 64."""
    while image.shape[-1] > 64:
        image = avg_pool2d(image, 2)
    return image


def labels_read(reader: FaceReader, faces: Tensor) -> Tensor:
    """The label that the reader gives each pixel of faces of any size, on its own grid of at most 64 pixels."""
    return in_parts(lambda part: reader(part).label.argmax(1), readable(faces))


def traits_read(reader: FaceReader, faces: Tensor) -> Float[Tensor, "n traits"]:
    """What the reader reads of faces of any size, in the order of ``TRAITS``."""
    return in_parts(lambda part: reader(part).trait, readable(faces))


def features_seen(reader: FaceReader, faces: Tensor) -> Float[Tensor, "n features"]:
    """What faces of any size look like to the reader."""
    return in_parts(reader.features, readable(faces))


def perceptual_distance(
    reader: FaceReader, a: Float[Tensor, "batch 3 height width"], b: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, "batch"]:
    r"""How different two images look to the reader, pair by pair.

    .. math:: d(a, b) = \sum_l \frac{1}{h_l w_l} \sum_{ij} \|\hat\phi_l(a)_{ij} - \hat\phi_l(b)_{ij}\|^2

    with the features :math:`\hat\phi_l` of every level scaled to length one at every place: the form of LPIPS
    without its learned weights [zhang2018, eq. 1], in the features of this course's reader. Its numbers compare
    with one another, not with LPIPS.
    """
    total = a.new_zeros(len(a))
    for first, second in zip(reader.pyramid(a), reader.pyramid(b), strict=True):
        total = total + (normalize(first, eps=1e-6) - normalize(second, eps=1e-6)).square().sum(1).mean(
            (1, 2)
        )
    return total
