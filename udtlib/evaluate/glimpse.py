r"""A judge who is shown each image through a keyhole, for a moment: what people on a screen are to a generator.

A judge who may study whole images tells nearly every generated one from a real one, good or bad, and cannot rank
them. People who see an image for a second cannot study it either. This judge sees one small window of every image,
remembers a dozen numbers of it, and compares them with what it remembers of others.
"""

from __future__ import annotations

import torch

from udtlib.evaluate.samples import centre_and_spread
from udtlib.evaluate.two_sample import NearestNeighbours, TwoSampleTest, fooling_rate
from udtlib.numerics.inputs import check_axes, check_filled, full_precision
from udtlib.numerics.options import check_generator, whole
from udtlib.types import Float, Shaped, Tensor

__all__ = ["glimpse_fooling_rate", "glimpses", "impression"]

Images = Shaped[Tensor, "batch channels height width"]


def glimpses(
    images: Images, *, side: int, generator: torch.Generator
) -> Float[Tensor, "batch channels side side"]:
    """One window of each image, its place drawn uniformly by ``generator`` (on the CPU).

    Raises:
        ValueError: the window is smaller than 3 pixels or does not fit.
    """
    images = pictures(images)
    height, width = images.shape[-2:]
    whole(side, name="side", at_least=None)
    check_generator(generator)
    if not 3 <= side <= min(height, width):
        raise ValueError(
            f"a glimpse of side {side} in images of {height} × {width} pixels; use 3 to {min(height, width)}"
        )
    top = torch.randint(height - side + 1, (len(images),), generator=generator).tolist()
    left = torch.randint(width - side + 1, (len(images),), generator=generator).tolist()
    parts = [y[:, t : t + side, q : q + side] for y, t, q in zip(images, top, left, strict=True)]
    return torch.stack(parts) if parts else images[:, :, :side, :side]


def impression(windows: Images) -> Float[Tensor, "batch 11"]:
    """What is remembered of a window: its colours, their spread, its saturation, and how rough it is.

    Mean and standard deviation of each channel; the mean over pixels of the saturation, the largest channel minus
    the smallest; the standard deviation of the grey values; and the mean sizes of their differences from the right
    neighbour, from the lower one, and from the mean of all four.
    """
    windows = pictures(windows)
    check_filled(windows, name="windows")
    if min(windows.shape[-2:]) < 3:
        raise ValueError(
            f"a window has 3 pixels or more each way, to have neighbours, got shape {tuple(windows.shape)}; take "
            "larger ones"
        )
    grey = windows.mean(1)
    colours = windows.flatten(2)
    saturation = (windows.amax(1) - windows.amin(1)).flatten(1).mean(1)
    right, below = grey.diff(dim=2), grey.diff(dim=1)
    inner = grey[:, 1:-1, 1:-1]
    around = grey[:, 2:, 1:-1] + grey[:, :-2, 1:-1] + grey[:, 1:-1, 2:] + grey[:, 1:-1, :-2]
    rough = [t.abs().flatten(1).mean(1) for t in (right, below, inner - around / 4)]
    single = torch.stack([saturation, grey.flatten(1).std(1), *rough], dim=1)
    return torch.cat([colours.mean(2), colours.std(2), single], dim=1)


def glimpse_fooling_rate(
    real: Images, made: Images, *, side: int, generator: torch.Generator, confidence: float = 0.95
) -> TwoSampleTest:
    """The :func:`~udtlib.evaluate.two_sample.fooling_rate` of a judge by nearest neighbours of impressions.

    Args:
        real: true images, not those that the made ones are translations of.
        made: as many generated ones.
        side: of the window in pixels; a quarter of the image is a glimpse of one feature of a face.
        generator: draws the windows and the halves, on the CPU.
        confidence: level of the interval.

    Raises:
        ValueError: as :func:`glimpses` and :func:`~udtlib.evaluate.two_sample.fooling_rate`.
    """
    seen = [impression(glimpses(images, side=side, generator=generator)) for images in (real, made)]
    mean, deviation = centre_and_spread(seen[0])
    first, second = ((rows - mean) / deviation for rows in seen)
    return fooling_rate(
        first, second, generator=generator, classifier=NearestNeighbours(), confidence=confidence
    )


def pictures(images: Images) -> Float[Tensor, "batch channels height width"]:
    """Images in single or double precision; the numbers that are remembered are eleven for three channels."""
    images = full_precision(images, name="images")
    check_axes(images, name="images", count=4, words="(images, channels, height, width)")
    if images.shape[1] != 3:
        raise ValueError(
            f"a glimpse is of colour images, got {images.shape[1]} channels; repeat grey ones by .expand"
        )
    return images
