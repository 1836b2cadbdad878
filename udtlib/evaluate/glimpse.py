r"""A judge who is shown each image through a keyhole, for a moment: what people on a screen are to a generator.

A judge who may study whole images tells nearly every generated one from a real one, good or bad, and cannot rank
them. People who see an image for a second cannot study it either. This judge sees one small window of every image,
remembers a dozen numbers of it, and compares them with what it remembers of others.
"""

from __future__ import annotations

import torch

from udtlib.evaluate.two_sample import NearestNeighbours, TwoSampleTest, fooling_rate
from udtlib.types import Float, Tensor

__all__ = ["glimpse_fooling_rate", "glimpses", "impression"]

Images = Float[Tensor, "batch 3 height width"]


def glimpses(images: Images, *, side: int, generator: torch.Generator) -> Float[Tensor, "batch 3 side side"]:
    """One window of each image, its place drawn uniformly by ``generator`` (on the CPU).

    Raises:
        ValueError: the window is smaller than 3 pixels or does not fit.
    """
    height, width = images.shape[-2:]
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
    mean, deviation = seen[0].mean(0), seen[0].std(0).clamp(min=1e-6)
    first, second = ((rows - mean) / deviation for rows in seen)
    return fooling_rate(
        first, second, generator=generator, classifier=NearestNeighbours(), confidence=confidence
    )
