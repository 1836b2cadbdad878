"""Make the emoji that ship in the package: one code point, five drawings.

Usage: python -m pip install resvg-py==0.5.0
       python tools/make_emoji.py FOLDER

FOLDER keeps the npm packages named below; those that are not there yet are fetched with `npm pack`. What is
taken: every emoji that all five hands have drawn, without skin tones and national flags, in the order of
Unicode's list. Pictures of 256 × 256 pixels, rendered from drawings or stored in the package, are laid on white
and averaged over areas of 4 × 4. Values are rounded to multiples of 3, at most 1 from what they were, because the
sheets take less than 10 MB then, and more otherwise. Emoji are divided by the hash of their family, the name
without the words for a person, so that variants of one drawing stand on one side.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from packages import Package, digest, drawn_sheets, members, write_collection
from PIL import Image

FOLDER = Path(__file__).resolve().parent.parent / "udtlib" / "data" / "embedded" / "emoji"
SIZE, RENDERED = 64, 256

#: Values are multiples of it; a divisor of 255, so that white and black remain what they are.
STEP = 3

#: Tiles in a row and in a column of one sheet. WebP adapts its code to blocks of 16 pixels on sheets of at most
#: this size, and to larger blocks, at a cost of 6 %, beyond it.
SIDE = 12

SKIN_TONES = frozenset({"1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"})
PERSONS = re.compile(r"\b(?:man|woman|men|women|person|people|boy|girl|facing right)\b")
#: The files of the packages that are read.
USED = ("chars.json", "icons.json", ".webp", "data/openmoji.json")

COLUMNS = ("i", "codepoints", "name", "group", "subgroup", "family", "split")


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who drew, under which licence (SPDX), and the package that holds the drawings."""

    title: str
    artist: str
    licence: str
    package: Package
    grey: bool = False


NAMES = Package(
    package="openmoji",
    version="17.0.0",
    sha256="55ee7d13485dec86e9f38c1f3a645a13382d33ff97c0cd845ee824b0aef45e68",
)

HANDS = {
    "noto": Hand(
        title="Noto Emoji",
        artist="Google LLC",
        licence="Apache-2.0",
        package=Package(
            package="@iconify-json/noto",
            version="1.2.9",
            sha256="3e918d88fc945c0bb3d468dbace6f88caef67f01c9f0e7bcae0915a042e8f1ad",
        ),
    ),
    "twemoji": Hand(
        title="Twemoji",
        artist="Twitter, Inc and other contributors",
        licence="CC-BY-4.0",
        package=Package(
            package="@iconify-json/twemoji",
            version="1.2.5",
            sha256="19046dff7d8707ce96212ec86468b36ac5f8e60409629dd13f809265c6d0ebb7",
        ),
    ),
    "fluent-flat": Hand(
        title="Fluent Emoji Flat",
        artist="Microsoft Corporation",
        licence="MIT",
        package=Package(
            package="@iconify-json/fluent-emoji-flat",
            version="1.2.6",
            sha256="7d064769dee690815f823bc5bcc511d957198caf9f5edd8dd9c1aa48a6aeb175",
        ),
    ),
    "fluent-3d": Hand(
        title="Fluent Emoji 3D",
        artist="Microsoft Corporation; repackaged by LobeHub",
        licence="MIT",
        package=Package(
            package="@lobehub/fluent-emoji-3d",
            version="1.1.0",
            sha256="c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
        ),
    ),
    "fluent-line": Hand(
        title="Fluent Emoji High Contrast",
        artist="Microsoft Corporation",
        licence="MIT",
        grey=True,
        package=Package(
            package="@iconify-json/fluent-emoji-high-contrast",
            version="1.2.6",
            sha256="0b92d48c90d2200bd499e3cdd09a127ca6a8c8ddefd34c35eb5a1e4994012ae0",
        ),
    ),
}


def plain(codepoints: str) -> str:
    """Code points in small letters, without the selector that asks for a coloured picture."""
    return "-".join(point for point in codepoints.lower().split("-") if point != "fe0f")


def drawings(files: dict[str, bytes]) -> dict[str, Callable[[], Image.Image]]:
    """What makes each picture of a package, by plain code points."""
    pictures = {
        plain(Path(name).stem): lambda content=content: Image.open(io.BytesIO(content))
        for name, content in files.items()
        if name.endswith(".webp")
    }
    if pictures:
        return pictures
    names, icons = json.loads(files["chars.json"]), json.loads(files["icons.json"])
    return {plain(key): lambda name=name: render(vector(icons, name)) for key, name in names.items()}


