"""`udt translate`: one image through a trained translator."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn

from udtlib.cli.run import pick
from udtlib.nets.unet import NoiseDropout
from udtlib.recipes.base import Sides
from udtlib.recipes.trained import Trained, load_trained
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.translators.stochastic import Sampling, StochasticTranslator

#: Pillow's names for what is read: black and white, grey, a palette, colours; with opacity or without.
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")


def translate(
    name: str,
    source: Path,
    target: Path,
    *,
    weights: Path,
    back: bool,
    pad: bool,
    seed: int | None,
    profile: str | None,
) -> int:
    """Translate the image ``source`` and write the image ``target``.

    Raises:
        ValueError: something about the image, the recipe or the options does not fit; the message says what.
        CheckpointError: the weights are missing, damaged, or of another recipe or profile.
    """
    from udtlib.recipes.catalogue import RECIPES

    check_target(source, target, weights=weights)
    trained = load_trained(pick(RECIPES, name, kind="recipe"), weights, profile=profile)
    channels = trained.translation.channels[::-1] if back else trained.translation.channels
    x = read_image(source, channels=channels[0])
    height, width = x.shape[-2:]
    x = fit_sides(x, trained.translation.sides(trained.profile), name=name, pad=pad)
    y = carry_over(trained, x, name=name, back=back, seed=seed)
    if y.shape != (1, channels[1], *x.shape[-2:]) or not y.isfinite().all():
        raise ValueError(
            f"{name} made {tuple(y.shape)} of {tuple(x.shape)}, or numbers that are not finite; expected an image "
            "of the same size: train it again"
        )
    top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    write_image(y[..., top : top + height, left : left + width], target)
    print(
        f"{target}: {name}{', back' if back else ''}, {width} × {height} pixels, {trained.profile.name} weights"
    )
    return 0


def carry_over(trained: Trained, x: Tensor, *, name: str, back: bool, seed: int | None) -> Tensor:
    """The translation :math:`T(x)`, or :math:`S(x)` on the way back.

    Raises:
        ValueError: there is no way back, or a translator that draws noise was given no seed.
    """
    translator = trained.translator
    if draws_noise(translator) and seed is None:
        raise ValueError(
            f"{name} draws noise, so that one image has many translations; choose one with --seed, as in --seed 0"
        )
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed or 0)
        if isinstance(translator, StochasticTranslator):
            translator = translator.given(translator.draw(x))
        if not back:
            return translator(x)
        if not isinstance(translator, InvertibleTranslator):
            raise ValueError(f"{name} has no way back; leave --back out, or use a recipe that has one")
        return translator.inverse(x)


def draws_noise(translator: Translator | StochasticTranslator) -> bool:
    """Whether two translations of one image may differ."""
    kinds: tuple[type[nn.Module], ...] = (StochasticTranslator, Sampling, NoiseDropout)
    return any(isinstance(module, kinds) for module in translator.modules())


def check_target(source: Path, target: Path, *, weights: Path) -> None:
    """Refuse to write where something would be lost, or in a format that would change the pixels.

    Raises:
        ValueError: the target is no PNG, is one of the files that are read, or its folder does not exist.
    """
    if target.suffix.lower() != ".png":
        raise ValueError(f"the result is written as PNG, which loses nothing; {target} should end in .png")
    if not target.parent.is_dir():
        raise ValueError(f"the folder {target.parent} of the result does not exist; make it first")
    for path in (source, weights):
        # The same file may have two names.
        if target.exists() and path.exists() and target.samefile(path):
            raise ValueError(f"{target} is {path}, which is read; give the result another name")


def read_image(path: Path, *, channels: int) -> Tensor:
    """An image file as ``(1, channels, height, width)`` in [-1, 1], upright as its camera's note says.

    A grey image is repeated for a net that takes colours. Nothing else is converted: colours for a net that takes
    grey, or see-through pixels, would be lost.

    Raises:
        ValueError: the file is missing or no image, or does not fit.
    """
    try:
        with Image.open(path) as file:
            if getattr(file, "n_frames", 1) > 1:
                raise ValueError(f"{path} holds {file.n_frames} images; save the one to translate by itself")
            if file.mode not in MODES:
                raise ValueError(
                    f"{path} has pixels of kind {file.mode!r}; expected 8 bits for grey or for each of red, green "
                    "and blue: save it as such, for example as PNG"
                )
            rgba = np.asarray(ImageOps.exif_transpose(file).convert("RGBA"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
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
        colours = colours[..., :1]
    image = torch.from_numpy(colours.copy()).permute(2, 0, 1).unsqueeze(0)
    return image.float().mul_(2 / 255).sub_(1).contiguous()


def fit_sides(x: Tensor, sides: Sides, *, name: str, pad: bool) -> Tensor:
    """The image as it is where the net takes its sides, or else mirrored at its border up to the next such size.

    Raises:
        ValueError: the net does not take it, and padding was not asked for or does not help.
    """
    height, width = x.shape[-2:]
    if sides.allow(height) and sides.allow(width):
        return x
    wanted = tuple(sides.next(side) for side in (height, width))
    rule = f"{name} takes sides {sides}, got {width} × {height} pixels"
    if not all(sides.allow(side) for side in wanted):
        raise ValueError(f"{rule}; shrink or crop the image")
    if not pad:
        raise ValueError(
            f"{rule}; resize the image, or pass --pad to mirror it at its border up to {wanted[1]} × {wanted[0]} "
            "and to cut the result again"
        )
    missing = (to - side for side, to in zip((height, width), wanted, strict=True))
    borders = [(number // 2, number - number // 2) for number in missing]
    # NumPy mirrors as often as it takes; PyTorch only once.
    return torch.from_numpy(np.pad(x.numpy(), [(0, 0), (0, 0), *borders], mode="symmetric"))


def write_image(image: Tensor, path: Path) -> None:
    """Write one image in [-1, 1] as PNG: whole, or not at all."""
    pixels = image[0].add(1).mul(127.5).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            picture.save(file, format="PNG")
        # mkstemp makes private files; the result should be as readable as any other new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(scratch, 0o666 & ~mask)
        os.replace(scratch, path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
