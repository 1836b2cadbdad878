"""One image file of any common kind as upright colours on white; and an image as a whole PNG file."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from udtlib.data.formats import DataError
from udtlib.data.places import whole_file

#: Endings of the files that are taken for images, in small letters.
SUFFIXES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".webp",
    ".gif",
    ".bmp",
    ".tif",
    ".tiff",
    ".ppm",
    ".pgm",
    ".pbm",
    ".pnm",
    ".avif",
)
#: Pillow's readers that may be tried; others hand a file to another program, as that of PostScript does.
FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "GIF", "BMP", "TIFF", "PPM", "AVIF")
#: What remains when a grey value of 16 bits becomes one of 8: 65535 / 255.
SIXTEEN_TO_EIGHT = 257


def read_image(path: Path, *, least: int = 0) -> Image.Image:
    """The first image of a file as RGB: turned as its camera's note says, see-through pixels laid on white.

    Palettes, black and white, grey, CMYK and grey values of 16 bits are converted; of an animation, the first
    frame is taken. What the file is, its content says, not its ending.

    Args:
        path: the file.
        least: a JPEG may be read at a fraction of its size, whose sides are at least this long; 0 reads it all.

    Raises:
        DataError: the file is missing, unreadable, no image, broken off, or more pixels than are safe to unpack.
    """
    if path.exists() and not path.is_file():
        # A pipe, for one, would wait for its other end forever.
        what = "a folder" if path.is_dir() else "no regular file"
        raise DataError(f"{path} cannot be read as an image, it is {what}; expected an image file")
    try:
        with warnings.catch_warnings():
            # Pillow warns of an image that is suspiciously large, and refuses one twice as large: refuse both.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=readable_formats()) as file:
                if least:
                    file.draft(None, (least, least))
                file.load()
                return on_white(ImageOps.exif_transpose(with_eight_bits(file)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{path} unpacks to too many pixels ({error}); shrink it first") from error
    # On damaged files Pillow raises a dozen kinds of errors, SyntaxError, struct.error and KeyError among them.
    except Exception as error:
        reason = str(error).replace(repr(str(path)), "the file").replace(str(path), "the file")
        raise DataError(
            f"{path} cannot be read as an image ({reason or type(error).__name__}); check that it is a whole "
            "image file, or save it as PNG"
        ) from error


def readable_formats() -> list[str]:
    """Those of :data:`FORMATS` that this installation of Pillow reads."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def with_eight_bits(image: Image.Image) -> Image.Image:
    """The image as it is, or its 16-bit grey values as 8-bit ones; Pillow itself would cut them off at 255.

    Raises:
        ValueError: floating-point or 32-bit values, whose white is unknown.
    """
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    values = np.asarray(image)
    if image.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise ValueError(
            f"pixels of kind {image.mode!r} from {values.min()} to {values.max()}, expected 0 to 65535"
        )
    grey = ((values.astype(np.int64) + SIXTEEN_TO_EIGHT // 2) // SIXTEEN_TO_EIGHT).astype(np.uint8)
    orientation = image.getexif()
    opacity = np.full_like(grey, 255)
    if isinstance(clear := image.info.get("transparency"), int):
        opacity[values == clear] = 0
    made = Image.merge("LA", (Image.fromarray(grey), Image.fromarray(opacity)))
    made.getexif().update(orientation)
    return made


def on_white(image: Image.Image) -> Image.Image:
    """The image as RGB, its see-through pixels laid on white."""
    if image.mode not in ("LA", "La", "PA", "RGBA", "RGBa") and "transparency" not in image.info:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def centre_square(image: Image.Image, *, size: int) -> Image.Image:
    """The largest square in the middle, shrunk to ``size`` pixels by averaging areas, or enlarged smoothly."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return resized(image, (size, size), box=(left, top, left + side, top + side))


def resized(
    image: Image.Image, to: tuple[int, int], *, box: tuple[int, int, int, int] | None = None
) -> Image.Image:
    """The image, or a box of it, with another width and height: averaged over areas, or enlarged smoothly."""
    box = box or (0, 0, *image.size)
    grows = to[0] > box[2] - box[0] or to[1] > box[3] - box[1]
    return image.resize(to, Image.Resampling.BICUBIC if grows else Image.Resampling.BOX, box=box)


def write_png(image: Image.Image, path: Path, *, notes: Mapping[str, str] = MappingProxyType({})) -> None:
    """Write a PNG file, with texts by name inside, in one step: one sees the old file or the whole new one."""
    texts = PngInfo()
    for name, text in notes.items():
        texts.add_text(name, text)
    with whole_file(path) as scratch, scratch.open("wb") as file:
        image.save(file, format="PNG", pnginfo=texts)
