"""Colours and grey values: two domains of pixels, one of which has no room for what the other holds."""

from __future__ import annotations

from udtlib.data.edges import to_luma
from udtlib.data.faces.pairs import labels_to_faces
from udtlib.data.pair import IndependentPair, Samples
from udtlib.types import Float, Tensor

__all__ = ["as_images", "as_pixels", "colours_to_greys", "grey"]


def as_pixels(images: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "pixels channels"]:
    """Every pixel as a point, row after row, image after image."""
    return images.movedim(1, -1).flatten(0, 2)


def as_images(
    pixels: Float[Tensor, "pixels channels"], *, size: int
) -> Float[Tensor, "batch channels size size"]:
    """The images that pixels were taken from: undoes :func:`as_pixels` for square images.

    Raises:
        ValueError: the pixels do not fill whole images.
    """
    if len(pixels) % size**2:
        raise ValueError(
            f"{len(pixels)} pixels do not fill whole images of {size} × {size}; give a multiple of {size**2}"
        )
    return pixels.unflatten(0, (-1, size, size)).movedim(-1, 1)


def grey(pixels: Float[Tensor, "pixels 3"]) -> Float[Tensor, "pixels 3"]:
    """The luma of every pixel (ITU-R BT.601), in three equal channels."""
    return to_luma(pixels[:, :, None, None])[:, :, 0, 0].expand(-1, 3).contiguous()


def colours_to_greys(*, count: int = 200, test: int = 20, size: int = 32, seed: int = 0) -> IndependentPair:
    r"""Pixels x of colour portraits, and grey pixels y of *other* portraits, as points of :math:`[-1, 1]^3`.

    The true map forgets hue and saturation, :math:`T^\star(x) = \mathrm{luma}(x)\,(1, 1, 1)`, and has no inverse:
    no translator can close the cycle and draw truly grey pictures.

    Args:
        count: portraits of each side to train on.
        test: portraits for evaluation, whose pixels come in order, so that :func:`as_images` shows them; the
            target's are the grey pixels of the same portraits.
        size: side of the portraits in pixels.
        seed: of the portraits.

    Raises:
        ValueError: a count below 1, or a size that portraits cannot have.
    """
    faces = labels_to_faces(size=size, count=2 * count, test=test, variety=0.8, seed=seed).samples
    colours = as_pixels(faces.test.y)
    return IndependentPair(
        Samples(as_pixels(faces.train.y[:count]), colours),
        Samples(grey(as_pixels(faces.train.y[count:])), grey(colours)),
        truth=grey,
    )