def vector(icons: dict, name: str) -> str:
    """The SVG of an icon of an Iconify set."""
    while name not in icons["icons"]:
        alias = icons["aliases"][name]
        if set(alias) != {"parent"}:
            raise SystemExit(
                f"{name} is a turned {alias['parent']}; expected a drawing or another name of one"
            )
        name = alias["parent"]
    icon = icons["icons"][name]
    left, top, width, height = (
        icon.get(key, icons.get(key, default))
        for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
    )
    body = icon["body"].replace("currentColor", "#000")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{left} {top} {width} {height}">{body}</svg>'
    )


def render(svg: str) -> Image.Image:
    """A drawing in pixels, on nothing."""
    try:
        import resvg_py
    except ImportError as error:
        raise SystemExit("drawings are rendered with resvg: python -m pip install resvg-py==0.5.0") from error
    content = resvg_py.svg_to_bytes(svg_string=svg, width=RENDERED, height=RENDERED)
    return Image.open(io.BytesIO(bytes(content)))


def tile(picture: Image.Image, *, hand: Hand) -> np.ndarray:
    """A picture on white, averaged over areas: bytes ``(64, 64, 3)``, or ``(64, 64)`` of a grey hand."""
    pixels = np.asarray(picture.convert("RGBA"), dtype=np.float32) / 255
    on_white = pixels[..., :3] * pixels[..., 3:] + 1 - pixels[..., 3:]
    # A few pictures are no squares (a slice of melon, a key): they stand in the middle of one.
    height, width = on_white.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.ones((side, side, 3), np.float32)
    square[top : top + height, left : left + width] = on_white
    planes = [Image.fromarray(square[..., k]).resize((SIZE, SIZE), Image.Resampling.BOX) for k in range(3)]
    mean = np.stack([np.asarray(plane) for plane in planes], axis=-1)
    values = STEP * np.rint(mean * (255 // STEP)).astype(np.uint8)
    if hand.grey:
        assert (values == values[..., :1]).all(), "line art has no colours"
        return values[..., 0]
    return values


def family_of(name: str) -> str:
    """The name without the words that tell the variants of one drawing apart."""
    return re.sub(r"\W+", " ", PERSONS.sub("", name)).strip()


def split_of(family: str) -> str:
    """15 of 100 families are for the test, 5 for choosing between settings."""
    number = int(digest(family.encode()), 16) % 100
    return "test" if number < 15 else "val" if number < 20 else "train"


def index_rows(keys: list[str], names: dict[str, dict]) -> list[list[str]]:
    """The rows of index.csv: what each emoji is called, and where it belongs."""
    rows = []
    for number, key in enumerate(keys):
        entry = names[key]
        family = family_of(entry["annotation"])
        called = [entry["annotation"], entry["group"], entry["subgroups"]]
        rows.append([str(number), key, *called, family, split_of(family)])
    return rows


def made_by(name: str, *, folder: Path, keys: list[str]) -> tuple[dict, dict[str, bytes]]:
    """What the manifest says of one hand, and the hand's sheets by their names."""
    hand = HANDS[name]
    drawn = drawings(members(folder, hand.package, used=USED))
    tiles = np.stack([tile(drawn[key](), hand=hand) for key in keys])
    return drawn_sheets(name, tiles, about=asdict(hand), side=SIDE)


def main(folder: Path) -> None:
    """Write the sheets, the index and the manifest that says what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        plain(e["hexcode"]): e for e in json.loads(members(folder, NAMES, used=USED)["data/openmoji.json"])
    }
    keys = set(names).intersection(
        *(drawings(members(folder, hand.package, used=USED)) for hand in HANDS.values())
    )
    keys = sorted(
        (key for key in keys if not SKIN_TONES & set(key.split("-"))),
        key=lambda key: (int(names[key]["order"] or 99_999), key),
    )
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *index_rows(keys, names)])
    files = {"index.csv": text.getvalue().encode()}
    with ProcessPoolExecutor(len(HANDS)) as pool:
        parts = list(pool.map(partial(made_by, folder=folder, keys=keys), HANDS))
    for _, own in parts:
        files |= own
    manifest = {
        "command": "python tools/make_emoji.py FOLDER",
        "count": len(keys),
        "size": SIZE,
        "side": SIDE,
        "names": asdict(NAMES),
        "hands": dict(zip(HANDS, (entry for entry, _ in parts), strict=True)),
    }
    write_collection(FOLDER, files, manifest)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python tools/make_emoji.py FOLDER")
    main(Path(sys.argv[1]))
