r"""Sheets of samples: what becomes of the same test images while a translator is trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path

import matplotlib
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from udtlib.data.image_files import write_png
from udtlib.data.pair import DomainPair
from udtlib.numerics.options import check_text, whole
from udtlib.show.images import gap_between, mosaic
from udtlib.show.style import CARD, INK
from udtlib.translators.base import InvertibleTranslator, Translator
from udtlib.types import Batch, Float, Tensor

#: The entry of a sheet's PNG file that says where its rows lie.
ENTRY = "udt-sheet"
#: Images are enlarged by a whole number until their sides have this many pixels.
CLEAR = 64
#: Margin around a sheet, and the size of its letters, in pixels.
MARGIN, LETTERS = 10, 13

Images = Float[Tensor, "batch channels height width"]


class SampleSheets:
    """Writes ``samples-000500.png`` and so on; to be handed to :func:`udtlib.train.trainer.fit` as ``watch``.

    The run's own random draws are not disturbed: with sheets or without, it ends the same.

    Args:
        folder: where to write.
        translator: what is being trained.
        images: the test images, of which row ``x`` and row ``y`` consist.
        every: steps between two sheets, a multiple of the steps between two rows of the log.
        steps: the last step, after which there is a sheet in any case.
        say: is told of every sheet.
    """

    def __init__(
        self,
        folder: Path,
        translator: Translator,
        images: Batch,
        *,
        every: int,
        steps: int,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        every, steps = (whole(n, name=k, at_least=None) for k, n in (("every", every), ("steps", steps)))
        if every < 1:
            raise ValueError(f"there is at least one step between two sheets, got every={every}")
        self.folder, self.translator, self.images = folder, translator, images
        self.every, self.steps, self.say = every, steps, say

    def __call__(self, step: int) -> None:
        """Write a sheet, if one is due after this step."""
        if step % self.every == 0 or step == self.steps:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / sheet_name(step)
            write_sheet(path, translated_rows(self.translator, self.images))
            self.say(f"step {step} of {self.steps}: {path}")


def sheet_name(step: int) -> str:
    """The file of the sheet after so many steps."""
    return f"samples-{step:06d}.png"


def sheets_in(folder: Path) -> dict[int, Path]:
    """The sheets of a folder by their steps, the first one first."""
    found = {path.stem.removeprefix("samples-"): path for path in folder.glob("samples-*.png")}
    return {int(step): found[step] for step in sorted(found, key=lambda s: (len(s), s)) if step.isdecimal()}


def shown_images(pair: DomainPair, *, columns: int = 8) -> Batch:
    """Different test images of either domain, ``columns`` or as many as there are; partners stay together."""
    batch = pair.batch(0, size=16 * columns, seed=0, split="test")
    if pair.paired:
        rows = first_ones(batch.x, columns)
        return Batch(batch.x[rows], batch.y[rows])
    x, y = (images[first_ones(images, columns)] for images in (batch.x, batch.y))
    count = min(len(x), len(y))
    return Batch(x[:count], y[:count])


def first_ones(images: Images, count: int) -> list[int]:
    """The places of the first ``count`` images that differ from all before them."""
    seen: dict[bytes, int] = {}
    for place, image in enumerate(images.cpu()):
        seen.setdefault(image.numpy().tobytes(), place)
    return list(seen.values())[:count]


def translated_rows(translator: Translator, images: Batch) -> dict[str, Tensor]:
    r"""The rows x, T(x), S(T(x)), y and S(y), where there is a way back; else x, T(x) and y."""
    modes = {module: module.training for module in translator.modules()}
    held = next(chain(translator.parameters(), translator.buffers()), images.x)
    device = held.device
    forked = [device] if device.type == "cuda" else []
    x, y = images.x.to(device), images.y.to(device)
    try:
        translator.eval()
        # Dropout and other noise of a translator must not move the random draws of the run.
        with torch.no_grad(), torch.random.fork_rng(devices=forked):
            made = translator(x)
            rows = {"x": x, "T(x)": made}
            if not isinstance(translator, InvertibleTranslator):
                return rows | {"y": y}
            return rows | {"S(T(x))": translator.inverse(made), "y": y, "S(y)": translator.inverse(y)}
    finally:
        restore_modes(modes)


def restore_modes(modes: Mapping[nn.Module, bool]) -> None:
    """Put every module back into training or evaluation, as it was."""
    for module, mode in modes.items():
        module.training = mode


def write_sheet(path: Path, rows: Mapping[str, Images]) -> None:
    """Write rows of images in [-1, 1] as one PNG file, each row with its name to the left.

    Raises:
        ValueError: no rows, or rows of different counts or sizes.
    """
    for name in rows:
        check_text(name, name="each row's name")
    shapes = {(len(images), *images.shape[2:]) for images in rows.values()}
    if len(shapes) != 1:
        raise ValueError(f"the rows of a sheet hold equally many images of one size, got {sorted(shapes)}")
    ((columns, height, width),) = shapes
    scale = max(1, -(-CLEAR // max(height, width)))
    tiles = mosaic(
        torch.cat([v.detach().cpu().float().expand(-1, 3, -1, -1) for v in rows.values()]), columns=columns
    )
    grid = Image.fromarray(tiles.repeat(scale, axis=0).repeat(scale, axis=1))
    letters = ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", LETTERS)
    left = 2 * MARGIN + round(max(letters.getlength(name) for name in rows))
    sheet = Image.new("RGB", (left + grid.width + MARGIN, grid.height + 2 * MARGIN), CARD)
    sheet.paste(grid, (left, MARGIN))
    draw = ImageDraw.Draw(sheet)
    for k, name in enumerate(rows):
        middle = MARGIN + grid.height * (k + 0.5) / len(rows)
        draw.text((left - MARGIN, middle), name, fill=INK, font=letters, anchor="rm")
    place = {"rows": list(rows), "columns": columns, "size": [height, width], "scale": scale}
    write_png(sheet, path, notes={ENTRY: json.dumps(place | {"left": left, "top": MARGIN})})


def read_sheet(path: Path) -> dict[str, Images]:
    """The rows of a sheet by their names, as colour images.

    Raises:
        ValueError: the file is no sheet.
    """
    try:
        with Image.open(path, formats=["PNG"]) as file:
            pixels, place = np.asarray(file.convert("RGB")), json.loads(file.text[ENTRY])
        (height, width), scale, columns = place["size"], place["scale"], place["columns"]
        if not 1 <= columns <= pixels.shape[1] or height < 1 or width < 1:
            raise ValueError(f"{columns} columns of {height} × {width} pixels")
        grid = pixels[place["top"] :: scale, place["left"] :: scale]
        down, across = (side + gap_between(height, width) for side in (height, width))
        rows = {}
        for k, name in enumerate(place["rows"]):
            tiles = [grid[k * down :, j * across :][:height, :width] for j in range(columns)]
            rows[name] = torch.from_numpy(np.stack(tiles)).permute(0, 3, 1, 2).float().mul(2 / 255).sub(1)
    # On damaged files Pillow raises a dozen kinds of errors, and a note may say anything.
    except Exception as error:
        raise ValueError(
            f"{path} is no sheet of samples that `udt train` wrote ({error}); remove it"
        ) from error
    return rows
