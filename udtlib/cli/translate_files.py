"""What `udt translate` reads and writes: one image file, or those of a folder."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from tqdm import tqdm

from udtlib.cli.translate import Way
from udtlib.data.formats import DataError
from udtlib.data.image_files import read_image, readable_formats, resized, write_png
from udtlib.data.image_search import ImageFile, Skipped, describe, find_images, refuse_any
from udtlib.data.places import check_file_place, check_folder_place

#: Pillow's names for what is read exactly: black and white, grey, a palette, colours; with opacity or without.
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")
#: How many images, and how many pixels of them, are translated at a time.
TOGETHER, PIXELS = 32, 2**20
#: How many pixels an image may be enlarged to: nets need a hundred times the memory of what they are given.
MOST_PIXELS = 2**24


def translate_file(way: Way, source: Path, target: Path) -> int:
    """Translate one image file and write the result.

    Where images come as they are, nothing of them may be lost; where they are brought to a size, they are read as
    those of folders are.

    Raises:
        ValueError: the image does not fit.
        DataError: it cannot be read.
    """
    x = read_exactly(source, channels=way.channels[0]) if way.size is None else read_prepared(source, way)
    height, width = x.shape[-2:]
    write_png(image_of(way(x)[0]), target)
    print(f"{target}: {way.name}{', back' if way.back else ''}, {width} × {height} pixels, {way.about}")
    return 0


def translate_folder(way: Way, source: Path, target: Path, *, strict: bool) -> int:
    """Translate every image of a folder, and of the folders in it, to a PNG file of the same name in ``target``.

    An image that cannot be read or does not fit is skipped, and named in the end.

    Raises:
        DataError: the folder holds no image that can be translated; where ``strict``, an image is skipped.
        ValueError: where ``strict``, an image does not fit.
    """
    found = find_images(source)
    skipped, made = list(found.skipped), 0
    if strict:
        refuse_any(skipped)
    waiting: list[tuple[Tensor, Path]] = []
    # disable=None: silent where standard error is a file.
    named = zip(found.files, target_names(found.files, source), strict=True)
    for file, name in tqdm(list(named), unit="image", leave=False, disable=None):
        try:
            x = read_prepared(file.path, way)
            way.fitted(x)
        except (DataError, ValueError) as error:
            if strict:
                raise
            skipped.append(Skipped(file.path, str(error)))
            continue
        if is_full(waiting, x, way):
            made += write_together(way, waiting)
        waiting.append((x, target / name))
    made += write_together(way, waiting)
    if skipped:
        print(f"udt: {describe(skipped)}", file=sys.stderr)
    if not made:
        raise DataError(
            f"{source} holds no image that could be translated; see above, and see --pad and --size"
        )
    print(
        f"{target}: {way.name}{', back' if way.back else ''}, {made} image{'s' if made > 1 else ''}, {way.about}"
        + (f"; {len(skipped)} skipped" if skipped else "")
    )
    return 0


def is_full(waiting: Sequence[tuple[Tensor, Path]], x: Tensor, way: Way) -> bool:
    """Whether what waits is to be translated before ``x`` joins it."""
    if not waiting:
        return False
    # One at a time where noise is drawn, so that an image's translation depends on the seed alone.
    most = 1 if way.draws_noise else min(TOGETHER, max(1, PIXELS // x[0, 0].numel()))
    return len(waiting) >= most or waiting[0][0].shape != x.shape


def write_together(way: Way, waiting: list[tuple[Tensor, Path]]) -> int:
    """Translate images of one size, write them, and empty the list; returns how many they were."""
    if waiting:
        made = way(torch.cat([x for x, _ in waiting]))
        for y, (_, path) in zip(made, waiting, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_png(image_of(y), path)
    count = len(waiting)
    waiting.clear()
    return count


def target_names(files: Sequence[ImageFile], source: Path) -> list[Path]:
    """The names of the results: ``a.jpg`` becomes ``a.png``, or ``a.jpg.png`` where there is an ``a.gif``."""
    full = [path.relative_to(source) for path, _ in files]
    short = [path.with_suffix(".png") for path in full]
    long = [path.with_name(f"{path.name}.png") for path in full]
    # Some systems take names that differ in capital letters only for one.
    count = Counter(str(path).casefold() for path in short)
    names = [a if count[str(a).casefold()] == 1 else b for a, b in zip(short, long, strict=True)]
    return names if len({str(name).casefold() for name in names}) == len(names) else long


def check_target(source: Path, target: Path, *, weights: Path) -> None:
    """Refuse to write where something would be lost, or in a format that would change the pixels.

    Raises:
        ValueError: the target is no PNG, is one of the files that are read, or its folder does not exist.
    """
    if target.suffix.lower() != ".png":
        raise ValueError(f"the result is written as PNG, which loses nothing; {target} should end in .png")
    if not target.parent.is_dir():
        raise ValueError(f"the folder {target.parent} of the result does not exist; make it first")
    check_file_place(target)
    for path in (source, weights):
        # The same file may have two names.
        if target.exists() and path.exists() and target.samefile(path):
            raise ValueError(f"{target} is {path}, which is read; give the result another name")


def check_folders(source: Path, target: Path) -> None:
    """Refuse to write translations among the images that are read.

    Raises:
        ValueError: the target is a file, or one folder lies in the other.
    """
    if target.exists() and not target.is_dir():
        raise ValueError(f"{source} is a folder, but {target} is a file; give a folder for the translations")
    first, second = source.resolve(), target.resolve()
    check_folder_place(target, later=True)
    if first == second or first in second.parents or second in first.parents:
        raise ValueError(
            f"{target} and {source} lie in one another, so that translations would be taken for images or "
            "overwrite them; give a folder elsewhere"
        )


def read_prepared(path: Path, way: Way) -> Tensor:
    """An image file as ``(1, channels, height, width)`` in [-1, 1], as training on folders reads it."""
    image = read_image(path, least=2 * (way.size or 0))
    if way.size is not None:
        scale = way.size / min(image.size)
        width, height = (max(1, round(scale * side)) for side in image.size)
        if width * height > MOST_PIXELS:
            raise ValueError(
                f"{path} would have {width} × {height} pixels, more than {MOST_PIXELS:,}; use a "
                "smaller --size, or crop the image"
            )
        image = resized(image, (width, height))
    return tensor_of(np.array(image.convert("L" if way.channels[0] == 1 else "RGB")))


def read_exactly(path: Path, *, channels: int) -> Tensor:
    """An image file as ``(1, channels, height, width)`` in [-1, 1], upright as its camera's note says.

    A grey image is repeated for a net that takes colours. Nothing else is converted: colours for a net that takes
    grey, or see-through pixels, would be lost.

    Raises:
        ValueError: the file is missing or no image, or does not fit.
    """
    if path.exists() and not path.is_file():
        # A pipe, for one, would wait for its other end forever.
        raise ValueError(f"{path} cannot be read as an image, it is no regular file; expected an image file")
    try:
        with warnings.catch_warnings():
            # Pillow warns of an image that is suspiciously large, and refuses one twice as large: refuse both.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=readable_formats()) as file:
                check_exact(file, path)
                rgba = np.asarray(ImageOps.exif_transpose(file).convert("RGBA"))
    except InexactError:
        raise
    # On damaged files Pillow raises a dozen kinds of errors, SyntaxError, struct.error and KeyError among them.
    except Exception as error:
        raise ValueError(
            f"{path} cannot be read as an image ({error}); check that it is a whole image file"
        ) from error
    colours, opacity = rgba[..., :3], rgba[..., 3]
    if (opacity < 255).any():
        raise ValueError(f"{path} has see-through pixels; put it on a background first")
    if channels == 1:
        if (colours != colours[..., :1]).any():
            raise ValueError(
                f"{path} has colours, but this translation takes grey images; make it grey first"
            )
        colours = colours[..., 0]
    return tensor_of(colours.copy())


class InexactError(ValueError):
    """An image of which something would be lost; the message says what."""


def check_exact(file: Image.Image, path: Path) -> None:
    """Refuse several images in one file, and pixels that are not of 8 bits.

    Raises:
        InexactError: says which.
    """
    if getattr(file, "n_frames", 1) > 1:
        raise InexactError(f"{path} holds {file.n_frames} images; save the one to translate by itself")
    if file.mode not in MODES:
        raise InexactError(
            f"{path} has pixels of kind {file.mode!r}; expected 8 bits for grey or for each of red, green "
            "and blue: save it as such, for example as PNG"
        )


def tensor_of(pixels: np.ndarray) -> Tensor:
    """Bytes ``(height, width[, 3])`` as one image in [-1, 1]."""
    image = torch.from_numpy(pixels.reshape(*pixels.shape[:2], -1)).permute(2, 0, 1).unsqueeze(0)
    return image.float().mul_(2 / 255).sub_(1).contiguous()


def image_of(y: Tensor) -> Image.Image:
    """One image in [-1, 1] as bytes."""
    pixels = y.add(1).mul(127.5).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
