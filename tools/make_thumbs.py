"""Cut one small picture for each chapter out of its stored figures: for the gallery, the README, "next".

Usage: python tools/make_thumbs.py      writes book/_static/thumbs/*.webp; run it again when a figure has changed
"""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path
from typing import NamedTuple

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "book" / "_static" / "thumbs"
SIZE = (480, 300)
#: Of the picture that stands beside a link to the front page.
COVER = (1200, 630)
STORED = re.compile(r'<img[^>]*src="data:image/webp;base64,([^"]+)"')


class Cut(NamedTuple):
    """Which picture of a chapter, counted from 0, and which part of it: left, top, right, bottom of 1."""

    picture: int
    part: tuple[float, float, float, float]


CUTS = {
    "00_maps": Cut(4, (0.17, 0.09, 1.0, 0.93)),
    "01_gans": Cut(6, (0.135, 0.0, 1.0, 0.72)),
    "02_pix2pix": Cut(3, (0.14, 0.0, 1.0, 0.74)),
    "03_bicyclegan": Cut(1, (0.0, 0.03, 1.0, 0.62)),
    "04_cyclegan": Cut(23, (0.12, 0.0, 0.78, 1.0)),
    "05_shared_latents": Cut(2, (0.09, 0.0, 0.62, 0.75)),
    "06_distance": Cut(3, (0.16, 0.14, 1.0, 0.76)),
    "07_optimal_transport": Cut(22, (0.12, 0.12, 1.0, 0.86)),
    "08_dont": Cut(2, (0.12, 0.1, 1.0, 0.92)),
    "09a_autoencoders": Cut(12, (0.1, 0.09, 1.0, 0.92)),
    "09b_gromov_wasserstein": Cut(3, (0.1, 0.13, 0.92, 0.97)),
    "10_hamiltonian": Cut(6, (0.11, 0.02, 0.9, 0.86)),
}
#: Of the closing page, a picture of the results.
CLOSING = ("which_bias", "benchmark-faces-maps.webp", (0.375, 0.0, 0.93, 0.55))


def pictures(notebook: Path) -> list[Image.Image]:
    """The stored pictures of a chapter, in their order."""
    found = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", ()):
            html = "".join(output.get("data", {}).get("text/html", ""))
            found += [Image.open(io.BytesIO(base64.b64decode(data))) for data in STORED.findall(html)]
    return found


def thumb(image: Image.Image, part: tuple[float, float, float, float]) -> Image.Image:
    """That part of a picture, cut to the shape of all thumbs."""
    whole = image.convert("RGB")
    left, top, right, bottom = (fraction * whole.size[axis % 2] for axis, fraction in enumerate(part))
    shape = SIZE[0] / SIZE[1]
    width, height = right - left, bottom - top
    if width / height > shape:  # too wide: keep the middle
        left += (width - height * shape) / 2
        width = height * shape
    else:
        top += (height - width / shape) / 2
        height = width / shape
    return whole.resize(SIZE, Image.Resampling.LANCZOS, box=(left, top, left + width, top + height))


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for chapter, cut in CUTS.items():
        image = pictures(ROOT / "notebooks" / f"{chapter}.ipynb")[cut.picture]
        thumb(image, cut.part).save(FOLDER / f"{chapter}.webp", quality=82, method=6)
    name, file, part = CLOSING
    with Image.open(ROOT / "book" / "results" / file) as image:
        thumb(image, part).save(FOLDER / f"{name}.webp", quality=82, method=6)
    with Image.open(ROOT / "book" / "figures" / "welcome.webp") as image:
        whole = image.convert("RGB")
        cover = Image.new("RGB", COVER, whole.getpixel((2, 2)))
        height = round(COVER[0] * whole.height / whole.width)
        cover.paste(whole.resize((COVER[0], height), Image.Resampling.LANCZOS), (0, (COVER[1] - height) // 2))
        cover.save(FOLDER / "cover.webp", quality=88, method=6)


if __name__ == "__main__":
    main()
