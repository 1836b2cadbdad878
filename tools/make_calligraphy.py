"""Make the Chinese characters that ship in the package: one character, three hands.

Usage: python -m pip install fonttools==4.68.0 brotli==1.2.1
       python tools/make_calligraphy.py FOLDER

FOLDER keeps the npm packages named below; those that are not there yet are fetched with `npm pack`. What is
taken: the characters of level 1 of GB 2312 (the common ones) that all three fonts have, in the order of Unicode.
A glyph is drawn at 204 pixels, its box in the middle of a white square of 256, and averaged over areas of 4 × 4.
Values are rounded to multiples of 17, at most 8 from what they were, which halves the sheets' bytes.
"""

from __future__ import annotations

import io
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from packages import Package, drawn_sheets, members, write_collection
from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).resolve().parent.parent / "udtlib" / "data" / "embedded" / "calligraphy"
SIZE, DRAWN = 64, 256
#: Of a glyph, in pixels of the drawing.
HEIGHT = 204
#: Values are multiples of it; a divisor of 255.
STEP = 17
#: Tiles in a row and in a column of one sheet.
SIDE = 12
#: The weight and style of each font that is taken.
USED = ("-400-normal.woff2",)


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A font, by whom and under which licence (SPDX), and the package that holds it."""

    title: str
    artist: str
    package: Package
    licence: str = "OFL-1.1"
    grey: bool = True


HANDS = {
    "print": Hand(
        title="Noto Sans SC",
        artist="Adobe",
        package=Package(
            package="@fontsource/noto-sans-sc",
            version="5.3.0",
            sha256="05a7abac78a6cac4bd1361e7b24c680ee820fcc2f22cf5cc92673f4cd12771c5",
        ),
    ),
    "brush": Hand(
        title="Ma Shan Zheng",
        artist="The Ma Shan Zheng Project Authors",
        package=Package(
            package="@fontsource/ma-shan-zheng",
            version="5.3.1",
            sha256="f441a8e137c210da78e8a287616227b11771ff8bbc4a6e506a0f5f84790ca272",
        ),
    ),
    "running": Hand(
        title="Zhi Mang Xing",
        artist="The Zhi Mang Xing Project Authors",
        package=Package(
            package="@fontsource/zhi-mang-xing",
            version="5.3.0",
            sha256="903fe57d53c97001563dfa380e91c3ceaacc2f65485f93c4741d34470aedb0b9",
        ),
    ),
}


def common(character: int) -> bool:
    """Whether GB 2312 counts a code point to its level 1."""
    try:
        first = chr(character).encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= first <= 0xD7


def fonts(files: dict[str, bytes]) -> dict[int, ImageFont.FreeTypeFont]:
    """The font of each code point: a package divides one among many files."""
    try:
        from fontTools.ttLib import TTFont
    except ImportError as error:
        raise SystemExit(
            "fonts are read with fontTools: python -m pip install fonttools==4.68.0 brotli==1.2.1"
        ) from error
    found: dict[int, ImageFont.FreeTypeFont] = {}
    for name in sorted(files):
        opened = TTFont(io.BytesIO(files[name]))
        points = opened.getBestCmap()
        opened.flavor = None
        plain = io.BytesIO()
        opened.save(plain)
        plain.seek(0)
        font = ImageFont.truetype(plain, HEIGHT)
        for point in points:
            found.setdefault(point, font)
    return found


def tile(character: str, font: ImageFont.FreeTypeFont) -> np.ndarray:
    """A character, black on white: bytes ``(64, 64)``."""
    picture = Image.new("L", (DRAWN, DRAWN), 255)
    pen = ImageDraw.Draw(picture)
    left, top, right, bottom = pen.textbbox((0, 0), character, font=font)
    place = ((DRAWN - (right - left)) / 2 - left, (DRAWN - (bottom - top)) / 2 - top)
    pen.text(place, character, font=font, fill=0)
    mean = np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BOX), dtype=np.float64)
    return STEP * np.rint(mean / STEP).astype(np.uint8)


def main(folder: Path) -> None:
    """Write the sheets, the characters and the manifest that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    faces = {name: fonts(members(folder, hand.package, used=USED)) for name, hand in HANDS.items()}
    points = sorted(filter(common, set.intersection(*(set(each) for each in faces.values()))))
    files = {"characters.txt": ("".join(map(chr, points)) + "\n").encode()}
    hands = {}
    for name, hand in HANDS.items():
        tiles = np.stack([tile(chr(point), faces[name][point]) for point in points])
        hands[name], own = drawn_sheets(name, tiles, about=asdict(hand), side=SIDE)
        files |= own
    manifest = {
        "command": "python tools/make_calligraphy.py FOLDER",
        "count": len(points),
        "size": SIZE,
        "side": SIDE,
        "hands": hands,
    }
    write_collection(FOLDER, files, manifest)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tools/make_calligraphy.py FOLDER")
    main(Path(sys.argv[1]))
